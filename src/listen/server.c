#include "listen/server.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "listen/accept.h"
#include "listen/address.h"
#include "listen/bind.h"
#include "listen/conn.h"
#include "listen/request.h"
#include "listen/schedule.h"
#include "listen/tls.h"

static uint64_t
or_default(uint64_t value, uint64_t fallback)
{
	return value > 0 ? value : fallback;
}

static void
set_limits(struct http_server *s, const struct http_server_options *o)
{
	struct http_server_limits *l = &s->limits;
	uint64_t header_bytes = or_default(o->header_bytes, DEFAULT_HEADER_BYTES);
	l->header_bytes = (size_t)(header_bytes < LIMIT_HEADER_BYTES
					   ? header_bytes
					   : LIMIT_HEADER_BYTES);
	l->bodies_bytes = or_default(o->bodies_bytes, DEFAULT_BODIES_BYTES);
	l->header_us = or_default(o->header_ms, DEFAULT_HEADER_MS) * 1000;
	l->body_us = or_default(o->body_ms, DEFAULT_BODY_MS) * 1000;
	l->idle_us = or_default(o->idle_ms, DEFAULT_IDLE_MS) * 1000;
	l->answer_us = or_default(o->answer_ms, DEFAULT_ANSWER_MS) * 1000;
	l->connections = (uint32_t)or_default(o->connections, DEFAULT_CONNECTIONS);
	l->connections_per_address = (uint32_t)or_default(o->connections_per_address,
							  DEFAULT_CONNECTIONS_ADDRESS);
}

static void
on_drain_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct http_server *s = arg;
	struct conn *c = NULL;
	(void)fd;
	(void)what;
	LIST_FOREACH(c, &s->conns, link) {
		conn_set_state(c, CONN_DEAD);
		schedule_conn(c);
	}
	schedule_turn(s);
}

/* Everything but the socket. */
static struct http_server *
new_server(struct event_base *base, const struct http_server_options *o)
{
	struct http_server *s = x_new(struct http_server);
	if (!s)
		return NULL;
	s->base = base;
	LIST_INIT(&s->conns);
	TAILQ_INIT(&s->scheduled);
	TAILQ_INIT(&s->waiting);
	set_limits(s, o);
	buf_init(&s->answer, LIMIT_ANSWER_HEADERS_BYTES + LIMIT_ANSWER_COPY + KIB);
	buf_init(&s->problem, LIMIT_PROBLEM_BYTES);
	s->name = str_dup(o->name ? o->name : "http");
	s->addresses = address_table_new();
	s->turn = event_new(base, -1, 0, schedule_on_turn, s);
	s->drain = evtimer_new(base, on_drain_deadline, s);
	if (s->name && s->addresses && s->turn && s->drain)
		return s;
	http_server_free(s);
	return NULL;
}

static int
open_listener(struct http_server *s, const struct http_server_options *o,
	      char **ret_error)
{
	if (o->tls_certificate) {
		s->tls = tls_new(o->tls_certificate,
				 o->tls_key ? o->tls_key : o->tls_certificate, ret_error);
		if (!s->tls)
			return -EINVAL;
	}
	int fd = o->unix_path ? bind_unix(o->unix_path, ret_error)
			      : bind_tcp(o->host, o->port, ret_error);
	if (fd < 0)
		return -EINVAL;
	s->address = bind_name(fd);
	if (!s->address || str_set(&s->unix_path, o->unix_path) < 0) {
		close(fd);
		return -ENOMEM;
	}
	int rc = accept_start(s, fd);
	if (rc < 0)
		*ret_error =
			str_format("cannot listen on %s: %s", s->address, strerror(-rc));
	return rc;
}

/* OpenSSL and libevent write to sockets without MSG_NOSIGNAL. */
static void
ignore_sigpipe(void)
{
	struct sigaction sa = {0};
	if (sigaction(SIGPIPE, NULL, &sa) == 0 && sa.sa_handler == SIG_DFL)
		signal(SIGPIPE, SIG_IGN);
}

struct http_server *
http_server_new(struct event_base *base, const struct http_server_options *options,
		const struct http_handler *handler, void *arg, char **ret_error)
{
	char *error = NULL;
	struct http_server *s = new_server(base, options);
	ignore_sigpipe();
	if (s) {
		s->handler = *handler;
		s->arg = arg;
		if (open_listener(s, options, &error) == 0)
			return s;
	}
	http_server_free(s);
	*ret_error = error ? error : str_dup("memory is short");
	return NULL;
}

void
http_server_free(struct http_server *s)
{
	if (!s)
		return;
	accept_stop(s);
	while (!LIST_EMPTY(&s->conns))
		conn_free(LIST_FIRST(&s->conns));
	if (s->turn)
		event_free(s->turn);
	if (s->drain)
		event_free(s->drain);
	request_free_pool(s);
	address_table_free(s->addresses);
	tls_free(s->tls);
	buf_done(&s->answer);
	buf_done(&s->problem);
	str_free(s->name);
	str_free(s->address);
	str_free(s->unix_path);
	mem_free(s);
}

const char *
http_server_address(const struct http_server *s)
{
	return s->address;
}

void
http_server_get_stats(const struct http_server *s, struct http_server_stats *ret_stats)
{
	*ret_stats = s->stats;
}

void
http_server_drain(struct http_server *s, uint64_t deadline_ms,
		  void (*on_drained)(void *arg), void *arg)
{
	struct timeval tv = {.tv_sec = (time_t)(deadline_ms / 1000),
			     .tv_usec = (suseconds_t)(deadline_ms % 1000 * 1000)};
	struct conn *c = NULL;
	s->draining = true;
	s->on_drained = on_drained;
	s->drained_arg = arg;
	accept_stop(s);
	evtimer_add(s->drain, &tv);
	LIST_FOREACH(c, &s->conns, link) {
		if (c->state == CONN_IDLE)
			schedule_conn(c);
	}
	schedule_turn(s);
}
