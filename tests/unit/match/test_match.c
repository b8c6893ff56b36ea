/* What the given cases leave open; those run through `forgebridge pattern test`. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "match/json_node.h"
#include "match/match.h"
#include "patterns.h"

static void
compares_numbers_as_numbers_and_as_text(void **state)
{
	(void)state;
	static const struct pattern_row rows[] = {
		{"{\"a\":[3.018e2]}", "{\"a\":301.8}", true},
		{"{\"a\":[300]}", "{\"a\":3E+2}", true},
		{"{\"a\":[0]}", "{\"a\":-0.0}", true},
		{"{\"a\":[0]}", "{\"a\":0e999}", true},
		{"{\"a\":[1]}", "{\"a\":\"1\"}", false},
		{"{\"a\":[\"1\"]}", "{\"a\":1}", false},
		{"{\"a\":[9007199254740993]}", "{\"a\":9007199254740993}", true},
		{"{\"a\":[9007199254740993]}", "{\"a\":9007199254740992}", false},
		{"{\"a\":[9007199254740993]}", "{\"a\":9007199254740993.0}", false},
		{"{\"a\":[1e999]}", "{\"a\":1e999}", true},
		{"{\"a\":[{\"numeric\":[\">\",0]}]}", "{\"a\":1e999}", false},
		{"{\"a\":[{\"numeric\":[\"=\",0.1]}]}", "{\"a\":1E-1}", true},
		{"{\"a\":[{\"numeric\":[\">=\",-1,\"<\",1]}]}", "{\"a\":-1}", true},
		{"{\"a\":[{\"numeric\":[\">\",-1,\"<\",1]}]}", "{\"a\":-1}", false},
		{"{\"a\":[{\"numeric\":[\"<\",10]}]}", "{\"a\":\"5\"}", false},
		{"{\"a\":[{\"anything-but\":10}]}", "{\"a\":1e1}", false},
		{"{\"a\":[{\"anything-but\":10}]}", "{\"a\":\"10\"}", true},
		{"{\"a\":[true]}", "{\"a\":\"true\"}", false},
		{"{\"a\":[null]}", "{\"a\":\"null\"}", false},
		{"{\"a\":[null]}", "{}", false},
	};
	patterns_assert(rows, ARRAY_LEN(rows));
}

static void
knows_addresses_in_every_spelling(void **state)
{
	(void)state;
	static const struct pattern_row rows[] = {
		{"{\"a\":[\"2001:db8::1\"]}", "{\"a\":\"2001:0DB8:0:0::1\"}", true},
		{"{\"a\":[\"2001:db8::1\"]}", "{\"a\":[\"x\",[\"2001:DB8::0001\"]]}",
		 true},
		{"{\"a\":[\"2001:db8::1\"]}", "{\"a\":\"2001:db8::2\"}", false},
		{"{\"a\":[\"::ffff:0a00:0001\"]}", "{\"a\":\"10.0.0.1\"}", true},
		{"{\"a\":[{\"exactly\":\"2001:db8::1\"}]}", "{\"a\":\"2001:0db8::1\"}",
		 false},
		{"{\"a\":[{\"cidr\":\"2001:db8::/32\"}]}", "{\"a\":\"2001:db8:ffff::\"}",
		 true},
		{"{\"a\":[{\"cidr\":\"2001:db8::/32\"}]}", "{\"a\":\"2001:db9::\"}",
		 false},
		{"{\"a\":[{\"cidr\":\"2001:db8::/32\"}]}", "{\"a\":\"10.0.0.1\"}", false},
		{"{\"a\":[{\"cidr\":\"220.160.154.255/24\"}]}",
		 "{\"a\":\"220.160.154.1\"}", true},
		{"{\"a\":[{\"cidr\":\"0.0.0.0/0\"}]}", "{\"a\":\"255.255.255.255\"}",
		 true},
		{"{\"a\":[{\"cidr\":\"0.0.0.0/0\"}]}", "{\"a\":\"256.0.0.1\"}", false},
		{"{\"a\":[{\"cidr\":\"0.0.0.0/0\"}]}", "{\"a\":\"1.2.3\"}", false},
		{"{\"a\":[{\"cidr\":\"0.0.0.0/0\"}]}", "{\"a\":\"1.2.3.4.5\"}", false},
		{"{\"a\":[{\"cidr\":\"10.0.0.0/31\"}]}", "{\"a\":\"10.0.0.2\"}", false},
	};
	patterns_assert(rows, ARRAY_LEN(rows));
}

static void
folds_case_as_eventbridge_does(void **state)
{
	(void)state;
	static const struct pattern_row rows[] = {
		{"{\"a\":[{\"equals-ignore-case\":\"\xc3\x84RGER\"}]}",
		 "{\"a\":\"\xc3\xa4rger\"}", true},
		{"{\"a\":[{\"equals-ignore-case\":\"ss\"}]}", "{\"a\":\"\xc3\x9f\"}",
		 false},
		{"{\"a\":[{\"equals-ignore-case\":\"\xc3\x9f\"}]}", "{\"a\":\"ss\"}",
		 false},
		{"{\"a\":[{\"equals-ignore-case\":\"\xc3\x9f\"}]}",
		 "{\"a\":\"\xc3\x9f\"}", true},
		/* U+2C65 and U+023A: another number of bytes */
		{"{\"a\":[{\"equals-ignore-case\":\"x\xe2\xb1\xa5y\"}]}",
		 "{\"a\":\"X\xc8\xbaY\"}", true},
		{"{\"a\":[{\"suffix\":{\"equals-ignore-case\":\"\xe2\xb1\xa5y\"}}]}",
		 "{\"a\":\"..X\xc8\xbaY\"}", true},
		{"{\"a\":[{\"prefix\":{\"equals-ignore-case\":\"x\xe2\xb1\xa5\"}}]}",
		 "{\"a\":\"X\xc8\xbaY\"}", true},
		/* Deseret letters lie beyond the basic plane: themselves only */
		{"{\"a\":[{\"equals-ignore-case\":\"\xf0\x90\x90\x80\"}]}",
		 "{\"a\":\"\xf0\x90\x90\x80\"}", true},
		{"{\"a\":[{\"equals-ignore-case\":\"\xf0\x90\x90\x80\"}]}",
		 "{\"a\":\"\xf0\x90\x90\xa8\"}", false},
		{"{\"a\":[{\"equals-ignore-case\":\"\"}]}", "{\"a\":\"\"}", true},
		{"{\"a\":[{\"equals-ignore-case\":\"a\"}]}", "{\"a\":\"ab\"}", false},
		{"{\"a\":[{\"equals-ignore-case\":\"@[`{\"}]}", "{\"a\":\"`{@[\"}",
		 false},
	};
	patterns_assert(rows, ARRAY_LEN(rows));
}

static void
matches_wildcards(void **state)
{
	(void)state;
	static const struct pattern_row rows[] = {
		{"{\"a\":[{\"wildcard\":\"*\"}]}", "{\"a\":\"\"}", true},
		{"{\"a\":[{\"wildcard\":\"*\"}]}", "{\"a\":1}", false},
		{"{\"a\":[{\"wildcard\":\"\"}]}", "{\"a\":\"\"}", true},
		{"{\"a\":[{\"wildcard\":\"a*a\"}]}", "{\"a\":\"a\"}", false},
		{"{\"a\":[{\"wildcard\":\"a*a\"}]}", "{\"a\":\"aa\"}", true},
		{"{\"a\":[{\"wildcard\":\"a*b*c\"}]}", "{\"a\":\"abbc\"}", true},
		{"{\"a\":[{\"wildcard\":\"a*bb*bc\"}]}", "{\"a\":\"abbc\"}", false},
		{"{\"a\":[{\"wildcard\":\"a\\\\*c\"}]}", "{\"a\":\"a*c\"}", true},
		{"{\"a\":[{\"wildcard\":\"a\\\\*c\"}]}", "{\"a\":\"abc\"}", false},
		{"{\"a\":[{\"wildcard\":\"a\\\\\\\\*\"}]}", "{\"a\":\"a\\\\z\"}", true},
		{"{\"a\":[{\"wildcard\":\"*.txt\"}]}", "{\"a\":\".txt\"}", true},
		{"{\"a\":[{\"wildcard\":\"*\xc3\xa9*\"}]}", "{\"a\":\"caf\\u00e9!\"}",
		 true},
	};
	patterns_assert(rows, ARRAY_LEN(rows));
}

static void
takes_anything_but_element_by_element(void **state)
{
	(void)state;
	static const struct pattern_row rows[] = {
		{"{\"a\":[{\"anything-but\":\"x\"}]}", "{\"a\":[\"x\",1]}", true},
		{"{\"a\":[{\"anything-but\":[1,2]}]}", "{\"a\":[1,\"x\"]}", true},
		{"{\"a\":[{\"anything-but\":[1,2]}]}", "{\"a\":[1,2,[2]]}", false},
		{"{\"a\":[{\"anything-but\":[\"x\"]}]}", "{\"a\":[null]}", true},
		{"{\"a\":[{\"anything-but\":\"x\"}]}", "{\"a\":[]}", false},
		{"{\"a\":[{\"anything-but\":\"x\"}]}", "{\"a\":{}}", false},
		{"{\"a\":[{\"anything-but\":\"x\"}]}", "{\"a\":[{\"b\":1}]}", false},
		{"{\"a\":[{\"anything-but\":{\"prefix\":[\"x\",\"y\"]}}]}",
		 "{\"a\":[\"x1\",\"y1\"]}", false},
		{"{\"a\":[{\"anything-but\":{\"wildcard\":\"x*\"}}]}", "{\"a\":true}",
		 true},
		{"{\"a\":[{\"anything-but\":{\"suffix\":\"x\"}}]}",
		 "{\"a\":[\"x\",[\"y\"]]}", true},
	};
	patterns_assert(rows, ARRAY_LEN(rows));
}

static void
keeps_to_one_element_of_each_array(void **state)
{
	(void)state;
	static const struct pattern_row rows[] = {
		{"{\"a\":{\"x\":[1],\"y\":[2]}}", "{\"a\":[{\"x\":1},{\"y\":2}]}", false},
		{"{\"a\":{\"x\":[1],\"y\":[2]}}", "{\"a\":[{\"x\":1},{\"x\":1,\"y\":2}]}",
		 true},
		{"{\"a\":{\"x\":[1]},\"b\":{\"y\":[2]}}",
		 "{\"a\":[{\"x\":0},{\"x\":1}],\"b\":[{\"y\":2}]}", true},
		{"{\"a\":{\"x\":[1],\"y\":[2]}}", "{\"a\":[[{\"x\":1}],[{\"y\":2}]]}",
		 false},
		{"{\"a\":{\"x\":[1],\"y\":[2]}}",
		 "{\"a\":[[{\"x\":1},{\"x\":1,\"y\":2}]]}", true},
		{"{\"a\":{\"b\":{\"x\":[1]},\"c\":{\"y\":[2]}}}",
		 "{\"a\":[{\"b\":[{\"x\":1}],\"c\":[{\"y\":3}]},{\"b\":[],\"c\":[{\"y\":"
		 "2}]}]}",
		 false},
		{"{\"a\":{\"b\":{\"x\":[1]},\"c\":{\"y\":[2]}}}",
		 "{\"a\":[{\"b\":[{\"x\":0},{\"x\":1}],\"c\":[{\"y\":3},{\"y\":2}]}]}",
		 true},
		/* scalars are tied to no element */
		{"{\"a\":[1],\"a.b\":[2]}", "{\"a\":[1,{\"b\":2}]}", true},
		{"{\"a\":[1],\"a.b\":[2]}", "{\"a\":[[1],{\"b\":2}]}", false},
		{"{\"a\":[1],\"a.b\":[2]}", "{\"a\":[[1,{\"b\":2}]]}", true},
		{"{\"a\":[1]}", "{\"a\":[[[[1]]]]}", true},
	};
	patterns_assert(rows, ARRAY_LEN(rows));
}

static void
looks_for_absence_where_eventbridge_does(void **state)
{
	(void)state;
	static const struct pattern_row rows[] = {
		{"{\"a\":[{\"exists\":false}]}", "{\"a\":[]}", true},
		{"{\"a\":[{\"exists\":false}]}", "{\"a\":{\"b\":1}}", true},
		{"{\"a\":[{\"exists\":false}]}", "{\"a\":null}", false},
		{"{\"a\":[{\"exists\":true}]}", "{\"a\":[[null]]}", true},
		{"{\"a\":[{\"exists\":true}]}", "{\"a\":[{}]}", false},
		{"{\"a\":[{\"exists\":false},\"x\"]}", "{\"a\":\"x\"}", true},
		{"{\"a\":[{\"exists\":false},\"x\"]}", "{}", true},
		{"{\"a\":[{\"exists\":false},\"x\"]}", "{\"a\":\"y\"}", false},
		/* the field before it has chosen the element */
		{"{\"a\":{\"x\":[1],\"y\":[{\"exists\":false}]}}",
		 "{\"a\":[{\"x\":1},{\"y\":2}]}", true},
		{"{\"a\":{\"x\":[1],\"y\":[{\"exists\":false}]}}",
		 "{\"a\":[{\"x\":1,\"y\":3},{\"y\":2}]}", false},
		/* no field before it: absent everywhere */
		{"{\"a\":{\"x\":[{\"exists\":false}],\"y\":[2]}}",
		 "{\"a\":[{\"x\":1},{\"y\":2}]}", false},
		{"{\"a\":{\"x\":[{\"exists\":false}]}}", "{\"a\":[{\"y\":1},{\"x\":1}]}",
		 false},
		{"{\"a\":{\"b\":{\"x\":[{\"exists\":false}]}}}", "{\"a\":1}", true},
	};
	patterns_assert(rows, ARRAY_LEN(rows));
}

static void
joins_keys_with_dots(void **state)
{
	(void)state;
	static const struct pattern_row rows[] = {
		{"{\"a.b\":[1]}", "{\"a\":{\"b\":1}}", true},
		{"{\"a\":{\"b\":[1]}}", "{\"a.b\":1}", true},
		{"{\"a\":{\"b\":[1]}}", "{\"a.b\":{\"b\":1}}", false},
		{"{\"a\":{\"b\":{\"c\":[1]}}}", "{\"a.b\":{\"c\":1}}", true},
		{"{\"a\":{\"b\":{\"c\":[1]}}}", "{\"a\":{\"b.c\":1}}", true},
		{"{\"l\":{\"k8s.io/n\":[1],\"k8s.io/m\":[2]}}",
		 "{\"l\":{\"k8s.io/n\":1,\"x\":0,\"k8s.io/m\":2}}", true},
		{"{\"l\":{\"k8s.io/n\":[1],\"k8s.io/m\":[2]}}",
		 "{\"l\":{\"k8s.io/n\":1}}", false},
		{"{\"a\":{\"b\":[1],\"c\":[2]}}", "{\"a\":{\"b\":1},\"a.c\":2}", true},
		{"{\"a.b\":[{\"exists\":false}]}", "{\"a\":{\"x\":1},\"a.b\":2}", false},
		{"{\"a\":{\"b\":{\"x\":[1],\"y\":[2]}}}",
		 "{\"a.b\":[{\"x\":1},{\"y\":2}]}", false},
		{"{\"a\":{\"\":[1]}}", "{\"a.\":1}", true},
		{"{\"a\":[1]}", "{\"\\u0061\":1}", true},
	};
	patterns_assert(rows, ARRAY_LEN(rows));
}

static void
multiplies_out_every_or(void **state)
{
	(void)state;
	static const struct pattern_row rows[] = {
		{"{\"a\":[1],\"$or\":[{\"b\":[1]},{\"c\":[1]}]}", "{\"a\":1,\"c\":1}",
		 true},
		{"{\"a\":[1],\"$or\":[{\"b\":[1]},{\"c\":[1]}]}", "{\"a\":1}", false},
		{"{\"$or\":[{\"a\":[1]},{\"b\":[1],\"$or\":[{\"c\":[1]},{\"d\":[1]}]}]}",
		 "{\"b\":1,\"d\":1}", true},
		{"{\"$or\":[{\"a\":[1]},{\"b\":[1]}],\"x\":{\"$or\":[{\"c\":[1]},{\"d\":["
		 "1]}]}}",
		 "{\"b\":1,\"x\":{\"c\":1}}", true},
		{"{\"$or\":[{\"a\":[1]},{\"b\":[1]}],\"x\":{\"$or\":[{\"c\":[1]},{\"d\":["
		 "1]}]}}",
		 "{\"b\":1,\"c\":1}", false},
		/* an $or that is none is a field of that name */
		{"{\"$or\":[\"x\",\"y\"]}", "{\"$or\":\"y\"}", true},
		{"{\"$or\":[{\"prefix\":\"x\"},{\"suffix\":\"y\"}]}", "{\"$or\":\"ay\"}",
		 true},
		{"{\"$or\":{\"a\":[1]}}", "{\"$or\":{\"a\":1}}", true},
		/* what comes later replaces */
		{"{\"a\":[1],\"$or\":[{\"a\":[2]},{\"b\":[1]}]}", "{\"a\":2}", true},
		{"{\"a.b\":[1],\"a\":{\"b\":[2]}}", "{\"a\":{\"b\":1}}", false},
	};
	patterns_assert(rows, ARRAY_LEN(rows));
}

static void
counts_the_last_of_duplicate_keys(void **state)
{
	(void)state;
	assert_true(patterns_match("{\"a\":[2]}", "{\"a\":1,\"a\":2}"));
	assert_false(patterns_match("{\"a\":[1]}", "{\"a\":1,\"a\":2}"));
}

static void
compares_strings_as_their_content(void **state)
{
	(void)state;
	assert_true(patterns_match("{\"a\":[\"x\\u0000y\"]}", "{\"a\":\"x\\u0000y\"}"));
	assert_false(patterns_match("{\"a\":[\"x\\u0000y\"]}", "{\"a\":\"x\\u0000z\"}"));
	assert_true(patterns_match("{\"a\":[\"/\\u00e9\"]}", "{\"a\":\"\\/\xc3\xa9\"}"));
	assert_true(patterns_match("{\"a\":[{\"prefix\":\"\"}]}", "{\"a\":\"\"}"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compares_numbers_as_numbers_and_as_text),
		cmocka_unit_test(knows_addresses_in_every_spelling),
		cmocka_unit_test(folds_case_as_eventbridge_does),
		cmocka_unit_test(matches_wildcards),
		cmocka_unit_test(takes_anything_but_element_by_element),
		cmocka_unit_test(keeps_to_one_element_of_each_array),
		cmocka_unit_test(looks_for_absence_where_eventbridge_does),
		cmocka_unit_test(joins_keys_with_dots),
		cmocka_unit_test(multiplies_out_every_or),
		cmocka_unit_test(counts_the_last_of_duplicate_keys),
		cmocka_unit_test(compares_strings_as_their_content),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
