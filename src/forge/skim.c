#include "forge/skim.h"

#include <stdint.h>
#include <string.h>

#include "base/limits.h"
#include "base/utf8.h"

struct skimmer {
	const char *p;
	const char *end;
	unsigned depth;
	struct slice key; /* of the member at hand, without quotes */
	bool in_data;	  /* inside the object of the top's "data" */
	struct slice id;
};

static bool skim_value(struct skimmer *s);

static void
skip_blanks(struct skimmer *s)
{
	while (s->p < s->end &&
	       (*s->p == ' ' || *s->p == '\n' || *s->p == '\r' || *s->p == '\t'))
		s->p++;
}

static bool
take(struct skimmer *s, char c)
{
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

static bool
skim_word(struct skimmer *s, const char *word)
{
	size_t n = strlen(word);
	if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
		return false;
	s->p += n;
	return true;
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* Behind the backslash. */
static bool
skim_escape(struct skimmer *s)
{
	if (s->p == s->end)
		return false;
	char c = *s->p++;
	if (c != 'u')
		return c != '\0' && strchr("\"\\/bfnrt", c) != NULL;
	for (int i = 0; i < 4; i++) {
		if (s->p == s->end || !is_hex(*s->p++))
			return false;
	}
	return true;
}

/* Up to a quote, a backslash or what no string may hold: most of an answer. */
static void
skip_characters(struct skimmer *s)
{
	const char *p = s->p;
	const char *end = s->end;
	while (p < end && *p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
		p++;
	s->p = p;
}

/* text: what is between the quotes; empty when it has escapes. */
static bool
skim_string(struct skimmer *s, struct slice *text)
{
	if (!take(s, '"'))
		return false;
	const char *start = s->p;
	bool plain = true;
	skip_characters(s);
	while (take(s, '\\')) {
		plain = false;
		if (!skim_escape(s))
			return false;
		skip_characters(s);
	}
	*text = (struct slice){start, plain ? (size_t)(s->p - start) : 0};
	return take(s, '"');
}

static size_t
skim_digits(struct skimmer *s)
{
	const char *start = s->p;
	while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
		s->p++;
	return (size_t)(s->p - start);
}

/* integer: its characters; empty when it is none. */
static bool
skim_number(struct skimmer *s, struct slice *integer)
{
	const char *start = s->p;
	take(s, '-');
	bool is_zero = s->p < s->end && *s->p == '0';
	size_t n = skim_digits(s);
	if (n == 0 || (is_zero && n > 1))
		return false;
	const char *whole = s->p;
	if (take(s, '.') && skim_digits(s) == 0)
		return false;
	if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
		s->p++;
		if (!take(s, '+'))
			take(s, '-');
		if (skim_digits(s) == 0)
			return false;
	}
	*integer = (struct slice){start, s->p == whole ? (size_t)(whole - start) : 0};
	return true;
}

static bool
skim_array(struct skimmer *s)
{
	s->p++;
	skip_blanks(s);
	if (take(s, ']'))
		return true;
	do {
		if (!skim_value(s))
			return false;
	} while (take(s, ','));
	return take(s, ']');
}

static bool
skim_member(struct skimmer *s)
{
	struct slice key = {0};
	skip_blanks(s);
	if (!skim_string(s, &key))
		return false;
	skip_blanks(s);
	if (!take(s, ':'))
		return false;
	s->key = key;
	return skim_value(s);
}

static bool
skim_object(struct skimmer *s)
{
	bool outside = s->in_data;
	s->in_data = s->depth == 2 && slice_eq_str(s->key, "data");
	s->p++;
	skip_blanks(s);
	if (!take(s, '}')) {
		do {
			if (!skim_member(s))
				return false;
		} while (take(s, ','));
		if (!take(s, '}'))
			return false;
	}
	s->in_data = outside;
	return true;
}

static bool
skim_scalar(struct skimmer *s)
{
	struct slice text = {0};
	bool is_id = s->depth == 3 && s->in_data && slice_eq_str(s->key, "id");
	if (s->p == s->end)
		return false;
	if (*s->p == 't')
		return skim_word(s, "true");
	if (*s->p == 'f')
		return skim_word(s, "false");
	if (*s->p == 'n')
		return skim_word(s, "null");
	if (*s->p == '"' ? !skim_string(s, &text) : !skim_number(s, &text))
		return false;
	if (is_id)
		s->id = text;
	return true;
}

static bool
skim_value(struct skimmer *s)
{
	if (++s->depth > LIMIT_JSON_DEPTH)
		return false;
	skip_blanks(s);
	bool good = false;
	if (s->p < s->end && *s->p == '{') {
		good = skim_object(s);
	} else if (s->p < s->end && *s->p == '[') {
		/* what is inside belongs to no member */
		s->key = (struct slice){0};
		good = skim_array(s);
	} else {
		good = skim_scalar(s);
	}
	skip_blanks(s);
	s->depth--;
	return good;
}

/* Eight bytes at a time; nearly every answer is. */
static bool
is_ascii(const char *text, size_t len)
{
	uint64_t all = 0;
	for (; len >= sizeof(all); len -= sizeof(all), text += sizeof(all)) {
		uint64_t word = 0;
		memcpy(&word, text, sizeof(word));
		all |= word;
	}
	for (; len > 0; len--)
		all |= (unsigned char)*text++;
	return (all & UINT64_C(0x8080808080808080)) == 0;
}

bool
skim(const char *text, size_t len, struct slice *ret_id)
{
	struct skimmer s = {.p = text, .end = text + len};
	if (!skim_value(&s) || s.p != s.end)
		return false;
	if (!is_ascii(text, len) && !utf8_is_valid(text, len))
		return false;
	*ret_id = s.id;
	return true;
}
