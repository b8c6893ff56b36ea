/* The client against a real broker. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <event2/event.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/str.h"
#include "broker.h"

static struct event_base *base;
static struct broker broker;

static int
setup(void **state)
{
	(void)state;
	base = event_base_new();
	broker_init(&broker);
	broker_configure(&broker, "allow_anonymous true\n");
	broker_start(&broker);
	return base ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	broker_stop(&broker, SIGKILL);
	event_base_free(base);
	return 0;
}

static void
start_connected(struct spy *s, const struct mqtt_options *options)
{
	struct mqtt_options o = options ? *options : (struct mqtt_options){0};
	spy_start(s, base, &broker, &o);
	wait_until(base, s->is_connected);
}

static void
start_subscribed(struct spy *s, const char *filter)
{
	struct mqtt_options o = {0};
	spy_start(s, base, &broker, &o);
	assert_int_equal(mqtt_subscribe(s->client, filter), 0);
	wait_until(base, s->subscribed == 1);
}

static void
publishes_in_order_through_its_window(void **state)
{
	(void)state;
	struct spy reader;
	struct spy writer;
	start_subscribed(&reader, "t/#");
	start_connected(&writer, NULL);
	assert_true(writer.protocol5);
	for (unsigned sent = 0; sent < 100;) {
		char text[16];
		snprintf(text, sizeof(text), "%u", sent);
		int rc = spy_publish(&writer, "t/x", text, sent + 1000);
		if (rc == 0)
			sent++;
		else
			wait_until(base, mqtt_room(writer.client) > 0);
	}
	wait_until(base, writer.acks == 100 && reader.messages == 100);
	for (unsigned i = 0; i < 100; i++) {
		char text[32];
		snprintf(text, sizeof(text), "t/x %u", i);
		assert_string_equal(reader.payloads[i], text);
		assert_int_equal(writer.tags[i], i + 1000);
		assert_int_equal(writer.reasons[i], 0);
	}
	spy_stop(&writer);
	spy_stop(&reader);
}

static void
tells_that_nobody_subscribed(void **state)
{
	(void)state;
	struct spy writer;
	start_connected(&writer, NULL);
	assert_int_equal(spy_publish(&writer, "lonely", "x", 1), 0);
	wait_until(base, writer.acks == 1);
	assert_int_equal(writer.reasons[0], 16);
	spy_stop(&writer);
}

static void
takes_no_more_than_its_window(void **state)
{
	(void)state;
	struct spy writer;
	start_connected(&writer, NULL);
	broker_signal(&broker, SIGSTOP);
	for (unsigned i = 0; i < LIMIT_MQTT_IN_FLIGHT; i++) {
		assert_int_equal(mqtt_room(writer.client), LIMIT_MQTT_IN_FLIGHT - i);
		assert_int_equal(spy_publish(&writer, "t", "x", i), 0);
	}
	assert_int_equal(mqtt_room(writer.client), 0);
	assert_int_equal(spy_publish(&writer, "t", "x", 99), -EAGAIN);
	broker_signal(&broker, SIGCONT);
	wait_until(base, writer.acks == LIMIT_MQTT_IN_FLIGHT);
	assert_int_equal(mqtt_room(writer.client), LIMIT_MQTT_IN_FLIGHT);
	spy_stop(&writer);
}

static void
refuses_what_is_no_topic_and_no_filter(void **state)
{
	(void)state;
	struct spy writer;
	start_connected(&writer, NULL);
	assert_int_equal(spy_publish(&writer, "a/+/b", "x", 1), -EINVAL);
	assert_int_equal(spy_publish(&writer, "a/#", "x", 1), -EINVAL);
	assert_int_equal(spy_publish(&writer, "", "x", 1), -EINVAL);
	assert_int_equal(spy_publish(&writer, "a\xff", "x", 1), -EINVAL);
	assert_int_equal(mqtt_subscribe(writer.client, "a/#/b"), -EINVAL);
	assert_int_equal(mqtt_room(writer.client), LIMIT_MQTT_IN_FLIGHT);
	assert_int_equal(spy_publish(&writer, "good", "x", 1), 0);
	wait_until(base, writer.acks == 1);
	spy_stop(&writer);
}

static void
publishes_nothing_while_it_is_not_connected(void **state)
{
	(void)state;
	struct spy writer;
	struct mqtt_options o = {0};
	spy_start(&writer, base, &broker, &o);
	assert_false(mqtt_is_connected(writer.client));
	assert_int_equal(mqtt_room(writer.client), 0);
	assert_int_equal(spy_publish(&writer, "t", "x", 1), -EAGAIN);
	spy_stop(&writer);
}

static void
comes_back_to_a_broker_that_was_killed(void **state)
{
	(void)state;
	struct spy s;
	start_subscribed(&s, "t");
	broker_stop(&broker, SIGKILL);
	wait_until(base, s.disconnects > 0);
	assert_int_equal(mqtt_room(s.client), 0);
	broker_start(&broker);
	wait_until(base, s.connects == 2);
	assert_true(s.protocol5);
	wait_until(base, s.subscribed == 2); /* subscriptions are kept */
	assert_int_equal(spy_publish(&s, "t", "again", 7), 0);
	wait_until(base, s.messages == 1 && s.acks == 1);
	assert_string_equal(s.payloads[0], "t again");
	spy_stop(&s);
}

static void
waits_longer_when_it_is_thrown_out_again_and_again(void **state)
{
	(void)state;
	struct spy first;
	struct spy second;
	start_connected(&first, &(struct mqtt_options){.client_id = "same"});
	start_connected(&second, &(struct mqtt_options){.client_id = "same"});
	uint64_t began = clock_mono_us();
	wait_until(base, first.disconnects + second.disconnects > 12);
	/* six repeats each, beginning with 20 ms: at least 10 + 20 + ... + 320 ms */
	assert_true(clock_mono_us() - began > 600000);
	spy_stop(&second);
	wait_until(base, first.is_connected);
	spy_stop(&first);
}

static void
comes_back_to_a_broker_that_was_stopped_in_order(void **state)
{
	(void)state;
	struct spy s;
	start_connected(&s, NULL);
	broker_stop(&broker, SIGTERM);
	wait_until(base, s.disconnects > 0);
	broker_start(&broker);
	wait_until(base, s.connects == 2);
	assert_true(s.protocol5);
	spy_stop(&s);
}

static void
waits_for_a_broker_that_is_not_there_yet(void **state)
{
	(void)state;
	struct spy s;
	struct mqtt_options o = {0};
	broker_stop(&broker, SIGKILL);
	spy_start(&s, base, &broker, &o);
	wait_until(base, s.disconnects >= 3);
	assert_string_equal(s.reason, "Connection refused");
	assert_int_equal(s.connects, 0);
	broker_start(&broker);
	wait_until(base, s.is_connected);
	assert_true(s.protocol5);
	spy_stop(&s);
}

static void
names_a_host_that_does_not_exist(void **state)
{
	(void)state;
	struct spy s;
	struct mqtt_options o = {.host = "no-such-host.invalid"};
	spy_start(&s, base, &broker, &o);
	wait_until(base, s.disconnects > 0);
	assert_string_equal(s.reason, "the name no-such-host.invalid cannot be resolved");
	spy_stop(&s);
}

static void
breaks_with_a_broker_that_acknowledges_nothing(void **state)
{
	(void)state;
	struct spy s;
	start_connected(&s, &(struct mqtt_options){.ack_ms = 100});
	broker_signal(&broker, SIGSTOP);
	assert_int_equal(spy_publish(&s, "t", "x", 1), 0);
	wait_until(base, s.disconnects > 0);
	assert_string_equal(s.reason, "the broker does not answer");
	assert_int_equal(s.acks, 0);
	broker_signal(&broker, SIGCONT);
	wait_until(base, s.connects == 2);
	assert_int_equal(mqtt_room(s.client), LIMIT_MQTT_IN_FLIGHT);
	spy_stop(&s);
}

static void
leaves_its_will_only_when_it_breaks_off(void **state)
{
	(void)state;
	struct spy reader;
	struct spy s;
	struct mqtt_message will = {.topic = "p/state",
				    .payload = "lost",
				    .len = 4,
				    .retain = true,
				    .content_type = "text/plain"};
	start_subscribed(&reader, "p/#");
	start_connected(&s, &(struct mqtt_options){.ack_ms = 100, .will = &will});
	broker_signal(&broker, SIGSTOP);
	assert_int_equal(spy_publish(&s, "other", "x", 1), 0);
	wait_until(base, s.disconnects > 0);
	spy_stop(&s);
	broker_signal(&broker, SIGCONT);
	wait_until(base, reader.messages == 1);
	assert_string_equal(reader.payloads[0], "p/state lost");

	start_connected(&s, &(struct mqtt_options){.will = &will});
	spy_stop(&s);
	/* the broker handles the DISCONNECT before this newer connection's message */
	start_connected(&s, NULL);
	assert_int_equal(spy_publish(&s, "p/x", "end", 1), 0);
	wait_until(base, reader.messages == 2);
	assert_string_equal(reader.payloads[1], "p/x end");
	spy_stop(&s);
	spy_stop(&reader);
}

static void
waits_for_what_is_in_flight_when_it_goes(void **state)
{
	(void)state;
	struct spy s;
	start_connected(&s, NULL);
	for (unsigned i = 0; i < LIMIT_MQTT_IN_FLIGHT; i++)
		assert_int_equal(spy_publish(&s, "t", "x", i), 0);
	mqtt_client_free(s.client, 10000);
	assert_int_equal(s.acks, LIMIT_MQTT_IN_FLIGHT);
	assert_int_equal(s.disconnects, 0);
}

static void
sends_a_message_larger_than_the_sockets_buffers(void **state)
{
	(void)state;
	static char text[8 << 20];
	struct spy s;
	start_connected(&s, NULL);
	struct mqtt_message m = {.topic = "big", .payload = text, .len = sizeof(text)};
	assert_int_equal(mqtt_publish(s.client, &m, 1), 0);
	wait_until(base, s.acks == 1);
	spy_stop(&s);
}

static void
goes_at_once_while_it_connects(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 20; i++) {
		struct spy s;
		struct mqtt_options o = {0};
		spy_start(&s, base, &broker, &o);
		for (unsigned turns = 0; turns < i; turns++)
			event_base_loop(base, EVLOOP_NONBLOCK);
		unsigned calls = s.connects + s.disconnects;
		spy_stop(&s);
		event_base_loop(base, EVLOOP_NONBLOCK);
		assert_int_equal(s.connects + s.disconnects, calls);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(publishes_in_order_through_its_window),
		cmocka_unit_test(tells_that_nobody_subscribed),
		cmocka_unit_test(takes_no_more_than_its_window),
		cmocka_unit_test(refuses_what_is_no_topic_and_no_filter),
		cmocka_unit_test(publishes_nothing_while_it_is_not_connected),
		cmocka_unit_test(comes_back_to_a_broker_that_was_killed),
		cmocka_unit_test(waits_longer_when_it_is_thrown_out_again_and_again),
		cmocka_unit_test(comes_back_to_a_broker_that_was_stopped_in_order),
		cmocka_unit_test(waits_for_a_broker_that_is_not_there_yet),
		cmocka_unit_test(names_a_host_that_does_not_exist),
		cmocka_unit_test(breaks_with_a_broker_that_acknowledges_nothing),
		cmocka_unit_test(leaves_its_will_only_when_it_breaks_off),
		cmocka_unit_test(waits_for_what_is_in_flight_when_it_goes),
		cmocka_unit_test(sends_a_message_larger_than_the_sockets_buffers),
		cmocka_unit_test(goes_at_once_while_it_connects),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
