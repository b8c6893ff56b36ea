/* What providers say of a delivery in words of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/mem.h"
#include "provider/fields.h"

static struct provider_fields fields;

static int
setup(void **state)
{
	(void)state;
	provider_fields_init(&fields);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	provider_fields_done(&fields);
	return 0;
}

static void
read_fields(const char *kind, const char *type, const char *payload)
{
	struct delivery *d = delivery_new();
	assert_non_null(d);
	assert_int_equal(str_set(&d->kind, kind), 0);
	assert_int_equal(str_set(&d->type, type), 0);
	assert_int_equal(buf_puts(&d->body, payload), 0);
	assert_int_equal(provider_fields_read(d, &fields), 0);
	delivery_free(d);
}

static void
a_push_names_branch_commit_and_every_path_once(void **state)
{
	(void)state;
	read_fields(
		"github", "push",
		"{\"ref\":\"refs\\/heads\\/feat/x\",\"after\":\"ab\",\"before\":\"cd\","
		"\"repository\":{\"full_name\":\"acme/shop\"},"
		"\"head_commit\":{\"message\":\"it's \\\"done\\\"\",\"author\":{\"name\":"
		"\"Ada\"},\"url\":\"https://x/1\"},"
		"\"commits\":[{\"added\":[\"b\",\"a\"],\"removed\":[],\"modified\":["
		"\"c\"]},"
		"{\"added\":[\"a\"],\"modified\":null}]}");
	assert_string_equal(buf_str(&fields.git),
			    "{\"repository\":\"acme/shop\",\"branch\":\"feat/x\","
			    "\"commit\":\"ab\",\"before\":\"cd\",\"author\":\"Ada\","
			    "\"message\":\"it's \\\"done\\\"\",\"url\":\"https://x/1\","
			    "\"changed_paths\":[\"a\",\"b\",\"c\"]}");
}

static void
a_pushed_tag_is_no_branch_and_zeros_are_no_commit(void **state)
{
	(void)state;
	read_fields("github", "push",
		    "{\"ref\":\"refs/tags/v1\",\"before\":"
		    "\"0000000000000000000000000000000000000000\",\"after\":\"ab\","
		    "\"head_commit\":null,\"pusher\":{\"name\":\"bob\"}}");
	assert_string_equal(buf_str(&fields.git),
			    "{\"tag\":\"v1\",\"commit\":\"ab\",\"author\":\"bob\"}");
}

static void
deletions_are_told_by_type_of_ref(void **state)
{
	(void)state;
	read_fields("github", "delete",
		    "{\"ref\":\"v1\",\"ref_type\":\"tag\",\"repository\":{\"full_name\":"
		    "\"a/b\"}}");
	assert_string_equal(buf_str(&fields.git),
			    "{\"repository\":\"a/b\",\"tag\":\"v1\"}");
	buf_reset(&fields.git);
	read_fields("github", "create", "{\"ref\":\"main\",\"ref_type\":\"branch\"}");
	assert_string_equal(buf_str(&fields.git), "{\"branch\":\"main\"}");
}

static void
a_merged_pull_request_is_about_its_base(void **state)
{
	(void)state;
	read_fields(
		"github", "pull_request",
		"{\"pull_request\":{\"base\":{\"ref\":\"main\",\"sha\":\"b\"},\"head\":{"
		"\"sha\":\"h\"},\"merge_commit_sha\":\"m\",\"title\":\"T\"}}");
	assert_string_equal(buf_str(&fields.git),
			    "{\"branch\":\"main\",\"commit\":\"m\",\"before\":\"b\","
			    "\"message\":\"T\"}");
}

static void
other_shapes_give_nothing(void **state)
{
	(void)state;
	read_fields("github", "push", "[]");
	read_fields("github", "push", "{\"ref\":1,\"after\":{},\"commits\":\"x\"}");
	read_fields("github", "push", "no json");
	read_fields("no-such-kind", "push", "{}");
	assert_int_equal(fields.git.len, 0);
	assert_int_equal(fields.chat.len, 0);
	assert_int_equal(fields.alert.len, 0);
}

static void
chat_text_is_split_into_arguments(void **state)
{
	(void)state;
	struct chat_facts f = {.command = slice_of("/deploy"),
			       .text = slice_of("  shop  main\n"),
			       .user = slice_of("U1")};
	chat_put(&fields.chat, &f);
	assert_string_equal(buf_str(&fields.chat),
			    "{\"command\":\"/deploy\",\"text\":\"  shop  main\\n\","
			    "\"args\":[\"shop\",\"main\"],\"user\":\"U1\"}");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_push_names_branch_commit_and_every_path_once),
		TEST(a_pushed_tag_is_no_branch_and_zeros_are_no_commit),
		TEST(deletions_are_told_by_type_of_ref),
		TEST(a_merged_pull_request_is_about_its_base),
		TEST(other_shapes_give_nothing),
		TEST(chat_text_is_split_into_arguments),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
