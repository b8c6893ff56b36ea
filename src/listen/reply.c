/* What handlers do with a request: refuse or take its body, answer it, stream, abort. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "listen/answer.h"
#include "listen/conn.h"
#include "listen/message.h"
#include "listen/schedule.h"
#include "listen/server.h"
#include "listen/wire.h"

static bool
awaits_answer(const struct conn *c)
{
	return c->state == CONN_DECIDE || c->state == CONN_BODY ||
	       c->state == CONN_HANDLE;
}

/* Whether a body of that length may come, beside those in flight. */
static bool
has_room(const struct http_server *s, uint64_t length)
{
	uint64_t all = s->limits.bodies_bytes;
	uint64_t held = s->stats.bodies_bytes;
	return length == 0 || (held < all && length <= all - held);
}

void
http_want_body(struct http_request *rq, uint64_t limit)
{
	struct conn *c = rq->conn;
	struct http_server *s = c->server;
	if (c->state != CONN_DECIDE)
		return;
	if (rq->message.remaining > limit)
		conn_refuse(c, 413, "The body is too long.");
	else if (!has_room(s, rq->message.remaining))
		conn_refuse(c, 503, "Too many requests are under way.");
	else
		conn_start_body(c, limit);
	schedule_conn(c);
}

static bool
is_one_line(const char *text)
{
	return text[strcspn(text, "\r\n")] == '\0';
}

void
http_add_header(struct http_request *rq, const char *name, const char *value)
{
	if (!value || !is_one_line(name) || !is_one_line(value))
		return;
	size_t before = rq->extra.len;
	buf_puts(&rq->extra, name);
	buf_append(&rq->extra, ": ", 2);
	buf_puts(&rq->extra, value);
	buf_append(&rq->extra, "\r\n", 2);
	if (buf_failed(&rq->extra)) {
		buf_truncate(&rq->extra, before);
		rq->extra.error = 0;
	}
}

/*
 * Whether the connection can go on behind this answer. A body that was announced and not
 * read cannot be told from the next request's head by a client that gave up sending it.
 */
static void
settle_keep(struct conn *c)
{
	bool unread = c->state != CONN_HANDLE && message_has_body(&c->rq->message);
	c->keep = c->rq->message.keep_alive && !unread && !c->server->draining;
	/* Its body is on the way, or the next request may be: see CONN_LINGER. */
	c->linger_ms = 0;
	if (unread)
		c->linger_ms = LIMIT_LINGER_MS;
	else if (c->rq->message.keep_alive)
		c->linger_ms = LIMIT_LINGER_SHORT_MS;
}

static void
answered(struct conn *c, int rc)
{
	conn_set_state(c, rc == 0 ? CONN_FLUSH : CONN_DEAD);
	schedule_conn(c);
}

static struct answer
answer_for(const struct http_request *rq, int status, const char *type)
{
	return (struct answer){.status = status >= 200 && status < 600 ? status : 500,
			       .type = type,
			       .extra = buf_slice(&rq->extra),
			       .no_body = rq->message.parser.method == HTTP_HEAD,
			       .old = rq->message.minor == 0};
}

void
http_reply(struct http_request *rq, int status, const char *type, const void *body,
	   size_t len)
{
	struct conn *c = rq->conn;
	if (!awaits_answer(c))
		return;
	struct answer a = answer_for(rq, status, type);
	if (type)
		a.body = (struct slice){body, len};
	settle_keep(c);
	answered(c, answer_send(c, &a));
}

void
http_problem(struct http_request *rq, int status, const char *detail)
{
	struct slice body = answer_problem(rq->conn->server, status, detail);
	http_reply(rq, status, PROBLEM_TYPE, body.data, body.len);
}

void
http_stream_start(struct http_request *rq, int status, const char *type, size_t limit)
{
	struct conn *c = rq->conn;
	if (!awaits_answer(c))
		return;
	struct answer a = answer_for(rq, status, type);
	a.stream = true;
	rq->chunking = !a.old;
	rq->no_body = a.no_body;
	rq->stream_limit = limit;
	settle_keep(c);
	if (a.old)
		c->keep = false;
	if (answer_send(c, &a) == 0)
		conn_set_state(c, CONN_STREAM);
	else
		answered(c, -EPIPE);
}

/* One chunk (RFC 9112 section 7.1), in one piece unless it is long. */
static int
write_chunk(struct conn *c, const void *data, size_t len)
{
	struct buf *out = &c->server->answer;
	struct iovec pieces[3] = {{0}, {(void *)(uintptr_t)data, len}, {0}};
	char crlf[] = "\r\n";
	if (!c->rq->chunking)
		return wire_write(c, &pieces[1], 1);
	buf_reset(out);
	buf_printf(out, "%zx\r\n", len);
	if (len <= LIMIT_ANSWER_COPY) {
		buf_append(out, data, len);
		buf_append(out, crlf, 2);
	}
	if (buf_failed(out))
		return -ENOMEM;
	pieces[0] = (struct iovec){out->data, out->len};
	pieces[2] = (struct iovec){crlf, 2};
	return wire_write(c, pieces, len <= LIMIT_ANSWER_COPY ? 1 : 3);
}

int
http_stream_write(struct http_request *rq, const void *data, size_t len)
{
	struct conn *c = rq->conn;
	if (c->state != CONN_STREAM)
		return -EPIPE;
	if (len == 0 || rq->no_body)
		return 0;
	if (write_chunk(c, data, len) == 0 && wire_pending(c) <= rq->stream_limit)
		return 0;
	answered(c, -EPIPE);
	return -EPIPE;
}

void
http_stream_end(struct http_request *rq)
{
	struct conn *c = rq->conn;
	char end[] = "0\r\n\r\n";
	if (c->state != CONN_STREAM)
		return;
	int rc = 0;
	if (rq->chunking && !rq->no_body)
		rc = wire_write(c, &(struct iovec){end, sizeof(end) - 1}, 1);
	answered(c, rc);
}

void
http_abort(struct http_request *rq)
{
	answered(rq->conn, -EPIPE);
}
