/* What a right configuration becomes. */
#include "base/limits.h"
#include "base/str.h"
#include "conf_helper.h"

static void
gives_defaults_as_limits_say(void **state)
{
	(void)state;
	struct conf *c = parsed("admin: {}\nforge: {organization: a, token: t}\n"
				"mqtt: {url: \"mqtt://h\"}\n");
	assert_string_equal(c->listen.address.host, "127.0.0.1");
	assert_int_equal(c->listen.address.port, 8080);
	assert_int_equal(c->listen.header_bytes, DEFAULT_HEADER_BYTES);
	assert_int_equal(c->listen.body_bytes, DEFAULT_BODY_BYTES);
	assert_int_equal(c->listen.bodies_bytes, DEFAULT_BODIES_BYTES);
	assert_int_equal(c->listen.header_ms, DEFAULT_HEADER_MS);
	assert_int_equal(c->listen.body_ms, DEFAULT_BODY_MS);
	assert_int_equal(c->listen.idle_ms, DEFAULT_IDLE_MS);
	assert_int_equal(c->listen.connections, DEFAULT_CONNECTIONS);
	assert_int_equal(c->listen.connections_per_address, DEFAULT_CONNECTIONS_ADDRESS);
	assert_true(c->admin_enabled);
	assert_int_equal(c->admin.address.port, 8081);
	assert_string_equal(c->journal.path, "/var/lib/forgebridge/journal.db");
	assert_int_equal(c->journal.retain_days, DEFAULT_RETAIN_DAYS);
	assert_int_equal(c->journal.reserve_bytes, DEFAULT_RESERVE_BYTES);
	assert_int_equal(c->journal.retain_bytes, 0);
	assert_int_equal(c->journal.min_free_bytes, 0);
	assert_string_equal(c->accounts[0].name, "default");
	assert_string_equal(c->accounts[0].url, "https://forge.laravel.com/api");
	assert_int_equal(c->accounts[0].requests_per_minute, DEFAULT_FORGE_PER_MINUTE);
	assert_int_equal(c->accounts[0].timeout_ms, DEFAULT_FORGE_TIMEOUT_MS);
	assert_false(c->accounts[0].http1);
	assert_string_equal(c->mqtt.topic, "forgebridge");
	assert_string_equal(c->mqtt.name, "main");
	assert_int_equal(c->mqtt.port, 1883);
	assert_int_equal(c->mqtt.mode, MQTT_STRUCTURED);
	assert_int_equal(c->log.format, CONF_LOG_LOGFMT);
	assert_string_equal(c->log.level, "info");
	conf_unref(c);
}

static void
leaves_out_what_is_not_there(void **state)
{
	(void)state;
	struct conf *c = parsed("log: {level: error}\n");
	assert_false(c->admin_enabled);
	assert_false(c->mqtt.enabled);
	assert_int_equal(c->n_accounts, 0);
	assert_int_equal(c->n_sources, 0);
	assert_int_equal(c->n_rules, 0);
	conf_unref(c);
}

static void
takes_every_form_of_address(void **state)
{
	static const struct {
		const char *text;
		const char *host;
		unsigned port;
		const char *path;
	} cases[] = {
		{"127.0.0.1:8080", "127.0.0.1", 8080, NULL},
		{"0.0.0.0:0", "0.0.0.0", 0, NULL},
		{"[::1]:8080", "::1", 8080, NULL},
		{"[::]:443", "::", 443, NULL},
		{"hooks.example.com:80", "hooks.example.com", 80, NULL},
		{"localhost:65535", "localhost", 65535, NULL},
		{"unix:/run/x.sock", NULL, 0, "/run/x.sock"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char yaml[200];
		snprintf(yaml, sizeof(yaml), "listen: {address: \"%s\"}\n",
			 cases[i].text);
		struct conf *c = parsed(yaml);
		assert_true(str_eq(c->listen.address.host, cases[i].host));
		assert_true(str_eq(c->listen.address.unix_path, cases[i].path));
		if (cases[i].host)
			assert_int_equal(c->listen.address.port, cases[i].port);
		conf_unref(c);
	}
}

static void
takes_every_limit_of_the_listener(void **state)
{
	(void)state;
	struct conf *c = parsed("listen:\n"
				"  address: 127.0.0.1:1\n"
				"  tls: {certificate: /dev/null, key: /dev/null}\n"
				"  header_bytes: 32KiB\n"
				"  body_bytes: 1000\n"
				"  bodies_bytes: 1GiB\n"
				"  header_timeout: 500ms\n"
				"  body_timeout: 1m\n"
				"  idle_timeout: 20\n"
				"  connections: 10\n"
				"  connections_per_address: 5\n"
				"  trusted_proxies: [10.0.0.0/8, \"::1\"]\n");
	const struct conf_listen *l = &c->listen;
	assert_string_equal(l->tls_certificate, "/dev/null");
	assert_string_equal(l->tls_key, "/dev/null");
	assert_int_equal(l->header_bytes, 32 * 1024);
	assert_int_equal(l->body_bytes, 1000);
	assert_int_equal(l->bodies_bytes, 1 << 30);
	assert_int_equal(l->header_ms, 500);
	assert_int_equal(l->body_ms, 60000);
	assert_int_equal(l->idle_ms, 20000);
	assert_int_equal(l->connections, 10);
	assert_int_equal(l->connections_per_address, 5);
	assert_int_equal(l->n_trusted_proxies, 2);
	assert_string_equal(l->trusted_proxies[1], "::1");
	conf_unref(c);
}

static void
takes_every_form_of_broker(void **state)
{
	static const struct {
		const char *url;
		const char *host;
		unsigned port;
		bool tls;
		const char *user;
		const char *password;
	} cases[] = {
		{"mqtt://h", "h", 1883, false, NULL, NULL},
		{"mqtts://h", "h", 8883, true, NULL, NULL},
		{"mqtt://h:99/", "h", 99, false, NULL, NULL},
		{"mqtt://[::1]:1", "::1", 1, false, NULL, NULL},
		{"mqtts://u@h", "h", 8883, true, "u", NULL},
		{"mqtts://u:p%40:%2F@h:1", "h", 1, true, "u", "p@:/"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char yaml[200];
		snprintf(yaml, sizeof(yaml), "mqtt: {url: \"%s\"}\n", cases[i].url);
		struct conf *c = parsed(yaml);
		assert_string_equal(c->mqtt.host, cases[i].host);
		assert_int_equal(c->mqtt.port, cases[i].port);
		assert_int_equal(c->mqtt.tls, cases[i].tls);
		assert_true(str_eq(c->mqtt.user, cases[i].user));
		assert_true(str_eq(c->mqtt.password.data, cases[i].password));
		conf_unref(c);
	}
}

static void
user_and_password_win_over_the_url(void **state)
{
	(void)state;
	struct conf *c = parsed("mqtt: {user: a, url: \"mqtt://u:p@localhost\", "
				"password: b}\n");
	assert_string_equal(c->mqtt.user, "a");
	assert_string_equal(c->mqtt.password.data, "b");
	conf_unref(c);
}

static void
takes_several_accounts(void **state)
{
	(void)state;
	struct conf *c =
		parsed("forge:\n  accounts:\n"
		       "    a: {organization: x, token: t1, http: 1.1, timeout: 5s}\n"
		       "    b: {organization: y, token: t2, http: \"2\",\n"
		       "        url: \"http://127.0.0.1:8090/api/\", "
		       "requests_per_minute: 600}\n");
	assert_int_equal(c->n_accounts, 2);
	assert_ptr_equal(conf_account_find(c, NULL), &c->accounts[0]);
	const struct conf_account *b = conf_account_find(c, "b");
	assert_true(c->accounts[0].http1);
	assert_int_equal(c->accounts[0].timeout_ms, 5000);
	assert_false(b->http1);
	assert_string_equal(b->url, "http://127.0.0.1:8090/api");
	assert_string_equal(b->token.data, "t2");
	assert_int_equal(b->requests_per_minute, 600);
	conf_unref(c);
}

static void
takes_sources_with_options_of_their_kind(void **state)
{
	(void)state;
	setenv("CONF_TEST_OPTION", "X-Token", 1);
	struct conf *c =
		parsed("sources:\n"
		       "  a_1-b: {kind: github, secret: [one, two], allow: ::1}\n"
		       "  t: {kind: token, secret: x, header: "
		       "\"${CONF_TEST_OPTION}\", n: 1}\n");
	const struct conf_source *a = conf_source_find(c, "a_1-b");
	assert_string_equal(a->kind, "github");
	assert_int_equal(a->kind_at.column, 17);
	assert_int_equal(a->n_secrets, 2);
	assert_string_equal(a->secrets[1].data, "two");
	assert_int_equal(a->n_allow, 1);
	assert_null(a->options);
	const struct conf_source *t = conf_source_find(c, "t");
	assert_string_equal(node_text(node_get(t->options, "header")), "X-Token");
	assert_string_equal(node_text(node_get(t->options, "n")), "1");
	conf_unref(c);
}

static void
reads_secrets_by_reference(void **state)
{
	char path[] = "/tmp/conf-test-XXXXXX";
	char yaml[200];
	(void)state;
	int fd = mkstemp(path);
	assert_int_equal(write(fd, "from file\n\n", 11), 11);
	close(fd);
	setenv("CONF_TEST_SECRET", "from environment", 1);
	snprintf(yaml, sizeof(yaml),
		 "sources: {s: {kind: k, secret: [\"${CONF_TEST_SECRET}\", "
		 "\"${file:%s}\"]}}\n",
		 path);
	struct conf *c = parsed(yaml);
	assert_string_equal(c->sources[0].secrets[0].data, "from environment");
	assert_string_equal(c->sources[0].secrets[1].data, "from file\n");
	conf_unref(c);
	unlink(path);
}

static void
takes_numbers_and_words_by_reference(void **state)
{
	(void)state;
	setenv("CONF_TEST_NUMBER", "12", 1);
	setenv("CONF_TEST_LEVEL", "debug", 1);
	struct conf *c = parsed("listen: {connections: \"${CONF_TEST_NUMBER}\"}\n"
				"log: {level: \"${CONF_TEST_LEVEL}\"}\n");
	assert_int_equal(c->listen.connections, 12);
	assert_string_equal(c->log.level, "debug");
	conf_unref(c);
}

static void
warns_of_a_secret_file_that_all_can_read(void **state)
{
	char path[] = "/tmp/conf-test-XXXXXX";
	char yaml[200];
	char expected[200];
	(void)state;
	int fd = mkstemp(path);
	assert_int_equal(write(fd, "x", 1), 1);
	fchmod(fd, 0644);
	close(fd);
	snprintf(yaml, sizeof(yaml), "sources: {s: {kind: k, secret: \"${file:%s}\"}}\n",
		 path);
	snprintf(expected, sizeof(expected),
		 "f.yaml:1:32: warning: every user of this machine can read %s\n", path);
	assert_mistakes(yaml, expected);
	unlink(path);
}

#define T(name) cmocka_unit_test(name)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(gives_defaults_as_limits_say),
		T(leaves_out_what_is_not_there),
		T(takes_every_form_of_address),
		T(takes_every_limit_of_the_listener),
		T(takes_every_form_of_broker),
		T(user_and_password_win_over_the_url),
		T(takes_several_accounts),
		T(takes_sources_with_options_of_their_kind),
		T(reads_secrets_by_reference),
		T(takes_numbers_and_words_by_reference),
		T(warns_of_a_secret_file_that_all_can_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
