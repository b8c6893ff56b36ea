/* Tokens of another library in every algorithm, and tokens that must be refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/codec.h"
#include "base/limits.h"
#include "jwt_keys.h"
#include "verify/jwt.h"

#define NOW_S	 1700000000
#define NOW_US	 (NOW_S * INT64_C(1000000))
#define SET(...) "{\"keys\":[" __VA_ARGS__ "]}"
#define ALL                                                            \
	SET(RSA_PUBLIC "," P256_PUBLIC "," P384_PUBLIC "," P521_PUBLIC \
		       "," ED25519_PUBLIC "," OCT_PUBLIC)
#define CLAIMS "{\"iss\":\"joe\",\"aud\":\"bridge\",\"exp\":1700000300}"

static const struct jwt_rules rules = {.issuer = "joe", .audience = "bridge"};

static void
load(struct jwk_set *set, const char *text)
{
	const char *problem = NULL;
	assert_int_equal(jwk_set_add(set, slice_of(text), &problem), 0);
}

static int
verify(const char *keys, const char *token)
{
	struct jwk_set set = {0};
	load(&set, keys);
	int rc = jwt_verify(&set, &rules, slice_of(token), NOW_US);
	jwk_set_done(&set);
	return rc;
}

/* Signs what is given, whatever it says. */
static void
put_token(const char *jwk, enum key_scheme scheme, const char *header,
	  const char *payload, struct buf *out)
{
	struct jwk_set set = {0};
	auto_buf signature = BUF_INIT(LIMIT_JWT_BYTES);
	load(&set, jwk);
	base64url_encode(out, header, strlen(header));
	buf_putc(out, '.');
	base64url_encode(out, payload, strlen(payload));
	assert_int_equal(key_sign(set.keys[0].key, scheme, buf_slice(out), &signature),
			 0);
	buf_putc(out, '.');
	base64url_encode(out, signature.data, signature.len);
	assert_false(buf_failed(out));
	jwk_set_done(&set);
}

/* --- what is taken ---------------------------------------------------------------------
 */

static const struct {
	const char *name;
	const char *token;
	const char *jwk;
} made[] = {
	{"HS256", TOKEN_HS256, OCT_PUBLIC},	{"HS384", TOKEN_HS384, OCT_PUBLIC},
	{"HS512", TOKEN_HS512, OCT_PUBLIC},	{"RS256", TOKEN_RS256, RSA_PUBLIC},
	{"RS384", TOKEN_RS384, RSA_PUBLIC},	{"RS512", TOKEN_RS512, RSA_PUBLIC},
	{"PS256", TOKEN_PS256, RSA_PUBLIC},	{"PS384", TOKEN_PS384, RSA_PUBLIC},
	{"PS512", TOKEN_PS512, RSA_PUBLIC},	{"ES256", TOKEN_ES256, P256_PUBLIC},
	{"ES384", TOKEN_ES384, P384_PUBLIC},	{"ES512", TOKEN_ES512, P521_PUBLIC},
	{"EdDSA", TOKEN_EDDSA, ED25519_PUBLIC},
};

static void
takes_tokens_of_another_library(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(made); i++) {
		if (verify(ALL, made[i].token) != 0 ||
		    verify(made[i].jwk, made[i].token) != 0)
			fail_msg("%s is refused", made[i].name);
	}
	assert_int_equal(verify(RSA_PEM, TOKEN_RS256), 0);
}

/* Every letter of every part counts. */
static void
refuses_a_change_in_any_letter(void **state)
{
	(void)state;
	struct jwk_set set = {0};
	load(&set, ALL);
	for (size_t i = 0; i < ARRAY_LEN(made); i++) {
		auto_str text = str_dup(made[i].token);
		assert_non_null(text);
		for (char *p = text; *p; p++) {
			char was = *p;
			*p = was == 'A' ? 'Q' : 'A';
			if (jwt_verify(&set, &rules, slice_of(text), NOW_US) == 0)
				fail_msg("%s: letter %td", made[i].name, p - text);
			*p = was;
		}
	}
	jwk_set_done(&set);
}

/* A key is used for its own algorithms only, whatever its set says of it. */
static void
no_key_verifies_for_another_type(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(made); i++) {
		for (size_t k = 0; k < ARRAY_LEN(made); k++) {
			bool same = str_eq(made[i].jwk, made[k].jwk);
			assert_int_equal(verify(made[k].jwk, made[i].token),
					 same ? 0 : -EBADMSG);
		}
	}
}

static void
makes_tokens_that_it_takes(void **state)
{
	(void)state;
	static const char *const private[] = {OCT_PUBLIC,   RSA_PRIVATE,
					      P256_PRIVATE, P384_PRIVATE,
					      P521_PRIVATE, ED25519_PRIVATE};
	for (size_t i = 0; i < ARRAY_LEN(private); i++) {
		struct jwk_set set = {0};
		auto_buf token = BUF_INIT(LIMIT_JWT_BYTES);
		load(&set, private[i]);
		assert_int_equal(jwt_make(&set, &rules, NOW_US, &token), 0);
		assert_int_equal(verify(ALL, buf_str(&token)), 0);
		jwk_set_done(&set);
	}
	struct jwk_set set = {0};
	auto_buf token = BUF_INIT(LIMIT_JWT_BYTES);
	load(&set, RSA_PUBLIC);
	assert_int_equal(jwt_make(&set, &rules, NOW_US, &token), -EPERM);
	jwk_set_done(&set);
}

/* --- attacks on the form ---------------------------------------------------------------
 */

static void
refuses_what_is_not_three_parts_of_base64url(void **state)
{
	(void)state;
	auto_str good = str_dup(TOKEN_HS256);
	assert_non_null(good);
	char *point = strrchr(good, '.');
	auto_str covered = str_ndup(good, (size_t)(point - good));
	const char *sig = point + 1;
	const char *payload = strchr(covered, '.') + 1;
	auto_str header = str_ndup(covered, (size_t)(payload - covered - 1));
	/* the last letter of 32 bytes has two bits that say nothing */
	auto_str stray = str_dup(sig);
	assert_non_null(stray);
	stray[strlen(stray) - 1]++;
	const struct {
		const char *what;
		char *token;
	} cases[] = {
		{"nothing", str_dup("")},
		{"one part", str_dup("eyJ9")},
		{"points only", str_dup("..")},
		{"no signature", str_dup(covered)},
		{"an empty signature", str_format("%s.", covered)},
		{"an empty payload", str_format("%s..%s", header, sig)},
		{"an empty header", str_format(".%s.%s", payload, sig)},
		{"a fourth part", str_format("%s.AAAA", good)},
		{"five parts, as JWE", str_format("%s.AAAA.AAAA", good)},
		{"a point behind", str_format("%s.", good)},
		{"a point before", str_format(".%s", good)},
		{"padding", str_format("%s=", good)},
		{"a blank behind", str_format("%s ", good)},
		{"a line break", str_format("%s\n", good)},
		{"a blank inside", str_format("%s. %s", covered, sig)},
		{"stray bits in the last letter", str_format("%s.%s", covered, stray)},
		{"letters of no alphabet", str_format("%s.%s", covered, "!!!!")},
		{"the other alphabet", str_format("%s.%s", covered, "+/+/")},
		{"rubbish between letters",
		 str_format("%s.%.4s*%s", covered, sig, sig + 4)},
		{"two tokens", str_format("%s,%s", good, good)},
	};
	assert_int_equal(verify(ALL, good), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		assert_non_null(cases[i].token);
		if (verify(ALL, cases[i].token) != -EINVAL)
			fail_msg("%s is not refused as malformed", cases[i].what);
		str_free(cases[i].token);
	}
}

static void
refuses_a_token_over_the_limit(void **state)
{
	(void)state;
	auto_buf payload = BUF_INIT(LIMIT_JWT_BYTES);
	auto_buf token = BUF_INIT(SIZE_MAX / 2);
	buf_puts(&payload,
		 "{\"aud\":\"bridge\",\"iss\":\"joe\",\"exp\":1700000300,\"x\":\"");
	while (payload.len < LIMIT_JWT_BYTES - 100)
		buf_putc(&payload, 'x');
	buf_puts(&payload, "\"}");
	put_token(OCT_PUBLIC, SCHEME_HMAC_SHA256, "{\"alg\":\"HS256\"}",
		  buf_str(&payload), &token);
	assert_true(token.len > LIMIT_JWT_BYTES);
	assert_int_equal(verify(ALL, buf_str(&token)), -EINVAL);
}

/* --- attacks on the header -------------------------------------------------------------
 */

struct attack {
	const char *header;
	const char *payload;
	int rc;
};

/* Each is signed with the shared secret by HMAC-SHA256. */
static void
check(const struct attack *attacks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct attack *a = &attacks[i];
		auto_buf token = BUF_INIT(LIMIT_JWT_BYTES);
		put_token(OCT_PUBLIC, SCHEME_HMAC_SHA256,
			  a->header ? a->header : "{\"alg\":\"HS256\"}",
			  a->payload ? a->payload : CLAIMS, &token);
		int rc = verify(ALL, buf_str(&token));
		if (rc != a->rc)
			fail_msg("%s %s: %d, not %d", a->header ? a->header : "",
				 a->payload ? a->payload : "", rc, a->rc);
	}
}

static void
headers_bring_in_no_algorithm_and_no_key(void **state)
{
	(void)state;
	static const struct attack attacks[] = {
		{"{\"alg\":\"HS256\"}", NULL, 0},
		{"{\"alg\":\"HS256\",\"typ\":\"jwt\"}", NULL, 0},
		{"{\"alg\":\"HS256\",\"kid\":\"oct\"}", NULL, 0},
		{"{\"alg\":\"none\"}", NULL, -EINVAL},
		{"{\"alg\":\"None\"}", NULL, -EINVAL},
		{"{\"alg\":\"NONE\"}", NULL, -EINVAL},
		{"{\"alg\":\"\"}", NULL, -EINVAL},
		{"{\"alg\":null}", NULL, -EINVAL},
		{"{\"alg\":[\"HS256\"]}", NULL, -EINVAL},
		{"{\"alg\":\"hs256\"}", NULL, -EINVAL},
		{"{\"alg\":\"HS256 \"}", NULL, -EINVAL},
		{"{\"alg\":\"HS1\"}", NULL, -EINVAL},
		{"{\"alg\":\"RSA-OAEP\"}", NULL, -EINVAL},
		{"{\"ALG\":\"HS256\"}", NULL, -EINVAL},
		{"{}", NULL, -EINVAL},
		{"[]", NULL, -EINVAL},
		{"\"HS256\"", NULL, -EINVAL},
		{"{\"alg\":\"HS256\"", NULL, -EINVAL},
		{"{\"alg\":\"HS256\"} x", NULL, -EINVAL},
		{"{\"alg\":\"HS256\",\"alg\":\"none\"}", NULL, -EINVAL},
		{"{\"alg\":\"none\",\"alg\":\"HS256\"}", NULL, -EINVAL},
		{"{\"alg\":\"HS256\",\"\\u0061lg\":\"HS256\"}", NULL, -EINVAL},
		{"{\"alg\":\"HS384\"}", NULL, -EBADMSG},
		{"{\"alg\":\"RS256\"}", NULL, -EBADMSG},
		{"{\"alg\":\"ES256\"}", NULL, -EBADMSG},
		{"{\"alg\":\"PS256\"}", NULL, -EBADMSG},
		{"{\"alg\":\"EdDSA\"}", NULL, -EBADMSG},
		{"{\"alg\":\"HS256\",\"kid\":\"rsa\"}", NULL, -EBADMSG},
		{"{\"alg\":\"HS256\",\"kid\":\"../../dev/null\"}", NULL, -EBADMSG},
		{"{\"alg\":\"HS256\",\"kid\":\"' OR 1=1 --\"}", NULL, -EBADMSG},
		{"{\"alg\":\"HS256\",\"kid\":\"\"}", NULL, -EBADMSG},
		{"{\"alg\":\"HS256\",\"kid\":\"oct\\u0000x\"}", NULL, -EINVAL},
		{"{\"alg\":\"HS256\",\"kid\":5}", NULL, -EINVAL},
		{"{\"alg\":\"HS256\",\"kid\":[\"oct\"]}", NULL, -EINVAL},
		{"{\"alg\":\"HS256\",\"typ\":\"at+jwt\"}", NULL, -EINVAL},
		{"{\"alg\":\"HS256\",\"typ\":\"JOSE+JSON\"}", NULL, -EINVAL},
		{"{\"alg\":\"HS256\",\"typ\":7}", NULL, -EINVAL},
		{"{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", NULL, -EINVAL},
		{"{\"alg\":\"HS256\",\"crit\":[]}", NULL, -EINVAL},
		{"{\"alg\":\"HS256\",\"b64\":false}", NULL, -EINVAL},
	};
	check(attacks, ARRAY_LEN(attacks));
}

/* The public key is known to all; as a shared secret it must open nothing. */
static void
a_public_key_is_no_shared_secret(void **state)
{
	(void)state;
	struct jwk_set set = {0};
	load(&set, RSA_PEM);
	struct slice material = key_material(set.keys[0].key);
	for (size_t cut = 0; cut < 2; cut++) {
		int rc = 0;
		auto_buf token = BUF_INIT(LIMIT_JWT_BYTES);
		auto_buf mac = BUF_INIT(LIMIT_JWT_BYTES);
		struct slice text = {material.data, material.len - cut};
		struct key *key = key_from_secret(text, &rc);
		assert_non_null(key);
		base64url_encode(&token, "{\"alg\":\"HS256\"}", 15);
		buf_putc(&token, '.');
		base64url_encode(&token, CLAIMS, strlen(CLAIMS));
		assert_int_equal(
			key_sign(key, SCHEME_HMAC_SHA256, buf_slice(&token), &mac), 0);
		buf_putc(&token, '.');
		base64url_encode(&token, mac.data, mac.len);
		assert_int_equal(verify(RSA_PUBLIC, buf_str(&token)), -EBADMSG);
		assert_int_equal(verify(RSA_PEM, buf_str(&token)), -EBADMSG);
		key_free(key);
	}
	jwk_set_done(&set);
}

/* The signer's own key in the header, as `jwk` of RFC 7515 allows. */
static void
a_key_in_the_header_is_not_used(void **state)
{
	(void)state;
	auto_buf token = BUF_INIT(LIMIT_JWT_BYTES);
	put_token(ED25519_PRIVATE, SCHEME_ED25519,
		  "{\"alg\":\"EdDSA\",\"jwk\":" ED25519_PUBLIC "}", CLAIMS, &token);
	assert_int_equal(verify(SET(RSA_PUBLIC "," OCT_PUBLIC), buf_str(&token)),
			 -EBADMSG);
}

/* r and s of zero, which a check that was left out once took for every message. */
static void
refuses_empty_halves_of_ecdsa(void **state)
{
	(void)state;
	static const char zeros[64];
	auto_buf token = BUF_INIT(LIMIT_JWT_BYTES);
	base64url_encode(&token, "{\"alg\":\"ES256\"}", 15);
	buf_putc(&token, '.');
	base64url_encode(&token, CLAIMS, strlen(CLAIMS));
	buf_putc(&token, '.');
	base64url_encode(&token, zeros, sizeof(zeros));
	assert_int_equal(verify(ALL, buf_str(&token)), -EBADMSG);
}

/* --- attacks on the claims -------------------------------------------------------------
 */

#define JOE "{\"iss\":\"joe\",\"aud\":\"bridge\","
#define EXP "\"exp\":1700000300"

static void
claims_are_held_against_the_rules(void **state)
{
	(void)state;
	static const struct attack attacks[] = {
		{NULL, CLAIMS, 0},
		{NULL, "{\"iss\":\"joe\",\"aud\":[\"x\",\"bridge\"]," EXP "}", 0},
		{NULL, "{\"iss\":\"joe\",\"aud\":[\"x\",\"y\"]," EXP "}", -EPERM},
		{NULL, "{\"iss\":\"joe\",\"aud\":[]," EXP "}", -EPERM},
		{NULL, "{\"iss\":\"joe\",\"aud\":[[\"bridge\"]]," EXP "}", -EPERM},
		{NULL, "{\"iss\":\"joe\",\"aud\":\"bridge2\"," EXP "}", -EPERM},
		{NULL, "{\"iss\":\"joe\",\"aud\":{\"bridge\":1}," EXP "}", -EPERM},
		{NULL, "{\"iss\":\"joe\"," EXP "}", -EPERM},
		{NULL, "{\"aud\":\"bridge\"," EXP "}", -EPERM},
		{NULL, "{\"iss\":\"Joe\",\"aud\":\"bridge\"," EXP "}", -EPERM},
		{NULL, "{\"iss\":[\"joe\"],\"aud\":\"bridge\"," EXP "}", -EPERM},
		{NULL, JOE "\"x\":1}", -EINVAL},
		{NULL, JOE "\"exp\":\"1700000300\"}", -EINVAL},
		{NULL, JOE "\"exp\":null}", -EINVAL},
		{NULL, JOE "\"exp\":1e12}", -EINVAL},
		{NULL, JOE "\"exp\":-1}", -EINVAL},
		{NULL, JOE "\"exp\":99999999999999999999}", -EINVAL},
		{NULL, JOE "\"exp\":1700000300.5}", 0},
		{NULL, JOE "\"exp\":1699999999}", 0},
		{NULL, JOE "\"exp\":1699999941}", 0},
		{NULL, JOE "\"exp\":1699999940}", -ETIME},
		{NULL, JOE "\"exp\":0}", -ETIME},
		{NULL, JOE EXP ",\"nbf\":1700000060}", 0},
		{NULL, JOE EXP ",\"nbf\":1700000061}", -ETIME},
		{NULL, JOE EXP ",\"nbf\":\"0\"}", -EINVAL},
		{NULL, JOE EXP ",\"iat\":1700000060}", 0},
		{NULL, JOE EXP ",\"iat\":1700000061}", -ETIME},
		{NULL, JOE EXP ",\"iat\":true}", -EINVAL},
		{NULL, JOE EXP ",\"exp\":1800000000}", -EINVAL},
		{NULL, JOE EXP ",\"iss\":\"joe\"}", -EINVAL},
		{NULL, JOE EXP ",\"a\":{\"b\":1,\"b\":2}}", -EINVAL},
		{NULL, "[]", -EINVAL},
		{NULL, "joe", -EINVAL},
		{NULL, JOE EXP "}{}", -EINVAL},
	};
	check(attacks, ARRAY_LEN(attacks));
}

static void
claims_that_are_wanted_must_be_there(void **state)
{
	(void)state;
	static const struct jwt_claim wanted[] = {{"repo", "acme/shop"},
						  {"safe", "true"}};
	static const struct jwt_rules strict = {
		.issuer = "joe", .audience = "bridge", .claims = wanted, .n_claims = 2};
	static const struct {
		const char *claims;
		int rc;
	} cases[] = {
		{JOE EXP ",\"repo\":\"acme/shop\",\"safe\":true}", 0},
		{JOE EXP ",\"repo\":[\"x\",\"acme/shop\"],\"safe\":\"true\"}", 0},
		{JOE EXP ",\"repo\":\"acme/shop\",\"safe\":false}", -EPERM},
		{JOE EXP ",\"repo\":\"acme/shop2\",\"safe\":true}", -EPERM},
		{JOE EXP ",\"repo\":{\"acme/shop\":1},\"safe\":true}", -EPERM},
		{JOE EXP ",\"safe\":true}", -EPERM},
	};
	struct jwk_set set = {0};
	load(&set, ALL);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_buf token = BUF_INIT(LIMIT_JWT_BYTES);
		put_token(OCT_PUBLIC, SCHEME_HMAC_SHA256, "{\"alg\":\"HS256\"}",
			  cases[i].claims, &token);
		assert_int_equal(jwt_verify(&set, &strict, buf_slice(&token), NOW_US),
				 cases[i].rc);
	}
	jwk_set_done(&set);
}

static void
an_audience_of_somebody_else_is_refused_without_a_rule(void **state)
{
	(void)state;
	static const struct jwt_rules any = {0};
	struct jwk_set set = {0};
	load(&set, ALL);
	assert_int_equal(jwt_verify(&set, &any, slice_of(TOKEN_HS256), NOW_US), -EPERM);
	jwk_set_done(&set);
}

/* --- keys ------------------------------------------------------------------------------
 */

static void
keys_say_what_they_are_for(void **state)
{
	(void)state;
	static const struct {
		const char *keys;
		int load;
		int rc; /* of TOKEN_HS256 */
	} cases[] = {
		{OCT_PUBLIC, 0, 0},
		{SET(), -EINVAL, 0},
		{SET("{\"kty\":\"oct\",\"k\":\"\"}"), -EINVAL, 0},
		{SET("{\"kty\":\"oct\"}"), -EINVAL, 0},
		{SET("{\"kty\":\"new\",\"k\":\"AAAA\"}"), -EINVAL, 0},
		{SET("{\"kty\":\"new\"}," OCT_PUBLIC), 0, 0},
		{SET("{\"kty\":\"oct\",\"use\":\"enc\",\"k\":\"AAAA\"}"), -EINVAL, 0},
		{SET("{\"kty\":\"oct\",\"key_ops\":[\"encrypt\"],\"k\":\"AAAA\"}"),
		 -EINVAL, 0},
		{SET("{\"kty\":\"oct\",\"k\":\"AAAA\"}"), 0, -EBADMSG},
		{SET(RSA_WEAK), -EINVAL, 0},
		{SET("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAA\",\"y\":\"AAAA\"}"),
		 -EINVAL, 0},
		{"a secret", -EINVAL, 0},
		{"-----BEGIN PUBLIC KEY-----\n", -EINVAL, 0},
		{"[]", -EINVAL, 0},
		{"{\"keys\":{}}", -EINVAL, 0},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct jwk_set set = {0};
		const char *problem = NULL;
		int rc = jwk_set_add(&set, slice_of(cases[i].keys), &problem);
		if (rc != cases[i].load)
			fail_msg("%s: %d", cases[i].keys, rc);
		assert_true(rc == 0 || problem);
		if (rc == 0)
			assert_int_equal(
				jwt_verify(&set, &rules, slice_of(TOKEN_HS256), NOW_US),
				cases[i].rc);
		jwk_set_done(&set);
	}
}

static void
a_key_that_names_its_algorithm_takes_no_other(void **state)
{
	(void)state;
	static const char key[] =
		"{\"kty\":\"oct\",\"alg\":\"HS512\",\"k\":"
		"\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2N"
		"zg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg\"}";
	assert_int_equal(verify(key, TOKEN_HS512), 0);
	assert_int_equal(verify(key, TOKEN_HS256), -EBADMSG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_tokens_of_another_library),
		cmocka_unit_test(refuses_a_change_in_any_letter),
		cmocka_unit_test(no_key_verifies_for_another_type),
		cmocka_unit_test(makes_tokens_that_it_takes),
		cmocka_unit_test(refuses_what_is_not_three_parts_of_base64url),
		cmocka_unit_test(refuses_a_token_over_the_limit),
		cmocka_unit_test(headers_bring_in_no_algorithm_and_no_key),
		cmocka_unit_test(a_public_key_is_no_shared_secret),
		cmocka_unit_test(a_key_in_the_header_is_not_used),
		cmocka_unit_test(refuses_empty_halves_of_ecdsa),
		cmocka_unit_test(claims_are_held_against_the_rules),
		cmocka_unit_test(claims_that_are_wanted_must_be_there),
		cmocka_unit_test(an_audience_of_somebody_else_is_refused_without_a_rule),
		cmocka_unit_test(keys_say_what_they_are_for),
		cmocka_unit_test(a_key_that_names_its_algorithm_takes_no_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
