/*
 * What senders that watch or run something tell: types, ids, subjects and the fields of
 * alerts, from bodies in their form (tests/data/<kind>).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "provider/fields.h"
#include "sender.h"

#define SECRET "dGhlIHJpZ2h0IG9uZSBvZiAzMiBieXRlcywgLi4u"
#define COMMIT "3c5a1e1d2f0b4c6d8e9fa0b1c2d3e4f506172839"

struct told {
	const char *kind;
	const char *file;
	const char *headers; /* besides Content-Type */
	const char *type;
	const char *id; /* NULL: none */
	const char *subject;
	const char *git; /* NULL: none */
	const char *alert;
};

static const struct told cases[] = {
	{"sentry", "event_alert", "Sentry-Hook-Resource: event_alert\nRequest-ID: r-1\n",
	 "event_alert", "r-1", NULL, NULL,
	 "{\"name\":\"Checkout fails\",\"severity\":\"error\",\"state\":\"firing\"}"},
	{"sentry", "metric_alert", "Sentry-Hook-Resource: metric_alert\n", "metric_alert",
	 NULL, NULL, NULL,
	 "{\"name\":\"Slow pages\",\"severity\":\"critical\",\"state\":\"firing\"}"},
	{"sentry", "issue", "Sentry-Hook-Resource: issue\n", "issue", NULL, NULL, NULL,
	 "{\"name\":\"PDOException: gone away\",\"severity\":\"fatal\",\"state\":"
	 "\"resolved\"}"},
	{"sentry", "comment", "Sentry-Hook-Resource: comment\n", "comment", NULL, NULL,
	 NULL, NULL},
	{"pagerduty", "triggered", "", "incident.triggered", "01BWDWL3NYY7LUFPZCC28QUCMK",
	 NULL, NULL,
	 "{\"name\":\"Queue is long\",\"severity\":\"P1\",\"state\":\"firing\"}"},
	{"pagerduty", "escalated", "", "incident.escalated", "01BWDWL3NYY7LUFPZCC28QUCMM",
	 NULL, NULL,
	 "{\"name\":\"Queue is long\",\"severity\":\"low\",\"state\":\"acknowledged\"}"},
	{"pagerduty", "ping", "", "pagey.ping", "01BWDWL3NYY7LUFPZCC28QUCMP", NULL, NULL,
	 NULL},
	{"vercel", "deployment.succeeded", "", "deployment.succeeded", "uev_1", NULL,
	 "{\"repository\":\"acme/shop\",\"branch\":\"main\",\"commit\":\"" COMMIT
	 "\",\"author\":\"Ada Lind\",\"message\":\"Show the price\",\"url\":"
	 "\"https://vercel.com/acme/shop/1\"}",
	 NULL},
	{"vercel", "gitlab", "", "deployment.error", "uev_2", NULL,
	 "{\"repository\":\"acme/web/shop\",\"branch\":\"next\",\"commit\":\"" COMMIT
	 "\",\"author\":\"Bo Berg\",\"message\":\"Vouchers\"}",
	 NULL},
	{"stripe", "event", "", "invoice.paid", "evt_1", NULL, NULL, NULL},
	{"svix", "event", "svix-id: msg_1\n", "invoice.paid", "msg_1", NULL, NULL, NULL},
	{"standard-webhooks", "order", "webhook-id: msg_2\n", "", "msg_2", NULL, NULL,
	 NULL},
	{"shopify", "order",
	 "X-Shopify-Topic: orders/create\nX-Shopify-Webhook-Id: w-1\n"
	 "X-Shopify-Shop-Domain: acme.myshopify.com\n",
	 "orders/create", "w-1", "acme.myshopify.com", NULL, NULL},
	{"alertmanager", "firing", "", "firing", NULL, "QueueLong", NULL,
	 "{\"name\":\"QueueLong\",\"severity\":\"critical\",\"state\":\"firing\"}"},
	{"alertmanager", "resolved", "", "resolved", NULL, "DiskFull", NULL,
	 "{\"name\":\"DiskFull\",\"severity\":\"warning\",\"state\":\"resolved\"}"},
	{"grafana", "firing", "", "firing", NULL, "[FIRING:1] Slow pages", NULL,
	 "{\"name\":\"[FIRING:1] Slow pages\",\"severity\":\"page\",\"state\":"
	 "\"firing\"}"},
	{"docker-hub", "push", "", "push", NULL, "acme/shop:v1.2.0", NULL, NULL},
	{"registry", "push", "", "push", "320678d8-ca14-430f-8bb6-4ca139cd83f7",
	 "acme/shop:v1.2.0", NULL, NULL},
	{"registry", "several", "", "several", NULL, "acme/shop", NULL, NULL},
	{"registry", "layers", "", "push", NULL, NULL, NULL, NULL},
	{"linear", "issue", "Linear-Event: Issue\nLinear-Delivery: d-1\n", "Issue", "d-1",
	 NULL, NULL, NULL},
	{"cloudevents", "deployed", "", "com.example.image.pushed", "A234-1234",
	 "acme/shop:v1.2.0", NULL, NULL},
	{"forge", "success", "", "deployment.success", NULL, "web-1/shop.example.com",
	 "{\"commit\":\"" COMMIT "\",\"author\":\"Ada Lind\",\"message\":"
	 "\"Show the price\",\"url\":\"https://github.com/acme/shop/commit/3c5a1e1d\"}",
	 NULL},
	{"forge", "failed", "", "deployment.failed", NULL, "web-1/shop.example.com",
	 "{\"commit\":\"" COMMIT "\",\"author\":\"Ada Lind\"}", NULL},
};

static bool
is_form(const struct told *t)
{
	return str_eq(t->kind, "forge") && str_eq(t->file, "failed");
}

static const char *
content_type(const struct told *t)
{
	if (is_form(t))
		return "application/x-www-form-urlencoded";
	if (str_eq(t->kind, "cloudevents"))
		return "application/cloudevents+json; charset=utf-8";
	if (str_eq(t->kind, "registry"))
		return "application/vnd.docker.distribution.events.v1+json";
	return "application/json";
}

static void
read_file(const struct told *t, struct buf *body)
{
	const char *folder = t->kind;
	if (str_eq(t->kind, "svix"))
		folder = "stripe";
	if (str_eq(t->kind, "standard-webhooks"))
		folder = "shopify";
	const char *ending = is_form(t) ? "form" : "json";
	auto_str path = str_format("tests/data/%s/%s.%s", folder, t->file, ending);
	assert_int_equal(file_read(path, body), 0);
}

static void
require_text(const struct told *t, const char *what, const char *is, const char *due)
{
	if (!str_eq(is, due))
		fail_msg("%s %s: %s is %s, not %s", t->kind, t->file, what,
			 is ? is : "nothing", due ? due : "nothing");
}

static void
check_fields(const struct told *t, const struct delivery *d)
{
	struct provider_fields fields;
	provider_fields_init(&fields);
	assert_int_equal(provider_fields_read(d, &fields), 0);
	require_text(t, "git", fields.git.len ? buf_str(&fields.git) : NULL, t->git);
	require_text(t, "alert", fields.alert.len ? buf_str(&fields.alert) : NULL,
		     t->alert);
	assert_int_equal(fields.chat.len, 0);
	provider_fields_done(&fields);
}

static void
tells_type_id_subject_and_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct told *t = &cases[i];
		auto_diag diags = {0};
		auto_buf body = BUF_INIT(MIB);
		auto_str headers =
			str_format("Content-Type: %s\n%s", content_type(t), t->headers);
		struct provider_source *src =
			sender_source(t->kind, SECRET, NULL, &diags);
		struct delivery *d = NULL;
		struct provider_answer answer;
		assert_non_null(src);
		read_file(t, &body);
		struct sender sender = {.headers = headers, .body = buf_str(&body)};
		if (sender_read(src, &sender, &d, &answer) != PROVIDER_KEEP)
			fail_msg("%s %s: %s", t->kind, t->file,
				 answer.error ? answer.error : "not kept");
		assert_int_equal(str_set(&d->kind, t->kind), 0);
		require_text(t, "type", d->type, t->type);
		require_text(t, "id", d->sender_id, t->id);
		require_text(t, "subject", d->subject, t->subject);
		check_fields(t, d);
		provider_answer_done(&answer);
		delivery_free(d);
		provider_source_free(src);
	}
}

/* --- secrets that are shown ------------------------------------------------------------
 */

static void
finds_the_secret_where_the_kind_shows_it(void **state)
{
	(void)state;
	static const struct {
		const char *kind;
		const char *secret;
		const char *options;
		const char *headers;
		const char *query;
		enum provider_verdict due;
	} all[] = {
		{"docker-hub", "s", NULL, "", "token=s", VERDICT_GENUINE},
		{"docker-hub", "s p", NULL, "", "x=1&token=s%20p", VERDICT_GENUINE},
		{"docker-hub", "s", NULL, "", "token=x", VERDICT_MISMATCH},
		{"docker-hub", "s", NULL, "", "token=", VERDICT_NO_SIGNATURE},
		{"docker-hub", "s", NULL, "", "token=s&token=s", VERDICT_AMBIGUOUS},
		{"docker-hub", "s", NULL, "Authorization: Bearer s\n", "",
		 VERDICT_NO_SIGNATURE},
		{"forge", "s", NULL, "", "token=s", VERDICT_GENUINE},
		{"forge", "s", "query=key", "", "key=s", VERDICT_GENUINE},
		{"forge", "s", "query=key", "", "token=s", VERDICT_NO_SIGNATURE},
		{"forge", "s", "header=X-Key", "X-Key: s\n", "token=x", VERDICT_GENUINE},
		{"forge", "s", "header=X-Key", "X-Key: x\n", "token=s", VERDICT_MISMATCH},
		{"forge", "s", "header=X-Key", "", "token=s", VERDICT_GENUINE},
		{"cloudevents", "s", NULL, "", "access_token=s", VERDICT_GENUINE},
		{"cloudevents", "s", NULL, "Authorization: bearer  s\n", "",
		 VERDICT_GENUINE},
		{"cloudevents", "s", NULL, "Authorization: s\n", "", VERDICT_MALFORMED},
		{"cloudevents", "s", NULL, "Authorization: Bearer\n", "",
		 VERDICT_MALFORMED},
		{"registry", "s", NULL, "Authorization: s\n", "", VERDICT_GENUINE},
		{"registry", "s", NULL, "Authorization: Bearer s\n", "", VERDICT_GENUINE},
		{"registry", "u:s", NULL, "Authorization: Basic dTpz\n", "",
		 VERDICT_GENUINE},
		{"alertmanager", "s", NULL, "Authorization: Basic dTpz\n", "",
		 VERDICT_GENUINE},
		{"alertmanager", "u:s", NULL, "Authorization: Basic dTpz\n", "",
		 VERDICT_GENUINE},
		{"alertmanager", "v:s", NULL, "Authorization: Basic dTpz\n", "",
		 VERDICT_MISMATCH},
		{"alertmanager", "s", NULL, "Authorization: s\n", "", VERDICT_MALFORMED},
		{"basic", "u:s", NULL, "Authorization: BASIC dTpz\n", "",
		 VERDICT_GENUINE},
		{"basic", "v:s", NULL, "Authorization: Basic dTpz\n", "",
		 VERDICT_MISMATCH},
		{"basic", "v:u:s", NULL, "Authorization: Basic dTpz\n", "",
		 VERDICT_MISMATCH},
		{"basic", "u:s", NULL, "Authorization: Basic dXM=\n", "",
		 VERDICT_MALFORMED},
		{"basic", "u:s", NULL, "Authorization: Basic *\n", "", VERDICT_MALFORMED},
		{"basic", "u:s", NULL, "Authorization: Bearer u:s\n", "",
		 VERDICT_MALFORMED},
	};
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		auto_diag diags = {0};
		struct provider_source *src =
			sender_source(all[i].kind, all[i].secret, all[i].options, &diags);
		assert_non_null(src);
		struct sender sender = {
			.headers = all[i].headers, .query = all[i].query, .body = "{}"};
		enum provider_verdict is = sender_verify(src, &sender);
		if (is != all[i].due)
			fail_msg("row %zu, %s: %s", i, all[i].kind,
				 provider_verdict_name(is));
		provider_source_free(src);
	}
}

static void
shows_the_secret_in_the_query_of_kinds_without_a_header(void **state)
{
	(void)state;
	static const char *const kinds[] = {"docker-hub", "forge"};
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		auto_diag diags = {0};
		auto_buf query = BUF_INIT(LIMIT_SIGNED_BYTES);
		struct provider_source *src =
			sender_source(kinds[i], "a&b", NULL, &diags);
		assert_non_null(src);
		assert_int_equal(provider_source_provider(src)->sign_query(src, &query),
				 0);
		assert_string_equal(buf_str(&query), "token=a%26b");
		assert_int_equal(sender_sign_and_verify(src, "{}"), VERDICT_GENUINE);
		provider_source_free(src);
	}
}

static void
a_basic_secret_has_a_user(void **state)
{
	(void)state;
	auto_diag diags = {0};
	assert_null(sender_source("basic", "password", NULL, &diags));
	assert_int_equal(diags.errors, 1);
}

/* --- times -----------------------------------------------------------------------------
 */

static void
linear_looks_at_the_time_in_the_body(void **state)
{
	(void)state;
	static const struct {
		const char *options;
		const char *body;
		int64_t offset_ms;
		enum provider_verdict due;
	} all[] = {
		{NULL, "{\"webhookTimestamp\":1700000000000}", 60000, VERDICT_GENUINE},
		{NULL, "{\"webhookTimestamp\":1700000000000}", -60000, VERDICT_GENUINE},
		{NULL, "{\"webhookTimestamp\":1700000000000}", 60001, VERDICT_STALE},
		{NULL, "{\"webhookTimestamp\":1700000000000}", -60001, VERDICT_STALE},
		{"window=3600", "{\"webhookTimestamp\":1700000000000}", 3600000,
		 VERDICT_GENUINE},
		{"window=3600", "{\"webhookTimestamp\":1700000000000}", 3600001,
		 VERDICT_STALE},
		{NULL, "{\"webhookTimestamp\":\"1700000000000\"}", 0, VERDICT_MALFORMED},
		{NULL, "{\"webhookTimestamp\":1.7e12}", 0, VERDICT_MALFORMED},
		{NULL, "{\"webhookTimestamp\":null}", 0, VERDICT_MALFORMED},
		{NULL, "{\"webhookTimestamp\":1,\"webhookTimestamp\":1700000000000}", 0,
		 VERDICT_GENUINE},
		{NULL, "{}", 86400000, VERDICT_GENUINE},
	};
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		auto_diag diags = {0};
		auto_buf lines = BUF_INIT(LIMIT_SIGNED_BYTES);
		struct provider_source *src =
			sender_source("linear", "s", all[i].options, &diags);
		assert_non_null(src);
		assert_int_equal(provider_source_provider(src)->sign(
					 src, NULL, NULL, slice_of(all[i].body),
					 SENDER_NOW_US, &lines),
				 0);
		struct sender sender = {.headers = buf_str(&lines),
					.body = all[i].body,
					.now_us =
						SENDER_NOW_US + all[i].offset_ms * 1000};
		assert_int_equal(sender_verify(src, &sender), all[i].due);
		provider_source_free(src);
	}
}

static void
linear_refuses_a_window_that_is_none(void **state)
{
	(void)state;
	static const char *const windows[] = {"window=0", "window=86401", "window=1m"};
	for (size_t i = 0; i < ARRAY_LEN(windows); i++) {
		auto_diag diags = {0};
		assert_null(sender_source("linear", "s", windows[i], &diags));
		assert_int_equal(diags.errors, 1);
	}
}

/* Without its time a request is not one over the body alone. */
static void
grafana_takes_a_time_that_is_there(void **state)
{
	(void)state;
	static const char time_line[] = "X-Grafana-Alerting-Timestamp: 1700000000\n";
	auto_diag diags = {0};
	auto_buf lines = BUF_INIT(LIMIT_SIGNED_BYTES);
	struct provider_source *src = sender_source("grafana", "s", NULL, &diags);
	struct provider_source *timed = sender_source(
		"grafana", "s", "timestamp_header=X-Grafana-Alerting-Timestamp", &diags);
	assert_true(src && timed);
	const struct provider *p = provider_source_provider(src);
	assert_int_equal(
		p->sign(timed, NULL, NULL, slice_of("{}"), SENDER_NOW_US, &lines), 0);
	assert_int_equal(strncmp(buf_str(&lines), time_line, strlen(time_line)), 0);
	const char *alone = buf_str(&lines) + strlen(time_line);
	struct sender with = {.headers = buf_str(&lines), .body = "{}"};
	struct sender without = {.headers = alone, .body = "{}"};
	assert_int_equal(sender_verify(src, &with), VERDICT_GENUINE);
	assert_int_equal(sender_verify(timed, &with), VERDICT_GENUINE);
	assert_int_equal(sender_verify(src, &without), VERDICT_MISMATCH);
	assert_int_equal(sender_verify(timed, &without), VERDICT_NO_SIGNATURE);
	with.now_us = SENDER_NOW_US + 301 * 1000000LL;
	assert_int_equal(sender_verify(src, &with), VERDICT_STALE);
	provider_source_free(src);
	provider_source_free(timed);
}

/* --- answers and repeats ---------------------------------------------------------------
 */

static char *
key_of(const char *kind, const char *headers, const char *body, int due_status)
{
	auto_diag diags = {0};
	struct delivery *d = NULL;
	struct provider_answer answer;
	struct provider_source *src = sender_source(kind, SECRET, NULL, &diags);
	assert_non_null(src);
	struct sender sender = {.headers = headers, .body = body};
	assert_int_equal(sender_read(src, &sender, &d, &answer), PROVIDER_KEEP);
	assert_int_equal(answer.status, due_status);
	char *key = str_dup(d->dedupe_key);
	provider_answer_done(&answer);
	delivery_free(d);
	provider_source_free(src);
	return key;
}

static void
no_notice_of_forge_repeats_another(void **state)
{
	(void)state;
	auto_str one = key_of("forge", "", "{\"status\":\"success\"}", 0);
	auto_str two = key_of("forge", "", "{\"status\":\"success\"}", 0);
	assert_string_not_equal(one, two);
}

static void
linear_is_answered_200(void **state)
{
	(void)state;
	auto_str key =
		key_of("linear", "Linear-Event: Issue\nLinear-Delivery: d\n", "{}", 200);
	assert_string_equal(key, "id:d");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_type_id_subject_and_fields),
		cmocka_unit_test(finds_the_secret_where_the_kind_shows_it),
		cmocka_unit_test(shows_the_secret_in_the_query_of_kinds_without_a_header),
		cmocka_unit_test(a_basic_secret_has_a_user),
		cmocka_unit_test(linear_looks_at_the_time_in_the_body),
		cmocka_unit_test(linear_refuses_a_window_that_is_none),
		cmocka_unit_test(grafana_takes_a_time_that_is_there),
		cmocka_unit_test(no_notice_of_forge_repeats_another),
		cmocka_unit_test(linear_is_answered_200),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
