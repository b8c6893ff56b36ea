/* Numbers, durations and sizes written as text; declared in base/str.h. */
#include <errno.h>
#include <string.h>

#include "base/str.h"

struct unit {
	const char *name;
	uint64_t factor;
};

/* Digits of s up to its first other byte; -EINVAL without any, -ERANGE on overflow. */
static int
read_digits(const char *s, uint64_t *ret_n, const char **ret_end)
{
	uint64_t n = 0;
	const char *p = s;
	for (; *p >= '0' && *p <= '9'; p++) {
		uint64_t digit = (uint64_t)(*p - '0');
		if (n > (UINT64_MAX - digit) / 10)
			return -ERANGE;
		n = n * 10 + digit;
	}
	if (p == s)
		return -EINVAL;
	*ret_n = n;
	*ret_end = p;
	return 0;
}

int
parse_u64(const char *s, uint64_t min, uint64_t max, uint64_t *ret_n)
{
	uint64_t n = 0;
	const char *end = NULL;
	int rc = s ? read_digits(s, &n, &end) : -EINVAL;
	if (rc < 0)
		return rc;
	if (*end != '\0')
		return -EINVAL;
	if (n < min || n > max)
		return -ERANGE;
	*ret_n = n;
	return 0;
}

int
parse_u32(const char *s, uint32_t min, uint32_t max, uint32_t *ret_n)
{
	uint64_t n = 0;
	int rc = parse_u64(s, min, max, &n);
	if (rc == 0)
		*ret_n = (uint32_t)n;
	return rc;
}

int
parse_i64(const char *s, int64_t min, int64_t max, int64_t *ret_n)
{
	bool negative = s && *s == '-';
	uint64_t magnitude = 0;
	int rc = parse_u64(negative ? s + 1 : s, 0, INT64_MAX, &magnitude);
	if (rc < 0)
		return rc;
	int64_t n = negative ? -(int64_t)magnitude : (int64_t)magnitude;
	if (n < min || n > max)
		return -ERANGE;
	*ret_n = n;
	return 0;
}

/* Up to six decimals as millionths; moves *p behind them. */
static int
read_decimals(const char **p, uint64_t *ret_n)
{
	uint64_t n = 0;
	uint64_t scale = 1000000;
	for (; **p >= '0' && **p <= '9' && scale > 1; (*p)++) {
		scale /= 10;
		n += (uint64_t)(**p - '0') * scale;
	}
	*ret_n = n;
	return scale < 1000000 ? 0 : -EINVAL;
}

int
parse_millionths(const char *s, uint64_t min, uint64_t max, uint64_t *ret_n)
{
	uint64_t whole = 0;
	uint64_t part = 0;
	const char *end = NULL;
	int rc = s ? read_digits(s, &whole, &end) : -EINVAL;
	if (rc == 0 && *end == '.') {
		end++;
		rc = read_decimals(&end, &part);
	}
	if (rc < 0)
		return rc;
	if (*end != '\0')
		return -EINVAL;
	if (whole > (UINT64_MAX - part) / 1000000)
		return -ERANGE;
	uint64_t n = whole * 1000000 + part;
	if (n < min || n > max)
		return -ERANGE;
	*ret_n = n;
	return 0;
}

static int
parse_with_unit(const char *s, const struct unit *units, uint64_t *ret_n)
{
	uint64_t n = 0;
	const char *end = NULL;
	int rc = s ? read_digits(s, &n, &end) : -EINVAL;
	if (rc < 0)
		return rc;
	for (const struct unit *u = units; u->name; u++) {
		if (strcmp(end, u->name) != 0)
			continue;
		if (n > UINT64_MAX / u->factor)
			return -ERANGE;
		*ret_n = n * u->factor;
		return 0;
	}
	return -EINVAL;
}

int
parse_duration(const char *s, uint64_t *ret_ms)
{
	static const struct unit units[] = {{"ms", 1},	  {"s", 1000},	  {"", 1000},
					    {"m", 60000}, {"h", 3600000}, {"d", 86400000},
					    {NULL, 0}};
	return parse_with_unit(s, units, ret_ms);
}

int
parse_size(const char *s, uint64_t *ret_bytes)
{
	static const struct unit units[] = {{"", 1},	       {"B", 1},
					    {"K", 1 << 10},    {"KiB", 1 << 10},
					    {"M", 1 << 20},    {"MiB", 1 << 20},
					    {"G", 1ULL << 30}, {"GiB", 1ULL << 30},
					    {"T", 1ULL << 40}, {"TiB", 1ULL << 40},
					    {NULL, 0}};
	return parse_with_unit(s, units, ret_bytes);
}
