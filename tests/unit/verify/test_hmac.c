#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/codec.h"
#include "verify/hmac.h"

static struct secret
secret_of(const char *text)
{
	return (struct secret){(char *)(uintptr_t)text, strlen(text)};
}

static void
assert_mac(enum hmac_algorithm algorithm, const char *secret, const char *text,
	   const char *hex)
{
	struct secret s = secret_of(secret);
	struct hmac_key *key = hmac_key_new(algorithm, &s, 1);
	assert_non_null(key);
	struct hmac *h = hmac_new(key);
	assert_non_null(h);
	hmac_update(h, text, strlen(text));
	uint8_t mac[HMAC_MAX_BYTES];
	int n = hmac_final(h, mac);
	assert_int_equal(n, hmac_length(algorithm));
	auto_buf out = BUF_INIT(200);
	hex_encode(&out, mac, (size_t)n);
	assert_string_equal(buf_str(&out), hex);
	hmac_free(h);
	hmac_key_free(key);
}

/* RFC 2202 section 3 and RFC 4231, test case 2. */
static void
gives_the_macs_of_the_rfcs(void **state)
{
	(void)state;
	static const char text[] = "what do ya want for nothing?";
	assert_mac(HMAC_SHA1, "Jefe", text, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
	assert_mac(HMAC_SHA256, "Jefe", text,
		   "5bdcc146bf60754e6a042426089575c7"
		   "5a003f089d2739839dec58b964ec3843");
	assert_mac(HMAC_SHA512, "Jefe", text,
		   "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
		   "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
}

/* RFC 4231 test case 6: a key longer than a block is hashed first. */
static void
hashes_a_secret_longer_than_a_block(void **state)
{
	(void)state;
	char secret[132] = {0};
	memset(secret, 0xaa, 131);
	assert_mac(HMAC_SHA256, secret,
		   "Test Using Larger Than Block-Size Key - Hash Key First",
		   "60e431591ee0b67f0d8a26aacbf5b77f"
		   "8e0bc6213728c5140546040f0ee37f54");
}

/* Compares text with the MAC that `signer` makes of it. */
static int
compare_with(const struct secret *accepted, size_t n, const char *signer, size_t cut)
{
	static const char text[] = "{\"ref\":\"refs/heads/main\"}";
	struct secret s = secret_of(signer);
	struct hmac_key *right = hmac_key_new(HMAC_SHA256, &s, 1);
	struct hmac_key *key = hmac_key_new(HMAC_SHA256, accepted, n);
	assert_non_null(right);
	assert_non_null(key);
	struct hmac *a = hmac_new(right);
	struct hmac *b = hmac_new(key);
	hmac_update(a, text, strlen(text));
	hmac_update(b, text, 5);
	hmac_update(b, NULL, 0);
	hmac_update(b, text + 5, strlen(text) - 5);
	uint8_t mac[HMAC_MAX_BYTES];
	int len = hmac_final(a, mac);
	assert_true(len > 0);
	int rc = hmac_compare(b, mac, (size_t)len - cut);
	hmac_free(a);
	hmac_free(b);
	hmac_key_free(right);
	hmac_key_free(key);
	return rc;
}

static void
accepts_any_of_several_secrets(void **state)
{
	(void)state;
	struct secret s[] = {secret_of("new"), secret_of("old"), secret_of("older")};
	assert_int_equal(compare_with(s, 3, "new", 0), 0);
	assert_int_equal(compare_with(s, 3, "old", 0), 0);
	assert_int_equal(compare_with(s, 3, "older", 0), 0);
	assert_int_equal(compare_with(s, 3, "oldest", 0), -EBADMSG);
}

static void
refuses_a_mac_that_is_cut(void **state)
{
	(void)state;
	struct secret s = secret_of("new");
	assert_int_equal(compare_with(&s, 1, "new", 1), -EBADMSG);
	assert_int_equal(compare_with(&s, 1, "new", 32), -EBADMSG);
}

static void
refuses_every_single_changed_bit(void **state)
{
	(void)state;
	struct secret s = secret_of("k");
	struct hmac_key *key = hmac_key_new(HMAC_SHA256, &s, 1);
	struct hmac *h = hmac_new(key);
	uint8_t mac[HMAC_MAX_BYTES];
	assert_int_equal(hmac_final(h, mac), 32);
	hmac_free(h);
	for (size_t bit = 0; bit < 256; bit++) {
		mac[bit / 8] ^= (uint8_t)(1U << bit % 8);
		h = hmac_new(key);
		assert_int_equal(hmac_compare(h, mac, 32), -EBADMSG);
		hmac_free(h);
		mac[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	hmac_key_free(key);
}

static void
takes_no_empty_secret_and_none_at_all(void **state)
{
	(void)state;
	struct secret s[] = {secret_of("right"), secret_of("")};
	assert_null(hmac_key_new(HMAC_SHA256, s, 0));
	assert_null(hmac_key_new(HMAC_SHA256, s, 2));
}

static void
knows_its_algorithms_by_name(void **state)
{
	(void)state;
	enum hmac_algorithm a = HMAC_SHA1;
	assert_int_equal(hmac_algorithm_from("sha512", &a), 0);
	assert_int_equal(a, HMAC_SHA512);
	assert_int_equal(hmac_algorithm_from("md5", &a), -ENOENT);
	assert_int_equal(hmac_algorithm_from("SHA256", &a), -ENOENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gives_the_macs_of_the_rfcs),
		cmocka_unit_test(hashes_a_secret_longer_than_a_block),
		cmocka_unit_test(accepts_any_of_several_secrets),
		cmocka_unit_test(refuses_a_mac_that_is_cut),
		cmocka_unit_test(refuses_every_single_changed_bit),
		cmocka_unit_test(takes_no_empty_secret_and_none_at_all),
		cmocka_unit_test(knows_its_algorithms_by_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
