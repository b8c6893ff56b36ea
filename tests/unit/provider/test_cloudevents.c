/* CloudEvents: both modes give one event, and the handshake grants what is configured. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/limits.h"
#include "sender.h"

#define REQUIRED "ce-specversion: 1.0\nCE-ID: 7\nce-source: /acme\nce-type: pushed\n"
#define JSON	 "Content-Type: application/json\n"
#define EVENT \
	"{\"specversion\":\"1.0\",\"id\":\"7\",\"source\":\"/acme\",\"type\":\"pushed\""
#define TYPED ",\"datacontenttype\":\"application/json\""

static struct provider_source *
source(const char *options)
{
	auto_diag diags = {0};
	struct provider_source *src = sender_source("cloudevents", "s", options, &diags);
	assert_non_null(src);
	return src;
}

/* A delivery as the bridge hands it over, with its header lines. */
static enum provider_action
read_event(const struct provider_source *src, const char *headers, struct slice body,
	   struct delivery *d, struct provider_answer *answer)
{
	struct sender sender = {
		.headers = headers, .body = body.data, .body_len = body.len};
	struct provider_request rq = sender_request(&sender);
	provider_answer_init(answer);
	assert_int_equal(buf_puts(&d->headers, headers), 0);
	assert_int_equal(buf_append(&d->body, body.data, body.len), 0);
	return provider_source_provider(src)->read(src, &rq, d, answer);
}

static void
binary_events_become_structured_ones(void **state)
{
	(void)state;
	static const struct {
		const char *headers;
		struct slice body;
		const char *event;
	} all[] = {
		{REQUIRED JSON,
		 {"{\"tag\": 1}", 10},
		 EVENT TYPED ",\"data\":{\"tag\": 1}}"},
		{REQUIRED JSON, {"", 0}, EVENT TYPED "}"},
		{REQUIRED "ce-subject: a%20b%C3%A9\nCe-ComExample: x\" y\n" JSON,
		 {"[]", 2},
		 EVENT ",\"subject\":\"a b\xc3\xa9\",\"comexample\":\"x\\\" y\"" TYPED
		       ",\"data\":[]}"},
		{REQUIRED "Content-Type: text/plain\n",
		 {"hi", 2},
		 EVENT ",\"datacontenttype\":\"text/plain\",\"data\":\"hi\"}"},
		{REQUIRED "Content-Type: image/png\n",
		 {"\x89PNG", 4},
		 EVENT
		 ",\"datacontenttype\":\"image/png\",\"data_base64\":\"iVBORw==\"}"},
		/* no attributes of an event */
		{REQUIRED
		 "ce-data: 1\nce-a_b: 2\nce-: 3\ncex: 4\nce-datacontenttype: 5\n" JSON,
		 {"{}", 2},
		 EVENT TYPED ",\"data\":{}}"},
	};
	struct provider_source *src = source(NULL);
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		struct delivery *d = delivery_new();
		struct provider_answer answer;
		assert_non_null(d);
		enum provider_action action =
			read_event(src, all[i].headers, all[i].body, d, &answer);
		if (action != PROVIDER_KEEP)
			fail_msg("%zu: %s", i, answer.error);
		assert_string_equal(buf_str(&d->payload), all[i].event);
		assert_string_equal(d->type, "pushed");
		assert_string_equal(d->sender_id, "7");
		provider_answer_done(&answer);
		delivery_free(d);
	}
	provider_source_free(src);
}

static void
refuses_what_is_no_event(void **state)
{
	(void)state;
	static const char structured[] = "Content-Type: application/cloudevents+json\n";
	static const struct {
		const char *headers;
		const char *body;
		int status;
	} all[] = {
		{JSON, "{}", 400},
		{"ce-specversion: 1.0\nce-id: 7\nce-type: t\n" JSON, "{}", 400},
		{REQUIRED "ce-id: 8\n" JSON, "{}", 400},
		{REQUIRED "ce-x: 1\nce-x: 2\n" JSON, "{}", 400},
		{REQUIRED "ce-x: %zz\n" JSON, "{}", 400},
		{REQUIRED "ce-x: %ff\n" JSON, "{}", 400},
		{REQUIRED JSON, "{", 400},
		{"ce-specversion: 0.3\nce-id: 7\nce-source: s\nce-type: t\n" JSON, "{}",
		 400},
		{"ce-specversion: 1.0\nce-id: %20%C3%A9\nce-source: s\nce-type: t\n" JSON,
		 "{}", 400},
		{structured, "{}", 400},
		{structured, "[]", 400},
		{structured, EVENT, 400},
		{structured,
		 "{\"specversion\":\"1.0\",\"id\":7,\"source\":\"s\",\"type\":"
		 "\"t\"}",
		 400},
		{structured,
		 "{\"specversion\":\"1.0\",\"id\":\"7\",\"source\":\"\","
		 "\"type\":\"t\"}",
		 400},
		{"Content-Type: application/cloudevents-batch+json\n", "[" EVENT "}]",
		 415},
		{"Content-Type: application/cloudevents+avro\n", EVENT "}", 415},
		{"Content-Type: application/cloudevents\n", EVENT "}", 415},
	};
	struct provider_source *src = source(NULL);
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		struct delivery *d = delivery_new();
		struct provider_answer answer;
		assert_non_null(d);
		assert_int_equal(read_event(src, all[i].headers, slice_of(all[i].body), d,
					    &answer),
				 PROVIDER_MALFORMED);
		if (answer.status != all[i].status)
			fail_msg("%zu: %d, %s", i, answer.status, answer.error);
		provider_answer_done(&answer);
		delivery_free(d);
	}
	provider_source_free(src);
}

static char *
key_of(const struct provider_source *src, const char *headers, const char *body)
{
	struct delivery *d = delivery_new();
	struct provider_answer answer;
	assert_non_null(d);
	assert_int_equal(read_event(src, headers, slice_of(body), d, &answer),
			 PROVIDER_KEEP);
	char *key = str_dup(d->dedupe_key);
	provider_answer_done(&answer);
	delivery_free(d);
	return key;
}

static void
an_id_counts_with_its_source_in_either_mode(void **state)
{
	(void)state;
	struct provider_source *src = source(NULL);
	auto_str binary = key_of(src, REQUIRED JSON, "{}");
	auto_str structured = key_of(src, "Content-Type: application/cloudevents+json\n",
				     EVENT ",\"data\":1}");
	auto_str other = key_of(
		src, "ce-specversion: 1.0\nce-id: 7\nce-source: /b\nce-type: pushed\n",
		"{}");
	assert_string_equal(binary, structured);
	assert_string_not_equal(binary, other);
	assert_true(str_starts(binary, "id:"));
	provider_source_free(src);
}

static void
grants_what_is_configured(void **state)
{
	(void)state;
	static const struct {
		const char *options;
		const char *headers;
		enum provider_action action;
		const char *granted;
	} all[] = {
		{NULL, "WebHook-Request-Origin: e.example.com\n", PROVIDER_ANSWER,
		 "WebHook-Allowed-Origin: e.example.com\nWebHook-Allowed-Rate: *\nAllow: "
		 "POST\n"},
		{"origin=e.example.com;rate=120",
		 "WebHook-Request-Origin: E.example.com\nWebHook-Request-Rate: 500\n",
		 PROVIDER_ANSWER,
		 "WebHook-Allowed-Origin: E.example.com\nWebHook-Allowed-Rate: "
		 "120\nAllow: POST\n"},
		{"origin=e.example.com", "WebHook-Request-Origin: f.example.com\n",
		 PROVIDER_ANSWER, "Allow: POST\n"},
		{NULL, "", PROVIDER_MALFORMED, ""},
		{NULL, "WebHook-Request-Origin: a\nWebHook-Request-Origin: b\n",
		 PROVIDER_MALFORMED, ""},
		{NULL, "WebHook-Request-Origin: \xc3\xa9\n", PROVIDER_MALFORMED, ""},
	};
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		struct provider_source *src = source(all[i].options);
		struct provider_answer answer;
		provider_answer_init(&answer);
		struct provider_request rq = sender_request(
			&(struct sender){.headers = all[i].headers, .body = ""});
		assert_int_equal(
			provider_source_provider(src)->handshake(src, &rq, &answer),
			all[i].action);
		assert_string_equal(buf_str(&answer.headers), all[i].granted);
		assert_int_equal(answer.status,
				 all[i].action == PROVIDER_ANSWER ? 200 : 400);
		provider_answer_done(&answer);
		provider_source_free(src);
	}
}

static void
refuses_a_rate_that_is_none(void **state)
{
	(void)state;
	static const char *const rates[] = {"rate=0", "rate=fast", "rate=-1"};
	for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
		auto_diag diags = {0};
		assert_null(sender_source("cloudevents", "s", rates[i], &diags));
		assert_int_equal(diags.errors, 1);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(binary_events_become_structured_ones),
		cmocka_unit_test(refuses_what_is_no_event),
		cmocka_unit_test(an_id_counts_with_its_source_in_either_mode),
		cmocka_unit_test(grants_what_is_configured),
		cmocka_unit_test(refuses_a_rate_that_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
