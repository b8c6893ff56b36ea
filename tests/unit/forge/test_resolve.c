#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "fake.h"

#define SITES "GET /orgs/acme/sites?*"
#define SITE(id, srv)                                                              \
	"{\"id\":\"" id "\",\"type\":\"sites\",\"attributes\":{\"name\":"          \
	"\"shop.example.com\"},\"relationships\":{\"server\":{\"data\":{\"type\":" \
	"\"servers\",\"id\":\"" srv "\"}}}}"
#define WEB_1 "{\"id\":\"1\",\"type\":\"servers\",\"attributes\":{\"name\":\"web-1\"}}"
#define WEB_2 "{\"id\":\"5\",\"type\":\"servers\",\"attributes\":{\"name\":\"web-2\"}}"

static const struct forge_request deploy = {.operation = "deploy",
					    .site = "shop.example.com"};

/* The answer of forge_resolve, or its message when it failed. */
static void
expect(struct bench *b, const struct forge_request *rq, const char *body)
{
	struct got g = {0};
	assert_non_null(forge_resolve(b->client, rq, got_result, &g));
	assert_int_equal(g.times, 0);
	bench_wait(b, &g);
	assert_string_equal(g.kind == FORGE_OK ? g.body : g.message, body);
	got_done(&g);
}

static void
expect_kind(struct bench *b, const struct forge_request *rq, enum forge_kind kind,
	    const char *message)
{
	struct got g = {0};
	forge_resolve(b->client, rq, got_result, &g);
	bench_wait(b, &g);
	assert_string_equal(g.message, message);
	assert_int_equal(g.kind, kind);
	got_done(&g);
}

static void
add(struct bench *b, const char *request, const char *body)
{
	fake_add(b->fake, (struct fake_rule){.request = request, .body = body});
}

static void
a_site_is_found_with_its_server(void **state)
{
	struct bench *b = *state;
	add(b, SITES, "{\"data\":[" SITE("2", "1") "],\"included\":[" WEB_1 "]}");
	expect(b, &deploy,
	       "{\"organization\":\"acme\",\"server\":{\"id\":\"1\",\"name\":\"web-1\"},"
	       "\"site\":{\"id\":\"2\",\"name\":\"shop.example.com\"}}");
	assert_int_equal(fake_count(b->fake, ""), 1);
	const char *rq = fake_request(b->fake, 0);
	assert_non_null(strstr(rq, "filter%5Bname%5D=shop.example.com"));
	assert_non_null(strstr(rq, "include=server"));
	assert_non_null(strstr(rq, "page%5Bsize%5D=30"));
}

static void
a_name_is_asked_once(void **state)
{
	struct bench *b = *state;
	add(b, SITES, "{\"data\":[" SITE("2", "1") "],\"included\":[" WEB_1 "]}");
	struct got g[3] = {0};
	for (size_t i = 0; i < ARRAY_LEN(g); i++)
		forge_resolve(b->client, &deploy, got_result, &g[i]);
	for (size_t i = 0; i < ARRAY_LEN(g); i++) {
		bench_wait(b, &g[i]);
		assert_int_equal(g[i].kind, FORGE_OK);
		got_done(&g[i]);
	}
	struct got later = {0};
	forge_resolve(b->client, &deploy, got_result, &later);
	bench_wait(b, &later);
	assert_int_equal(later.kind, FORGE_OK);
	got_done(&later);
	assert_int_equal(fake_count(b->fake, ""), 1);
}

static void
the_filter_matches_parts_so_names_are_compared(void **state)
{
	struct bench *b = *state;
	add(b, SITES,
	    "{\"data\":[{\"id\":\"7\",\"attributes\":{\"name\":"
	    "\"old.shop.example.com\"}}," SITE("2", "1") ",{\"id\":\"8\",\"attributes\":"
							 "{\"name\":null}},{\"id\":\"9\"}"
							 "],\"included\":[" WEB_1 "]}");
	expect(b, &deploy,
	       "{\"organization\":\"acme\",\"server\":{\"id\":\"1\",\"name\":\"web-1\"},"
	       "\"site\":{\"id\":\"2\",\"name\":\"shop.example.com\"}}");
}

static void
cursors_are_followed(void **state)
{
	struct bench *b = *state;
	/* query members come in no fixed order, so the second page is told by number */
	fake_add(b->fake,
		 (struct fake_rule){SITES, 1,
				    .body = "{\"data\":[{\"id\":\"7\"}],\"meta\":"
					    "{\"next_cursor\":\"n2\"}}"});
	add(b, SITES, "{\"data\":[" SITE("2", "1") "],\"included\":[" WEB_1 "]}");
	expect(b, &deploy,
	       "{\"organization\":\"acme\",\"server\":{\"id\":\"1\",\"name\":\"web-1\"},"
	       "\"site\":{\"id\":\"2\",\"name\":\"shop.example.com\"}}");
	assert_int_equal(fake_count(b->fake, ""), 2);
	assert_null(strstr(fake_request(b->fake, 0), "cursor"));
	assert_non_null(strstr(fake_request(b->fake, 1), "page%5Bcursor%5D=n2"));
}

static void
a_name_on_several_servers_needs_the_server(void **state)
{
	struct bench *b = *state;
	add(b, SITES,
	    "{\"data\":[" SITE("2", "1") "," SITE("3", "5") "],\"included\":[" WEB_1
							    "," WEB_2 "]}");
	expect_kind(b, &deploy, FORGE_INVALID,
		    "several sites are named \"shop.example.com\": id 2 on server web-1, "
		    "id 3 on server web-2; say which with server");
}

static void
a_server_narrows_the_search(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = deploy;
	rq.server = "web-2";
	add(b, "GET /orgs/acme/servers?*", "{\"data\":[" WEB_2 "]}");
	add(b, "GET /orgs/acme/servers/5/sites?*", "{\"data\":[" SITE("3", "5") "]}");
	expect(b, &rq,
	       "{\"organization\":\"acme\",\"server\":{\"id\":\"5\",\"name\":\"web-2\"},"
	       "\"site\":{\"id\":\"3\",\"name\":\"shop.example.com\"}}");
}

static void
an_unknown_name_is_told_with_the_nearest(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {.operation = "deploy", .site = "shp.example.com"};
	fake_add(b->fake, (struct fake_rule){SITES, 1, .body = "{\"data\":[]}"});
	add(b, SITES, "{\"data\":[" SITE("2", "1") "]}");
	const char *text = "no site \"shp.example.com\" in organisation acme (nearest: "
			   "shop.example.com)";
	expect_kind(b, &rq, FORGE_NOT_FOUND, text);
	assert_int_equal(fake_count(b->fake, ""), 2);
	/* and is not asked again at once */
	expect_kind(b, &rq, FORGE_NOT_FOUND, text);
	assert_int_equal(fake_count(b->fake, ""), 2);
}

static void
an_unknown_name_without_a_near_one_is_told_plainly(void **state)
{
	struct bench *b = *state;
	add(b, SITES, "{\"data\":[]}");
	expect_kind(b, &deploy, FORGE_NOT_FOUND,
		    "no site \"shop.example.com\" in organisation acme");
}

static void
an_unknown_organisation_is_told(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = deploy;
	rq.organization = "nobody";
	expect_kind(b, &rq, FORGE_NOT_FOUND, "no organisation \"nobody\" for this token");
}

static void
an_organisation_goes_by_its_full_name_too(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {.operation = "servers", .organization = "Acme Inc."};
	add(b, "GET /orgs?*",
	    "{\"data\":[{\"id\":\"1\",\"attributes\":{\"name\":\"Acme Inc.\",\"slug\":"
	    "\"acme\"}}]}");
	add(b, "GET /orgs/acme/servers", "{\"data\":[]}");
	struct got g = {0};
	forge_call(b->client, &rq, got_result, &g);
	bench_wait(b, &g);
	assert_int_equal(g.kind, FORGE_OK);
	got_done(&g);
}

static void
ids_need_no_request(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {.operation = "deploy", .server = "1", .site = "2"};
	fake_add(b->fake, (struct fake_rule){"POST *", .status = 202});
	struct got g = {0};
	forge_call(b->client, &rq, got_result, &g);
	bench_wait(b, &g);
	assert_int_equal(g.kind, FORGE_OK);
	got_done(&g);
	assert_int_equal(fake_count(b->fake, ""), 1);
}

static void
the_server_of_a_site_id_is_found(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {.operation = "deploy", .params = "{\"site\":2}"};
	add(b, "GET /orgs/acme/sites/2", "{\"data\":" SITE("2", "1") "}");
	fake_add(b->fake,
		 (struct fake_rule){"POST /orgs/acme/servers/1/sites/2/deployments",
				    .status = 202});
	struct got g = {0};
	forge_call(b->client, &rq, got_result, &g);
	bench_wait(b, &g);
	assert_string_equal(g.message, "");
	got_done(&g);
}

static void
the_server_of_a_site_id_is_read_from_its_link(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {.operation = "deploy", .site = "2"};
	add(b, "GET /orgs/acme/sites/2",
	    "{\"data\":{\"id\":\"2\",\"attributes\":{\"name\":\"x.example.com\"},"
	    "\"links\":{\"self\":{\"href\":\"https://forge/api/orgs/acme/servers/77/"
	    "sites/"
	    "2\"}}}}");
	add(b, "GET /orgs/acme/servers/77", "{\"data\":" WEB_2 "}");
	expect(b, &rq,
	       "{\"organization\":\"acme\",\"server\":{\"id\":\"77\",\"name\":\"web-2\"},"
	       "\"site\":{\"id\":\"2\",\"name\":\"x.example.com\"}}");
}

static void
a_site_id_without_a_server_to_be_found_asks_for_it(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {.operation = "deploy", .site = "2"};
	add(b, "GET /orgs/acme/sites/2", "{\"data\":{\"id\":\"2\"}}");
	expect_kind(b, &rq, FORGE_INVALID,
		    "Forge does not tell which server site 2 is on; give server");
}

static void
a_wrong_id_is_told(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {.operation = "deploy", .site = "99"};
	expect_kind(b, &rq, FORGE_NOT_FOUND,
		    "no site with the id 99 in organisation acme");
	rq.server = "98";
	rq.site = "shop.example.com";
	expect_kind(b, &rq, FORGE_NOT_FOUND,
		    "no server with the id 98 in organisation acme");
}

static void
what_moved_to_another_id_is_looked_up_anew(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake,
		 (struct fake_rule){SITES, 1, .body = "{\"data\":[" SITE("2", "1") "]}"});
	add(b, SITES, "{\"data\":[" SITE("6", "5") "]}");
	fake_add(b->fake,
		 (struct fake_rule){"POST /orgs/acme/servers/5/sites/6/deployments",
				    .status = 202});
	struct got g = {0};
	forge_call(b->client, &deploy, got_result, &g);
	bench_wait(b, &g);
	assert_string_equal(g.message, "");
	assert_int_equal(fake_count(b->fake, "POST"), 2);
	got_done(&g);
}

static void
a_404_that_stays_is_told_after_one_more_try(void **state)
{
	struct bench *b = *state;
	add(b, SITES, "{\"data\":[" SITE("2", "1") "]}");
	struct got g = {0};
	forge_call(b->client, &deploy, got_result, &g);
	bench_wait(b, &g);
	assert_int_equal(g.kind, FORGE_NOT_FOUND);
	assert_int_equal(fake_count(b->fake, "POST"), 2);
	got_done(&g);
}

static void
a_missing_scope_of_the_look_up_is_told(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake, (struct fake_rule){SITES, .status = 403});
	expect_kind(b, &deploy, FORGE_FORBIDDEN,
		    "forbidden: 403; organizations.sites.index needs the scope "
		    "server:view");
}

static void
a_look_up_can_be_cancelled_by_one_of_two(void **state)
{
	struct bench *b = *state;
	fake_add(b->fake, (struct fake_rule){SITES, 1, .status = 500});
	add(b, SITES, "{\"data\":[" SITE("2", "1") "],\"included\":[" WEB_1 "]}");
	struct got g[2] = {0};
	struct forge_call *first = forge_resolve(b->client, &deploy, got_result, &g[0]);
	forge_resolve(b->client, &deploy, got_result, &g[1]);
	bench_wait_requests(b, 1);
	forge_cancel(first);
	bench_wait(b, &g[0]);
	assert_int_equal(g[0].kind, FORGE_CANCELLED);
	bench_wait(b, &g[1]);
	assert_int_equal(g[1].kind, FORGE_OK);
	got_done(&g[0]);
	got_done(&g[1]);
}

static void
a_look_up_ends_with_the_deadline_of_its_call(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = deploy;
	rq.deadline_ms = 100;
	fake_add(b->fake, (struct fake_rule){SITES, .mode = FAKE_HANG});
	expect_kind(b, &rq, FORGE_TIMEOUT, "gave up finding out names; nothing was sent");
}

static void
a_name_is_no_part_of_a_url(void **state)
{
	struct bench *b = *state;
	struct forge_request rq = {.operation = "deploy", .site = "a&include=x#/../b"};
	add(b, SITES, "{\"data\":[]}");
	expect_kind(b, &rq, FORGE_NOT_FOUND,
		    "no site \"a&include=x#/../b\" in organisation acme");
	assert_non_null(strstr(fake_request(b->fake, 0), "a%26include%3Dx%23%2F..%2Fb"));
}

static void
rubbish_instead_of_a_list_is_nothing_found(void **state)
{
	struct bench *b = *state;
	static const char *const odd[] = {"7", "{\"data\":7}", "{\"data\":{\"id\":1}}",
					  "{\"data\":[null,3,\"x\",[],{}],\"meta\":7}"};
	for (size_t i = 0; i < ARRAY_LEN(odd); i++)
		fake_add(b->fake, (struct fake_rule){SITES, 2, .body = odd[i]});
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		char name[32];
		char text[128];
		snprintf(name, sizeof(name), "s%zu", i);
		snprintf(text, sizeof(text), "no site \"%s\" in organisation acme", name);
		struct forge_request rq = {.operation = "deploy", .site = name};
		expect_kind(b, &rq, FORGE_NOT_FOUND, text);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, bench_setup, bench_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_site_is_found_with_its_server),
		TEST(a_name_is_asked_once),
		TEST(the_filter_matches_parts_so_names_are_compared),
		TEST(cursors_are_followed),
		TEST(a_name_on_several_servers_needs_the_server),
		TEST(a_server_narrows_the_search),
		TEST(an_unknown_name_is_told_with_the_nearest),
		TEST(an_unknown_name_without_a_near_one_is_told_plainly),
		TEST(an_unknown_organisation_is_told),
		TEST(an_organisation_goes_by_its_full_name_too),
		TEST(ids_need_no_request),
		TEST(the_server_of_a_site_id_is_found),
		TEST(the_server_of_a_site_id_is_read_from_its_link),
		TEST(a_site_id_without_a_server_to_be_found_asks_for_it),
		TEST(a_wrong_id_is_told),
		TEST(what_moved_to_another_id_is_looked_up_anew),
		TEST(a_404_that_stays_is_told_after_one_more_try),
		TEST(a_missing_scope_of_the_look_up_is_told),
		TEST(a_look_up_can_be_cancelled_by_one_of_two),
		TEST(a_look_up_ends_with_the_deadline_of_its_call),
		TEST(a_name_is_no_part_of_a_url),
		TEST(rubbish_instead_of_a_list_is_nothing_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
