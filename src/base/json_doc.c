/* Reading the tape: members, elements, paths, texts. */
#include <errno.h>
#include <string.h>

#include "base/json_doc.h"
#include "base/json_tape.h"
#include "base/utf8.h"

#define TEXT_LIMIT JSON_MAX_TEXT /* an unescaped string is no longer than its source */

enum json_kind
json_kind_at(const struct json_doc *doc, uint32_t i)
{
	switch (json_first_byte(doc, i)) {
	case '{':
		return JSON_OBJECT;
	case '[':
		return JSON_ARRAY;
	case '"':
		return JSON_STRING;
	case 't':
		return JSON_TRUE;
	case 'f':
		return JSON_FALSE;
	case 'n':
		return JSON_NULL;
	default:
		return JSON_NUMBER;
	}
}

struct slice
json_raw_at(const struct json_doc *doc, uint32_t i)
{
	const struct json_slot *slot = &doc->slots[i];
	uint32_t len = json_is_container(doc, i) ? slot[1].extent : slot->extent;
	return (struct slice){doc->text + slot->offset, len & ~JSON_ESCAPED};
}

struct slice
json_inner_at(const struct json_doc *doc, uint32_t i)
{
	struct slice raw = json_raw_at(doc, i);
	return (struct slice){raw.data + 1, raw.len - 2};
}

static uint32_t
read_hex4(const char *p)
{
	uint32_t code = 0;
	for (int i = 0; i < 4; i++) {
		uint32_t c = (unsigned char)p[i];
		uint32_t digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
		code = code << 4 | digit;
	}
	return code;
}

/* The character of the escape at p, and how many bytes it takes. */
static uint32_t
read_escape(const char *p, size_t *ret_used)
{
	static const char plain[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
	*ret_used = 2;
	if (p[1] != 'u') {
		for (const char *e = plain; *e; e += 2) {
			if (*e == p[1])
				return (unsigned char)e[1];
		}
	}
	*ret_used = 6;
	uint32_t code = read_hex4(p + 2);
	if (code < 0xd800 || code > 0xdbff)
		return code;
	*ret_used = 12;
	return 0x10000 + ((code - 0xd800) << 10) + (read_hex4(p + 8) - 0xdc00);
}

int
json_unescape(struct slice inner, struct buf *out)
{
	size_t i = 0;
	while (i < inner.len) {
		const char *rest = inner.data + i;
		const char *backslash = memchr(rest, '\\', inner.len - i);
		size_t run = backslash ? (size_t)(backslash - rest) : inner.len - i;
		buf_append(out, rest, run);
		i += run;
		if (!backslash)
			break;
		size_t used = 0;
		char utf8[4];
		size_t n = utf8_encode(read_escape(backslash, &used), utf8);
		buf_append(out, utf8, n);
		i += used;
	}
	return out->error;
}

static struct json_value
value_at(const struct json_doc *doc, uint32_t i)
{
	return (struct json_value){json_kind_at(doc, i), json_raw_at(doc, i), i, doc};
}

struct json_value
json_root(const struct json_doc *doc)
{
	return doc ? value_at(doc, 0) : (struct json_value){.kind = JSON_NONE};
}

static bool
key_is(const struct json_doc *doc, uint32_t i, struct slice key)
{
	if (!json_is_escaped(doc, i))
		return slice_eq(json_inner_at(doc, i), key);
	auto_buf text = BUF_INIT(TEXT_LIMIT);
	return json_unescape(json_inner_at(doc, i), &text) == 0 &&
	       slice_eq(buf_slice(&text), key);
}

static struct json_value
member(struct json_value v, struct slice key)
{
	struct json_value found = {.kind = JSON_NONE};
	if (v.kind != JSON_OBJECT)
		return found;
	uint32_t end = json_next(v.doc, v.index);
	for (uint32_t i = json_first(v.index); i < end; i = json_next(v.doc, i + 1)) {
		if (key_is(v.doc, i, key))
			found = value_at(v.doc, i + 1);
	}
	return found;
}

struct json_value
json_member(struct json_value v, const char *key)
{
	return member(v, slice_of(key));
}

struct json_value
json_item(struct json_value v, size_t n)
{
	if (v.kind != JSON_ARRAY)
		return (struct json_value){.kind = JSON_NONE};
	uint32_t end = json_next(v.doc, v.index);
	for (uint32_t i = json_first(v.index); i < end; i = json_next(v.doc, i)) {
		if (n-- == 0)
			return value_at(v.doc, i);
	}
	return (struct json_value){.kind = JSON_NONE};
}

struct json_value
json_after(struct json_value v, struct json_value item)
{
	uint32_t next = json_next(v.doc, item.index);
	if (next >= json_next(v.doc, v.index))
		return (struct json_value){.kind = JSON_NONE};
	return value_at(v.doc, next);
}

size_t
json_length(struct json_value v)
{
	if (v.kind != JSON_ARRAY && v.kind != JSON_OBJECT)
		return 0;
	uint32_t is_member = v.kind == JSON_OBJECT;
	uint32_t end = json_next(v.doc, v.index);
	size_t n = 0;
	for (uint32_t i = json_first(v.index); i < end;
	     i = json_next(v.doc, i + is_member))
		n++;
	return n;
}

/* "[12]" at *path: the element, with *path moved behind it. */
static struct json_value
find_item(struct json_value v, const char **path)
{
	const char *p = *path + 1;
	size_t n = 0;
	size_t digits = strspn(p, "0123456789");
	if (digits == 0 || digits > 9 || p[digits] != ']')
		return (struct json_value){.kind = JSON_NONE};
	for (size_t i = 0; i < digits; i++)
		n = n * 10 + (size_t)(p[i] - '0');
	*path = p + digits + 1;
	return json_item(v, n);
}

struct json_value
json_find(struct json_value v, const char *path)
{
	const char *p = path;
	while (*p && v.kind != JSON_NONE) {
		if (*p == '[') {
			v = find_item(v, &p);
			continue;
		}
		p += *p == '.';
		size_t n = strcspn(p, ".[");
		v = member(v, (struct slice){p, n});
		p += n;
	}
	return v;
}

int
json_text(struct json_value v, struct buf *out)
{
	if (v.kind == JSON_NONE)
		return 0;
	if (v.kind != JSON_STRING)
		return buf_append(out, v.raw.data, v.raw.len);
	return json_unescape((struct slice){v.raw.data + 1, v.raw.len - 2}, out);
}

char *
json_dup_text(struct json_value v)
{
	if (v.kind == JSON_NONE || v.kind == JSON_ARRAY || v.kind == JSON_OBJECT)
		return NULL;
	auto_buf text = BUF_INIT(TEXT_LIMIT);
	return json_text(v, &text) == 0 ? buf_take(&text) : NULL;
}

bool
json_is_text(struct json_value v, const char *text)
{
	auto_buf own = BUF_INIT(SIZE_MAX / 2);
	return v.kind == JSON_STRING && json_text(v, &own) == 0 &&
	       slice_eq_str(buf_slice(&own), text);
}
