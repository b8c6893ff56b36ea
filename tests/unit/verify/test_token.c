#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/codec.h"
#include "verify/digest.h"
#include "verify/token.h"

static struct secret
secret_of(const char *text)
{
	return (struct secret){(char *)(uintptr_t)text, strlen(text)};
}

static int
compare(const struct token_set *set, const char *given)
{
	return token_set_compare(set, given, strlen(given));
}

static void
accepts_any_token_of_the_set_and_nothing_else(void **state)
{
	(void)state;
	struct secret s[] = {secret_of("alpha"), secret_of("beta")};
	struct token_set *set = token_set_new(s, 2);
	assert_non_null(set);
	assert_int_equal(compare(set, "alpha"), 0);
	assert_int_equal(compare(set, "beta"), 0);
	assert_int_equal(compare(set, "alph"), -EBADMSG);
	assert_int_equal(compare(set, "alphaa"), -EBADMSG);
	assert_int_equal(compare(set, "ALPHA"), -EBADMSG);
	assert_int_equal(compare(set, ""), -EBADMSG);
	assert_int_equal(token_set_compare(set, "alpha\0x", 7), -EBADMSG);
	token_set_free(set);
}

static void
takes_no_empty_secret_and_none_at_all(void **state)
{
	(void)state;
	struct secret s[] = {secret_of("right"), secret_of("")};
	assert_null(token_set_new(s, 0));
	assert_null(token_set_new(s, 2));
}

/* FIPS 180-4 examples. */
static void
digests_as_the_standard_says(void **state)
{
	(void)state;
	uint8_t digest[DIGEST_BYTES];
	auto_buf hex = BUF_INIT(200);
	assert_int_equal(digest_sha256("abc", 3, digest), 0);
	hex_encode(&hex, digest, sizeof(digest));
	assert_string_equal(buf_str(&hex), "ba7816bf8f01cfea414140de5dae2223"
					   "b00361a396177a9cb410ff61f20015ad");
	buf_reset(&hex);
	assert_int_equal(digest_sha256(NULL, 0, digest), 0);
	hex_encode(&hex, digest, sizeof(digest));
	assert_string_equal(buf_str(&hex), "e3b0c44298fc1c149afbf4c8996fb924"
					   "27ae41e4649b934ca495991b7852b855");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_any_token_of_the_set_and_nothing_else),
		cmocka_unit_test(takes_no_empty_secret_and_none_at_all),
		cmocka_unit_test(digests_as_the_standard_says),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
