#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <sys/socket.h>

#include "base/str.h"
#include "http_fixture.h"

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

static bool
has(const struct peer *p, const char *text)
{
	return strstr(buf_str(&p->in), text);
}

static void
a_body_comes_back_and_the_connection_stays(void **state)
{
	struct peer *p = peer_new(*state);
	for (int i = 0; i < 3; i++) {
		peer_expect(p,
			    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: "
			    "5\r\n\r\nhello",
			    200);
		peer_await(p, "\r\n\r\nhello");
		assert_true(has(p, "\r\nContent-Length: 5\r\n"));
		assert_true(has(p, "\r\nContent-Type: text/plain\r\n"));
		assert_true(has(p, " GMT\r\n"));
		assert_false(has(p, "Connection:"));
	}
	struct http_server_stats st = fixture_stats(*state);
	assert_int_equal(st.accepted, 1);
	assert_int_equal(st.requests, 3);
	assert_int_equal(st.answers[2], 3);
	assert_int_equal(st.bodies_bytes, 0);
	peer_free(p);
}

static void
a_long_body_arrives_in_pieces(void **state)
{
	struct fixture *f = *state;
	struct peer *p = peer_new(f);
	auto_buf body = BUF_INIT(1 << 20);
	for (unsigned i = 0; i < 700000; i++)
		buf_putc(&body, (char)('a' + i % 26));
	peer_send(p, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 700000\r\n\r\n");
	peer_send_bytes(p, body.data, body.len);
	peer_await(p, body.data);
	assert_true(f->pieces > 1);
	peer_free(p);
}

static void
chunks_come_back_as_one_body(void **state)
{
	struct peer *p = peer_new(*state);
	peer_send(p,
		  "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		  "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
	peer_await(p, "\r\n\r\nhello world");
	peer_free(p);
}

static void
is_answered_before_its_body_is_sent(void **state)
{
	struct fixture *f = *state;
	struct peer *p = peer_new(f);
	peer_expect(p, "POST /deny HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n",
		    403);
	assert_true(has(p, "\r\nConnection: close\r\n"));
	peer_await_closed(p);
	assert_int_equal(f->pieces, 0);
	peer_free(p);
}

static void
a_problem_tells_what_and_why(void **state)
{
	struct peer *p = peer_new(*state);
	peer_expect(p, "GET /deny HTTP/1.1\r\nHost: a\r\n\r\n", 403);
	peer_await(p, "{\"type\":\"about:blank\",\"title\":\"Forbidden\",\"status\":403,"
		      "\"detail\":\"This address may not.\"}");
	assert_true(has(p, "\r\nContent-Type: application/problem+json\r\n"));
	assert_false(has(p, "Connection:"));
	peer_free(p);
}

static void
an_answer_while_the_body_arrives_ends_the_connection(void **state)
{
	struct fixture *f = *state;
	struct peer *p = peer_new(f);
	peer_expect(p, "POST /stop HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
		    401);
	peer_send(p, "def");
	peer_await_closed(p);
	assert_int_equal(peer_answers(p), 1);
	assert_int_equal(f->pieces, 1);
	assert_int_equal(f->completes, 0);
	peer_free(p);
}

static void
head_has_the_length_but_no_body(void **state)
{
	struct peer *p = peer_new(*state);
	peer_send(p, "HEAD /deny HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: "
		     "a\r\n\r\n");
	peer_await_answers(p, 2);
	assert_non_null(strstr(p->in.data, "\r\nContent-Length: 88\r\n"));
	assert_non_null(strstr(p->in.data, "\r\n\r\nHTTP/1.1 404 "));
	peer_free(p);
}

static void
no_content_has_no_length(void **state)
{
	struct peer *p = peer_new(*state);
	peer_expect(p, "GET /empty HTTP/1.1\r\nHost: a\r\n\r\n", 204);
	assert_false(has(p, "Content-Length"));
	assert_false(has(p, "Content-Type"));
	peer_free(p);
}

static void
http_1_0_closes_unless_asked_to_stay(void **state)
{
	struct peer *p = peer_new(*state);
	peer_expect(p, "GET /deny HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 403);
	assert_true(has(p, "\r\nConnection: keep-alive\r\n"));
	peer_expect(p, "GET /deny HTTP/1.0\r\n\r\n", 403);
	assert_true(has(p, "\r\nConnection: close\r\n"));
	peer_await_closed(p);
	peer_free(p);
}

static void
closes_when_asked_to(void **state)
{
	struct peer *p = peer_new(*state);
	peer_expect(p, "GET /deny HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 403);
	assert_true(has(p, "\r\nConnection: close\r\n"));
	peer_await_closed(p);
	fixture_wait_connections(*state, 0);
	peer_free(p);
}

static void
pipelined_requests_are_answered_in_order(void **state)
{
	struct fixture *f = *state;
	struct peer *p = peer_new(f);
	peer_send(p, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"
		     "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
		     "GET /empty HTTP/1.1\r\nHost: a\r\n\r\n");
	fixture_wait_held(f);
	fixture_turn(f);
	assert_int_equal(f->heads, 1); /* nothing more while the first is unanswered */
	http_reply(f->held, 202, NULL, NULL, 0);
	peer_await_answers(p, 3);
	peer_await(p, "HTTP/1.1 204");
	const char *second = strstr(p->in.data, "HTTP/1.1 200");
	assert_non_null(second);
	assert_true(strstr(p->in.data, "HTTP/1.1 202") < second);
	assert_true(second < strstr(p->in.data, "HTTP/1.1 204"));
	peer_free(p);
}

static void
a_flood_behind_a_held_request_is_not_read(void **state)
{
	struct fixture *f = *state;
	struct peer *p = peer_new(f);
	auto_buf flood = BUF_INIT(1 << 24);
	peer_send(p, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
	fixture_wait_held(f);
	for (int i = 0; i < 300000; i++)
		buf_puts(&flood, "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
	peer_send_bytes(p, flood.data, flood.len);
	for (int i = 0; i < 100; i++)
		fixture_turn(f);
	struct evbuffer *left = bufferevent_get_output(p->bev);
	assert_true(evbuffer_get_length(left) > 0);
	assert_int_equal(fixture_stats(f).requests, 1);
	peer_free(p);
}

static void
on_end_comes_after_the_reply_has_returned(void **state)
{
	struct fixture *f = *state;
	struct peer *p = peer_new(f);
	peer_send(p, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
	fixture_wait_held(f);
	http_reply(f->held, 200, "text/plain", "x", 1);
	assert_int_equal(f->ends, 0);
	http_reply(f->held, 500, "text/plain", "y", 1); /* only the first counts */
	fixture_wait_ends(f, 1);
	peer_await(p, "\r\n\r\nx");
	assert_int_equal(peer_answers(p), 1);
	peer_free(p);
}

static void
a_handler_may_decide_later(void **state)
{
	struct fixture *f = *state;
	struct peer *p = peer_new(f);
	peer_send(p,
		  "POST /undecided HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab");
	fixture_wait_held(f);
	http_want_body(f->held, 10);
	peer_await(p, "\r\n\r\nab");
	peer_free(p);
}

static void
the_client_is_told_to_go_on_with_its_body(void **state)
{
	struct peer *p = peer_new(*state);
	peer_expect(p,
		    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
		    "Expect: 100-continue\r\n\r\n",
		    100);
	assert_string_equal(p->in.data, "HTTP/1.1 100 Continue\r\n\r\n");
	peer_expect(p, "abc", 200);
	peer_await(p, "\r\n\r\nabc");
	peer_free(p);
}

static void
a_refused_client_is_not_told_to_go_on(void **state)
{
	struct peer *p = peer_new(*state);
	peer_expect(p,
		    "POST /deny HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
		    "Expect: 100-continue\r\n\r\n",
		    403);
	peer_free(p);
}

static void
added_headers_are_sent_and_broken_ones_dropped(void **state)
{
	struct fixture *f = *state;
	struct peer *p = peer_new(f);
	peer_send(p, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
	fixture_wait_held(f);
	http_add_header(f->held, "Allow", "POST");
	http_add_header(f->held, "X-Split", "a\r\nX-Evil: b");
	http_add_header(f->held, "X\n-Evil", "c");
	http_problem(f->held, 405, NULL);
	peer_await(p, "\r\n\r\n");
	assert_true(has(p, "\r\nAllow: POST\r\n"));
	assert_false(has(p, "X-Split"));
	assert_false(has(p, "Evil"));
	peer_free(p);
}

static void
what_the_request_said_can_be_asked(void **state)
{
	struct fixture *f = *state;
	struct peer *p = peer_new(f);
	const char *name = NULL;
	const char *value = NULL;
	peer_send(p, "PUT /hold?a=1 HTTP/1.1\r\nHost: h\r\nX-A: 1\r\nx-a: 2\r\n"
		     "Content-Length: 4\r\n\r\nbody");
	fixture_wait_held(f);
	assert_string_equal(http_method(f->held), "PUT");
	assert_true(slice_eq_str(http_path(f->held), "/hold"));
	assert_true(slice_eq_str(http_query(f->held), "a=1"));
	assert_string_equal(http_peer(f->held), "127.0.0.1");
	assert_int_equal(http_headers(f->held), 4);
	http_header_at(f->held, 2, &name, &value);
	assert_string_equal(name, "x-a");
	assert_string_equal(value, "2");
	assert_true(http_started_us(f->held) > 0);
	assert_true(slice_eq_str(http_body(f->held), "body"));
	http_reply(f->held, 200, NULL, NULL, 0);
	peer_await(p, "Content-Length: 0\r\n\r\n");
	peer_free(p);
}

static void
a_body_can_be_taken_away(void **state)
{
	struct fixture *f = *state;
	struct peer *p = peer_new(f);
	auto_buf mine = BUF_INIT(10);
	buf_puts(&mine, "old");
	peer_send(p, "POST /hold HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
	fixture_wait_held(f);
	assert_true(fixture_stats(f).bodies_bytes >= 4);
	http_take_body(f->held, &mine);
	assert_int_equal(fixture_stats(f).bodies_bytes, 0);
	assert_int_equal(http_body(f->held).len, 0);
	http_reply(f->held, 202, NULL, NULL, 0);
	peer_await_answers(p, 1);
	assert_string_equal(mine.data, "body");
	peer_expect(p, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nnext",
		    200);
	peer_await(p, "\r\n\r\nnext");
	peer_free(p);
}

static void
a_large_answer_reaches_a_client_that_reads(void **state)
{
	struct fixture *f = *state;
	struct peer *p = peer_new(f);
	f->large = 20000000;
	peer_send(p, "GET /large HTTP/1.1\r\nHost: a\r\n\r\nGET /empty HTTP/1.1\r\n"
		     "Host: a\r\n\r\n");
	peer_await(p, "HTTP/1.1 204");
	assert_true(p->in.len > f->large);
	peer_free(p);
}

static void
aborting_closes_without_an_answer(void **state)
{
	struct fixture *f = *state;
	struct peer *p = peer_new(f);
	peer_send(p, "GET /abort HTTP/1.1\r\nHost: a\r\n\r\n");
	peer_await_closed(p);
	assert_int_equal(p->in.len, 0);
	assert_int_equal(f->ends, 1);
	peer_free(p);
}

static void
half_a_request_and_the_end_is_no_request(void **state)
{
	struct fixture *f = *state;
	struct peer *p = peer_new(f);
	peer_send(p, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
	peer_half_close(p);
	peer_await_closed(p);
	assert_int_equal(p->in.len, 0);
	assert_int_equal(f->completes, 0);
	assert_int_equal(f->ends, 1);
	peer_free(p);
}

static void
who_only_shuts_down_its_side_gets_its_answers(void **state)
{
	struct fixture *f = *state;
	struct peer *p = peer_new(f);
	peer_send(p, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\nGET /empty HTTP/1.1\r\n"
		     "Host: a\r\n\r\n");
	peer_half_close(p);
	fixture_wait_held(f);
	fixture_turn(f);
	http_reply(f->held, 202, NULL, NULL, 0);
	peer_await_closed(p);
	assert_int_equal(peer_answers(p), 2);
	peer_free(p);
}

static void
a_client_that_resets_ends_its_request(void **state)
{
	struct fixture *f = *state;
	struct peer *p = peer_new(f);
	struct linger hard = {1, 0};
	peer_send(p, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
	fixture_wait_held(f);
	setsockopt(bufferevent_getfd(p->bev), SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	peer_free(p);
	fixture_wait_ends(f, 1);
	fixture_wait_connections(f, 0);
	assert_null(f->held);
}

static void
a_server_freed_with_requests_under_way_ends_them(void **state)
{
	struct fixture *f = *state;
	struct peer *p = peer_new(f);
	peer_send(p, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
	fixture_wait_held(f);
	http_server_free(f->server);
	f->server = NULL;
	assert_int_equal(f->ends, 1);
	peer_await_closed(p);
	peer_free(p);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_body_comes_back_and_the_connection_stays),
		test(a_long_body_arrives_in_pieces),
		test(chunks_come_back_as_one_body),
		test(is_answered_before_its_body_is_sent),
		test(a_problem_tells_what_and_why),
		test(an_answer_while_the_body_arrives_ends_the_connection),
		test(head_has_the_length_but_no_body),
		test(no_content_has_no_length),
		test(http_1_0_closes_unless_asked_to_stay),
		test(closes_when_asked_to),
		test(pipelined_requests_are_answered_in_order),
		test(a_flood_behind_a_held_request_is_not_read),
		test(on_end_comes_after_the_reply_has_returned),
		test(a_handler_may_decide_later),
		test(the_client_is_told_to_go_on_with_its_body),
		test(a_refused_client_is_not_told_to_go_on),
		test(added_headers_are_sent_and_broken_ones_dropped),
		test(what_the_request_said_can_be_asked),
		test(a_body_can_be_taken_away),
		test(a_large_answer_reaches_a_client_that_reads),
		test(aborting_closes_without_an_answer),
		test(half_a_request_and_the_end_is_no_request),
		test(who_only_shuts_down_its_side_gets_its_answers),
		test(a_client_that_resets_ends_its_request),
		test(a_server_freed_with_requests_under_way_ends_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
