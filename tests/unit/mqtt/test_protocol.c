/* What brokers answer that are not as mosquitto is: a listener that plays them. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>

#include "broker.h"

/* Answers to CONNECT of version 5 and of 3.1.1. */
struct play {
	const char *answer5;
	size_t len5;
	bool close5;
	const char *answer4;
	size_t len4;
	unsigned seen5;
	unsigned seen4;
	struct bufferevent *open[32]; /* owned; closed when the test ends */
	size_t n_open;
};

static struct event_base *base;
static struct evconnlistener *listener;
static struct broker place; /* only its port counts */
static struct play play;

static void
on_written(struct bufferevent *bev, void *arg)
{
	(void)arg;
	for (size_t i = 0; i < play.n_open; i++) {
		if (play.open[i] == bev)
			play.open[i] = NULL;
	}
	bufferevent_free(bev);
}

static void
on_data(struct bufferevent *bev, void *arg)
{
	unsigned char head[9];
	struct evbuffer *in = bufferevent_get_input(bev);
	(void)arg;
	if (evbuffer_copyout(in, head, sizeof(head)) < (ssize_t)sizeof(head))
		return;
	evbuffer_drain(in, evbuffer_get_length(in));
	if (head[0] != 0x10)
		return;
	bool is5 = head[8] == 5;
	play.seen5 += is5;
	play.seen4 += !is5;
	bufferevent_write(bev, is5 ? play.answer5 : play.answer4,
			  is5 ? play.len5 : play.len4);
	if (is5 && play.close5 && play.len5 > 0)
		bufferevent_setcb(bev, NULL, on_written, NULL, NULL);
	else if (is5 && play.close5)
		on_written(bev, NULL);
}

static void
on_accept(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *a, int len,
	  void *arg)
{
	(void)l;
	(void)a;
	(void)len;
	(void)arg;
	struct bufferevent *bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	assert_non_null(bev);
	assert_true(play.n_open < 32);
	play.open[play.n_open++] = bev;
	bufferevent_setcb(bev, on_data, NULL, NULL, NULL);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

static int
setup(void **state)
{
	(void)state;
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t len = sizeof(a);
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	base = event_base_new();
	listener = evconnlistener_new_bind(base, on_accept, NULL, LEV_OPT_CLOSE_ON_FREE,
					   16, (struct sockaddr *)&a, sizeof(a));
	if (!listener)
		return -1;
	getsockname(evconnlistener_get_fd(listener), (struct sockaddr *)&a, &len);
	place.port = ntohs(a.sin_port);
	play = (struct play){0};
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	for (size_t i = 0; i < play.n_open; i++) {
		if (play.open[i])
			bufferevent_free(play.open[i]);
	}
	evconnlistener_free(listener);
	event_base_free(base);
	return 0;
}

#define ANSWER(bytes) (bytes), sizeof(bytes) - 1

static void
start(struct spy *s)
{
	struct mqtt_options o = {0};
	spy_start(s, base, &place, &o);
}

static void
falls_back_to_3_1_1_where_version_5_is_refused(void **state)
{
	(void)state;
	struct spy s;
	play = (struct play){ANSWER("\x20\x02\x00\x01"),
			     true,
			     ANSWER("\x20\x02\x00\x00"),
			     0,
			     0,
			     {0},
			     0};
	start(&s);
	wait_until(base, s.is_connected);
	assert_false(s.protocol5);
	assert_int_equal(play.seen5, 1);
	assert_int_equal(play.seen4, 1);
	spy_stop(&s);
}

static void
tries_3_1_1_where_version_5_is_only_closed(void **state)
{
	(void)state;
	struct spy s;
	play = (struct play){"", 0, true, ANSWER("\x20\x02\x00\x00"), 0, 0, {0}, 0};
	start(&s);
	wait_until(base, s.is_connected);
	assert_false(s.protocol5);
	assert_int_equal(play.seen5, 2); /* once may be a broker that is starting */
	spy_stop(&s);
}

static void
keeps_to_version_5_where_the_user_is_refused(void **state)
{
	(void)state;
	struct spy s;
	play = (struct play){ANSWER("\x20\x03\x00\x87\x00"), true, "", 0, 0, 0, {0}, 0};
	start(&s);
	wait_until(base, s.disconnects >= 4);
	assert_string_equal(s.reason,
			    "the broker refused the connection: Not authorized");
	assert_int_equal(play.seen4, 0);
	assert_int_equal(s.connects, 0);
	spy_stop(&s);
}

static void
hears_why_the_broker_ends_the_connection(void **state)
{
	(void)state;
	struct spy s;
	play = (struct play){ANSWER("\x20\x03\x00\x00\x00\xe0\x02\x8b\x00"),
			     false,
			     "",
			     0,
			     0,
			     0,
			     {0},
			     0};
	start(&s);
	wait_until(base, s.disconnects > 0);
	assert_int_equal(s.connects, 1);
	assert_string_equal(s.reason,
			    "the broker ended the connection: Server shutting down");
	spy_stop(&s);
}

static void
survives_what_is_no_mqtt(void **state)
{
	(void)state;
	struct spy s;
	play = (struct play){ANSWER("HTTP/1.1 400 Bad Request\r\n\r\n"),
			     true,
			     ANSWER("\xff\xff\xff\xff\xff\xff"),
			     0,
			     0,
			     {0},
			     0};
	start(&s);
	wait_until(base, s.disconnects >= 4);
	assert_int_equal(s.connects, 0);
	spy_stop(&s);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(falls_back_to_3_1_1_where_version_5_is_refused),
		TEST(tries_3_1_1_where_version_5_is_only_closed),
		TEST(keeps_to_version_5_where_the_user_is_refused),
		TEST(hears_why_the_broker_ends_the_connection),
		TEST(survives_what_is_no_mqtt),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
