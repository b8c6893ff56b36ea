/*
 * One pass over the text, no recursion: a stack of open containers, and what is expected
 * next. The same code checks only or fills the tape; the compiler makes two copies.
 */
#include <errno.h>
#include <string.h>

#include "base/json_doc.h"
#include "base/json_tape.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/utf8.h"

#define ALWAYS_INLINE inline __attribute__((always_inline))

enum expected { VALUE, FIRST_ELEMENT, FIRST_KEY, KEY, SEPARATOR, NOTHING };

struct level {
	uint32_t slot;
	bool is_object;
};

struct scanner {
	const unsigned char *begin;
	const unsigned char *p;
	const unsigned char *end;
	const char *problem;
	struct json_doc *doc; /* NULL: check only */
	size_t depth;
	enum expected expected;
	bool escaped; /* the last string had a backslash */
	bool no_memory;
	struct level levels[LIMIT_JSON_DEPTH];
};

static bool
fail(struct scanner *s, const char *problem)
{
	s->problem = s->p < s->end ? problem : "the text ends in the middle";
	return false;
}

static ALWAYS_INLINE void
skip_space(struct scanner *s)
{
	const unsigned char *p = s->p;
	while (p < s->end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	s->p = p;
}

/* The first byte of p..end that is '"', '\\', a control character or not ASCII. */
static ALWAYS_INLINE const unsigned char *
skip_plain(const unsigned char *p, const unsigned char *end)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	const uint64_t ones = 0x0101010101010101ULL;
	while (end - p >= 8) {
		uint64_t w = 0;
		memcpy(&w, p, sizeof(w));
		uint64_t quote = (w ^ (ones * '"')) - ones;
		uint64_t backslash = (w ^ (ones * '\\')) - ones;
		uint64_t control = w - ones * 0x20;
		/* a borrow reaches only bytes behind the first special one */
		uint64_t special = (quote | backslash | control | w) & (ones * 0x80);
		if (special)
			return p + __builtin_ctzll(special) / 8;
		p += 8;
	}
#endif
	while (p < end && *p >= 0x20 && *p < 0x80 && *p != '"' && *p != '\\')
		p++;
	return p;
}

static int
hex_digit(unsigned char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Four hex digits at p, or -1. */
static int32_t
hex4(const unsigned char *p, const unsigned char *end)
{
	int32_t code = 0;
	for (int i = 0; i < 4; i++) {
		int digit = p + i < end ? hex_digit(p[i]) : -1;
		if (digit < 0)
			return -1;
		code = code << 4 | digit;
	}
	return code;
}

static bool
scan_unicode_escape(struct scanner *s)
{
	int32_t code = hex4(s->p + 2, s->end);
	if (code < 0)
		return fail(s, "\\u without four hexadecimal digits");
	size_t used = 6;
	if (code >= 0xd800 && code <= 0xdfff) {
		const unsigned char *low = s->p + 6;
		bool has_low = code < 0xdc00 && s->end - low >= 6 && low[0] == '\\' &&
			       low[1] == 'u';
		int32_t second = has_low ? hex4(low + 2, s->end) : -1;
		if (second < 0xdc00 || second > 0xdfff)
			return fail(s, "half of a surrogate pair");
		used = 12;
	}
	s->p += used;
	return true;
}

static bool
scan_escape(struct scanner *s)
{
	s->escaped = true;
	unsigned char c = s->end - s->p >= 2 ? s->p[1] : '\0';
	if (c == 'u')
		return scan_unicode_escape(s);
	if (c == '\0' || !strchr("\"\\/bfnrt", c))
		return fail(s, "a backslash before a character that has no escape");
	s->p += 2;
	return true;
}

/* From the byte after the opening quote to behind the closing one. */
static ALWAYS_INLINE bool
scan_string(struct scanner *s)
{
	s->escaped = false;
	s->p++;
	for (;;) {
		s->p = skip_plain(s->p, s->end);
		if (s->p == s->end)
			return fail(s, "");
		if (*s->p == '"') {
			s->p++;
			return true;
		}
		if (*s->p == '\\') {
			if (!scan_escape(s))
				return false;
		} else if (*s->p < 0x20) {
			return fail(s, "a control character in a string");
		} else {
			size_t n =
				utf8_length((const char *)s->p, (size_t)(s->end - s->p));
			if (n == 0)
				return fail(s, "a string that is not UTF-8");
			s->p += n;
		}
	}
}

static const unsigned char *
skip_digits(const unsigned char *p, const unsigned char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

static bool
scan_digits(struct scanner *s)
{
	const unsigned char *p = skip_digits(s->p, s->end);
	if (p == s->p)
		return fail(s, "a number without a digit where one is due");
	s->p = p;
	return true;
}

static bool
scan_number(struct scanner *s)
{
	if (*s->p == '-')
		s->p++;
	if (s->p < s->end && *s->p == '0') {
		s->p++;
		if (s->p < s->end && *s->p >= '0' && *s->p <= '9')
			return fail(s, "a number that begins with 0");
	} else if (!scan_digits(s)) {
		return false;
	}
	if (s->p < s->end && *s->p == '.') {
		s->p++;
		if (!scan_digits(s))
			return false;
	}
	if (s->p < s->end && (*s->p | 0x20) == 'e') {
		s->p++;
		if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
			s->p++;
		return scan_digits(s);
	}
	return true;
}

static bool
scan_word(struct scanner *s, const char *word, size_t len)
{
	if ((size_t)(s->end - s->p) < len || memcmp(s->p, word, len) != 0)
		return fail(s, "something that is no JSON value");
	s->p += len;
	return true;
}

static bool
scan_scalar(struct scanner *s)
{
	switch (*s->p) {
	case '"':
		return scan_string(s);
	case 't':
		return scan_word(s, "true", 4);
	case 'f':
		return scan_word(s, "false", 5);
	case 'n':
		return scan_word(s, "null", 4);
	default:
		if (*s->p == '-' || (*s->p >= '0' && *s->p <= '9'))
			return scan_number(s);
		return fail(s, "something that is no JSON value");
	}
}

static bool
grow(struct scanner *s)
{
	struct json_doc *doc = s->doc;
	size_t cap = doc->cap * 2;
	void *slots = mem_resize_array(doc->slots, cap, sizeof(*doc->slots));
	if (!slots) {
		s->no_memory = true;
		return false;
	}
	doc->slots = slots;
	doc->cap = cap;
	return true;
}

/* Room for two slots is kept at any time. */
static ALWAYS_INLINE bool
put_slot(struct scanner *s, const unsigned char *at, uint32_t extent)
{
	struct json_doc *doc = s->doc;
	if (doc->len + 2 > doc->cap && !grow(s))
		return false;
	doc->slots[doc->len++] = (struct json_slot){(uint32_t)(at - s->begin), extent};
	return true;
}

static ALWAYS_INLINE bool
take_scalar(struct scanner *s, bool indexing)
{
	const unsigned char *at = s->p;
	s->escaped = false;
	if (!(*at == '"' ? scan_string(s) : scan_scalar(s)))
		return false;
	uint32_t len = (uint32_t)(s->p - at);
	return !indexing || put_slot(s, at, len | (s->escaped ? JSON_ESCAPED : 0));
}

static ALWAYS_INLINE bool
open_container(struct scanner *s, bool indexing)
{
	bool is_object = *s->p == '{';
	if (s->depth == LIMIT_JSON_DEPTH)
		return fail(s, "more nested arrays and objects than are taken");
	struct level *level = &s->levels[s->depth++];
	level->is_object = is_object;
	if (indexing) {
		level->slot = (uint32_t)s->doc->len;
		if (!put_slot(s, s->p, 0) || !put_slot(s, s->p, 0))
			return false;
	}
	s->p++;
	s->expected = is_object ? FIRST_KEY : FIRST_ELEMENT;
	return true;
}

static ALWAYS_INLINE void
close_container(struct scanner *s, bool indexing)
{
	s->p++;
	s->depth--;
	if (indexing) {
		uint32_t slot = s->levels[s->depth].slot;
		struct json_slot *slots = s->doc->slots;
		slots[slot].extent = (uint32_t)s->doc->len;
		slots[slot + 1].extent = (uint32_t)(s->p - s->begin) - slots[slot].offset;
	}
	s->expected = s->depth > 0 ? SEPARATOR : NOTHING;
}

static ALWAYS_INLINE bool
take_value(struct scanner *s, bool indexing)
{
	if (*s->p == '{' || *s->p == '[')
		return open_container(s, indexing);
	s->expected = s->depth > 0 ? SEPARATOR : NOTHING;
	return take_scalar(s, indexing);
}

static ALWAYS_INLINE bool
take_key(struct scanner *s, bool indexing)
{
	if (*s->p != '"')
		return fail(s, "a key that is no string");
	if (!take_scalar(s, indexing))
		return false;
	skip_space(s);
	if (s->p == s->end || *s->p != ':')
		return fail(s, "a key without a colon");
	s->p++;
	s->expected = VALUE;
	return true;
}

static ALWAYS_INLINE bool
take_separator(struct scanner *s, bool indexing)
{
	bool is_object = s->levels[s->depth - 1].is_object;
	if (*s->p == ',') {
		s->p++;
		s->expected = is_object ? KEY : VALUE;
		return true;
	}
	if (*s->p != (is_object ? '}' : ']'))
		return fail(s, "neither a comma nor the closing bracket");
	close_container(s, indexing);
	return true;
}

static ALWAYS_INLINE bool
take_token(struct scanner *s, bool indexing)
{
	switch (s->expected) {
	case FIRST_ELEMENT:
		if (*s->p == ']') {
			close_container(s, indexing);
			return true;
		}
		return take_value(s, indexing);
	case VALUE:
		return take_value(s, indexing);
	case FIRST_KEY:
		if (*s->p == '}') {
			close_container(s, indexing);
			return true;
		}
		return take_key(s, indexing);
	case KEY:
		return take_key(s, indexing);
	case SEPARATOR:
		return take_separator(s, indexing);
	case NOTHING:
		return fail(s, "more text behind the value");
	}
	return false;
}

static ALWAYS_INLINE bool
scan(struct scanner *s, bool indexing)
{
	for (;;) {
		skip_space(s);
		if (s->p == s->end)
			return s->expected == NOTHING || fail(s, "");
		if (!take_token(s, indexing))
			return false;
	}
}

/* The levels stay uninitialised: only those below depth are read. */
static void
start(struct scanner *s, struct slice text, struct json_doc *doc)
{
	s->begin = (const unsigned char *)text.data;
	s->p = s->begin;
	s->end = s->begin + text.len;
	s->problem = NULL;
	s->doc = doc;
	s->depth = 0;
	s->expected = VALUE;
	s->escaped = false;
	s->no_memory = false;
}

static int
result(const struct scanner *s, struct json_error *ret_error)
{
	if (s->no_memory)
		return -ENOMEM;
	if (ret_error)
		*ret_error = (struct json_error){(size_t)(s->p - s->begin), s->problem};
	return -EBADMSG;
}

static bool
is_usable(struct slice text, struct json_error *ret_error)
{
	const char *problem = NULL;
	if (!text.data || text.len == 0)
		problem = "no text";
	else if (text.len > JSON_MAX_TEXT)
		problem = "a text over 2 GiB";
	if (problem && ret_error)
		*ret_error = (struct json_error){0, problem};
	return !problem;
}

int
json_check(struct slice text, struct json_error *ret_error)
{
	if (!is_usable(text, ret_error))
		return -EBADMSG;
	struct scanner s;
	start(&s, text, NULL);
	return scan(&s, false) ? 0 : result(&s, ret_error);
}

int
json_doc_parse(struct slice text, struct json_doc **ret_doc, struct json_error *ret_error)
{
	if (!is_usable(text, ret_error))
		return -EBADMSG;
	auto_json_doc doc = x_new(struct json_doc);
	if (!doc)
		return -ENOMEM;
	doc->text = text.data;
	doc->cap = text.len / 8 + 8;
	doc->slots = mem_resize_array(NULL, doc->cap, sizeof(*doc->slots));
	if (!doc->slots)
		return -ENOMEM;
	struct scanner s;
	start(&s, text, doc);
	if (!scan(&s, true))
		return result(&s, ret_error);
	*ret_doc = steal_ptr(&doc);
	return 0;
}

void
json_doc_free(struct json_doc *doc)
{
	if (!doc)
		return;
	mem_free(doc->slots);
	mem_free(doc);
}

void
json_doc_free_p(struct json_doc **doc)
{
	json_doc_free(*doc);
	*doc = NULL;
}
