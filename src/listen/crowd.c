#include "listen/crowd.h"

#include "base/clock.h"
#include "listen/conn.h"

void
crowd_leave(struct conn *c)
{
	if (c->waiting_us > 0)
		TAILQ_REMOVE(&c->server->waiting, c, wait);
	c->waiting_us = 0;
}

void
crowd_join(struct conn *c)
{
	crowd_leave(c);
	c->waiting_us = clock_mono_us();
	TAILQ_INSERT_TAIL(&c->server->waiting, c, wait);
}

/* Between requests, during TLS's handshake and after an answer nobody expects one. */
static bool
expects_answer(const struct conn *c)
{
	if (c->state == CONN_IDLE)
		return !c->used && !c->ssl;
	return c->state == CONN_HEAD || c->state == CONN_BODY;
}

bool
crowd_displace(struct http_server *s, uint64_t age_us)
{
	struct conn *c = TAILQ_FIRST(&s->waiting);
	if (!c || clock_mono_us() - c->waiting_us < age_us)
		return false;
	s->stats.displaced++;
	/* What the socket does not take at once is not waited for. */
	if (expects_answer(c))
		conn_refuse(c, 503, "There are too many connections.");
	conn_free(c);
	return true;
}
