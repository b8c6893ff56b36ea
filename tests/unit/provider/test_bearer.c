/* The kinds that show a token: their options, and what Google Chat sends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/limits.h"
#include "provider/fields.h"
#include "sender.h"

#define JWK "{\"kty\":\"oct\",\"k\":\"dGhlIHJpZ2h0IG9uZSBvZiAzMiBieXRlcywgLi4ufn5-\"}"

static void
mistakes_in_options_are_told(void **state)
{
	(void)state;
	static const struct {
		const char *kind;
		const char *secret;
		const char *options;
		const char *expected;
	} cases[] = {
		{"jwt", JWK, "jwks=https://id.example.com/jwks",
		 "jwks: keys cannot be fetched from a URL; give the JWKS itself"},
		{"jwt", NULL, "jwks=https://id.example.com/jwks",
		 "keys cannot be fetched"},
		{"jwt", "a plain secret", "", "neither a JWKS nor a key in PEM"},
		{"jwt", "{\"keys\":[]}", "", "holds no key for signatures"},
		{"jwt", JWK, "claims=repository", "claims must be"},
		{"jwt", JWK, "claims==x", "claims must be"},
		{"jwt", JWK, "claims=a=1,", "claims must be"},
		{"jwt", JWK, "claims=a=1, exp=5", "claims cannot hold \"exp\""},
		{"github-actions", JWK, "audience=bridge", "needs \"claims\""},
		{"github-actions", JWK, "claims=repository=a/b", "needs \"audience\""},
		{"gitlab-ci", JWK, "audience=bridge", "needs \"claims\""},
		{"google-chat", JWK, "", "needs \"audience\""},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_diag diags = {0};
		auto_buf text = BUF_INIT(64 * KIB);
		assert_null(sender_source(cases[i].kind, cases[i].secret,
					  cases[i].options, &diags));
		for (size_t k = 0; k < diags.len; k++)
			buf_printf(&text, "%s\n", diags.items[k].text);
		if (!strstr(buf_str(&text), cases[i].expected))
			fail_msg("%s %s: %s", cases[i].kind, cases[i].options,
				 buf_str(&text));
	}
}

/* Verdict of a token that the first source makes at the second. */
static enum provider_verdict
shown_to(const char *kind, const char *theirs, const char *ours, int64_t offset_s)
{
	auto_diag diags = {0};
	auto_buf lines = BUF_INIT(LIMIT_SIGNED_BYTES);
	struct provider_source *signer = sender_source(kind, JWK, theirs, &diags);
	struct provider_source *src = sender_source(kind, JWK, ours, &diags);
	assert_non_null(signer);
	assert_non_null(src);
	const struct provider *p = provider_source_provider(signer);
	assert_int_equal(
		p->sign(signer, NULL, NULL, slice_of("{}"), SENDER_NOW_US, &lines), 0);
	enum provider_verdict v = sender_verify(
		src, &(struct sender){.headers = buf_str(&lines),
				      .body = "{}",
				      .now_us = SENDER_NOW_US + offset_s * 1000000});
	provider_source_free(signer);
	provider_source_free(src);
	return v;
}

static void
a_token_for_another_place_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *kind;
		const char *theirs;
		const char *ours;
		enum provider_verdict verdict;
	} cases[] = {
		{"jwt", "audience=a", "audience=a", VERDICT_GENUINE},
		{"jwt", "audience=a", "audience=b", VERDICT_MISMATCH},
		{"jwt", "audience=a", "", VERDICT_MISMATCH},
		{"jwt", "issuer=a", "issuer=b", VERDICT_MISMATCH},
		{"jwt", "issuer=a", "", VERDICT_GENUINE},
		{"jwt", "claims=a=1, b=2", "claims=b=2", VERDICT_GENUINE},
		{"jwt", "claims=a=1", "claims=a=1, b=2", VERDICT_MISMATCH},
		{"github-actions", "audience=a;claims=repository=acme/shop",
		 "audience=a;claims=repository=acme/shop", VERDICT_GENUINE},
		{"github-actions", "audience=a;claims=repository=evil/shop",
		 "audience=a;claims=repository=acme/shop", VERDICT_MISMATCH},
		{"github-actions",
		 "issuer=https://evil.example;audience=a;claims=repository=acme/shop",
		 "audience=a;claims=repository=acme/shop", VERDICT_MISMATCH},
		{"google-chat", "audience=1", "audience=2", VERDICT_MISMATCH},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(
			shown_to(cases[i].kind, cases[i].theirs, cases[i].ours, 0),
			cases[i].verdict);
}

/* Any Google account gets tokens for any URL. */
static void
google_chat_is_the_account_of_chat_only(void **state)
{
	(void)state;
	static const struct {
		const char *claims;
		enum provider_verdict verdict;
	} cases[] = {
		{"email=chat@system.gserviceaccount.com,email_verified=true",
		 VERDICT_GENUINE},
		{"email=joe@example.com,email_verified=true", VERDICT_MISMATCH},
		{"email=chat@system.gserviceaccount.com,email_verified=false",
		 VERDICT_MISMATCH},
		{"sub=1", VERDICT_MISMATCH},
	};
	auto_diag diags = {0};
	struct provider_source *chat =
		sender_source("google-chat", JWK, "audience=https://b/hooks/c", &diags);
	assert_non_null(chat);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_buf lines = BUF_INIT(LIMIT_SIGNED_BYTES);
		auto_str options =
			str_format("issuer=https://accounts.google.com;audience="
				   "https://b/hooks/c;claims=%s",
				   cases[i].claims);
		struct provider_source *google =
			sender_source("jwt", JWK, options, &diags);
		assert_non_null(google);
		assert_int_equal(provider_source_provider(google)->sign(
					 google, NULL, NULL, slice_of("{}"),
					 SENDER_NOW_US, &lines),
				 0);
		struct sender s = {.headers = buf_str(&lines), .body = "{}"};
		assert_int_equal(sender_verify(chat, &s), cases[i].verdict);
		provider_source_free(google);
	}
	provider_source_free(chat);
}

static void
a_token_ends_with_its_leeway(void **state)
{
	(void)state;
	const int64_t life = JWT_LIFE_S + JWT_LEEWAY_S;
	assert_int_equal(shown_to("jwt", "", "", life - 1), VERDICT_GENUINE);
	assert_int_equal(shown_to("jwt", "", "", life), VERDICT_STALE);
	assert_int_equal(shown_to("jwt", "", "", -JWT_LEEWAY_S), VERDICT_GENUINE);
	assert_int_equal(shown_to("jwt", "", "", -JWT_LEEWAY_S - 1), VERDICT_STALE);
}

static void
google_chat_reads_events_and_those_of_add_ons(void **state)
{
	(void)state;
	static const struct {
		const char *body;
		const char *type;
		const char *chat;
		const char *answer;
	} cases[] = {
		{"{\"type\":\"MESSAGE\",\"message\":{\"name\":\"spaces/A/messages/B\","
		 "\"text\":\"@Bridge hello you\",\"argumentText\":\" hello you\"},"
		 "\"user\":{\"name\":\"users/1\"},\"space\":{\"name\":\"spaces/A\"}}",
		 "MESSAGE",
		 "{\"text\":\"hello you\",\"args\":[\"hello\",\"you\"],\"user\":\"users/"
		 "1\",\"channel\":\"spaces/A\"}",
		 "{\"text\":\"Accepted.\"}"},
		{"{\"type\":\"MESSAGE\",\"message\":{\"text\":\"/deploy shop\","
		 "\"argumentText\":\" shop\",\"slashCommand\":{\"commandId\":\"1\"}}}",
		 "MESSAGE",
		 "{\"command\":\"/deploy\",\"text\":\"shop\",\"args\":[\"shop\"]}",
		 "{\"text\":\"Accepted.\"}"},
		{"{\"type\":\"REMOVED_FROM_SPACE\",\"space\":{\"name\":\"spaces/A\"}}",
		 "REMOVED_FROM_SPACE", "{\"channel\":\"spaces/A\"}", "{}"},
		{"{\"chat\":{\"user\":{\"name\":\"users/1\"},\"messagePayload\":{"
		 "\"space\":{\"name\":\"spaces/A\"},\"message\":{\"text\":\"hi\"}}}}",
		 "MESSAGE",
		 "{\"text\":\"hi\",\"args\":[\"hi\"],\"user\":\"users/1\",\"channel\":"
		 "\"spaces/A\"}",
		 "{}"},
	};
	auto_diag diags = {0};
	struct provider_source *src =
		sender_source("google-chat", JWK, "audience=1", &diags);
	assert_non_null(src);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct delivery *d = NULL;
		struct provider_answer answer;
		struct provider_fields fields;
		struct sender s = {.headers = "Content-Type: application/json\n",
				   .body = cases[i].body};
		assert_int_equal(sender_read(src, &s, &d, &answer), PROVIDER_KEEP);
		assert_int_equal(str_set(&d->kind, "google-chat"), 0);
		assert_string_equal(d->type, cases[i].type);
		assert_string_equal(buf_str(&answer.body), cases[i].answer);
		provider_fields_init(&fields);
		assert_int_equal(provider_fields_read(d, &fields), 0);
		assert_string_equal(buf_str(&fields.chat), cases[i].chat);
		provider_fields_done(&fields);
		provider_answer_done(&answer);
		delivery_free(d);
	}
	provider_source_free(src);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_in_options_are_told),
		cmocka_unit_test(a_token_for_another_place_is_refused),
		cmocka_unit_test(google_chat_is_the_account_of_chat_only),
		cmocka_unit_test(a_token_ends_with_its_leeway),
		cmocka_unit_test(google_chat_reads_events_and_those_of_add_ons),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
