#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/codec.h"
#include "verify/ed25519.h"

/* RFC 8032, section 7.1, tests 1 to 3. */
static const struct {
	const char *seed;
	const char *public_key;
	const char *message;
	const char *signature;
} vectors[] = {
	{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	 "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
	 "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33b"
	 "acc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
	{"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	 "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
	 "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e1599"
	 "6e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
	{"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	 "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
	 "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f2"
	 "90ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
};

static void
decode(const char *hex, uint8_t *out, size_t len)
{
	assert_int_equal(hex_decode(hex, strlen(hex), out, len), len);
}

static void
signs_and_verifies_as_the_rfc_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		uint8_t seed[ED25519_KEY_BYTES];
		uint8_t given[ED25519_KEY_BYTES];
		uint8_t public_key[ED25519_KEY_BYTES];
		uint8_t due[ED25519_SIGNATURE_BYTES];
		uint8_t made[ED25519_SIGNATURE_BYTES];
		uint8_t message[2] = {0};
		size_t len = strlen(vectors[i].message) / 2;
		decode(vectors[i].seed, seed, sizeof(seed));
		decode(vectors[i].public_key, given, sizeof(given));
		decode(vectors[i].signature, due, sizeof(due));
		decode(vectors[i].message, message, len);
		struct ed25519_key *own = ed25519_key_from_seed(seed);
		struct ed25519_key *key = ed25519_key_new(given);
		assert_non_null(own);
		assert_non_null(key);
		assert_int_equal(ed25519_public(own, public_key), 0);
		assert_memory_equal(public_key, given, sizeof(given));
		assert_int_equal(ed25519_sign(own, message, len, made), 0);
		assert_memory_equal(made, due, sizeof(due));
		assert_int_equal(ed25519_verify(key, message, len, due), 0);
		assert_int_equal(ed25519_verify(own, message, len, due), 0);
		ed25519_key_free(own);
		ed25519_key_free(key);
	}
}

static void
refuses_any_change(void **state)
{
	(void)state;
	uint8_t public_key[ED25519_KEY_BYTES];
	uint8_t signature[ED25519_SIGNATURE_BYTES];
	decode(vectors[1].public_key, public_key, sizeof(public_key));
	decode(vectors[1].signature, signature, sizeof(signature));
	struct ed25519_key *key = ed25519_key_new(public_key);
	assert_non_null(key);
	assert_int_equal(ed25519_verify(key, "\x72", 1, signature), 0);
	assert_int_equal(ed25519_verify(key, "\x73", 1, signature), -EBADMSG);
	assert_int_equal(ed25519_verify(key, "\x72\x72", 2, signature), -EBADMSG);
	assert_int_equal(ed25519_verify(key, NULL, 0, signature), -EBADMSG);
	for (size_t bit = 0; bit < sizeof(signature) * 8; bit++) {
		signature[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_int_equal(ed25519_verify(key, "\x72", 1, signature), -EBADMSG);
		signature[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	ed25519_key_free(key);
}

static void
a_public_key_does_not_sign(void **state)
{
	(void)state;
	uint8_t public_key[ED25519_KEY_BYTES];
	uint8_t signature[ED25519_SIGNATURE_BYTES];
	decode(vectors[0].public_key, public_key, sizeof(public_key));
	struct ed25519_key *key = ed25519_key_new(public_key);
	assert_non_null(key);
	assert_int_equal(ed25519_sign(key, "x", 1, signature), -EPERM);
	ed25519_key_free(key);
	ed25519_key_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_and_verifies_as_the_rfc_says),
		cmocka_unit_test(refuses_any_change),
		cmocka_unit_test(a_public_key_does_not_sign),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
