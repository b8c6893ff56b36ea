/* Users, topics they may not write, TLS. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <event2/event.h>

#include "base/str.h"
#include "broker.h"

static struct event_base *base;
static struct broker broker;

static const char *
path_of(const char *name)
{
	static char paths[8][300];
	static unsigned next;
	char *path = paths[next++ % 8];
	snprintf(path, sizeof(paths[0]), "%s/%s", broker.folder, name);
	return path;
}

static int
setup(void **state)
{
	(void)state;
	base = event_base_new();
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
hears_that_a_topic_is_refused(void **state)
{
	(void)state;
	struct spy s;
	struct mqtt_options o = {0};
	broker_init(&broker);
	broker_write(&broker, "acl", "topic readwrite open/#\n");
	auto_str extra =
		str_format("allow_anonymous true\nacl_file %s\n", path_of("acl"));
	broker_configure(&broker, extra);
	broker_start(&broker);
	spy_start(&s, base, &broker, &o);
	wait_until(base, s.is_connected);
	assert_int_equal(spy_publish(&s, "closed/x", "1", 1), 0);
	assert_int_equal(spy_publish(&s, "open/x", "2", 2), 0);
	wait_until(base, s.acks == 2);
	assert_int_equal(s.reasons[0], 135);
	assert_int_equal(s.reasons[1], 16);
	spy_stop(&s);
}

static void
says_that_the_broker_does_not_know_the_user(void **state)
{
	(void)state;
	struct spy s;
	struct mqtt_options o = {.user = "nobody", .password = "wrong"};
	broker_init(&broker);
	broker_configure(&broker, "allow_anonymous false\n");
	broker_start(&broker);
	spy_start(&s, base, &broker, &o);
	wait_until(base, s.disconnects > 0);
	assert_string_equal(s.reason,
			    "the broker refused the connection: Not authorized");
	spy_stop(&s);
}

static void
refuses_what_is_larger_than_the_broker_takes(void **state)
{
	(void)state;
	static char text[5000];
	struct spy s;
	struct mqtt_options o = {0};
	struct mqtt_message m = {.topic = "t", .payload = text, .len = sizeof(text)};
	broker_init(&broker);
	broker_configure(&broker, "allow_anonymous true\nmax_packet_size 4000\n");
	broker_start(&broker);
	spy_start(&s, base, &broker, &o);
	wait_until(base, s.is_connected);
	for (unsigned i = 0; i < 30; i++)
		assert_true(mqtt_publish(s.client, &m, i) < 0);
	assert_int_equal(spy_publish(&s, "t", "small", 100), 0);
	wait_until(base, s.acks == 1);
	assert_int_equal(s.tags[0], 100);
	spy_stop(&s);
}

static void
make_ca(const char *key, const char *certificate)
{
	run_program((const char *const[]){
		"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
		"ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=ca",
		"-keyout", path_of(key), "-out", path_of(certificate), NULL});
}

/* A CA, and a certificate of 127.0.0.1 that it signed. */
static void
start_tls_broker(void)
{
	broker_init(&broker);
	make_ca("ca.key", "ca.pem");
	run_program((const char *const[]){
		"openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
		"-nodes", "-subj", "/CN=broker", "-addext", "subjectAltName=IP:127.0.0.1",
		"-keyout", path_of("key.pem"), "-out", path_of("request.pem"), NULL});
	run_program((const char *const[]){
		"openssl", "x509", "-req", "-in", path_of("request.pem"), "-CA",
		path_of("ca.pem"), "-CAkey", path_of("ca.key"), "-CAcreateserial",
		"-copy_extensions", "copy", "-days", "2", "-out", path_of("cert.pem"),
		NULL});
	auto_str extra = str_format("allow_anonymous true\ncertfile %s\nkeyfile %s\n",
				    path_of("cert.pem"), path_of("key.pem"));
	broker_configure(&broker, extra);
	broker_start(&broker);
}

static void
speaks_tls_with_a_ca_of_its_own(void **state)
{
	(void)state;
	static char text[1 << 20];
	struct spy s;
	start_tls_broker();
	struct mqtt_options o = {.tls = true, .ca_file = path_of("ca.pem")};
	struct mqtt_message m = {.topic = "t", .payload = text, .len = sizeof(text)};
	spy_start(&s, base, &broker, &o);
	assert_int_equal(mqtt_subscribe(s.client, "t"), 0);
	wait_until(base, s.subscribed == 1);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(mqtt_publish(s.client, &m, i), 0);
	wait_until(base, s.acks == 20 && s.messages == 20);
	assert_int_equal(s.disconnects, 0);
	spy_stop(&s);
}

static void
refuses_a_certificate_of_another_ca(void **state)
{
	(void)state;
	struct spy s;
	start_tls_broker();
	make_ca("other.key", "other.pem");
	struct mqtt_options o = {.tls = true, .ca_file = path_of("other.pem")};
	spy_start(&s, base, &broker, &o);
	wait_until(base, s.disconnects > 0);
	assert_non_null(strstr(s.reason, "certificate verify failed"));
	assert_int_equal(s.connects, 0);
	spy_stop(&s);
	o.ca_file = NULL; /* the system's do not know it either */
	spy_start(&s, base, &broker, &o);
	wait_until(base, s.disconnects > 0);
	assert_non_null(strstr(s.reason, "certificate verify failed"));
	spy_stop(&s);
}

static void
refuses_a_certificate_of_another_name(void **state)
{
	(void)state;
	struct spy s;
	start_tls_broker();
	struct mqtt_options o = {
		.host = "localhost", .tls = true, .ca_file = path_of("ca.pem")};
	spy_start(&s, base, &broker, &o);
	wait_until(base, s.disconnects > 0);
	assert_int_equal(s.connects, 0);
	spy_stop(&s);
}

static void
says_that_a_tls_file_cannot_be_used(void **state)
{
	(void)state;
	struct spy s;
	start_tls_broker();
	struct mqtt_options o = {.tls = true, .ca_file = "/nonexistent/ca.pem"};
	spy_start(&s, base, &broker, &o);
	wait_until(base, s.disconnects > 0);
	assert_string_equal(s.reason, "a setting of the connection cannot be used");
	spy_stop(&s);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(hears_that_a_topic_is_refused),
		TEST(says_that_the_broker_does_not_know_the_user),
		TEST(refuses_what_is_larger_than_the_broker_takes),
		TEST(speaks_tls_with_a_ca_of_its_own),
		TEST(refuses_a_certificate_of_another_ca),
		TEST(refuses_a_certificate_of_another_name),
		TEST(says_that_a_tls_file_cannot_be_used),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
