#include "cli/capture.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

void
capture_init(struct capture *c)
{
	*c = (struct capture){0};
	buf_init(&c->body, LIMIT_CAPTURE_BYTES);
}

void
capture_done(struct capture *c)
{
	for (size_t i = 0; i < c->n; i++) {
		str_free(c->headers[i].name);
		str_free(c->headers[i].value);
	}
	mem_free(c->headers);
	str_free(c->method);
	str_free(c->target);
	buf_done(&c->body);
	*c = (struct capture){0};
}

int
capture_add_header(struct capture *c, struct slice name, struct slice value)
{
	if (x_reserve(&c->headers, &c->cap, c->n) < 0)
		return -ENOMEM;
	struct capture_header h = {str_ndup(name.data, name.len),
				   str_ndup(value.data, value.len)};
	c->headers[c->n++] = h;
	return h.name && h.value ? 0 : -ENOMEM;
}

static struct slice
trim(struct slice s)
{
	while (s.len > 0 && strchr(" \t\r", s.data[0])) {
		s.data++;
		s.len--;
	}
	while (s.len > 0 && strchr(" \t\r", s.data[s.len - 1]))
		s.len--;
	return s;
}

/* "POST /hooks/x HTTP/1.1". Returns whether the line is one. */
static bool
take_request_line(struct capture *c, struct slice line)
{
	const char *space = memchr(line.data, ' ', line.len);
	const char *last = memrchr(line.data, ' ', line.len);
	const char *end = line.data + line.len;
	if (!space || last <= space || end - last < 6 || strncmp(last, " HTTP/", 6) != 0)
		return false;
	str_free(c->method);
	str_free(c->target);
	c->method = str_ndup(line.data, (size_t)(space - line.data));
	c->target = str_ndup(space + 1, (size_t)(last - space - 1));
	return true;
}

static int
take_line(struct capture *c, struct slice line, bool is_first)
{
	line = trim(line);
	if (line.len == 0)
		return 0;
	if (is_first && take_request_line(c, line))
		return c->method && c->target ? 0 : -ENOMEM;
	const char *colon = memchr(line.data, ':', line.len);
	if (!colon || colon == line.data || memchr(line.data, '\0', line.len))
		return -EINVAL;
	size_t name_len = (size_t)(colon - line.data);
	struct slice value = {colon + 1, line.len - name_len - 1};
	return capture_add_header(c, (struct slice){line.data, name_len}, trim(value));
}

int
capture_parse_headers(struct capture *c, struct slice text, unsigned *ret_line)
{
	const char *p = text.data;
	const char *end = text.data + text.len;
	for (unsigned line = 1; p && p < end; line++) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *stop = newline ? newline : end;
		int rc = take_line(c, (struct slice){p, (size_t)(stop - p)}, line == 1);
		if (rc < 0) {
			*ret_line = line;
			return rc;
		}
		p = stop + 1;
	}
	return 0;
}

static size_t
header_count(const void *arg, const char *name)
{
	const struct capture *c = arg;
	size_t n = 0;
	for (size_t i = 0; i < c->n; i++)
		n += str_case_eq(c->headers[i].name, name) ? 1 : 0;
	return n;
}

static const char *
header(const void *arg, const char *name)
{
	const struct capture *c = arg;
	for (size_t i = 0; i < c->n; i++) {
		if (str_case_eq(c->headers[i].name, name))
			return c->headers[i].value;
	}
	return NULL;
}

struct provider_request
capture_request(const struct capture *c, int64_t now_us)
{
	const char *target = c->target ? c->target : "/";
	size_t path = strcspn(target, "?");
	return (struct provider_request){
		.method = c->method ? c->method : "POST",
		.path = {target, path},
		.query = slice_of(target[path] ? target + path + 1 : ""),
		.header = header,
		.header_count = header_count,
		.arg = c,
		.body = {buf_str(&c->body), c->body.len},
		.now_us = now_us,
	};
}
