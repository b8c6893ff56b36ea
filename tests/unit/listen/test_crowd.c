#include "base/str.h"
#include "http_fixture.h"

#define GET  "GET /empty HTTP/1.1\r\nHost: a\r\n\r\n"
#define HOLD "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n"
#define BODY "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"

static struct fixture the;

/* A server that takes two connections. */
static int
setup(void **state)
{
	fixture_init(&the);
	the.options.connections = 2;
	fixture_start(&the);
	*state = &the;
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
expect_displaced(struct peer *p)
{
	peer_await(p, "HTTP/1.1 503 ");
	peer_await_closed(p);
	assert_true(has(p, "\r\nRetry-After: "));
	assert_true(str_ends(buf_str(&p->in), "\"There are too many connections.\"}"));
}

static void
a_new_connection_displaces_who_waited_longest(void **state)
{
	struct fixture *f = *state;
	struct peer *first = peer_new(f);
	struct peer *second = peer_new(f);
	struct peer *third = peer_new(f);
	expect_displaced(first);
	peer_expect(second, GET, 204);
	peer_expect(third, GET, 204);
	assert_int_equal(fixture_stats(f).displaced, 1);
	assert_int_equal(fixture_stats(f).refused_connections, 0);
	assert_int_equal(fixture_stats(f).connections, 2);
	peer_free(first);
	peer_free(second);
	peer_free(third);
}

static void
a_dripped_head_gains_nothing_by_dripping(void **state)
{
	struct fixture *f = *state;
	struct peer *drips = peer_new(f);
	struct peer *second = peer_new(f);
	peer_send(drips, "GET /empty HT");
	fixture_turn(f);
	peer_send(drips, "TP/1.1\r\nX");
	fixture_turn(f);
	struct peer *third = peer_new(f);
	expect_displaced(drips);
	peer_expect(second, GET, 204);
	peer_free(drips);
	peer_free(second);
	peer_free(third);
}

static void
a_dripped_body_gains_nothing_by_dripping(void **state)
{
	struct fixture *f = *state;
	struct peer *drips = peer_new(f);
	peer_send(drips, BODY);
	while (f->pieces < 1)
		fixture_turn(f);
	struct peer *second = peer_new(f);
	peer_send(drips, "d");
	while (f->pieces < 2)
		fixture_turn(f);
	struct peer *third = peer_new(f);
	expect_displaced(drips);
	fixture_wait_ends(f, 1);
	assert_int_equal(f->completes, 0);
	peer_free(drips);
	peer_free(second);
	peer_free(third);
}

static void
an_answer_makes_the_wait_begin_anew(void **state)
{
	struct fixture *f = *state;
	struct peer *first = peer_new(f);
	struct peer *second = peer_new(f);
	peer_expect(first, GET, 204);
	struct peer *third = peer_new(f);
	expect_displaced(second);
	peer_expect(first, GET, 204);
	peer_free(first);
	peer_free(second);
	peer_free(third);
}

static void
an_idle_connection_is_displaced_silently(void **state)
{
	struct fixture *f = *state;
	struct peer *first = peer_new(f);
	peer_expect(first, GET, 204);
	struct peer *second = peer_new(f);
	struct peer *third = peer_new(f);
	peer_await_closed(first);
	assert_int_equal(peer_answers(first), 1);
	peer_free(first);
	peer_free(second);
	peer_free(third);
}

static void
who_is_being_served_is_not_displaced(void **state)
{
	struct fixture *f = *state;
	struct peer *served = peer_new(f);
	peer_send(served, HOLD);
	fixture_wait_held(f);
	struct peer *second = peer_new(f);
	struct peer *third = peer_new(f);
	expect_displaced(second);
	peer_expect(third, GET, 204);
	http_reply(f->held, 204, NULL, NULL, 0);
	peer_await_answers(served, 1);
	peer_free(served);
	peer_free(second);
	peer_free(third);
}

static void
nobody_to_displace_turns_the_new_one_away(void **state)
{
	struct fixture *f = *state;
	struct peer *served[2] = {peer_new(f), peer_new(f)};
	struct http_request *held[2] = {0};
	for (int i = 0; i < 2; i++) {
		f->held = NULL;
		peer_send(served[i], HOLD);
		fixture_wait_held(f);
		held[i] = f->held;
	}
	struct peer *third = peer_new(f);
	expect_displaced(third);
	assert_int_equal(fixture_stats(f).displaced, 0);
	assert_int_equal(fixture_stats(f).refused_connections, 1);
	for (int i = 0; i < 2; i++) {
		http_reply(held[i], 204, NULL, NULL, 0);
		peer_await_answers(served[i], 1);
		peer_free(served[i]);
	}
	peer_free(third);
}

static void
a_full_house_is_told_once(void **state)
{
	struct fixture *f = *state;
	struct peer *p[6];
	for (int i = 0; i < 6; i++)
		p[i] = peer_new(f);
	assert_int_equal(fixture_stats(f).displaced, 4);
	assert_int_equal(f->fulls, 1);
	for (int i = 0; i < 6; i++)
		peer_free(p[i]);
}

static void
an_address_over_its_share_is_turned_away(void **state)
{
	struct fixture *f = *state;
	fixture_done(f);
	fixture_init(f);
	f->options.connections_per_address = 1;
	fixture_start(f);
	struct peer *first = peer_new(f);
	struct peer *second = peer_new(f);
	peer_await(second, "HTTP/1.1 503 ");
	peer_expect(first, GET, 204);
	peer_free(first);
	peer_free(second);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_new_connection_displaces_who_waited_longest),
		test(a_dripped_head_gains_nothing_by_dripping),
		test(a_dripped_body_gains_nothing_by_dripping),
		test(an_answer_makes_the_wait_begin_anew),
		test(an_idle_connection_is_displaced_silently),
		test(who_is_being_served_is_not_displaced),
		test(nobody_to_displace_turns_the_new_one_away),
		test(a_full_house_is_told_once),
		test(an_address_over_its_share_is_turned_away),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
