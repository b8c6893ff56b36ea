/* The rules of a complete head that llhttp leaves open, and looking into it. */
#include "listen/message.h"

#include <string.h>
#include <strings.h>

bool
message_lines_are_strict(char last, const char *data, size_t len)
{
	const char *end = data + len;
	if (len == 0)
		return true;
	if (memchr(data, '\0', len) || (last == '\n' && (*data == ' ' || *data == '\t')))
		return false;
	for (const char *p = data; p < end; p++) {
		p = memchr(p, '\n', (size_t)(end - p));
		if (!p)
			return true;
		if ((p == data ? last : p[-1]) != '\r')
			return false;
		if (p + 1 < end && (p[1] == ' ' || p[1] == '\t'))
			return false;
	}
	return true;
}

/*
 * Exactly "METHOD SP target SP HTTP/1.x": llhttp takes several blanks, and "RTSP/1.0" or
 * "ICE/1.0" in the place of HTTP.
 */
static bool
check_request_line(struct message *m)
{
	const char *head = m->head.data;
	const char *target = head + m->target;
	const char *behind = target + m->target_len;
	size_t left = m->head.len - m->target - m->target_len;
	if (m->target < 2 || target[-1] != ' ' || target[-2] == ' ' || left < 6 ||
	    memcmp(behind, " HTTP/", 6) != 0)
		return message_refuse(m, 400, "The request line is malformed.");
	if (m->parser.http_major != 1 || m->parser.http_minor > 1)
		return message_refuse(m, 505, "HTTP/1.1 and HTTP/1.0 are spoken here.");
	m->minor = m->parser.http_minor;
	return true;
}

/* RFC 3986 has no such bytes; a fragment is never sent to a server. */
static bool
check_target(struct message *m)
{
	const unsigned char *p = (const unsigned char *)m->head.data + m->target;
	for (uint32_t i = 0; i < m->target_len; i++) {
		if (p[i] <= ' ' || p[i] >= 127 || p[i] == '#')
			return message_refuse(m, 400, "The request target is malformed.");
	}
	if (m->parser.method == HTTP_CONNECT)
		return message_refuse(m, 501, "This is no proxy.");
	return true;
}

/* Makes C strings of names and values, without the blanks behind a value. */
static void
terminate_texts(struct message *m)
{
	char *head = m->head.data;
	for (size_t i = 0; i < m->header_count; i++) {
		struct message_header *h = &m->headers[i];
		while (h->value_len > 0 && (head[h->value + h->value_len - 1] == ' ' ||
					    head[h->value + h->value_len - 1] == '\t'))
			h->value_len--;
		head[h->name + h->name_len] = '\0';
		if (h->value_len == 0)
			h->value = h->name + h->name_len; /* that NUL */
		head[h->value + h->value_len] = '\0';
	}
}

/* RFC 9112 section 3.2: one Host on HTTP/1.1, and nothing in it that no host has. */
static bool
check_host(struct message *m)
{
	size_t count = message_header_count(m, "host");
	if (count > 1 || (count == 0 && m->minor == 1))
		return message_refuse(m, 400, "There must be one Host header field.");
	const char *host = message_header(m, "host");
	if (host && strpbrk(host, " \t,/?#@\\\"<>"))
		return message_refuse(m, 400, "The Host header field is malformed.");
	return true;
}

/*
 * The length of the body has one reading: Content-Length (llhttp refuses a second one and
 * one beside Transfer-Encoding), or Transfer-Encoding that is "chunked" and nothing else.
 */
static bool
check_framing(struct message *m)
{
	size_t codings = message_header_count(m, "transfer-encoding");
	if (codings == 0) {
		m->remaining = m->parser.content_length;
		return true;
	}
	if (m->minor == 0)
		return message_refuse(m, 400, "HTTP/1.0 has no Transfer-Encoding.");
	if (message_header_count(m, "content-length") > 0)
		return message_refuse(m, 400, "The length of the body is ambiguous.");
	const char *coding = message_header(m, "transfer-encoding");
	if (codings > 1 || strcasecmp(coding, "chunked") != 0 ||
	    !(m->parser.flags & F_CHUNKED))
		return message_refuse(m, 501, "The only transfer coding is chunked.");
	m->chunked = true;
	return true;
}

/* RFC 9110 section 10.1.1; HTTP/1.0 knows no expectations. */
static bool
check_expect(struct message *m)
{
	const char *expect = message_header(m, "expect");
	if (!expect || m->minor == 0)
		return true;
	if (strcasecmp(expect, "100-continue") != 0 ||
	    message_header_count(m, "expect") > 1)
		return message_refuse(m, 417, "The only expectation is 100-continue.");
	m->expects_continue = true;
	return true;
}

bool
message_check_head(struct message *m)
{
	m->keep_alive = llhttp_should_keep_alive(&m->parser);
	if (!message_lines_are_strict('\n', m->head.data, m->head.len))
		return message_refuse(m, 400, "The header section is malformed.");
	if (!check_request_line(m) || !check_target(m))
		return false;
	terminate_texts(m);
	return check_host(m) && check_framing(m) && check_expect(m);
}

const char *
message_method(const struct message *m)
{
	return llhttp_method_name((llhttp_method_t)m->parser.method);
}

static bool
has_name(const struct message *m, const struct message_header *h, const char *name,
	 size_t len)
{
	return h->name_len == len && strncasecmp(m->head.data + h->name, name, len) == 0;
}

const char *
message_header(const struct message *m, const char *name)
{
	size_t len = strlen(name);
	for (size_t i = 0; i < m->header_count; i++) {
		if (has_name(m, &m->headers[i], name, len))
			return m->head.data + m->headers[i].value;
	}
	return NULL;
}

size_t
message_header_count(const struct message *m, const char *name)
{
	size_t len = strlen(name);
	size_t count = 0;
	for (size_t i = 0; i < m->header_count; i++)
		count += has_name(m, &m->headers[i], name, len);
	return count;
}

/* Behind "http://host" or "https://host", where the path begins. */
static struct slice
skip_authority(struct slice target)
{
	size_t skip = 0;
	if (target.len > 7 && strncasecmp(target.data, "http://", 7) == 0)
		skip = 7;
	else if (target.len > 8 && strncasecmp(target.data, "https://", 8) == 0)
		skip = 8;
	while (skip > 0 && skip < target.len && !strchr("/?", target.data[skip]))
		skip++;
	return (struct slice){target.data + skip, target.len - skip};
}

void
message_split_target(const struct message *m, struct slice *ret_path,
		     struct slice *ret_query)
{
	struct slice target =
		skip_authority((struct slice){m->head.data + m->target, m->target_len});
	const char *mark = target.len > 0 ? memchr(target.data, '?', target.len) : NULL;
	size_t path_len = mark ? (size_t)(mark - target.data) : target.len;
	*ret_path = path_len > 0 ? (struct slice){target.data, path_len}
				 : (struct slice){"/", 1};
	*ret_query = mark ? (struct slice){mark + 1, target.len - path_len - 1}
			  : (struct slice){"", 0};
}
