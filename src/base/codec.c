#include "base/codec.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base64url_digits[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int
hex_encode(struct buf *out, const void *data, size_t len)
{
	const uint8_t *p = data;
	for (size_t i = 0; i < len; i++) {
		char pair[2] = {hex_digits[p[i] >> 4], hex_digits[p[i] & 15]};
		buf_append(out, pair, 2);
	}
	return out->error;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
hex_decode(const char *text, size_t len, void *out, size_t size)
{
	uint8_t *p = out;
	if (len % 2 != 0)
		return -EINVAL;
	if (len / 2 > size)
		return -EMSGSIZE;
	for (size_t i = 0; i < len; i += 2) {
		int high = hex_value(text[i]);
		int low = hex_value(text[i + 1]);
		if (high < 0 || low < 0)
			return -EINVAL;
		p[i / 2] = (uint8_t)(high << 4 | low);
	}
	return (int)(len / 2);
}

static int
encode_base64(struct buf *out, const uint8_t *p, size_t len, const char *digits,
	      bool is_padded)
{
	for (size_t i = 0; i < len; i += 3) {
		size_t n = len - i < 3 ? len - i : 3;
		uint32_t v = (uint32_t)p[i] << 16 |
			     (n > 1 ? (uint32_t)p[i + 1] << 8 : 0) |
			     (n > 2 ? p[i + 2] : 0);
		char quad[4] = {digits[v >> 18], digits[v >> 12 & 63],
				n > 1 ? digits[v >> 6 & 63] : '=',
				n > 2 ? digits[v & 63] : '='};
		buf_append(out, quad, is_padded ? 4 : n + 1);
	}
	return out->error;
}

int
base64_encode(struct buf *out, const void *data, size_t len)
{
	return encode_base64(out, data, len, base64_digits, true);
}

int
base64url_encode(struct buf *out, const void *data, size_t len)
{
	return encode_base64(out, data, len, base64url_digits, false);
}

static int
base64_value(char c)
{
	if (c == '-')
		return 62;
	if (c == '_')
		return 63;
	const char *p = c ? strchr(base64_digits, c) : NULL;
	return p ? (int)(p - base64_digits) : -1;
}

int
base64_decode(struct buf *out, const char *text, size_t len)
{
	size_t end = len;
	while (end > 0 && len - end < 2 && text[end - 1] == '=')
		end--;
	if (end % 4 == 1 || (end != len && len % 4 != 0))
		return -EINVAL;
	uint32_t v = 0;
	unsigned bits = 0;
	for (size_t i = 0; i < end; i++) {
		int digit = base64_value(text[i]);
		if (digit < 0)
			return -EINVAL;
		v = v << 6 | (uint32_t)digit;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			buf_putc(out, (char)(v >> bits & 255));
		}
	}
	return out->error;
}

int
url_encode(struct buf *out, const char *text, size_t len)
{
	static const char unreserved[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTU"
					 "VWXYZ0123456789-._~";
	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)text[i];
		if (c != 0 && strchr(unreserved, c))
			buf_putc(out, text[i]);
		else
			buf_printf(out, "%%%02X", c);
	}
	return out->error;
}

int
url_decode(struct buf *out, const char *text, size_t len, bool form)
{
	if (buf_reserve(out, len) < 0)
		return out->error;
	for (size_t i = 0; i < len; i++) {
		char c = text[i];
		if (c == '+' && form)
			c = ' ';
		if (c == '%') {
			if (len - i < 3 || hex_decode(text + i + 1, 2, &c, 1) < 0)
				return -EINVAL;
			i += 2;
		}
		buf_putc(out, c);
	}
	return out->error;
}

/* Whether the encoded name of a pair decodes to name. */
static bool
form_name_is(const char *text, size_t len, const char *name)
{
	auto_buf decoded = BUF_INIT(256);
	return url_decode(&decoded, text, len, true) == 0 &&
	       slice_eq_str(buf_slice(&decoded), name);
}

int
form_get(struct buf *out, const char *form, size_t len, const char *name)
{
	const char *p = form;
	const char *end = form + len;
	while (p < end) {
		const char *amp = memchr(p, '&', (size_t)(end - p));
		const char *stop = amp ? amp : end;
		const char *eq = memchr(p, '=', (size_t)(stop - p));
		const char *name_end = eq ? eq : stop;
		if (form_name_is(p, (size_t)(name_end - p), name)) {
			const char *value = eq ? eq + 1 : stop;
			return url_decode(out, value, (size_t)(stop - value), true);
		}
		p = amp ? amp + 1 : end;
	}
	return -ENOENT;
}

size_t
form_count(const char *form, size_t len, const char *name)
{
	size_t n = 0;
	const char *end = form + len;
	for (const char *p = form; len > 0 && p < end;) {
		const char *amp = memchr(p, '&', (size_t)(end - p));
		const char *stop = amp ? amp : end;
		const char *eq = memchr(p, '=', (size_t)(stop - p));
		n += form_name_is(p, (size_t)((eq ? eq : stop) - p), name) ? 1 : 0;
		p = stop + 1;
	}
	return n;
}
