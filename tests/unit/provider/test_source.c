#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/limits.h"
#include "sender.h"

static void
knows_every_kind_of_the_table_and_names_the_nearest(void **state)
{
	(void)state;
	assert_non_null(provider_find("github"));
	assert_non_null(provider_find("hmac"));
	assert_non_null(provider_find("token"));
	assert_null(provider_find("GitHub"));
	assert_null(provider_find(NULL));
}

static void
every_row_of_the_table_is_complete(void **state)
{
	(void)state;
	for (const struct provider *const *p = provider_all(); *p; p++) {
		assert_non_null((*p)->summary);
		assert_non_null((*p)->headers);
		assert_non_null((*p)->algorithm);
		assert_non_null((*p)->begin);
		assert_non_null((*p)->feed);
		assert_non_null((*p)->end);
		assert_non_null((*p)->abort);
		assert_non_null((*p)->read);
		assert_non_null((*p)->sign);
		size_t n = 0;
		for (; (*p)->options && (*p)->options[n].name; n++)
			assert_non_null((*p)->options[n].help);
		assert_true(n <= LIMIT_OPTIONS);
	}
}

static void
names_every_mistake_of_a_source(void **state)
{
	(void)state;
	static const struct {
		const char *kind;
		const char *secrets;
		const char *options;
		const char *error;
	} cases[] = {
		{"gihtub", "s", "", "unknown kind \"gihtub\"; did you mean \"github\"?"},
		{"github", NULL, "", "a source of kind github needs a secret"},
		{"github", "", "", "a secret is empty"},
		{"token", "a,,b", "", "a secret is empty"},
		{"hmac", "s", "heder=X",
		 "unknown key \"heder\" in a source of kind hmac; did you mean "
		 "\"header\"?"},
		{"github", "s", "header=X",
		 "unknown key \"header\" in a source of kind github; expected one of "
		 "\"kind\", \"secret\", \"allow\""},
		{"hmac", "s", "algorithm=md5",
		 "algorithm is \"md5\" but must be one of sha1|sha256|sha384|sha512"},
		{"hmac", "s", "algorithm=sha1|sha256",
		 "algorithm is \"sha1|sha256\" but must be one of "
		 "sha1|sha256|sha384|sha512"},
		{"hmac", "s", "encoding=",
		 "encoding is \"\" but must be one of hex|upper-hex|base64|base64url"},
		{"hmac", "s", "header=X Y", "header must be the name of a header"},
		{"hmac", "s", "header=", "header must be the name of a header"},
		{"hmac", "s", "prefix=a\nb", "prefix must be printable ASCII"},
		{"token", "s", "query=a b", "query must be a word without blanks"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_diag diags = {0};
		assert_null(sender_source(cases[i].kind, cases[i].secrets,
					  cases[i].options, &diags));
		assert_int_equal(diags.errors, 1);
		assert_string_equal(diags.items[0].text, cases[i].error);
		assert_string_equal(diags.items[0].file, "test.yaml");
	}
}

static void
collects_several_mistakes_in_one_run(void **state)
{
	(void)state;
	auto_diag diags = {0};
	assert_null(sender_source("hmac", "", "algorithm=md5;encodnig=hex", &diags));
	assert_int_equal(diags.errors, 3);
}

static void
warns_about_a_secret_with_a_line_break_behind_it(void **state)
{
	(void)state;
	auto_diag diags = {0};
	struct provider_source *src = sender_source("github", "abc\n", NULL, &diags);
	assert_non_null(src);
	assert_int_equal(diags.warnings, 1);
	provider_source_free(src);
}

static void
refuses_more_secrets_than_the_limit(void **state)
{
	(void)state;
	auto_diag diags = {0};
	assert_null(sender_source("github", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17",
				  NULL, &diags));
	assert_int_equal(diags.errors, 1);
}

static void
never_prints_a_secret_in_a_mistake(void **state)
{
	(void)state;
	auto_diag diags = {0};
	assert_null(sender_source("hmac", "hunter2 ,,", "x=1;algorithm=y", &diags));
	assert_true(diags.len >= 4);
	for (size_t i = 0; i < diags.len; i++)
		assert_null(strstr(diags.items[i].text, "hunter2"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_every_kind_of_the_table_and_names_the_nearest),
		cmocka_unit_test(every_row_of_the_table_is_complete),
		cmocka_unit_test(names_every_mistake_of_a_source),
		cmocka_unit_test(collects_several_mistakes_in_one_run),
		cmocka_unit_test(warns_about_a_secret_with_a_line_break_behind_it),
		cmocka_unit_test(refuses_more_secrets_than_the_limit),
		cmocka_unit_test(never_prints_a_secret_in_a_mistake),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
