#include "listen/conn.h"

#include <assert.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "listen/address.h"
#include "listen/answer.h"
#include "listen/bind.h"
#include "listen/crowd.h"
#include "listen/request.h"
#include "listen/schedule.h"
#include "listen/wire.h"

/* What a bufferevent of libevent 2.1 reads at once, at most (EVBUFFER_MAX_READ). */
#define BUFFEREVENT_READ 4096

#define TO(state) (1U << CONN_##state)

/* The states that may follow each. */
static const unsigned next_states[CONN_STATES_COUNT] = {
	[CONN_IDLE] = TO(HEAD) | TO(FLUSH) | TO(DEAD),
	[CONN_HEAD] = TO(DECIDE) | TO(FLUSH) | TO(DEAD),
	[CONN_DECIDE] = TO(BODY) | TO(STREAM) | TO(FLUSH) | TO(DEAD),
	[CONN_BODY] = TO(HANDLE) | TO(STREAM) | TO(FLUSH) | TO(DEAD),
	[CONN_HANDLE] = TO(STREAM) | TO(FLUSH) | TO(DEAD),
	[CONN_STREAM] = TO(FLUSH) | TO(DEAD),
	[CONN_FLUSH] = TO(IDLE) | TO(LINGER) | TO(DEAD),
	[CONN_LINGER] = TO(DEAD),
	[CONN_DEAD] = 0,
};

const char *
conn_state_name(enum conn_state state)
{
	static const char *const names[] = {
#define X(name, text) text,
		CONN_STATES(X)
#undef X
	};
	return names[state];
}

/* --- deadlines ---------------------------------------------------------------------- */

static void
die(struct conn *c)
{
	conn_set_state(c, CONN_DEAD);
	schedule_conn(c);
}

static void
arm(struct conn *c, uint64_t now)
{
	uint64_t left = c->deadline_us > now ? c->deadline_us - now : 0;
	struct timeval tv = {.tv_sec = (time_t)(left / 1000000),
			     .tv_usec = (suseconds_t)(left % 1000000)};
	/* Without its timer a connection might stay for ever. */
	if (event_add(&c->timer, &tv) < 0)
		die(c);
	else
		c->armed_us = c->deadline_us;
}

/*
 * Deadlines change several times a request, and nearly all are never reached. So the
 * timer is left alone when it fires earlier: then it finds the new deadline and waits on.
 */
static void
set_deadline(struct conn *c, uint64_t now, uint64_t after_us)
{
	c->deadline_us = now + after_us;
	if (c->armed_us == 0 || c->armed_us > c->deadline_us)
		arm(c, now);
}

static uint64_t
time_for(uint64_t bytes)
{
	return bytes * 1000000 / DEFAULT_BODY_RATE;
}

/*
 * By what has arrived, not by what was announced: who promises a gigabyte must still send
 * a kilobyte a second.
 */
static uint64_t
body_deadline(const struct conn *c)
{
	return c->body_started_us + c->server->limits.body_us +
	       time_for(c->rq->message.body_len);
}

static void
enter_flush(struct conn *c)
{
	size_t pending = wire_pending(c);
	c->deadline_us = 0;
	if (pending > 0)
		set_deadline(c, clock_mono_us(),
			     c->server->limits.answer_us + time_for(pending));
}

static void
enter_linger(struct conn *c)
{
	crowd_join(c);
	wire_shutdown(c);
	wire_read_on(c);
	set_deadline(c, clock_mono_us(), (uint64_t)c->linger_ms * 1000);
}

static void
enter_head(struct conn *c)
{
	/* The first request has its time from the accept on: that deadline stands. */
	if (c->used) {
		crowd_join(c);
		set_deadline(c, c->rq->started_us, c->server->limits.header_us);
	}
	c->used = true;
}

void
conn_set_state(struct conn *c, enum conn_state to)
{
	/* Writing may have found the peer gone, and killed what is about to go on. */
	if (c->state == CONN_DEAD)
		return;
	assert(next_states[c->state] & (1U << to));
	c->state = to;
	switch (to) {
	case CONN_IDLE:
		crowd_join(c);
		set_deadline(c, clock_mono_us(), c->server->limits.idle_us);
		break;
	case CONN_HEAD:
		enter_head(c);
		break;
	case CONN_BODY:
		crowd_join(c);
		c->body_started_us = clock_mono_us();
		set_deadline(c, c->body_started_us, c->server->limits.body_us);
		break;
	case CONN_FLUSH:
		crowd_leave(c);
		enter_flush(c);
		break;
	case CONN_LINGER:
		enter_linger(c);
		break;
	case CONN_DECIDE:
	case CONN_HANDLE:
	case CONN_STREAM:
	case CONN_DEAD:
	case CONN_STATES_COUNT:
		crowd_leave(c);
		c->deadline_us = 0;
		break;
	}
}

static void
refuse_late(struct conn *c, const char *detail)
{
	conn_refuse(c, 408, detail);
	c->linger_ms = LIMIT_LINGER_SHORT_MS;
	conn_run(c);
}

static void
on_deadline(struct conn *c, uint64_t now)
{
	bool silent = c->state == CONN_IDLE && (c->used || c->ssl);
	uint64_t late = c->state == CONN_BODY ? body_deadline(c) : 0;
	if (late > now) {
		set_deadline(c, now, late - now);
		return;
	}
	if (!silent && c->state != CONN_LINGER)
		c->server->stats.timeouts++;
	if (c->state == CONN_BODY)
		refuse_late(c, "The body took too long.");
	else if (!silent && (c->state == CONN_IDLE || c->state == CONN_HEAD))
		refuse_late(c, "The header section took too long.");
	else
		die(c);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct conn *c = arg;
	uint64_t now = clock_mono_us();
	(void)fd;
	(void)what;
	c->armed_us = 0;
	if (c->deadline_us == 0)
		return;
	if (c->deadline_us > now)
		arm(c, now);
	else
		on_deadline(c, now);
}

/* --- the steps of a connection: true when there may be another to take ---------------
 */

static void
end_request(struct conn *c)
{
	struct http_server *s = c->server;
	struct http_request *rq = c->rq;
	if (!rq)
		return;
	if (rq->seen)
		s->handler.on_end(rq, s->arg);
	c->rq = NULL;
	request_give(s, rq);
}

void
conn_refuse(struct conn *c, int status, const char *detail)
{
	log_debug(log_msg("request refused"), log_str("listener", c->server->name),
		  log_str("peer", c->peer), log_str("state", conn_state_name(c->state)),
		  log_int("status", status), log_str("detail", detail));
	c->keep = false;
	c->linger_ms = LIMIT_LINGER_MS;
	int rc = answer_refuse(c, status, detail);
	conn_set_state(c, rc == 0 ? CONN_FLUSH : CONN_DEAD);
}

/* No input is there: waits for it, unless none will come. */
static bool
await_input(struct conn *c)
{
	if (c->eof)
		conn_set_state(c, CONN_DEAD);
	else
		wire_read_on(c);
	return c->eof;
}

static bool
step_idle(struct conn *c)
{
	if (wire_input(c).len == 0) {
		if (c->server->draining)
			conn_set_state(c, CONN_DEAD);
		return c->state == CONN_DEAD || await_input(c);
	}
	c->rq = request_take(c);
	conn_set_state(c, c->rq ? CONN_HEAD : CONN_DEAD);
	return true;
}

static void
decide(struct conn *c)
{
	struct http_server *s = c->server;
	struct http_request *rq = c->rq;
	s->stats.requests++;
	message_split_target(&rq->message, &rq->path, &rq->query);
	conn_set_state(c, CONN_DECIDE);
	rq->seen = true;
	s->handler.on_headers(rq, s->arg);
}

static bool
step_head(struct conn *c)
{
	struct message *m = &c->rq->message;
	struct slice in = wire_input(c);
	size_t used = 0;
	if (in.len == 0)
		return await_input(c);
	enum message_event event = message_feed(m, in.data, in.len, &used);
	wire_used(c, used);
	if (event == MESSAGE_HEAD)
		decide(c);
	else if (event == MESSAGE_REFUSED)
		conn_refuse(c, m->status, m->detail);
	return true;
}

/* Refuses when the body cannot be held. */
static bool
reserve_body(struct conn *c, size_t len)
{
	int rc = request_reserve_body(c->rq, len);
	if (rc < 0)
		conn_refuse(c, 503,
			    rc == -EDQUOT ? "Too many requests are under way."
					  : "Memory is short.");
	return rc == 0;
}

static void
tell_body(struct conn *c, const char *data, size_t len)
{
	struct http_server *s = c->server;
	if (s->handler.on_body)
		s->handler.on_body(c->rq, data, len, s->arg);
}

static int
on_body(void *arg, const char *data, size_t len)
{
	struct conn *c = arg;
	if (!reserve_body(c, len))
		return -1;
	buf_append(&c->rq->body, data, len);
	tell_body(c, data, len);
	return c->state == CONN_BODY ? 0 : -1;
}

void
conn_start_body(struct conn *c, uint64_t limit)
{
	struct message *m = &c->rq->message;
	bool waits = m->expects_continue && message_has_body(m) && wire_input(c).len == 0;
	message_start_body(m, limit, on_body, c);
	c->rq->body.limit = m->chunked ? (size_t)limit : (size_t)m->remaining;
	conn_set_state(c, CONN_BODY);
	if (waits && answer_continue(c) < 0)
		conn_set_state(c, CONN_DEAD);
}

/*
 * Reads a long body straight into its memory, as far as the socket has it: at most to its
 * end, so that nothing of the next request is taken.
 */
static bool
recv_body(struct conn *c)
{
	struct message *m = &c->rq->message;
	struct buf *body = &c->rq->body;
	if (!c->more_likely || m->phase != MESSAGE_PHASE_LENGTH)
		return false;
	if (!reserve_body(c, 1))
		return true;
	size_t room = body->cap - 1 - body->len;
	size_t ask = m->remaining < room ? (size_t)m->remaining : room;
	size_t got = wire_recv(c, body->data + body->len, ask);
	c->direct += got;
	c->more_likely = got == ask && c->direct < LIMIT_READ_STEP;
	if (got == 0)
		return false;
	body->len += got;
	body->data[body->len] = '\0';
	message_skip(m, got);
	tell_body(c, body->data + body->len - got, got);
	return true;
}

static void
complete(struct conn *c)
{
	struct http_server *s = c->server;
	conn_set_state(c, CONN_HANDLE);
	s->handler.on_complete(c->rq, s->arg);
}

static bool
step_body(struct conn *c)
{
	struct message *m = &c->rq->message;
	struct slice in = wire_input(c);
	size_t used = 0;
	bool whole = m->phase == MESSAGE_PHASE_LENGTH && m->remaining == 0;
	if (in.len == 0 && !whole)
		return recv_body(c) || await_input(c);
	enum message_event event = message_feed(m, in.data, in.len, &used);
	wire_used(c, used);
	if (c->state != CONN_BODY)
		return true; /* on_body decided it */
	if (event == MESSAGE_COMPLETE)
		complete(c);
	else if (event == MESSAGE_REFUSED)
		conn_refuse(c, m->status, m->detail);
	return true;
}

static bool
step_flush(struct conn *c)
{
	if (wire_pending(c) > 0)
		return false;
	end_request(c);
	if (!c->keep && c->ssl)
		wire_shutdown(c);
	if (c->keep)
		conn_set_state(c, CONN_IDLE);
	else if (c->linger_ms > 0 && !c->eof)
		conn_set_state(c, CONN_LINGER);
	else
		conn_set_state(c, CONN_DEAD);
	return true;
}

static bool
step_linger(struct conn *c)
{
	c->lingered += wire_discard(c);
	if (c->eof || c->lingered > LIMIT_LINGER_BYTES)
		conn_set_state(c, CONN_DEAD);
	return false;
}

/* The handler's turn, or nobody's. */
static bool
step_wait(struct conn *c)
{
	(void)c;
	return false;
}

void
conn_run(struct conn *c)
{
	static bool (*const steps[CONN_STATES_COUNT])(struct conn * c) = {
		[CONN_IDLE] = step_idle,   [CONN_HEAD] = step_head,
		[CONN_DECIDE] = step_wait, [CONN_BODY] = step_body,
		[CONN_HANDLE] = step_wait, [CONN_STREAM] = step_wait,
		[CONN_FLUSH] = step_flush, [CONN_LINGER] = step_linger,
		[CONN_DEAD] = step_wait,
	};
	if (c->running)
		return;
	c->running = true;
	while (steps[c->state](c))
		;
	c->running = false;
	if (c->state == CONN_DEAD)
		schedule_conn(c);
}

/* --- callbacks of the bufferevent --------------------------------------------------- */

/* Input has to wait while an answer is due: nothing is read ahead of it. */
static bool
takes_input(const struct conn *c)
{
	return c->state == CONN_IDLE || c->state == CONN_HEAD || c->state == CONN_BODY ||
	       c->state == CONN_LINGER;
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;
	c->more_likely = evbuffer_get_length(bufferevent_get_input(bev)) >=
			 BUFFEREVENT_READ;
	c->direct = 0;
	if (takes_input(c))
		conn_run(c);
	else
		wire_read_off(c);
}

static void
on_written(struct bufferevent *bev, void *arg)
{
	struct conn *c = arg;
	(void)bev;
	if (c->state == CONN_FLUSH)
		conn_run(c);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct conn *c = arg;
	(void)bev;
	if (c->state == CONN_DEAD || !(what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)))
		return;
	c->reading = false;
	/* With TLS a write that fails is an end, too. */
	if (what & (BEV_EVENT_ERROR | BEV_EVENT_WRITING) || c->state == CONN_STREAM) {
		die(c);
		return;
	}
	/* An answer that is due can still be read by who only shut down its side. */
	c->eof = true;
	if (takes_input(c))
		conn_run(c);
}

/* --- life --------------------------------------------------------------------------- */

struct conn *
conn_new(struct http_server *s, evutil_socket_t fd, const struct sockaddr *peer,
	 struct address_entry *address)
{
	struct conn *c = x_new(struct conn);
	if (!c) {
		address_release(s->addresses, address);
		close(fd);
		return NULL;
	}
	c->server = s;
	c->state = CONN_IDLE;
	c->address = address;
	bind_peer_name(peer, c->peer, sizeof(c->peer));
	LIST_INSERT_HEAD(&s->conns, c, link);
	s->stats.connections++;
	if (event_assign(&c->timer, s->base, -1, 0, on_timer, c) < 0) {
		close(fd);
		conn_free(c);
		return NULL;
	}
	if (wire_open(c, fd) < 0) {
		conn_free(c);
		return NULL;
	}
	bufferevent_setcb(c->bev, on_read, on_written, on_event, c);
	crowd_join(c);
	set_deadline(c, clock_mono_us(), s->limits.header_us);
	wire_read_on(c);
	if (!c->reading || c->state == CONN_DEAD) {
		conn_free(c);
		return NULL;
	}
	return c;
}

void
conn_free(struct conn *c)
{
	struct http_server *s = c->server;
	end_request(c);
	crowd_leave(c);
	LIST_REMOVE(c, link);
	if (c->scheduled)
		TAILQ_REMOVE(&s->scheduled, c, turn);
	event_del(&c->timer);
	wire_close(c);
	address_release(s->addresses, c->address);
	s->stats.connections--;
	mem_free(c);
}
