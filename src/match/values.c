#include "match/values.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOUBLE_DIGITS 17      /* no shortest decimal of a double has more */
#define SAFE_DIGITS   15      /* every decimal with as many survives binary64 */
#define MAX_EXPONENT  1000000 /* beyond, it makes no difference */

/* 0.DIGITS times ten to the exponent; digits begin and end with another than 0. */
struct decimal {
	char digits[DOUBLE_DIGITS + 1];
	size_t len;    /* 0: zero */
	bool overflow; /* more digits than fit */
	int64_t exponent;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int64_t
read_exponent(struct slice text, size_t i)
{
	bool negative = i < text.len && text.data[i] == '-';
	int64_t n = 0;
	for (; i < text.len; i++) {
		if (is_digit(text.data[i]) && n < MAX_EXPONENT)
			n = n * 10 + (text.data[i] - '0');
	}
	return negative ? -n : n;
}

static void
put_digit(struct decimal *d, char digit, size_t *zeros)
{
	if (digit == '0') {
		++*zeros;
		return;
	}
	if (d->len + *zeros + 1 > DOUBLE_DIGITS) {
		d->overflow = true;
		return;
	}
	memset(d->digits + d->len, '0', *zeros);
	d->len += *zeros;
	*zeros = 0;
	d->digits[d->len++] = digit;
}

static struct decimal
to_decimal(struct slice text)
{
	struct decimal d = {.len = 0};
	size_t zeros = 0;
	bool in_fraction = false;
	bool has_started = false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];
		if (c == 'e' || c == 'E') {
			d.exponent += read_exponent(text, i + 1);
			break;
		}
		in_fraction = in_fraction || c == '.';
		if (!is_digit(c))
			continue;
		if (!has_started && c == '0') {
			d.exponent -= in_fraction;
			continue;
		}
		has_started = true;
		d.exponent += !in_fraction;
		put_digit(&d, c, &zeros);
	}
	return d;
}

static bool
is_same(const struct decimal *a, const struct decimal *b)
{
	return a->len == b->len && a->exponent == b->exponent &&
	       memcmp(a->digits, b->digits, a->len) == 0;
}

/* Whether d is the shortest decimal that reads as number. */
static bool
is_shortest(const struct decimal *d, double number)
{
	char text[40];
	for (int digits = 1; digits <= DOUBLE_DIGITS; digits++) {
		snprintf(text, sizeof(text), "%.*e", digits - 1, number);
		if (strtod(text, NULL) >= number && strtod(text, NULL) <= number)
			break;
	}
	struct decimal shortest = to_decimal(slice_of(text));
	return is_same(d, &shortest);
}

bool
value_number(struct slice text, double *ret_number)
{
	struct decimal d = to_decimal(text);
	if (d.overflow)
		return false;
	if (d.len == 0) {
		*ret_number = 0;
		return true;
	}
	if (d.exponent > 400 || d.exponent < -400)
		return false;
	char plain[48];
	d.digits[d.len] = '\0';
	snprintf(plain, sizeof(plain), "0.%se%d", d.digits, (int)d.exponent);
	double number = strtod(plain, NULL);
	if (!isnormal(number) || d.len > SAFE_DIGITS) {
		if (!isfinite(number) || !is_shortest(&d, number))
			return false;
	}
	*ret_number = text.len > 0 && text.data[0] == '-' ? -number : number;
	return true;
}

static bool
parse_v4(struct slice text, struct address *ret_address)
{
	struct address a = {.size = 4};
	size_t i = 0;
	for (size_t part = 0; part < 4; part++) {
		unsigned n = 0;
		size_t begin = i;
		for (; i < text.len && is_digit(text.data[i]) && n <= 255; i++)
			n = n * 10 + (unsigned)(text.data[i] - '0');
		if (i == begin || n > 255)
			return false;
		a.bytes[part] = (uint8_t)n;
		if (part < 3 && (i == text.len || text.data[i++] != '.'))
			return false;
	}
	if (i != text.len)
		return false;
	*ret_address = a;
	return true;
}

static bool
parse_v6(struct slice text, struct address *ret_address)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	char copy[INET6_ADDRSTRLEN];
	struct address a = {.size = 16};
	if (text.len >= sizeof(copy) || memchr(text.data, '.', text.len))
		return false;
	memcpy(copy, text.data, text.len);
	copy[text.len] = '\0';
	if (strlen(copy) != text.len || inet_pton(AF_INET6, copy, a.bytes) != 1)
		return false;
	if (memcmp(a.bytes, mapped, sizeof(mapped)) == 0) {
		memmove(a.bytes, a.bytes + sizeof(mapped), 4);
		memset(a.bytes + 4, 0, sizeof(a.bytes) - 4);
		a.size = 4;
	}
	*ret_address = a;
	return true;
}

bool
value_address(struct slice text, struct address *ret_address)
{
	if (text.len < 2 || text.len >= INET6_ADDRSTRLEN)
		return false;
	if (memchr(text.data, ':', text.len))
		return parse_v6(text, ret_address);
	return text.len <= 15 && parse_v4(text, ret_address);
}

static bool
parse_bits(struct slice text, unsigned *ret_bits)
{
	unsigned n = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (!is_digit(text.data[i]) || n > 1000)
			return false;
		n = n * 10 + (unsigned)(text.data[i] - '0');
	}
	*ret_bits = n;
	return text.len > 0;
}

const char *
value_cidr(struct slice text, struct address_range *ret_range)
{
	const char *slash = text.len > 0 ? memchr(text.data, '/', text.len) : NULL;
	if (!slash)
		return "an address and its bits with a / between them";
	size_t at = (size_t)(slash - text.data);
	struct address a = {.size = 0};
	unsigned bits = 0;
	if (!value_address((struct slice){text.data, at}, &a))
		return "an IPv4 or IPv6 address before the /";
	if (!parse_bits((struct slice){slash + 1, text.len - at - 1}, &bits))
		return "a number of bits behind the /";
	if (bits >= a.size * 8U)
		return a.size == 4 ? "less than 32 bits" : "less than 128 bits";
	struct address_range range = {a, a};
	for (unsigned bit = bits; bit < a.size * 8U; bit++) {
		uint8_t mask = (uint8_t)(0x80U >> bit % 8);
		range.low.bytes[bit / 8] &= (uint8_t)~mask;
		range.high.bytes[bit / 8] |= mask;
	}
	*ret_range = range;
	return NULL;
}

bool
value_in_range(const struct address_range *range, const struct address *address)
{
	size_t size = address->size;
	return size == range->low.size &&
	       memcmp(address->bytes, range->low.bytes, size) >= 0 &&
	       memcmp(address->bytes, range->high.bytes, size) <= 0;
}
