#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "fake.h"
#include "forge/pages.h"

#define SITES		"GET /orgs/acme/sites"
#define PAGE(ids, next) "{\"data\":[" ids "],\"meta\":{\"next_cursor\":" next "}}"
#define SITE(id)	"{\"id\":\"" id "\"}"

static const struct forge_request sites = {.operation = "sites"};

static void
add_three_pages(struct bench *b)
{
	fake_add(b->fake, (struct fake_rule){SITES, .body = PAGE(SITE("1") "," SITE("2"),
								 "\"c1\"")});
	fake_add(b->fake, (struct fake_rule){SITES "?page%5Bcursor%5D=c1",
					     .body = PAGE(SITE("3"), "\"c2\"")});
	fake_add(b->fake, (struct fake_rule){SITES "?page%5Bcursor%5D=c2",
					     .body = PAGE("", "null")});
}

static void
pages_come_one_by_one(void **state)
{
	struct bench *b = *state;
	add_three_pages(b);
	struct forge_pages *p = forge_pages_new(b->client, &sites);
	for (unsigned n = 1; n <= 3; n++) {
		struct got g = {0};
		assert_true(forge_pages_more(p));
		assert_non_null(forge_pages_next(p, got_result, &g));
		/* one at a time */
		assert_null(forge_pages_next(p, got_result, &g));
		bench_wait(b, &g);
		assert_int_equal(g.kind, FORGE_OK);
		assert_int_equal(fake_count(b->fake, ""), n);
		got_done(&g);
	}
	assert_false(forge_pages_more(p));
	assert_null(forge_pages_next(p, got_result, NULL));
	forge_pages_free(p);
}

/* The fake lives in this thread's loop, which the blocking form runs. */
static void
items_come_one_by_one_over_the_pages(void **state)
{
	struct bench *b = *state;
	add_three_pages(b);
	struct forge_pages *p = forge_pages_new(b->client, &sites);
	assert_int_equal(fake_count(b->fake, ""), 0);
	assert_string_equal(forge_pages_item(p), SITE("1"));
	assert_string_equal(forge_pages_item(p), SITE("2"));
	assert_int_equal(fake_count(b->fake, ""), 1);
	assert_string_equal(forge_pages_item(p), SITE("3"));
	assert_null(forge_pages_item(p));
	assert_null(forge_pages_failure(p));
	assert_int_equal(fake_count(b->fake, ""), 3);
	assert_null(forge_pages_item(p));
	assert_int_equal(fake_count(b->fake, ""), 3);
	forge_pages_free(p);
}

static void
the_query_stays_with_the_cursor(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = sites;
	rq.params = "{\"filter[name]\":\"shop\"}";
	fake_add(b->fake, (struct fake_rule){SITES "?*", 1, .body = PAGE("", "\"c1\"")});
	fake_add(b->fake, (struct fake_rule){SITES "?*", .body = PAGE("", "null")});
	struct forge_pages *p = forge_pages_new(b->client, &rq);
	assert_null(forge_pages_item(p));
	assert_string_equal(fake_request(b->fake, 1),
			    SITES "?filter%5Bname%5D=shop&page%5Bcursor%5D=c1 ");
	forge_pages_free(p);
}

static void
a_page_that_fails_may_be_asked_for_again(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake, (struct fake_rule){SITES, .body = PAGE(SITE("1"), "\"c1\"")});
	fake_add(b->fake, (struct fake_rule){SITES "?*", 1, .status = 403});
	fake_add(b->fake,
		 (struct fake_rule){SITES "?*", .body = PAGE(SITE("2"), "null")});
	struct forge_pages *p = forge_pages_new(b->client, &sites);
	assert_string_equal(forge_pages_item(p), SITE("1"));
	assert_null(forge_pages_item(p));
	assert_int_equal(forge_pages_failure(p)->kind, FORGE_FORBIDDEN);
	assert_true(forge_pages_more(p));
	assert_string_equal(forge_pages_item(p), SITE("2"));
	assert_null(forge_pages_failure(p));
	forge_pages_free(p);
}

static void
a_cursor_that_leads_to_itself_ends_the_list(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake,
		 (struct fake_rule){SITES "*", .body = PAGE(SITE("1"), "\"c1\"")});
	struct forge_pages *p = forge_pages_new(b->client, &sites);
	assert_non_null(forge_pages_item(p));
	assert_non_null(forge_pages_item(p));
	assert_null(forge_pages_item(p));
	assert_int_equal(fake_count(b->fake, ""), 2);
	forge_pages_free(p);
}

static void
odd_pages_are_taken_as_far_as_they_go(void **state)
{
	struct bench *b = *state;
	static const char *const bodies[] = {"{}",   "[]", "{\"data\":null}",
					     "null", "7",  "{\"data\":{},\"meta\":[]}",
					     ""};
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		fake_add(b->fake, (struct fake_rule){SITES, 1, .body = bodies[i]});
		struct forge_pages *p = forge_pages_new(b->client, &sites);
		assert_null(forge_pages_item(p));
		assert_null(forge_pages_failure(p));
		assert_false(forge_pages_more(p));
		forge_pages_free(p);
	}
}

static void
what_is_wrong_with_a_list_is_told(void **state)
{
	struct bench *b = *state;
	static const struct {
		struct forge_request rq;
		const char *message;
	} bad[] = {
		{{.operation = "sitse"},
		 "unknown operation \"sitse\"; did you mean \"site\"?"},
		{{.operation = "sites", .params = "["}, "params: is no JSON: "},
		{{.operation = "sites", .params = "[]"}, "params: must be a JSON object"},
		{{.operation = "sites", .params = "{\"sirt\":1}"}, "sirt: unknown field"},
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct forge_pages *p = forge_pages_new(b->client, &bad[i].rq);
		assert_null(forge_pages_item(p));
		const struct forge_result *r = forge_pages_failure(p);
		assert_int_equal(r->kind, FORGE_REFUSED);
		assert_memory_equal(r->message, bad[i].message, strlen(bad[i].message));
		forge_pages_free(p);
	}
	assert_int_equal(fake_count(b->fake, ""), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_setup, bench_teardown)
		TEST(pages_come_one_by_one),
		TEST(items_come_one_by_one_over_the_pages),
		TEST(the_query_stays_with_the_cursor),
		TEST(a_page_that_fails_may_be_asked_for_again),
		TEST(a_cursor_that_leads_to_itself_ends_the_list),
		TEST(odd_pages_are_taken_as_far_as_they_go),
		TEST(what_is_wrong_with_a_list_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
