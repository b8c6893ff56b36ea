/* Reads what `git diff-tree --pretty=raw --name-status` prints. */
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cli/git_hook.h"

struct commit {
	struct slice id;
	struct slice author;
	struct buf message;
	const char *files; /* the first line about a file; NULL: none */
	const char *end;   /* of those lines */
};

static struct slice
line_at(const char *p, const char *end)
{
	const char *newline = memchr(p, '\n', (size_t)(end - p));
	return (struct slice){p, (size_t)((newline ? newline : end) - p)};
}

static bool
begins(struct slice line, const char *prefix)
{
	size_t n = strlen(prefix);
	return line.len >= n && memcmp(line.data, prefix, n) == 0;
}

static bool
is_octal(char c)
{
	return c >= '0' && c <= '7';
}

/* A path as git writes it: in quotes with the escapes of C where it has to. */
static void
unquote(struct slice text, struct buf *out)
{
	static const char letters[] = "abtnvfr";
	static const char values[] = "\a\b\t\n\v\f\r";
	if (text.len < 2 || text.data[0] != '"' || text.data[text.len - 1] != '"') {
		buf_append(out, text.data, text.len);
		return;
	}
	const char *end = text.data + text.len - 1;
	for (const char *p = text.data + 1; p < end; p++) {
		if (*p != '\\' || p + 1 == end) {
			buf_putc(out, *p);
			continue;
		}
		p++;
		const char *letter = strchr(letters, *p);
		if (end - p >= 3 && is_octal(p[0]) && is_octal(p[1]) && is_octal(p[2])) {
			buf_putc(out, (char)((p[0] - '0') * 64 + (p[1] - '0') * 8 +
					     (p[2] - '0')));
			p += 2;
		} else {
			buf_putc(out, letter ? values[letter - letters] : *p);
		}
	}
}

/* The files whose line begins with one of the letters. */
static void
put_files(struct json_writer *w, const char *key, const struct commit *c,
	  const char *letters)
{
	json_open_array(w, key);
	for (const char *p = c->files; p && p < c->end;) {
		struct slice line = line_at(p, c->end);
		p += line.len + 1;
		if (line.len < 3 || line.data[1] != '\t' ||
		    !memchr(letters, line.data[0], strlen(letters)))
			continue;
		auto_buf path = BUF_INIT(LIMIT_TEXT_BYTES);
		unquote((struct slice){line.data + 2, line.len - 2}, &path);
		json_slice(w, NULL, (struct slice){buf_str(&path), path.len});
	}
	json_close_array(w);
}

static void
put_commit(struct json_writer *w, struct commit *c)
{
	while (c->message.len > 0 && c->message.data[c->message.len - 1] == '\n')
		buf_truncate(&c->message, c->message.len - 1);
	json_open_object(w, NULL);
	json_slice(w, "id", c->id);
	json_slice(w, "author", c->author);
	json_slice(w, "message", (struct slice){buf_str(&c->message), c->message.len});
	put_files(w, "added", c, "A");
	put_files(w, "removed", c, "D");
	put_files(w, "modified", c, "MTUXCR");
	json_close_object(w);
}

/* Takes the header lines; returns what is behind the empty line that ends them. */
static const char *
read_head(struct commit *c, const char *p, const char *end)
{
	while (p < end) {
		struct slice line = line_at(p, end);
		p += line.len + 1;
		if (line.len == 0)
			break;
		if (!begins(line, "author "))
			continue;
		const char *mail = memrchr(line.data, '<', line.len);
		size_t begin = strlen("author ");
		size_t len = mail ? (size_t)(mail - line.data) : line.len;
		if (len > begin && line.data[len - 1] == ' ')
			len--;
		c->author =
			(struct slice){line.data + begin, len > begin ? len - begin : 0};
	}
	return p < end ? p : end;
}

/* Takes message and files; returns where the next commit begins. */
static const char *
read_rest(struct commit *c, const char *p, const char *end)
{
	while (p < end) {
		struct slice line = line_at(p, end);
		if (begins(line, "commit "))
			break;
		if (begins(line, "    ")) {
			buf_append(&c->message, line.data + 4, line.len - 4);
			buf_putc(&c->message, '\n');
		} else if (line.len > 0 && !c->files) {
			c->files = p;
		}
		p += line.len + 1;
	}
	c->end = p < end ? p : end;
	return c->end;
}

void
git_put_commits(struct json_writer *w, struct slice raw)
{
	const char *p = raw.data;
	const char *end = raw.data + raw.len;
	while (p && p < end) {
		struct slice line = line_at(p, end);
		p += line.len + 1;
		if (!begins(line, "commit "))
			continue;
		struct commit c = {.id = {line.data + 7, line.len - 7},
				   .author = {"", 0}};
		buf_init(&c.message, LIMIT_TEXT_BYTES);
		p = read_head(&c, p < end ? p : end, end);
		p = read_rest(&c, p, end);
		put_commit(w, &c);
		buf_done(&c.message);
	}
}
