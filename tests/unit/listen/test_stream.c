#include <errno.h>
#include <event2/bufferevent.h>
#include <sys/socket.h>

#include "base/str.h"
#include "http_fixture.h"

#define STREAM_LIMIT 65536

static int
setup(void **state)
{
	static struct fixture f;
	fixture_init(&f);
	fixture_start(&f);
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	fixture_done(*state);
	return 0;
}

static struct peer *
start_stream(struct fixture *f, const char *request)
{
	struct peer *p = peer_new(f);
	peer_send(p, request);
	fixture_wait_held(f);
	http_stream_start(f->held, 200, "text/event-stream", STREAM_LIMIT);
	return p;
}

static void
pieces_go_out_as_they_are_written(void **state)
{
	struct fixture *f = *state;
	struct peer *p = start_stream(f, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
	peer_await(p, "\r\nTransfer-Encoding: chunked\r\n");
	assert_int_equal(http_stream_write(f->held, "data: 1\n\n", 9), 0);
	peer_await(p, "\r\n\r\n9\r\ndata: 1\n\n\r\n");
	assert_int_equal(http_stream_write(f->held, "x", 0), 0); /* would be the end */
	assert_int_equal(http_stream_write(f->held, "data: 2\n\n", 9), 0);
	http_stream_end(f->held);
	peer_await(p, "data: 2\n\n\r\n0\r\n\r\n");
	fixture_wait_ends(f, 1);
	peer_expect(p, "GET /empty HTTP/1.1\r\nHost: a\r\n\r\n", 204);
	peer_free(p);
}

static void
a_long_piece_is_one_chunk(void **state)
{
	struct fixture *f = *state;
	struct peer *p = start_stream(f, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
	auto_buf piece = BUF_INIT(100000);
	for (int i = 0; i < 50000; i++)
		buf_putc(&piece, 'x');
	assert_int_equal(http_stream_write(f->held, piece.data, piece.len), 0);
	http_stream_end(f->held);
	peer_await(p, "\r\n\r\nc350\r\nxxx");
	peer_await(p, "xxx\r\n0\r\n\r\n");
	peer_free(p);
}

static void
http_1_0_gets_plain_bytes_up_to_the_end(void **state)
{
	struct fixture *f = *state;
	struct peer *p = start_stream(f, "GET /hold HTTP/1.0\r\n\r\n");
	assert_int_equal(http_stream_write(f->held, "abc", 3), 0);
	assert_int_equal(http_stream_write(f->held, "def", 3), 0);
	http_stream_end(f->held);
	peer_await_closed(p);
	assert_true(str_ends(p->in.data, "\r\nConnection: close\r\n\r\nabcdef"));
	peer_free(p);
}

static void
head_gets_no_pieces(void **state)
{
	struct fixture *f = *state;
	struct peer *p = start_stream(f, "HEAD /hold HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_int_equal(http_stream_write(f->held, "abc", 3), 0);
	http_stream_end(f->held);
	peer_send(p, "GET /empty HTTP/1.1\r\nHost: a\r\n\r\n");
	peer_await(p, "\r\n\r\nHTTP/1.1 204 ");
	peer_free(p);
}

static void
a_slow_reader_is_cut(void **state)
{
	struct fixture *f = *state;
	struct peer *p = start_stream(f, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
	static char piece[30000];
	int rc = 0;
	size_t written = 0;
	bufferevent_disable(p->bev, EV_READ);
	while (rc == 0 && written < 100000000) {
		rc = http_stream_write(f->held, piece, sizeof(piece));
		written += sizeof(piece);
	}
	assert_int_equal(rc, -EPIPE);
	assert_int_equal(f->ends, 0); /* not while its handler is at work */
	assert_int_equal(http_stream_write(f->held, piece, 1), -EPIPE);
	fixture_wait_ends(f, 1);
	fixture_wait_connections(f, 0);
	peer_free(p);
}

static void
a_reader_that_goes_ends_the_stream(void **state)
{
	struct fixture *f = *state;
	struct peer *p = start_stream(f, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
	peer_await(p, "\r\n\r\n");
	peer_free(p);
	fixture_wait_ends(f, 1);
	fixture_wait_connections(f, 0);
}

static void
what_comes_while_streaming_waits_for_its_turn(void **state)
{
	struct fixture *f = *state;
	struct peer *p = start_stream(f, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
	peer_await(p, "\r\n\r\n");
	peer_send(p, "GET /empty HTTP/1.1\r\nHost: a\r\n\r\n");
	for (int i = 0; i < 10; i++)
		fixture_turn(f);
	assert_int_equal(f->heads, 1);
	http_stream_end(f->held);
	peer_await(p, "0\r\n\r\nHTTP/1.1 204 ");
	peer_free(p);
}

/* --- draining ----------------------------------------------------------------------- */

static void
on_drained(void *arg)
{
	((struct fixture *)arg)->drained = true;
}

static bool
is_drained(void *arg)
{
	return ((struct fixture *)arg)->drained;
}

static void
draining_closes_idle_connections_and_accepts_no_more(void **state)
{
	struct fixture *f = *state;
	struct peer *p = peer_new(f);
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	peer_expect(p, "GET /empty HTTP/1.1\r\nHost: a\r\n\r\n", 204);
	getpeername(bufferevent_getfd(p->bev), (struct sockaddr *)&ss, &len);
	http_server_drain(f->server, 5000, on_drained, f);
	assert_false(f->drained); /* not before it has returned */
	fixture_wait(f, is_drained, f, "the server to be drained");
	peer_await_closed(p);
	int fd = socket(ss.ss_family, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&ss, len), -1);
	assert_int_equal(errno, ECONNREFUSED);
	evutil_closesocket(fd);
	peer_free(p);
}

static void
draining_lets_requests_finish(void **state)
{
	struct fixture *f = *state;
	struct peer *p = peer_new(f);
	peer_send(p, "POST /hold HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na");
	while (f->pieces == 0)
		event_base_loop(f->base, EVLOOP_ONCE);
	http_server_drain(f->server, 5000, on_drained, f);
	for (int i = 0; i < 10; i++)
		fixture_turn(f);
	assert_false(f->drained);
	peer_send(p, "bc");
	fixture_wait_held(f);
	http_reply(f->held, 202, NULL, NULL, 0);
	peer_await(p, "\r\nConnection: close\r\n");
	peer_await_closed(p);
	bufferevent_disable(p->bev, EV_READ);
	peer_free(p);
	fixture_wait(f, is_drained, f, "the server to be drained");
}

static void
draining_ends_at_its_deadline(void **state)
{
	struct fixture *f = *state;
	struct peer *p = peer_new(f);
	peer_send(p, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
	fixture_wait_held(f);
	http_server_drain(f->server, 50, on_drained, f);
	fixture_wait(f, is_drained, f, "the server to be drained");
	assert_int_equal(f->ends, 1);
	peer_await_closed(p);
	assert_int_equal(p->in.len, 0);
	peer_free(p);
}

static void
on_drained_free(void *arg)
{
	struct fixture *f = arg;
	http_server_free(f->server);
	f->server = NULL;
	f->drained = true;
}

static void
a_drained_server_may_be_freed_at_once(void **state)
{
	struct fixture *f = *state;
	struct peer *p = peer_new(f);
	http_server_drain(f->server, 5000, on_drained_free, f);
	fixture_wait(f, is_drained, f, "the server to be drained");
	peer_free(p);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(pieces_go_out_as_they_are_written),
		test(a_long_piece_is_one_chunk),
		test(http_1_0_gets_plain_bytes_up_to_the_end),
		test(head_gets_no_pieces),
		test(a_slow_reader_is_cut),
		test(a_reader_that_goes_ends_the_stream),
		test(what_comes_while_streaming_waits_for_its_turn),
		test(draining_closes_idle_connections_and_accepts_no_more),
		test(draining_lets_requests_finish),
		test(draining_ends_at_its_deadline),
		test(a_drained_server_may_be_freed_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
