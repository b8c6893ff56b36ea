/* Bodies that tools and proxies make of the one that was sent, undone. */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include <jansson.h>

#include "base/codec.h"
#include "base/mem.h"
#include "cli/verify_why.h"

typedef int change_fn(struct slice body, struct buf *out);

/* Each makes another body of this one; -ENOENT when it would be the same. */

static int
without_line_break(struct slice body, struct buf *out)
{
	size_t len = body.len;
	while (len > 0 && strchr("\r\n", body.data[len - 1]))
		len--;
	return len < body.len ? buf_append(out, body.data, len) : -ENOENT;
}

static int
without_one_line_break(struct slice body, struct buf *out)
{
	if (body.len == 0 || body.data[body.len - 1] != '\n')
		return -ENOENT;
	return buf_append(out, body.data, body.len - 1);
}

static int
with_line_break(struct slice body, struct buf *out)
{
	buf_append(out, body.data, body.len);
	return buf_putc(out, '\n');
}

static int
with_lf(struct slice body, struct buf *out)
{
	for (size_t i = 0; i < body.len; i++) {
		if (body.data[i] != '\r' || i + 1 == body.len || body.data[i + 1] != '\n')
			buf_putc(out, body.data[i]);
	}
	return out->len < body.len ? out->error : -ENOENT;
}

static int
with_crlf(struct slice body, struct buf *out)
{
	for (size_t i = 0; i < body.len; i++) {
		if (body.data[i] == '\n' && (i == 0 || body.data[i - 1] != '\r'))
			buf_putc(out, '\r');
		buf_putc(out, body.data[i]);
	}
	return out->len > body.len ? out->error : -ENOENT;
}

static int
without_mark(struct slice body, struct buf *out)
{
	if (body.len < 3 || memcmp(body.data, "\xef\xbb\xbf", 3) != 0)
		return -ENOENT;
	return buf_append(out, body.data + 3, body.len - 3);
}

static bool
is_json(struct slice body)
{
	json_t *tree = json_loadb(body.data, body.len, JSON_DECODE_ANY, NULL);
	json_decref(tree);
	return tree != NULL;
}

/* The JSON without blanks between its tokens, as most senders write it. */
static int
without_blanks(struct slice body, struct buf *out)
{
	bool in_string = false;
	if (!is_json(body))
		return -ENOENT;
	for (size_t i = 0; i < body.len; i++) {
		char c = body.data[i];
		if (!in_string && strchr(" \t\r\n", c))
			continue;
		buf_putc(out, c);
		if (in_string && c == '\\')
			buf_putc(out, body.data[++i]);
		else if (c == '"')
			in_string = !in_string;
	}
	return out->len < body.len ? out->error : -ENOENT;
}

static int
with_flags(struct slice body, size_t flags, struct buf *out)
{
	json_t *tree = json_loadb(body.data, body.len, JSON_DECODE_ANY, NULL);
	char *text = tree ? json_dumps(tree, flags | JSON_ENCODE_ANY) : NULL;
	int rc = text ? buf_puts(out, text) : -ENOENT;
	json_decref(tree);
	mem_free(text); /* jansson's allocator is the usual one */
	return rc;
}

static int
as_ascii(struct slice body, struct buf *out)
{
	int rc = with_flags(body, JSON_COMPACT | JSON_ENSURE_ASCII, out);
	/* jansson writes \u00E4, senders \u00e4 */
	for (size_t i = 0; rc == 0 && i + 1 < out->len; i++) {
		if (out->data[i] != '\\')
			continue;
		if (out->data[++i] != 'u')
			continue;
		for (size_t last = i + 4; i < last && i + 1 < out->len; i++)
			out->data[i + 1] = (char)tolower((unsigned char)out->data[i + 1]);
	}
	return rc;
}

static int
as_utf8(struct slice body, struct buf *out)
{
	return with_flags(body, JSON_COMPACT, out);
}

static int
of_form(struct slice body, struct buf *out)
{
	return form_get(out, body.data, body.len, "payload") < 0 ? -ENOENT : 0;
}

static int
as_form(struct slice body, struct buf *out)
{
	buf_puts(out, "payload=");
	return url_encode(out, body.data, body.len);
}

static const struct {
	change_fn *change;
	const char *says;
} changes[] = {
	{without_one_line_break,
	 "without the line break at the body's end it is genuine"},
	{without_line_break, "without the line breaks at the body's end it is genuine"},
	{with_line_break, "with a line break at the body's end it is genuine"},
	{with_lf, "with LF instead of CRLF it is genuine: line breaks were changed"},
	{with_crlf, "with CRLF instead of LF it is genuine: line breaks were changed"},
	{without_mark, "without the byte order mark at its beginning it is genuine"},
	{without_blanks, "without blanks between its tokens the JSON is genuine: a proxy "
			 "or a tool wrote it anew"},
	{as_ascii,
	 "with \\u escapes the JSON is genuine: a proxy or a tool wrote it anew"},
	{as_utf8, "without escapes the JSON is genuine: a proxy or a tool wrote it anew"},
	{of_form, "the JSON in the form's field `payload` is what was signed: the sender "
		  "signs JSON, a form arrived"},
	{as_form, "as a form with the field `payload` it is genuine: the sender signed a "
		  "form, JSON arrived"},
};

const char *
verify_body_says(size_t n)
{
	return n < ARRAY_LEN(changes) ? changes[n].says : NULL;
}

int
verify_body_change(size_t n, struct slice body, struct buf *out)
{
	return changes[n].change(body, out);
}
