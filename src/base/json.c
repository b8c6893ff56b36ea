#include "base/json.h"

#include <string.h>

#include "base/utf8.h"

static void
put_escaped(struct buf *out, unsigned char c)
{
	static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt";
	for (const char *p = shorts; *p; p += 2) {
		if ((unsigned char)*p == c) {
			buf_putc(out, '\\');
			buf_putc(out, p[1]);
			return;
		}
	}
	buf_printf(out, "\\u%04x", c);
}

int
json_put_string(struct buf *out, const char *text, size_t len)
{
	buf_putc(out, '"');
	size_t i = 0;
	while (i < len) {
		size_t run = i;
		unsigned char c = (unsigned char)text[run];
		while (run < len && (c = (unsigned char)text[run]) >= 0x20 && c != '"' &&
		       c != '\\' && c < 0x7f)
			run++;
		buf_append(out, text + i, run - i);
		i = run;
		if (i == len)
			break;
		size_t n = c < 0x80 ? 0 : utf8_length(text + i, len - i);
		if (c < 0x80) {
			put_escaped(out, c);
			i++;
		} else if (n > 0) {
			buf_append(out, text + i, n);
			i += n;
		} else {
			buf_puts(out, "\xef\xbf\xbd");
			i++;
		}
	}
	return buf_putc(out, '"');
}

void
json_begin(struct json_writer *w, struct buf *out)
{
	*w = (struct json_writer){.out = out};
}

static void
put_key(struct json_writer *w, const char *key)
{
	if (w->need_comma)
		buf_putc(w->out, ',');
	w->need_comma = true;
	if (key) {
		json_put_string(w->out, key, strlen(key));
		buf_putc(w->out, ':');
	}
}

void
json_open_object(struct json_writer *w, const char *key)
{
	put_key(w, key);
	buf_putc(w->out, '{');
	w->need_comma = false;
}

void
json_close_object(struct json_writer *w)
{
	buf_putc(w->out, '}');
	w->need_comma = true;
}

void
json_open_array(struct json_writer *w, const char *key)
{
	put_key(w, key);
	buf_putc(w->out, '[');
	w->need_comma = false;
}

void
json_close_array(struct json_writer *w)
{
	buf_putc(w->out, ']');
	w->need_comma = true;
}

void
json_str(struct json_writer *w, const char *key, const char *text)
{
	json_slice(w, key, slice_of(text));
}

void
json_slice(struct json_writer *w, const char *key, struct slice text)
{
	put_key(w, key);
	if (text.data)
		json_put_string(w->out, text.data, text.len);
	else
		buf_puts(w->out, "null");
}

void
json_int(struct json_writer *w, const char *key, int64_t n)
{
	put_key(w, key);
	buf_printf(w->out, "%lld", (long long)n);
}

void
json_bool(struct json_writer *w, const char *key, bool b)
{
	put_key(w, key);
	buf_puts(w->out, b ? "true" : "false");
}

void
json_raw(struct json_writer *w, const char *key, const char *text)
{
	put_key(w, key);
	buf_puts(w->out, str_is_empty(text) ? "null" : text);
}

void
json_raw_slice(struct json_writer *w, const char *key, struct slice text)
{
	put_key(w, key);
	buf_append(w->out, text.data, text.len);
}

void
json_opt_str(struct json_writer *w, const char *key, const char *text)
{
	if (text)
		json_str(w, key, text);
}
