/* Every kind of mistake with its exact place, what was found and what was expected. */
#include "conf_helper.h"

#define SOURCE "sources: {s: {kind: github, secret: x}}\n"
#define FORGE  "forge: {organization: acme, token: t}\n"

static void
names_an_unknown_key_and_the_nearest(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "listen:\n  adress: 127.0.0.1:1\n",
			"f.yaml:3:3: error: unknown key \"adress\"; did you mean "
			"`address`?\n");
}

static void
names_the_keys_when_none_is_near(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "log: {colour: red}\n",
			"f.yaml:2:7: error: unknown key \"colour\"; expected one of "
			"`format`, `level`\n");
}

static void
names_a_missing_key_at_its_section(void **state)
{
	(void)state;
	assert_mistakes("sources:\n  a:\n    secret: x\n",
			"f.yaml:2:3: error: `kind` is missing; expected text\n");
}

static void
tells_a_wrong_type(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "listen: {connections: [1]}\n",
			"f.yaml:2:23: error: `connections`: expected a whole number, "
			"found a list\n");
}

static void
tells_a_section_that_is_no_mapping(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "listen: 8080\n",
			"f.yaml:2:9: error: expected a mapping (key: value), found a "
			"number\n");
}

static void
tells_a_number_out_of_bounds(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "listen: {connections: 1000001}\n",
			"f.yaml:2:23: error: `connections`: expected a number from 1 to "
			"1000000, found 1000001\n");
}

static void
tells_a_number_beyond_64_bits(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "listen: {connections: 99999999999999999999}\n",
			"f.yaml:2:23: error: `connections`: expected a number from 1 to "
			"1000000, found 99999999999999999999\n");
}

static void
tells_a_bad_size(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "listen: {body_bytes: 25 megs}\n",
			"f.yaml:2:22: error: `body_bytes`: expected a size such as "
			"25MiB, found \"25 megs\"\n");
}

static void
tells_a_size_out_of_bounds_in_its_unit(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "listen: {header_bytes: 2MiB}\n",
			"f.yaml:2:24: error: `header_bytes`: expected a size from 1KiB "
			"to 1MiB, found \"2MiB\"\n");
}

static void
tells_a_bad_duration(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "listen: {idle_timeout: soon}\n",
			"f.yaml:2:24: error: `idle_timeout`: expected a duration such as "
			"30s, found \"soon\"\n");
}

static void
tells_a_duration_out_of_bounds(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "listen: {idle_timeout: 50ms}\n",
			"f.yaml:2:24: error: `idle_timeout`: expected a duration from "
			"100ms to 1h, found \"50ms\"\n");
}

static void
tells_days_that_are_none(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "journal: {retain: 36h}\n",
			"f.yaml:2:19: error: `retain`: expected whole days such as 30d, "
			"found \"36h\"\n");
}

static void
tells_a_word_that_is_no_choice(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "log: {level: warn}\n",
			"f.yaml:2:14: error: `level`: expected `debug`, `info`, "
			"`warning` or `error`, found \"warn\"\n");
}

static void
guesses_a_choice(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "log: {format: jsno}\n",
			"f.yaml:2:15: error: `format`: expected `logfmt` or `json` (did "
			"you mean `json`?), found \"jsno\"\n");
}

static void
refuses_bad_addresses(void **state)
{
	static const char *const bad[] = {
		"8080",		  "127.0.0.1", "::1:80",     "[::1]",	"[::1:80",
		"[127.0.0.1]:80", ":80",       "host:65536", "host:-1", "a b:80",
		"http://x:1",	  "unix:",     "[fe80]:80",  "h:80:90", "x:"};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char yaml[200];
		struct diag_list diags = {0};
		struct conf *conf = NULL;
		snprintf(yaml, sizeof(yaml), SOURCE "listen: {address: \"%s\"}\n",
			 bad[i]);
		assert_int_not_equal(conf_parse("f", yaml, strlen(yaml), &diags, &conf),
				     0);
		assert_int_equal(diags.errors, 1);
		assert_int_equal(diags.items[0].line, 2);
		assert_int_equal(diags.items[0].column, 19);
		diag_done(&diags);
	}
}

static void
refuses_a_unix_path_that_is_too_long(void **state)
{
	char yaml[300];
	(void)state;
	snprintf(yaml, sizeof(yaml), SOURCE "listen: {address: \"unix:/%0107d\"}\n", 0);
	assert_mistakes(yaml, "f.yaml:2:19: error: `address`: the path of a Unix socket "
			      "has at most 107 bytes\n");
}

static void
refuses_postgresql(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "journal: {url: \"postgresql://u:pw@h/db\"}\n",
			"f.yaml:2:16: error: `url`: postgresql:// is not supported by "
			"this version; expected sqlite:PATH\n");
}

static void
refuses_other_journals(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "journal: {url: \"mysql:x\"}\n",
			"f.yaml:2:16: error: `url`: expected sqlite:PATH, found "
			"\"mysql:x\"\n");
}

static void
refuses_a_forge_url_that_is_none(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "forge: {url: forge.laravel.com, organization: a, "
			       "token: t}\n",
			"f.yaml:2:14: error: `url`: expected a URL such as "
			"https://forge.laravel.com/api, found \"forge.laravel.com\"\n");
}

static void
warns_of_a_token_in_the_clear(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "forge: {url: \"http://forge.example\", organization: a, "
			       "token: t}\n",
			"f.yaml:2:14: warning: `url`: the token goes to forge.example "
			"unencrypted; use https\n");
}

static void
shows_no_password_of_a_bad_mqtt_url(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "mqtt: {url: \"amqp://u:hunter2@h\"}\n",
			"f.yaml:2:13: error: `url`: expected "
			"mqtt://[user:password@]host[:port] or mqtts://..., found a "
			"string\n");
}

static void
refuses_topics_that_mqtt_does_not_allow(void **state)
{
	static const char *const bad[] = {"a/#", "+", "$SYS", "/a", "a/", "a//b", ""};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char yaml[200];
		struct diag_list diags = {0};
		struct conf *conf = NULL;
		snprintf(yaml, sizeof(yaml),
			 SOURCE "mqtt: {url: \"mqtt://h\", topic: \"%s\"}\n", bad[i]);
		assert_int_not_equal(conf_parse("f", yaml, strlen(yaml), &diags, &conf),
				     0);
		assert_int_equal(diags.items[0].column, 32);
		diag_done(&diags);
	}
}

static void
refuses_a_name_of_two_levels(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "mqtt: {url: \"mqtt://h\", name: a/b}\n",
			"f.yaml:2:31: error: `name`: expected one level of an MQTT "
			"topic, without + # / and a leading $, found \"a/b\"\n");
}

static void
refuses_tls_files_without_mqtts(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "mqtt: {url: \"mqtt://h\", tls: {ca: /dev/null}}\n",
			"f.yaml:2:25: error: `tls` needs a URL that begins with "
			"mqtts://\n");
}

static void
refuses_half_a_key_pair(void **state)
{
	(void)state;
	assert_mistakes(
		SOURCE "listen: {tls: {certificate: /dev/null}}\n",
		"f.yaml:2:10: error: `key` is missing; expected the path of a file\n");
	assert_mistakes(SOURCE "mqtt: {url: \"mqtts://h\", tls: {key: /dev/null}}\n",
			"f.yaml:2:26: error: `tls`: `certificate` and `key` go "
			"together\n");
}

static void
refuses_networks_that_are_none(void **state)
{
	(void)state;
	assert_mistakes("sources: {s: {kind: k, secret: x, allow: [10.0.0.0/33]}}\n",
			"f.yaml:1:43: error: `allow`: expected an address or network "
			"such as 10.0.0.0/8, found \"10.0.0.0/33\"\n");
}

static void
warns_of_host_bits_in_a_network(void **state)
{
	(void)state;
	assert_mistakes("sources: {s: {kind: k, secret: x, allow: 10.0.0.1/8}}\n",
			"f.yaml:1:42: warning: `allow`: 10.0.0.1/8 has bits set behind "
			"its /8; they are ignored\n");
}

static void
refuses_source_names_that_are_no_path_segment(void **state)
{
	(void)state;
	assert_mistakes("sources:\n  Git/Hub: {kind: k, secret: x}\n",
			"f.yaml:2:3: error: a source's name is part of its path: "
			"expected 1 to 64 of a-z, 0-9, _ and -\n");
}

static void
refuses_an_empty_secret(void **state)
{
	(void)state;
	assert_mistakes("sources: {s: {kind: k, secret: \"\"}}\n",
			"f.yaml:1:32: error: `secret`: expected text, ${NAME} or "
			"${file:PATH}, or a list of them, found an empty text\n");
}

static void
refuses_an_unset_variable(void **state)
{
	(void)state;
	unsetenv("CONF_TEST_UNSET");
	assert_mistakes("sources: {s: {kind: k, secret: \"${CONF_TEST_UNSET}\"}}\n",
			"f.yaml:1:32: error: the environment variable CONF_TEST_UNSET is "
			"not set\n");
}

static void
refuses_a_secret_file_that_is_not_there(void **state)
{
	(void)state;
	assert_mistakes("sources: {s: {kind: k, secret: \"${file:/nowhere/x}\"}}\n",
			"f.yaml:1:32: error: cannot read /nowhere/x: No such file or "
			"directory\n");
}

static void
shows_no_value_of_a_variable(void **state)
{
	(void)state;
	setenv("CONF_TEST_SECRET", "hunter2", 1);
	assert_mistakes(SOURCE "log: {level: \"${CONF_TEST_SECRET}\"}\n"
			       "listen: {address: \"${CONF_TEST_SECRET}\"}\n",
			"f.yaml:2:14: error: `level`: expected `debug`, `info`, "
			"`warning` or `error`, found the value of "
			"\"${CONF_TEST_SECRET}\"\n"
			"f.yaml:3:19: error: `address`: expected an address: "
			"127.0.0.1:8080, [::1]:8080 or unix:/run/x.sock, found the value "
			"of \"${CONF_TEST_SECRET}\"\n");
}

static void
refuses_references_inside_a_text(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "mqtt: {url: \"mqtt://u:${PW}@h\"}\n",
			"f.yaml:2:13: error: `url`: ${...} stands only for a whole "
			"value; put all of it into the variable or file\n");
}

static void
refuses_references_inside_rules(void **state)
{
	(void)state;
	assert_mistakes(
		SOURCE FORGE
		"rules:\n- name: a\n  do: [{operation: o, body: {k: [\"${PW}\"]}}]\n",
		"f.yaml:5:34: error: ${...} is not allowed inside rules: secrets belong "
		"to sources, forge and mqtt\n");
}

static void
names_what_later_versions_bring(void **state)
{
	static const char *const later[] = {"approval", "windows", "for_each", "retry",
					    "always",	"dedupe",  "reply"};
	(void)state;
	for (size_t i = 0; i < sizeof(later) / sizeof(*later); i++) {
		char yaml[300];
		char expected[200];
		snprintf(yaml, sizeof(yaml),
			 SOURCE FORGE "rules:\n- name: a\n  do: [{operation: o}]\n"
				      "  %s: {a: b}\n",
			 later[i]);
		snprintf(expected, sizeof(expected),
			 "f.yaml:6:3: error: `%s` is not supported by this version\n",
			 later[i]);
		assert_mistakes(yaml, expected);
	}
	assert_mistakes(SOURCE FORGE "rules:\n- name: a\n  do:\n  - operation: o\n"
				     "    when: {a: b}\n",
			"f.yaml:7:5: error: `when` is not supported by this version\n");
}

static void
refuses_two_rules_of_one_name(void **state)
{
	(void)state;
	assert_mistakes(SOURCE FORGE "rules:\n- {name: a, do: [{operation: o}]}\n"
				     "- {name: b, do: [{operation: o}]}\n"
				     "- {name: a, do: [{operation: o}]}\n",
			"f.yaml:6:3: error: two rules have the name \"a\"; the other is "
			"at f.yaml:4\n");
}

static void
refuses_two_steps_of_one_id(void **state)
{
	(void)state;
	assert_mistakes(SOURCE FORGE "rules:\n- name: a\n  do:\n  - {id: \"2\", "
				     "operation: o}\n  - {operation: o}\n",
			"f.yaml:7:5: error: two steps of this rule have the id \"2\"; "
			"the other is in line 6\n");
}

static void
refuses_a_step_id_that_is_no_word(void **state)
{
	(void)state;
	assert_mistakes(SOURCE FORGE
			"rules: [{name: a, do: [{operation: o, id: a.b}]}]\n",
			"f.yaml:3:43: error: `id`: expected a word of letters, digits, _ "
			"and -, found \"a.b\"\n");
}

static void
refuses_steps_without_forge(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "rules:\n- {name: a, do: [{operation: o}]}\n",
			"f.yaml:3:3: error: this rule has steps, so `forge` is needed: "
			"organization and token\n");
}

static void
warns_of_a_rule_without_steps(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "rules: [{name: a}]\n",
			"f.yaml:2:9: warning: rule \"a\" has no steps: its jobs do "
			"nothing\n");
}

static void
refuses_accounts_beside_a_plain_token(void **state)
{
	(void)state;
	assert_mistakes(
		SOURCE "forge: {token: t, accounts: {a: {organization: x, token: y}}}\n",
		"f.yaml:2:9: error: `token` does not go with `accounts`; put it into "
		"each of them\n");
}

static void
refuses_one_address_for_two_listeners(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "listen: {address: 127.0.0.1:80}\n"
			       "admin: {address: 127.0.0.1:80}\n",
			"f.yaml:3:18: error: `listen` and `admin` have the same "
			"address\n");
}

/* It has no tokens: who reaches it may read everything, with TLS too. */
static void
refuses_an_admin_listener_that_others_can_reach(void **state)
{
	static const char *const bad[] = {
		"0.0.0.0:8081",	   "[::]:8081",	       "192.0.2.7:8081",
		"[2001:db8::1]:1", "example.com:8081", "[::ffff:192.0.2.7]:8081",
	};
	static const char *const good[] = {
		"127.0.0.1:8081", "127.9.9.9:8081",	     "[::1]:8081",
		"localhost:1",	  "[::ffff:127.0.0.1]:8081", "unix:/run/x",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char yaml[200];
		snprintf(yaml, sizeof(yaml),
			 SOURCE "admin:\n  address: \"%s\"\n"
				"  tls: {certificate: /dev/null, key: /dev/null}\n",
			 bad[i]);
		assert_mistakes(yaml,
				"f.yaml:3:12: error: `address`: the admin listener asks "
				"nobody who they are, so it may not be reached from "
				"other machines: expected an address of this machine "
				"alone (127.0.0.1:PORT, [::1]:PORT) or unix:PATH\n");
	}
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		char yaml[200];
		snprintf(yaml, sizeof(yaml), SOURCE "admin: {address: \"%s\"}\n",
			 good[i]);
		assert_mistakes(yaml, "");
	}
}

static void
refuses_include_outside_files(void **state)
{
	(void)state;
	assert_mistakes(SOURCE "include: x.yaml\n",
			"f.yaml:2:1: error: `include` works in files only\n");
}

static void
names_twenty_mistakes_in_one_run(void **state)
{
	(void)state;
	const char *yaml = "listen:\n"
			   "  address: 1\n"
			   "  header_bytes: 1\n"
			   "  body_bytes: x\n"
			   "  body_timeout: x\n"
			   "  connections: 0\n"
			   "  nope: 0\n"
			   "journal:\n"
			   "  url: x\n"
			   "  retain: x\n"
			   "log:\n"
			   "  level: x\n"
			   "  format: x\n"
			   "mqtt:\n"
			   "  url: x\n"
			   "  mode: x\n"
			   "forge:\n"
			   "  url: x\n"
			   "  organization: a b\n"
			   "  token: [x]\n"
			   "  http: 7\n"
			   "sources:\n"
			   "  a: {kind: [x], secret: x}\n"
			   "rules:\n"
			   "- name: 1\n"
			   "  when: x\n"
			   "  do: x\n";
	static const unsigned lines[] = {2,  3,	 4,  5,	 6,  7,	 9,  10, 12, 13,
					 15, 16, 18, 19, 20, 21, 23, 25, 26, 27};
	struct diag_list diags = {0};
	struct conf *conf = NULL;
	assert_int_equal(conf_parse("f.yaml", yaml, strlen(yaml), &diags, &conf),
			 -EINVAL);
	free(printed(&diags)); /* sorts */
	assert_int_equal(diags.len, 20);
	for (size_t i = 0; i < 20; i++)
		assert_int_equal(diags.items[i].line, lines[i]);
	diag_done(&diags);
}

#define T(name) cmocka_unit_test(name)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(names_an_unknown_key_and_the_nearest),
		T(names_the_keys_when_none_is_near),
		T(names_a_missing_key_at_its_section),
		T(tells_a_wrong_type),
		T(tells_a_section_that_is_no_mapping),
		T(tells_a_number_out_of_bounds),
		T(tells_a_number_beyond_64_bits),
		T(tells_a_bad_size),
		T(tells_a_size_out_of_bounds_in_its_unit),
		T(tells_a_bad_duration),
		T(tells_a_duration_out_of_bounds),
		T(tells_days_that_are_none),
		T(tells_a_word_that_is_no_choice),
		T(guesses_a_choice),
		T(refuses_bad_addresses),
		T(refuses_a_unix_path_that_is_too_long),
		T(refuses_postgresql),
		T(refuses_other_journals),
		T(refuses_a_forge_url_that_is_none),
		T(warns_of_a_token_in_the_clear),
		T(shows_no_password_of_a_bad_mqtt_url),
		T(refuses_topics_that_mqtt_does_not_allow),
		T(refuses_a_name_of_two_levels),
		T(refuses_tls_files_without_mqtts),
		T(refuses_half_a_key_pair),
		T(refuses_networks_that_are_none),
		T(warns_of_host_bits_in_a_network),
		T(refuses_source_names_that_are_no_path_segment),
		T(refuses_an_empty_secret),
		T(refuses_an_unset_variable),
		T(refuses_a_secret_file_that_is_not_there),
		T(shows_no_value_of_a_variable),
		T(refuses_references_inside_a_text),
		T(refuses_references_inside_rules),
		T(names_what_later_versions_bring),
		T(refuses_two_rules_of_one_name),
		T(refuses_two_steps_of_one_id),
		T(refuses_a_step_id_that_is_no_word),
		T(refuses_steps_without_forge),
		T(warns_of_a_rule_without_steps),
		T(refuses_accounts_beside_a_plain_token),
		T(refuses_one_address_for_two_listeners),
		T(refuses_an_admin_listener_that_others_can_reach),
		T(refuses_include_outside_files),
		T(names_twenty_mistakes_in_one_run),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
