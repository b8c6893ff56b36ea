#include "listen/schedule.h"

#include "listen/accept.h"
#include "listen/conn.h"

void
schedule_conn(struct conn *c)
{
	struct http_server *s = c->server;
	if (c->running || c->scheduled)
		return; /* conn_run sees to it itself */
	c->scheduled = true;
	TAILQ_INSERT_TAIL(&s->scheduled, c, turn);
	event_active(s->turn, EV_TIMEOUT, 0);
}

void
schedule_turn(struct http_server *s)
{
	event_active(s->turn, EV_TIMEOUT, 0);
}

/* The owner may free the server in on_drained: s is not looked at after it. */
static void
tell_drained(struct http_server *s)
{
	void (*on_drained)(void *arg) = s->on_drained;
	void *arg = s->drained_arg;
	s->on_drained = NULL;
	evtimer_del(s->drain);
	if (on_drained)
		on_drained(arg);
}

void
schedule_on_turn(evutil_socket_t fd, short what, void *arg)
{
	struct http_server *s = arg;
	bool freed = false;
	(void)fd;
	(void)what;
	/* What is scheduled meanwhile comes in a turn of its own: others get theirs. */
	struct conn *last = TAILQ_LAST(&s->scheduled, conn_queue);
	for (bool more = last; more;) {
		struct conn *c = TAILQ_FIRST(&s->scheduled);
		more = c != last;
		TAILQ_REMOVE(&s->scheduled, c, turn);
		c->scheduled = false;
		freed |= c->state == CONN_DEAD;
		if (c->state == CONN_DEAD)
			conn_free(c);
		else
			conn_run(c);
	}
	if (!TAILQ_EMPTY(&s->scheduled))
		schedule_turn(s);
	if (freed)
		accept_resume(s);
	if (s->draining && LIST_EMPTY(&s->conns))
		tell_drained(s);
}
