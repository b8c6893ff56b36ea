/* RFC 9421: what is covered, when, by which key. */
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

#define BODY "{\"hello\": \"world\"}"
#define SHA512                                                                          \
	"sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyea" \
	"ldVLvRwEmTHWXvJwew==:"
#define SHA256	"sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"
#define NOW	"1700000000"
#define CREATED ";created=" NOW
#define SECRET	"the right one"

/* Verdict of a request whose base (without its last line) is signed with the secret. */
static enum provider_verdict
verdict_of(const char *options, const char *headers, const char *lines, const char *input)
{
	auto_diag diags = {0};
	auto_buf base = BUF_INIT(64 * KIB);
	auto_buf mac = BUF_INIT(KIB);
	auto_buf all = BUF_INIT(64 * KIB);
	int rc = 0;
	struct key *key = key_from_secret(slice_of(SECRET), &rc);
	struct provider_source *src =
		sender_source("http-signature", SECRET, options, &diags);
	assert_non_null(key);
	assert_non_null(src);
	buf_printf(&base, "%s\"@signature-params\": %s", lines, input);
	assert_int_equal(key_sign(key, SCHEME_HMAC_SHA256, buf_slice(&base), &mac), 0);
	buf_printf(&all, "%sSignature-Input: a=%s\nSignature: a=:", headers, input);
	base64_encode(&all, mac.data, mac.len);
	buf_puts(&all, ":\n");
	struct sender s = {.headers = all.data, .body = BODY, .query = "b=2&a=x%20y&b=3"};
	enum provider_verdict v = sender_verify(src, &s);
	provider_source_free(src);
	key_free(key);
	return v;
}

struct request {
	const char *lines; /* of the base */
	const char *input;
	enum provider_verdict verdict;
};

#define HEADERS                                                                     \
	"Host: Example.COM:443\nContent-Digest: " SHA256 "\nX-One: 1  \nX-Two: 2\n" \
	"X-Two: 3\nX-Empty: \n"
#define DIGEST_LINE "\"content-digest\": " SHA256 "\n"

static void
check(const char *options, const struct request *requests, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		enum provider_verdict v = verdict_of(options, HEADERS, requests[i].lines,
						     requests[i].input);
		if (v != requests[i].verdict)
			fail_msg("%s: %s", requests[i].input, provider_verdict_name(v));
	}
}

static void
components_are_those_of_the_request(void **state)
{
	(void)state;
	static const struct request requests[] = {
		{"", "()" CREATED, VERDICT_GENUINE},
		{"\"@method\": POST\n", "(\"@method\")" CREATED, VERDICT_GENUINE},
		{"\"@method\": GET\n", "(\"@method\")" CREATED, VERDICT_MISMATCH},
		{"\"@path\": /hooks/test\n", "(\"@path\")" CREATED, VERDICT_GENUINE},
		{"\"@query\": ?b=2&a=x%20y&b=3\n", "(\"@query\")" CREATED,
		 VERDICT_GENUINE},
		{"\"@authority\": example.com\n", "(\"@authority\")" CREATED,
		 VERDICT_GENUINE},
		{"\"@scheme\": https\n", "(\"@scheme\")" CREATED, VERDICT_GENUINE},
		{"\"@target-uri\": https://example.com/hooks/test?b=2&a=x%20y&b=3\n",
		 "(\"@target-uri\")" CREATED, VERDICT_GENUINE},
		{"\"@request-target\": /hooks/test?b=2&a=x%20y&b=3\n",
		 "(\"@request-target\")" CREATED, VERDICT_GENUINE},
		{"\"@query-param\";name=\"a\": x%20y\n",
		 "(\"@query-param\";name=\"a\")" CREATED, VERDICT_GENUINE},
		{"\"@query-param\";name=\"b\": 2\n",
		 "(\"@query-param\";name=\"b\")" CREATED, VERDICT_MALFORMED},
		{"\"x-one\": 1\n" DIGEST_LINE, "(\"x-one\" \"content-digest\")" CREATED,
		 VERDICT_GENUINE},
		{"\"x-one\": 1\n", "(\"X-One\")" CREATED, VERDICT_MALFORMED},
		{"\"x-two\": 2, 3\n", "(\"x-two\")" CREATED, VERDICT_AMBIGUOUS},
		{"\"x-none\": \n", "(\"x-none\")" CREATED, VERDICT_NO_SIGNATURE},
		{"\"x-one\": 1\n\"x-one\": 1\n", "(\"x-one\" \"x-one\")" CREATED,
		 VERDICT_MALFORMED},
		{"\"x-one\";sf: 1\n", "(\"x-one\";sf)" CREATED, VERDICT_MALFORMED},
		{"\"@status\": 200\n", "(\"@status\")" CREATED, VERDICT_MALFORMED},
		{"", "(\"\")" CREATED, VERDICT_MALFORMED},
		{"", "(\"x-one\"" CREATED, VERDICT_MALFORMED},
		{"", "(\"x-one" CREATED, VERDICT_MALFORMED},
		{"", "(x-one)" CREATED, VERDICT_MALFORMED},
		{"", "\"x-one\"" CREATED, VERDICT_MALFORMED},
		{"", ":AAAA:" CREATED, VERDICT_MALFORMED},
	};
	check("", requests, ARRAY_LEN(requests));
}

static void
times_and_algorithms_are_held_to(void **state)
{
	(void)state;
	static const struct request requests[] = {
		{"", "()", VERDICT_MALFORMED},
		{"", "();created=1699999699", VERDICT_STALE},
		{"", "();created=1700000301", VERDICT_STALE},
		{"", "();created=1699999700", VERDICT_GENUINE},
		{"", "();created=1700000300", VERDICT_GENUINE},
		{"", "();created=-5", VERDICT_MALFORMED},
		{"", "();created", VERDICT_MALFORMED},
		{"", "()" CREATED CREATED, VERDICT_MALFORMED},
		{"", "()" CREATED ";expires=" NOW, VERDICT_GENUINE},
		{"", "()" CREATED ";expires=1699999999", VERDICT_STALE},
		{"", "()" CREATED ";expires=\"x\"", VERDICT_MALFORMED},
		{"", "()" CREATED ";alg=\"hmac-sha256\"", VERDICT_GENUINE},
		{"", "()" CREATED ";alg=\"ed25519\"", VERDICT_MISMATCH},
		{"", "()" CREATED ";alg=\"none\"", VERDICT_MISMATCH},
		{"", "()" CREATED ";alg=\"\"", VERDICT_MISMATCH},
		{"", "()" CREATED ";alg", VERDICT_MALFORMED},
		{"", "()" CREATED ";keyid=\"other\";nonce=\"n\"", VERDICT_GENUINE},
	};
	check("", requests, ARRAY_LEN(requests));
}

static void
what_the_source_wants_must_be_covered(void **state)
{
	(void)state;
	static const struct request requests[] = {
		{"", "()" CREATED ";keyid=\"k\"", VERDICT_MISMATCH},
		{DIGEST_LINE, "(\"content-digest\")" CREATED ";keyid=\"k\"",
		 VERDICT_MISMATCH},
		{"\"@method\": POST\n" DIGEST_LINE,
		 "(\"@method\" \"content-digest\")" CREATED ";keyid=\"k\"",
		 VERDICT_GENUINE},
		{"\"@method\": POST\n" DIGEST_LINE,
		 "(\"@method\" \"content-digest\")" CREATED ";keyid=\"kk\"",
		 VERDICT_MISMATCH},
		{"\"@method\": POST\n" DIGEST_LINE,
		 "(\"@method\" \"content-digest\")" CREATED, VERDICT_MISMATCH},
	};
	check("covered=content-digest @method;key_id=k", requests, ARRAY_LEN(requests));
}

static void
a_body_needs_a_digest_that_fits(void **state)
{
	(void)state;
	static const struct {
		const char *headers;
		enum provider_verdict verdict;
	} cases[] = {
		{"Content-Digest: " SHA256 "\n", VERDICT_GENUINE},
		{"Content-Digest: " SHA512 "\n", VERDICT_GENUINE},
		{"Content-Digest: " SHA512 ", " SHA256 "\n", VERDICT_GENUINE},
		{"Content-Digest: md5=:AAAA:, " SHA256 "\n", VERDICT_GENUINE},
		{"Content-Digest: md5=:AAAA:\n", VERDICT_MALFORMED},
		{"Content-Digest: " SHA256 ", sha-512=:AAAA:\n", VERDICT_MISMATCH},
		{"Content-Digest: sha-256=:AAAA:\n", VERDICT_MISMATCH},
		{"Content-Digest: sha-256=AAAA\n", VERDICT_MALFORMED},
		{"Content-Digest: sha-256=::\n", VERDICT_MISMATCH},
		{"Content-Digest: " SHA256 "\nContent-Digest: " SHA256 "\n",
		 VERDICT_AMBIGUOUS},
		{"", VERDICT_NO_SIGNATURE},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		enum provider_verdict v =
			verdict_of("", cases[i].headers, "", "()" CREATED);
		if (v != cases[i].verdict)
			fail_msg("%s: %s", cases[i].headers, provider_verdict_name(v));
	}
}

static void
secrets_that_are_no_keys_are_refused(void **state)
{
	(void)state;
	static const char *const secrets[] = {"ed25519:AAAA", "ed25519:!",
					      "-----BEGIN PUBLIC KEY-----\nAAAA\n"};
	for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
		auto_diag diags = {0};
		assert_null(sender_source("http-signature", secrets[i], "", &diags));
		assert_true(diags.errors > 0);
	}
}

/* Whoever has the public key must not sign with it as a shared secret. */
static void
a_public_key_verifies_only(void **state)
{
	(void)state;
	static const char *const keys[] = {RSA_PUBLIC_PEM, P256_PUBLIC_PEM,
					   ED25519_PUBLIC_PEM};
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		auto_diag diags = {0};
		auto_buf lines = BUF_INIT(LIMIT_SIGNED_BYTES);
		struct provider_source *src =
			sender_source("http-signature", keys[i], "", &diags);
		assert_non_null(src);
		assert_true(provider_source_provider(src)->sign(
				    src, NULL, NULL, slice_of(BODY), SENDER_NOW_US,
				    &lines) < 0);
		provider_source_free(src);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(components_are_those_of_the_request),
		cmocka_unit_test(times_and_algorithms_are_held_to),
		cmocka_unit_test(what_the_source_wants_must_be_covered),
		cmocka_unit_test(a_body_needs_a_digest_that_fits),
		cmocka_unit_test(secrets_that_are_no_keys_are_refused),
		cmocka_unit_test(a_public_key_verifies_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
