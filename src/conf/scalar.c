/* What an unquoted scalar means (YAML 1.2.2, section 10.3.2: the core schema). */
#include <string.h>

#include "base/attr.h"
#include "base/str.h"
#include "conf/yaml.h"

struct word {
	const char *text;
	enum node_kind kind;
	const char *json;
};

static const struct word words[] = {
	{"", NODE_NULL, "null"},       {"~", NODE_NULL, "null"},
	{"null", NODE_NULL, "null"},   {"Null", NODE_NULL, "null"},
	{"NULL", NODE_NULL, "null"},   {"true", NODE_BOOL, "true"},
	{"True", NODE_BOOL, "true"},   {"TRUE", NODE_BOOL, "true"},
	{"false", NODE_BOOL, "false"}, {"False", NODE_BOOL, "false"},
	{"FALSE", NODE_BOOL, "false"}, {".inf", NODE_NUMBER, NULL},
	{".Inf", NODE_NUMBER, NULL},   {".INF", NODE_NUMBER, NULL},
	{"+.inf", NODE_NUMBER, NULL},  {"-.inf", NODE_NUMBER, NULL},
	{".nan", NODE_NUMBER, NULL},   {".NaN", NODE_NUMBER, NULL},
	{".NAN", NODE_NUMBER, NULL},
};

static const char digits[] = "0123456789";

static const char *
skip_digits(const char *p)
{
	return p + strspn(p, digits);
}

/* [eE][-+]?[0-9]+ up to the end, or nothing. */
static bool
is_exponent(const char *p)
{
	if (*p == '\0')
		return true;
	if (*p != 'e' && *p != 'E')
		return false;
	p += 1 + (p[1] == '-' || p[1] == '+');
	return *p != '\0' && *skip_digits(p) == '\0';
}

static bool
is_json_number(const char *p)
{
	p += *p == '-';
	const char *end = skip_digits(p);
	if (end == p || (*p == '0' && end > p + 1))
		return false;
	if (*end == '.') {
		const char *fraction = end + 1;
		end = skip_digits(fraction);
		if (end == fraction)
			return false;
	}
	return is_exponent(end);
}

/* 0x1f 0o17 007 +5 .5 5. and their kin */
bool
yaml_is_odd_number(const char *text)
{
	const char *p = text + (*text == '-' || *text == '+');
	if (str_starts(p, "0x") && p[2])
		return p[2 + strspn(p + 2, "0123456789abcdefABCDEF")] == '\0';
	if (str_starts(p, "0o") && p[2])
		return p[2 + strspn(p + 2, "01234567")] == '\0';
	const char *end = skip_digits(p);
	bool has_digits = end > p;
	if (*end == '.') {
		const char *fraction = end + 1;
		end = skip_digits(fraction);
		has_digits = has_digits || end > fraction;
	}
	return has_digits && is_exponent(end) && !is_json_number(text);
}

enum node_kind
yaml_plain_kind(const char *text, size_t len, const char **ret_text)
{
	*ret_text = text;
	if (strlen(text) != len)
		return NODE_STRING;
	/* the most common case first: a word that is no number */
	bool may_be_number = strchr("+-.0123456789", *text) != NULL;
	for (size_t i = 0; i < ARRAY_LEN(words) && len <= 5; i++) {
		if (!str_eq(words[i].text, text))
			continue;
		if (words[i].json)
			*ret_text = words[i].json;
		return words[i].kind;
	}
	if (may_be_number && (is_json_number(text) || yaml_is_odd_number(text)))
		return NODE_NUMBER;
	return NODE_STRING;
}
