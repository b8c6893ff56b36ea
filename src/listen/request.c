#include "listen/request.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"

struct http_request *
request_take(struct conn *c)
{
	struct http_server *s = c->server;
	struct http_request *rq = s->pool;
	if (rq) {
		s->pool = rq->next;
		s->pooled--;
	} else {
		rq = x_new(struct http_request);
		if (!rq)
			return NULL;
		message_init(&rq->message, s->limits.header_bytes);
		buf_init(&rq->extra, LIMIT_ANSWER_HEADERS_BYTES);
	}
	rq->next = NULL;
	rq->conn = c;
	rq->started_us = clock_mono_us();
	return rq;
}

static void
request_free(struct http_request *rq)
{
	message_done(&rq->message);
	buf_done(&rq->body);
	buf_done(&rq->extra);
	mem_free(rq);
}

/* Keeps the memory of a buffer for the next request unless it is much. */
static void
shrink(struct buf *b)
{
	if (b->cap > LIMIT_IDLE_REQUEST_BYTES)
		buf_done(b);
	else
		buf_reset(b);
}

static void
uncharge(struct http_request *rq, struct http_server *s)
{
	s->stats.bodies_bytes -= rq->charged;
	rq->charged = 0;
}

void
request_give(struct http_server *s, struct http_request *rq)
{
	uncharge(rq, s);
	if (s->pooled >= LIMIT_IDLE_REQUESTS) {
		request_free(rq);
		return;
	}
	shrink(&rq->message.head);
	shrink(&rq->body);
	shrink(&rq->extra);
	message_reset(&rq->message);
	*rq = (struct http_request){.message = rq->message,
				    .body = rq->body,
				    .extra = rq->extra,
				    .next = s->pool};
	rq->message.parser.data = &rq->message;
	s->pool = rq;
	s->pooled++;
}

void
request_free_pool(struct http_server *s)
{
	while (s->pool) {
		struct http_request *rq = s->pool;
		s->pool = rq->next;
		request_free(rq);
	}
	s->pooled = 0;
}

int
request_reserve_body(struct http_request *rq, size_t len)
{
	struct http_server *s = rq->conn->server;
	if (rq->charged > 0 && rq->body.len + len < rq->body.cap)
		return 0;
	if (s->stats.bodies_bytes + len > s->limits.bodies_bytes)
		return -EDQUOT;
	/* Twice what is there, and no more than what is announced. */
	size_t ahead = rq->body.len > LIMIT_BODY_STEP ? rq->body.len : LIMIT_BODY_STEP;
	size_t left = rq->body.limit - rq->body.len;
	if (rq->message.phase == MESSAGE_PHASE_LENGTH && rq->message.remaining < left)
		left = (size_t)rq->message.remaining;
	size_t want = ahead < left ? ahead : left;
	if (buf_reserve(&rq->body, want > len ? want : len) < 0)
		return -ENOMEM;
	s->stats.bodies_bytes += rq->body.cap - rq->charged;
	rq->charged = rq->body.cap;
	return 0;
}

/* --- what handlers ask -------------------------------------------------------------- */

const char *
http_method(const struct http_request *rq)
{
	return message_method(&rq->message);
}

struct slice
http_path(const struct http_request *rq)
{
	return rq->path;
}

struct slice
http_query(const struct http_request *rq)
{
	return rq->query;
}

const char *
http_peer(const struct http_request *rq)
{
	return rq->conn->peer;
}

const char *
http_header(const struct http_request *rq, const char *name)
{
	return message_header(&rq->message, name);
}

size_t
http_header_count(const struct http_request *rq, const char *name)
{
	return message_header_count(&rq->message, name);
}

size_t
http_headers(const struct http_request *rq)
{
	return rq->message.header_count;
}

void
http_header_at(const struct http_request *rq, size_t i, const char **ret_name,
	       const char **ret_value)
{
	const struct message_header *h = &rq->message.headers[i];
	*ret_name = rq->message.head.data + h->name;
	*ret_value = rq->message.head.data + h->value;
}

struct slice
http_body(const struct http_request *rq)
{
	return buf_slice(&rq->body);
}

void
http_take_body(struct http_request *rq, struct buf *out)
{
	buf_done(out);
	*out = rq->body;
	rq->body = BUF_INIT(0);
	uncharge(rq, rq->conn->server);
}

void
http_set_data(struct http_request *rq, void *data)
{
	rq->data = data;
}

void *
http_data(const struct http_request *rq)
{
	return rq->data;
}

uint64_t
http_started_us(const struct http_request *rq)
{
	return rq->started_us;
}
