/* SNS: messages signed here, as they are and altered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/codec.h"
#include "base/limits.h"
#include "sender.h"
#include "test_keys.h"
#include "verify/key.h"

#define TOPIC "arn:aws:sns:eu-west-1:1:alarms"
#define CERT  "https://sns.eu-west-1.amazonaws.com/x.pem"
#define URL   "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription"

struct message {
	const char *type;
	const char *version; /* "1", "2" or another */
	const char *cert;
	const char *url;     /* SubscribeURL; NULL: a notification */
	const char *subject; /* NULL: none */
};

static void
put_text_to_sign(const struct message *m, struct buf *out)
{
	buf_printf(out, "Message\nhe said \"ä\"\nMessageId\nid-1\n");
	if (m->url)
		buf_printf(out, "SubscribeURL\n%s\n", m->url);
	else if (m->subject)
		buf_printf(out, "Subject\n%s\n", m->subject);
	buf_printf(out, "Timestamp\n2026-01-01T00:00:00.000Z\n");
	if (m->url)
		buf_printf(out, "Token\nt\n");
	buf_printf(out, "TopicArn\n" TOPIC "\nType\n%s\n", m->type);
}

/* The body, with its signature in base64. */
static void
put_body(const struct message *m, const char *signature, struct buf *out)
{
	buf_printf(out,
		   "{\"Type\":\"%s\",\"MessageId\":\"id-1\",\"TopicArn\":\"" TOPIC
		   "\",\"Message\":\"he said \\\"\\u00e4\\\"\",\"Timestamp\":"
		   "\"2026-01-01T00:00:00.000Z\",\"SignatureVersion\":\"%s\","
		   "\"SigningCertURL\":\"%s\"",
		   m->type, m->version, m->cert);
	if (m->subject)
		buf_printf(out, ",\"Subject\":\"%s\"", m->subject);
	if (m->url)
		buf_printf(out, ",\"SubscribeURL\":\"%s\",\"Token\":\"t\"", m->url);
	if (signature)
		buf_printf(out, ",\"Signature\":\"%s\"", signature);
	buf_putc(out, '}');
}

static void
put_signed(const struct message *m, struct buf *out)
{
	auto_buf text = BUF_INIT(64 * KIB);
	auto_buf raw = BUF_INIT(KIB);
	auto_buf base64 = BUF_INIT(KIB);
	int rc = 0;
	struct key *key = key_from_pem(slice_of(RSA_PRIVATE_PEM), &rc);
	assert_non_null(key);
	put_text_to_sign(m, &text);
	enum key_scheme scheme = str_eq(m->version, "1") ? SCHEME_RSA_SHA1
							 : SCHEME_RSA_SHA256;
	assert_int_equal(key_sign(key, scheme, buf_slice(&text), &raw), 0);
	base64_encode(&base64, raw.data, raw.len);
	put_body(m, buf_str(&base64), out);
	key_free(key);
}

static enum provider_verdict
verdict_of(const char *secrets, const char *options, const char *body)
{
	auto_diag diags = {0};
	struct provider_source *src = sender_source("sns", secrets, options, &diags);
	assert_non_null(src);
	struct sender s = {.headers = "Content-Type: text/plain; charset=UTF-8\n",
			   .body = body};
	enum provider_verdict v = sender_verify(src, &s);
	provider_source_free(src);
	return v;
}

static void
messages_are_taken_by_version_place_and_fields(void **state)
{
	(void)state;
	static const struct {
		struct message m;
		enum provider_verdict verdict;
	} cases[] = {
		{{"Notification", "1", CERT, NULL, NULL}, VERDICT_GENUINE},
		{{"Notification", "2", CERT, NULL, "S"}, VERDICT_GENUINE},
		{{"Notification", "2", CERT, NULL, ""}, VERDICT_GENUINE},
		{{"SubscriptionConfirmation", "2", CERT, URL, NULL}, VERDICT_GENUINE},
		{{"UnsubscribeConfirmation", "1", CERT, URL, NULL}, VERDICT_GENUINE},
		{{"Other", "2", CERT, NULL, NULL}, VERDICT_MALFORMED},
		{{"SubscriptionConfirmation", "2", CERT, NULL, NULL}, VERDICT_MALFORMED},
		{{"Notification", "3", CERT, NULL, NULL}, VERDICT_MALFORMED},
		{{"Notification", "", CERT, NULL, NULL}, VERDICT_MALFORMED},
		{{"SubscriptionConfirmation", "2", CERT, "https://evil.example/", NULL},
		 VERDICT_MISMATCH},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_buf body = BUF_INIT(64 * KIB);
		put_signed(&cases[i].m, &body);
		if (verdict_of(RSA_PUBLIC_PEM, "", buf_str(&body)) != cases[i].verdict)
			fail_msg("%s", buf_str(&body));
	}
}

static void
certificates_come_from_sns_only(void **state)
{
	(void)state;
	static const struct {
		const char *cert;
		bool taken;
	} cases[] = {
		{CERT, true},
		{"https://sns.cn-north-1.amazonaws.com.cn/x.pem", true},
		{"http://sns.eu-west-1.amazonaws.com/x.pem", false},
		{"https://sns.eu-west-1.amazonaws.com/x.txt", false},
		{"https://sns.eu-west-1.amazonaws.com.evil.example/x.pem", false},
		{"https://sns.eu-west-1.amazonaws.com:8443/x.pem", false},
		{"https://sns.eu-west-1.amazonaws.com@evil.example/x.pem", false},
		{"https://sns.evil.example/.amazonaws.com/x.pem", false},
		{"https://sns.a.b.amazonaws.com/x.pem", false},
		{"https://sns.eu.amazonaws.com/x.pem", false},
		{"https://snsXeu-west-1.amazonaws.com/x.pem", false},
		{"https://s3.eu-west-1.amazonaws.com/x.pem", false},
		{"", false},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct message m = {"Notification", "2", cases[i].cert, NULL, NULL};
		auto_buf body = BUF_INIT(64 * KIB);
		put_signed(&m, &body);
		if (verdict_of(RSA_PUBLIC_PEM, "", buf_str(&body)) !=
		    (cases[i].taken ? VERDICT_GENUINE : VERDICT_MISMATCH))
			fail_msg("%s", cases[i].cert);
	}
}

/* Each letter of the members that are signed, and of the signature, counts. */
static void
an_altered_message_is_refused(void **state)
{
	(void)state;
	static const char *const places[] = {"Notification\"", "id-1",	  "1:alarms",
					     "he said",	       "2026-01", "S\"",
					     "Signature\":\""};
	struct message m = {"Notification", "2", CERT, NULL, "S"};
	auto_buf body = BUF_INIT(64 * KIB);
	put_signed(&m, &body);
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		char *at = strstr(body.data, places[i]);
		assert_non_null(at);
		at += str_starts(places[i], "Signature") ? strlen(places[i]) + 5 : 0;
		char was = *at;
		*at = was == 'x' ? 'y' : 'x';
		assert_int_not_equal(verdict_of(RSA_PUBLIC_PEM, "", body.data),
				     VERDICT_GENUINE);
		*at = was;
	}
	assert_int_equal(verdict_of(RSA_PUBLIC_PEM, "", body.data), VERDICT_GENUINE);
	assert_int_equal(verdict_of(OTHER_RSA_PUBLIC_PEM, "", body.data),
			 VERDICT_MISMATCH);
	assert_int_equal(
		verdict_of(OTHER_RSA_PUBLIC_PEM "," RSA_PUBLIC_PEM, "", body.data),
		VERDICT_GENUINE);
	auto_buf bare = BUF_INIT(64 * KIB);
	put_body(&m, NULL, &bare);
	assert_int_equal(verdict_of(RSA_PUBLIC_PEM, "", buf_str(&bare)),
			 VERDICT_NO_SIGNATURE);
	assert_int_equal(verdict_of(RSA_PUBLIC_PEM, "", ""), VERDICT_NO_SIGNATURE);
	assert_int_equal(verdict_of(RSA_PUBLIC_PEM, "", "[]"), VERDICT_NO_SIGNATURE);
}

static void
topics_that_are_named_are_taken_and_no_others(void **state)
{
	(void)state;
	struct message m = {"Notification", "2", CERT, NULL, NULL};
	auto_buf body = BUF_INIT(64 * KIB);
	put_signed(&m, &body);
	assert_int_equal(verdict_of(RSA_PUBLIC_PEM, "topics=" TOPIC, body.data),
			 VERDICT_GENUINE);
	assert_int_equal(verdict_of(RSA_PUBLIC_PEM, "topics=a b " TOPIC " c", body.data),
			 VERDICT_GENUINE);
	assert_int_equal(verdict_of(RSA_PUBLIC_PEM, "topics=" TOPIC "2", body.data),
			 VERDICT_MISMATCH);
	assert_int_equal(verdict_of(RSA_PUBLIC_PEM, "topics=", body.data),
			 VERDICT_MISMATCH);
}

static void
secrets_are_certificates_with_rsa_keys(void **state)
{
	(void)state;
	static const char *const secrets[] = {NULL, "", "a secret", P256_PUBLIC_PEM,
					      "-----BEGIN CERTIFICATE-----\nAAAA\n"};
	for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
		auto_diag diags = {0};
		assert_null(sender_source("sns", secrets[i], "", &diags));
		assert_true(diags.errors > 0);
	}
}

static void
confirmations_are_kept_with_their_type(void **state)
{
	(void)state;
	struct message m = {"SubscriptionConfirmation", "2", CERT, URL, NULL};
	auto_buf body = BUF_INIT(64 * KIB);
	auto_diag diags = {0};
	struct delivery *d = NULL;
	struct provider_answer answer;
	struct provider_source *src = sender_source("sns", RSA_PUBLIC_PEM, "", &diags);
	assert_non_null(src);
	put_signed(&m, &body);
	struct sender s = {.headers = "Content-Type: text/plain; charset=UTF-8\n",
			   .body = body.data};
	assert_int_equal(sender_read(src, &s, &d, &answer), PROVIDER_KEEP);
	assert_string_equal(d->type, "SubscriptionConfirmation");
	assert_string_equal(d->sender_id, "id-1");
	provider_answer_done(&answer);
	delivery_free(d);
	provider_source_free(src);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_taken_by_version_place_and_fields),
		cmocka_unit_test(certificates_come_from_sns_only),
		cmocka_unit_test(an_altered_message_is_refused),
		cmocka_unit_test(topics_that_are_named_are_taken_and_no_others),
		cmocka_unit_test(secrets_are_certificates_with_rsa_keys),
		cmocka_unit_test(confirmations_are_kept_with_their_type),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
