#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/str.h"
#include "forge/skim.h"

static void
check_id(const char *text, const char *id)
{
	struct slice found = {0};
	if (!skim(text, strlen(text), &found))
		fail_msg("no JSON: %s", text);
	if (!slice_eq_str(found, id))
		fail_msg("%s: id %.*s", text, (int)found.len, found.data);
}

static void
finds_the_id_of_the_resource(void **state)
{
	(void)state;
	check_id("{\"data\":{\"id\":\"41\",\"type\":\"x\"}}", "41");
	check_id(" { \"meta\" : [ ] , \"data\" : { \"a\" : { \"id\" : 1 } , \"id\" : 42 "
		 "} } ",
		 "42");
	check_id("{\"data\":{\"attributes\":{\"id\":\"7\"},\"id\":\"8\"},\"id\":\"9\"}",
		 "8");
}

static void
takes_no_other_id(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"{}",
		"[]",
		"null",
		"7",
		"\"id\"",
		"{\"id\":\"1\"}",
		"{\"data\":\"id\"}",
		"{\"data\":[{\"id\":\"1\"}]}",
		"{\"data\":[[{\"data\":{\"id\":\"1\"}}]]}",
		"{\"x\":{\"id\":\"1\"}}",
		"{\"data\":{\"x\":{\"id\":\"1\"}}}",
		"{\"x\":{\"data\":{\"id\":\"1\"}}}",
		"{\"data\":{\"id\":1.5}}",
		"{\"data\":{\"id\":1e3}}",
		"{\"data\":{\"id\":null}}",
		"{\"data\":{\"id\":[\"1\"]}}",
		"{\"data\":{\"id\":\"\\u0031\"}}",
	};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		check_id(texts[i], "");
}

static void
refuses_what_is_no_json(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"",	    " ",	  "<html>",    "{",
		"}",	    "[1,]",	  "[1 2]",     "{\"a\"}",
		"{\"a\":}", "{\"a\":1,}", "{a:1}",     "01",
		"-",	    "1.",	  ".5",	       "1e",
		"+1",	    "truе",	  "tru",       "nul",
		"\"",	    "\"\\x\"",	  "\"\\u12\"", "\"\n\"",
		"{} {}",    "[1]]",	  "\"\xff\"",  "\"\xc0\xaf\"",
		"{1:2}",
	};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct slice id = {0};
		if (skim(texts[i], strlen(texts[i]), &id))
			fail_msg("taken: %s", texts[i]);
	}
}

static void
every_shortened_text_is_refused(void **state)
{
	(void)state;
	static const char whole[] =
		"{\"data\":{\"id\":\"4\\n\",\"n\":[-1.5e+2,true,null]}}";
	struct slice id = {0};
	for (size_t n = 0; n < sizeof(whole) - 1; n++)
		assert_false(skim(whole, n, &id));
	assert_true(skim(whole, sizeof(whole) - 1, &id));
}

static void
depth_has_a_limit(void **state)
{
	(void)state;
	struct slice id = {0};
	char text[2 * LIMIT_JSON_DEPTH + 2];
	memset(text, '[', LIMIT_JSON_DEPTH);
	memset(text + LIMIT_JSON_DEPTH, ']', LIMIT_JSON_DEPTH);
	assert_true(skim(text, 2 * LIMIT_JSON_DEPTH, &id));
	memset(text, '[', LIMIT_JSON_DEPTH + 1);
	memset(text + LIMIT_JSON_DEPTH + 1, ']', LIMIT_JSON_DEPTH + 1);
	assert_false(skim(text, 2 * LIMIT_JSON_DEPTH + 2, &id));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_the_id_of_the_resource),
		cmocka_unit_test(takes_no_other_id),
		cmocka_unit_test(refuses_what_is_no_json),
		cmocka_unit_test(every_shortened_text_is_refused),
		cmocka_unit_test(depth_has_a_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
