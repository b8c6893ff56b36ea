/* The kinds for any sender: hmac and token. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "sender.h"

struct expectation {
	const char *kind;
	const char *options;
	const char *headers;
	const char *query;
	enum provider_verdict verdict;
};

/* All with the secrets "key" and "other" and RFC-like test text. */
#define TEXT   "The quick brown fox jumps over the lazy dog"
#define SHA1   "de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9"
#define SHA256 "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"
#define SHA512                                                             \
	"b42af09057bac1e2d41708e48a902e09b5ff7f12ab428a4fe86653c73dd248fb" \
	"82f948a549f7b791a5b41915ee4d1ec3935357e4e2317250d0372afa2ebeeb3a"
#define SHA384                                             \
	"d7f4727e2c0b39ae0f1e40cc96f60242d5b7801841cea6fc" \
	"592c5d3e1ae50700582a96cf35e1e554995fe4e03381c237"
#define SHA256_UPPER  "F7BC83F430538424B13298E6AA6FB143EF4D59A14946175997479DBC2D1A3CD8"
#define SHA256_URL    "97yD9DBThCSxMpjmqm-xQ-9NWaFJRhdZl0edvC0aPNg"
#define SHA256_BASE64 "97yD9DBThCSxMpjmqm+xQ+9NWaFJRhdZl0edvC0aPNg="

static void
assert_verdicts(const struct expectation *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		auto_diag diags = {0};
		struct provider_source *src = sender_source(cases[i].kind, "other,key",
							    cases[i].options, &diags);
		assert_non_null(src);
		struct sender s = {.headers = cases[i].headers,
				   .query = cases[i].query,
				   .body = TEXT};
		assert_int_equal(sender_verify(src, &s), cases[i].verdict);
		provider_source_free(src);
	}
}

static void
hmac_follows_its_options(void **state)
{
	(void)state;
	static const struct expectation cases[] = {
		{"hmac", "", "X-Signature: " SHA256 "\n", NULL, VERDICT_GENUINE},
		{"hmac", "header=X-Sig", "x-sig: " SHA256 "\n", NULL, VERDICT_GENUINE},
		{"hmac", "algorithm=sha1", "X-Signature: " SHA1 "\n", NULL,
		 VERDICT_GENUINE},
		{"hmac", "algorithm=sha512", "X-Signature: " SHA512 "\n", NULL,
		 VERDICT_GENUINE},
		{"hmac", "encoding=base64", "X-Signature: " SHA256_BASE64 "\n", NULL,
		 VERDICT_GENUINE},
		{"hmac", "prefix=sha256=", "X-Signature: sha256=" SHA256 "\n", NULL,
		 VERDICT_GENUINE},
		{"hmac", "algorithm=sha384", "X-Signature: " SHA384 "\n", NULL,
		 VERDICT_GENUINE},
		{"hmac", "", "X-Signature: " SHA256_UPPER "\n", NULL, VERDICT_MALFORMED},
		{"hmac", "encoding=upper-hex", "X-Signature: " SHA256_UPPER "\n", NULL,
		 VERDICT_GENUINE},
		{"hmac", "encoding=upper-hex", "X-Signature: " SHA256 "\n", NULL,
		 VERDICT_MALFORMED},
		{"hmac", "encoding=base64url", "X-Signature: " SHA256_URL "\n", NULL,
		 VERDICT_GENUINE},
		{"hmac", "encoding=base64", "X-Signature: " SHA256_URL "\n", NULL,
		 VERDICT_GENUINE},
	};
	assert_verdicts(cases, ARRAY_LEN(cases));
}

static void
hmac_refuses_what_is_not_of_its_form(void **state)
{
	(void)state;
	static const struct expectation cases[] = {
		{"hmac", "", "", NULL, VERDICT_NO_SIGNATURE},
		{"hmac", "", "X-Sig: " SHA256 "\n", NULL, VERDICT_NO_SIGNATURE},
		{"hmac", "", "X-Signature: " SHA256 "\nX-Signature: " SHA256 "\n", NULL,
		 VERDICT_AMBIGUOUS},
		{"hmac", "", "X-Signature: sha256=" SHA256 "\n", NULL, VERDICT_MALFORMED},
		{"hmac", "prefix=sha256=", "X-Signature: " SHA256 "\n", NULL,
		 VERDICT_MALFORMED},
		{"hmac", "", "X-Signature: " SHA1 "\n", NULL, VERDICT_MALFORMED},
		{"hmac", "algorithm=sha1", "X-Signature: " SHA256 "\n", NULL,
		 VERDICT_MALFORMED},
		{"hmac", "encoding=base64", "X-Signature: " SHA256 "\n", NULL,
		 VERDICT_MALFORMED},
		{"hmac", "", "X-Signature: " SHA256_BASE64 "\n", NULL, VERDICT_MALFORMED},
		{"hmac", "encoding=base64", "X-Signature: " SHA256_BASE64 "=\n", NULL,
		 VERDICT_MALFORMED},
		{"hmac", "algorithm=sha1",
		 "X-Signature: 0000000000000000000000000000000000000000\n", NULL,
		 VERDICT_MISMATCH},
	};
	assert_verdicts(cases, ARRAY_LEN(cases));
}

static void
token_comes_from_a_header_or_the_query(void **state)
{
	(void)state;
	static const struct expectation cases[] = {
		{"token", "", "Authorization: Bearer key\n", NULL, VERDICT_GENUINE},
		{"token", "", "Authorization: bearer other\n", NULL, VERDICT_GENUINE},
		{"token", "", "Authorization: key\n", NULL, VERDICT_GENUINE},
		{"token", "header=X-Token", "X-Token: key\n", NULL, VERDICT_GENUINE},
		{"token", "query=token", "", "a=1&token=%6Bey&b=2", VERDICT_GENUINE},
		{"token", "query=token;header=X-Token", "X-Token: key\n", NULL,
		 VERDICT_GENUINE},
		{"token", "query=token;header=X-Token", "", "token=key", VERDICT_GENUINE},
	};
	assert_verdicts(cases, ARRAY_LEN(cases));
}

static void
token_refuses_everything_else(void **state)
{
	(void)state;
	static const struct expectation cases[] = {
		{"token", "", "", NULL, VERDICT_NO_SIGNATURE},
		{"token", "", "Authorization: \n", NULL, VERDICT_NO_SIGNATURE},
		{"token", "", "Authorization: Bearer \n", NULL, VERDICT_MISMATCH},
		{"token", "", "Authorization: Bearer ke\n", NULL, VERDICT_MISMATCH},
		{"token", "", "Authorization: Bearer keyy\n", NULL, VERDICT_MISMATCH},
		{"token", "", "Authorization: Basic key\n", NULL, VERDICT_MISMATCH},
		{"token", "", "Authorization: key\nAuthorization: key\n", NULL,
		 VERDICT_AMBIGUOUS},
		{"token", "", "", "token=key", VERDICT_NO_SIGNATURE},
		{"token", "query=token", "Authorization: key\n", NULL,
		 VERDICT_NO_SIGNATURE},
		{"token", "query=token", "", "token=", VERDICT_NO_SIGNATURE},
		{"token", "query=token", "", "token=key&token=key", VERDICT_AMBIGUOUS},
		{"token", "query=token", "", "token=%zz", VERDICT_MALFORMED},
		{"token", "query=token", "", "token=wrong", VERDICT_MISMATCH},
		{"token", "query=token;header=X-Token", "X-Token: no\n", "token=key",
		 VERDICT_MISMATCH},
	};
	assert_verdicts(cases, ARRAY_LEN(cases));
}

static void
a_token_may_have_its_scheme_in_the_secret(void **state)
{
	(void)state;
	auto_diag diags = {0};
	struct provider_source *src = sender_source("token", "Bearer key", "", &diags);
	assert_non_null(src);
	struct sender right = {.headers = "Authorization: Bearer key\n", .body = TEXT};
	struct sender bare = {.headers = "Authorization: key\n", .body = TEXT};
	assert_int_equal(sender_verify(src, &right), VERDICT_GENUINE);
	assert_int_equal(sender_verify(src, &bare), VERDICT_MISMATCH);
	provider_source_free(src);
}

static void
both_verify_what_they_sign(void **state)
{
	(void)state;
	static const char *const options[][2] = {
		{"hmac", ""},
		{"hmac", "algorithm=sha512;encoding=base64;prefix=v1=;id_header=X-Id"},
		{"hmac", "algorithm=sha384;encoding=base64url"},
		{"hmac", "encoding=upper-hex"},
		{"token", ""},
		{"token", "header=X-Token;type_header=X-Type"},
		{"token", "query=to&ken"},
	};
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		auto_diag diags = {0};
		struct provider_source *src =
			sender_source(options[i][0], "s&cret", options[i][1], &diags);
		assert_non_null(src);
		assert_int_equal(sender_sign_and_verify(src, TEXT), VERDICT_GENUINE);
		provider_source_free(src);
	}
}

static void
assert_form(const char *headers, const char *body, enum payload_form form,
	    const char *payload)
{
	auto_diag diags = {0};
	struct provider_source *src = sender_source("token", "key", "", &diags);
	struct delivery *d = NULL;
	struct provider_answer answer;
	struct sender s = {.headers = headers, .body = body};
	assert_int_equal(sender_read(src, &s, &d, &answer), PROVIDER_KEEP);
	assert_int_equal(d->form, form);
	assert_true(slice_eq_str(delivery_payload(d), payload));
	provider_answer_done(&answer);
	delivery_free(d);
	provider_source_free(src);
}

static void
the_content_type_decides_on_the_payload(void **state)
{
	(void)state;
#define TYPE "Content-Type: "
	assert_form(TYPE "application/json\n", "x", PAYLOAD_JSON, "x");
	assert_form(TYPE "Application/Vnd.A+JSON ; v=1\n", "x", PAYLOAD_JSON, "x");
	assert_form(TYPE "text/plain\n", "{}", PAYLOAD_TEXT, "{}");
	assert_form(TYPE "application/x-www-form-urlencoded\n", "a=b&payload=%7B%7D",
		    PAYLOAD_FORM, "{}");
	assert_form(TYPE "application/x-www-form-urlencoded\n", "a=b", PAYLOAD_TEXT,
		    "a=b");
	assert_form("", " \n[1]", PAYLOAD_JSON, " \n[1]");
	assert_form("", "{", PAYLOAD_JSON, "{");
	assert_form("", "hello", PAYLOAD_TEXT, "hello");
	assert_form("", "", PAYLOAD_TEXT, "");
}

static void
type_and_id_come_from_the_headers_named(void **state)
{
	(void)state;
	auto_diag diags = {0};
	struct provider_source *src = sender_source(
		"token", "key", "id_header=X-Id;type_header=X-Type;type=deploy", &diags);
	struct delivery *d = NULL;
	struct provider_answer answer;
	struct sender s = {.headers = "X-Id: 17\nX-Type: Push Hook\n", .body = "{}"};
	assert_int_equal(sender_read(src, &s, &d, &answer), PROVIDER_KEEP);
	assert_string_equal(d->type, "Push Hook");
	assert_string_equal(d->dedupe_key, "id:17");
	provider_answer_done(&answer);
	delivery_free(d);
	s.headers = "";
	assert_int_equal(sender_read(src, &s, &d, &answer), PROVIDER_KEEP);
	assert_string_equal(d->type, "deploy");
	assert_true(delivery_key_is_body(d));
	provider_answer_done(&answer);
	delivery_free(d);
	provider_source_free(src);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hmac_follows_its_options),
		cmocka_unit_test(hmac_refuses_what_is_not_of_its_form),
		cmocka_unit_test(token_comes_from_a_header_or_the_query),
		cmocka_unit_test(token_refuses_everything_else),
		cmocka_unit_test(a_token_may_have_its_scheme_in_the_secret),
		cmocka_unit_test(both_verify_what_they_sign),
		cmocka_unit_test(the_content_type_decides_on_the_payload),
		cmocka_unit_test(type_and_id_come_from_the_headers_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
