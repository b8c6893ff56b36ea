#include "base/utf8.h"

static bool
is_tail(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

static size_t
length_3(const unsigned char *p)
{
	if (p[0] == 0xe0 && p[1] < 0xa0)
		return 0;
	if (p[0] == 0xed && p[1] > 0x9f)
		return 0;
	return is_tail(p[1]) && is_tail(p[2]) ? 3 : 0;
}

static size_t
length_4(const unsigned char *p)
{
	if (p[0] == 0xf0 && p[1] < 0x90)
		return 0;
	if (p[0] == 0xf4 && p[1] > 0x8f)
		return 0;
	return is_tail(p[1]) && is_tail(p[2]) && is_tail(p[3]) ? 4 : 0;
}

size_t
utf8_length(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	if (len == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		return len >= 2 && is_tail(p[1]) ? 2 : 0;
	if (p[0] >= 0xe0 && p[0] <= 0xef)
		return len >= 3 ? length_3(p) : 0;
	if (p[0] >= 0xf0 && p[0] <= 0xf4)
		return len >= 4 ? length_4(p) : 0;
	return 0;
}

bool
utf8_is_valid(const char *text, size_t len)
{
	size_t i = 0;
	while (i < len) {
		size_t n = utf8_length(text + i, len - i);
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

size_t
utf8_encode(uint32_t code, char out[4])
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}
