/*
 * Arbitrary bytes on a connection, with a handler that does by the path what handlers do.
 * Afterwards every request has ended, and nothing is counted any more.
 */
#include <event2/event.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listen/conn.h"
#include "listen/server.h"

#define LIMIT 2000
#define TURNS 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	struct event_base *base;
	struct http_server *server;
	struct http_request *held;
	size_t heads;
	size_t ends;
} world;

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static char
wish_of(const struct http_request *rq)
{
	struct slice path = http_path(rq);
	return path.len > 1 ? path.data[1] : '\0';
}

static void
on_headers(struct http_request *rq, void *arg)
{
	(void)arg;
	world.heads++;
	switch (wish_of(rq)) {
	case 'd':
		http_problem(rq, 403, http_header(rq, "x-detail"));
		break;
	case 'u':
		world.held = rq;
		break;
	case 'a':
		http_abort(rq);
		break;
	case 's':
		http_stream_start(rq, 200, "text/plain", LIMIT);
		http_stream_write(rq, "abc", 3);
		http_stream_end(rq);
		break;
	default:
		http_want_body(rq, LIMIT);
	}
}

static void
on_body(struct http_request *rq, const void *data, size_t len, void *arg)
{
	struct slice body = http_body(rq);
	(void)arg;
	require(len > 0 && len <= body.len && body.len <= LIMIT);
	require(memcmp(body.data + body.len - len, data, len) == 0);
	if (wish_of(rq) == 'e')
		http_problem(rq, 401, NULL);
	else if (wish_of(rq) == 'b')
		http_abort(rq);
}

static void
on_complete(struct http_request *rq, void *arg)
{
	struct slice body = http_body(rq);
	(void)arg;
	if (wish_of(rq) == 'h')
		world.held = rq;
	else
		http_reply(rq, 200, "text/plain", body.data, body.len);
}

static void
on_end(struct http_request *rq, void *arg)
{
	(void)arg;
	world.ends++;
	if (world.held == rq)
		world.held = NULL;
}

static void
start(void)
{
	static const struct http_handler handler = {.on_headers = on_headers,
						    .on_body = on_body,
						    .on_complete = on_complete,
						    .on_end = on_end};
	struct http_server_options options = {.name = "fuzz", .host = "127.0.0.1"};
	char *error = NULL;
	world.base = event_base_new();
	require(world.base);
	world.server = http_server_new(world.base, &options, &handler, NULL, &error);
	require(world.server);
}

/* Reads what was answered, so that nothing waits for the peer. */
static void
read_answers(int fd)
{
	char scratch[4096];
	while (recv(fd, scratch, sizeof(scratch), MSG_DONTWAIT) > 0)
		;
}

static void
turn(int fd)
{
	event_base_loop(world.base, EVLOOP_NONBLOCK);
	read_answers(fd);
	if (world.held)
		http_reply(world.held, 202, NULL, NULL, 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_server_stats stats;
	int fds[2];
	if (!world.base)
		start();
	require(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
	require(conn_new(world.server, fds[1], &(struct sockaddr){.sa_family = AF_UNIX},
			 NULL));
	size_t first = size / 2;
	(void)!send(fds[0], data, first, MSG_NOSIGNAL);
	turn(fds[0]);
	(void)!send(fds[0], data + first, size - first, MSG_NOSIGNAL);
	shutdown(fds[0], SHUT_WR);
	for (int i = 0; i < TURNS; i++) {
		turn(fds[0]);
		http_server_get_stats(world.server, &stats);
		if (stats.connections == 0)
			break;
	}
	close(fds[0]);
	require(stats.connections == 0 && stats.bodies_bytes == 0);
	require(world.heads == world.ends && !world.held);
	event_base_loop(world.base, EVLOOP_NONBLOCK);
	return 0;
}
