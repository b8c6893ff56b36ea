#include "sandbox/multipart.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/limits.h"

/* The boundary with its two leading dashes (str_free); NULL. */
static char *
read_boundary(const char *content_type)
{
	static const char kind[] = "multipart/form-data";
	if (!content_type || strncasecmp(content_type, kind, sizeof(kind) - 1) != 0)
		return NULL;
	const char *at = strcasestr(content_type, "boundary=");
	if (!at)
		return NULL;
	at += strlen("boundary=");
	bool quoted = *at == '"';
	at += quoted;
	return str_format("--%.*s", (int)strcspn(at, quoted ? "\"" : "; \t"), at);
}

static const char *
find(struct slice in, const char *text)
{
	return in.data ? memmem(in.data, in.len, text, strlen(text)) : NULL;
}

static struct slice
behind(struct slice in, const char *at)
{
	return (struct slice){at, in.len - (size_t)(at - in.data)};
}

/* The name in a part's headers (str_free); NULL. */
static char *
read_name(struct slice headers)
{
	static const char mark[] = " name=\"";
	const char *at = find(headers, mark);
	if (!at)
		return NULL;
	struct slice rest = behind(headers, at + sizeof(mark) - 1);
	const char *end = memchr(rest.data, '"', rest.len);
	return end ? str_ndup(rest.data, (size_t)(end - rest.data)) : NULL;
}

/* A part without its boundaries. */
static bool
take_part(json_t *object, struct slice part)
{
	const char *blank = find(part, "\r\n\r\n");
	if (!blank)
		return false;
	auto_str name = read_name((struct slice){part.data, (size_t)(blank - part.data)});
	struct slice value = behind(part, blank + strlen("\r\n\r\n"));
	json_t *text = name ? json_stringn(value.data, value.len) : NULL;
	return text && json_object_set_new(object, name, text) == 0;
}

json_t *
multipart_read(const char *content_type, struct slice body)
{
	auto_str first = read_boundary(content_type);
	auto_str next = first ? str_format("\r\n%s", first) : NULL;
	const char *at = next ? find(body, first) : NULL;
	json_t *object = at ? json_object() : NULL;
	struct slice rest = at ? behind(body, at + strlen(first)) : body;
	while (object && rest.len > 0 &&
	       !(rest.len >= 2 && strncmp(rest.data, "--", 2) == 0)) {
		const char *end = find(rest, next);
		struct slice part = {rest.data, end ? (size_t)(end - rest.data) : 0};
		if (!end || !take_part(object, part)) {
			json_decref(object);
			return NULL;
		}
		rest = behind(rest, end + strlen(next));
	}
	return object;
}
