/*
 * The same facts in the same words, whichever host tells them: a push of two commits, a
 * tag, a deleted branch, a merged pull request of acme/shop, in the form of each host
 * (tests/data/<kind>).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "provider/fields.h"

#define BEFORE "0fa0f61d24b4b2e1a9a3f6c2c9c1b0f1d9a7c3e1"
#define AFTER  "3c5a1e1d2f0b4c6d8e9fa0b1c2d3e4f506172839"
#define MERGE  "9b8a7c6d5e4f30211203f4e5d6c7b8a990817263"

#define SHOP   "{\"repository\":\"acme/shop\""
#define MAIN   ",\"branch\":\"main\""
#define OLD    ",\"branch\":\"old\""
#define TAG    ",\"tag\":\"v1.2.0\""
#define COMMIT ",\"commit\":\"" AFTER "\""
#define MERGED ",\"commit\":\"" MERGE "\""
#define SINCE  ",\"before\":\"" BEFORE "\""
#define ADA    ",\"author\":\"Ada Lind\""
#define BO     ",\"author\":\"Bo Berg\""
#define LOGIN  ",\"author\":\"ada\""
#define TEXT   ",\"message\":\"Show the price with its currency\\n\\nCloses a gap.\""
#define TITLE  ",\"message\":\"Prices\""
#define URL(x) ",\"url\":\"https://" x "\""
#define PATHS  ",\"changed_paths\":[\"README.md\",\"app/Old.php\",\"app/Price.php\"]}"
#define ALL_PATHS                                                             \
	",\"changed_paths\":[\"README.md\",\"app/Cart.php\",\"app/Old.php\"," \
	"\"app/Price.php\"]}"
#define NO_PATHS ",\"changed_paths\":[]}"
#define VOUCHERS                                                              \
	",\"author\":\"Mara Lind\",\"message\":\"Vouchers at checkout\"" URL( \
		"github.com/acme/shop/commit/6113728f27ae82c7b1a177c8d03f9e96e0adf246")

static const struct {
	const char *kind;
	const char *type;
	const char *file;
	const char *git;
} cases[] = {
	{"github", "push", "push",
	 SHOP MAIN ",\"commit\":\"6113728f27ae82c7b1a177c8d03f9e96e0adf246\",\"before\":"
		   "\"1481a2de7b2a7d02428ad93446ab166be7793fbb\"" VOUCHERS
		   ",\"changed_paths\":[\"app/Http/Controllers/CheckoutController.php\","
		   "\"database/migrations/2026_11_23_100000_add_voucher_code.php\"]}"},
	{"github", "push", "push.tag",
	 SHOP ",\"tag\":\"v2.4.0\",\"commit\":"
	      "\"6113728f27ae82c7b1a177c8d03f9e96e0adf246\"" VOUCHERS NO_PATHS},
	{"github", "push", "push.delete", SHOP OLD SINCE LOGIN NO_PATHS},
	{"github", "pull_request", "pull_request.merged",
	 SHOP MAIN MERGED SINCE LOGIN TITLE URL("github.com/acme/shop/pull/7") "}"},
	{"gitlab", "Push Hook", "push",
	 SHOP MAIN COMMIT SINCE ADA TEXT URL(
		 "gitlab.example.com/acme/shop/-/commit/" AFTER) ALL_PATHS},
	{"gitlab", "System Hook", "push",
	 SHOP MAIN COMMIT SINCE ADA TEXT URL(
		 "gitlab.example.com/acme/shop/-/commit/" AFTER) ALL_PATHS},
	{"gitlab", "Tag Push Hook", "tag",
	 SHOP TAG COMMIT ADA ",\"message\":\"Version 1.2.0\"" URL(
		 "gitlab.example.com/acme/shop/-/commit/" AFTER) PATHS},
	{"gitlab", "Push Hook", "delete",
	 SHOP OLD SINCE BO URL("gitlab.example.com/acme/shop") NO_PATHS},
	{"gitlab", "Merge Request Hook", "merge",
	 SHOP MAIN MERGED BO TITLE URL(
		 "gitlab.example.com/acme/shop/-/merge_requests/7") "}"},
	{"bitbucket", "repo:push", "push",
	 SHOP MAIN COMMIT SINCE ADA TEXT URL(
		 "bitbucket.org/acme/shop/commits/" AFTER) "}"},
	{"bitbucket", "repo:push", "tag",
	 SHOP TAG COMMIT ADA TEXT URL("bitbucket.org/acme/shop/commits/" AFTER) "}"},
	{"bitbucket", "repo:push", "delete",
	 SHOP OLD SINCE BO URL("bitbucket.org/acme/shop/branches/compare") "}"},
	{"bitbucket", "repo:push", "several",
	 SHOP ",\"branch\":[\"next\",\"main\"],\"tag\":[\"v1.2.0\"]" BO "}"},
	{"bitbucket", "pullrequest:fulfilled", "merge",
	 SHOP MAIN MERGED SINCE ADA TITLE URL(
		 "bitbucket.org/acme/shop/pull-requests/7") "}"},
	{"bitbucket-server", "repo:refs_changed", "push",
	 SHOP MAIN COMMIT SINCE ADA TEXT "}"},
	{"bitbucket-server", "repo:refs_changed", "tag", SHOP TAG COMMIT BO "}"},
	{"bitbucket-server", "repo:refs_changed", "delete", SHOP OLD SINCE BO "}"},
	{"bitbucket-server", "repo:refs_changed", "several",
	 SHOP ",\"branch\":[\"next\",\"main\"]" BO "}"},
	{"bitbucket-server", "pr:merged", "merge",
	 SHOP MAIN MERGED SINCE ADA TITLE URL(
		 "bitbucket.example.com/projects/acme/repos/shop/pull-requests/7") "}"},
	{"gitea", "push", "push",
	 SHOP MAIN COMMIT SINCE ADA TEXT URL("gitea.example.com/acme/shop/commit/" AFTER)
		 ALL_PATHS},
	{"gitea", "push", "tag",
	 SHOP TAG COMMIT ADA TEXT URL("gitea.example.com/acme/shop/commit/" AFTER)
		 NO_PATHS},
	{"gitea", "delete", "delete", SHOP OLD "}"},
	{"gitea", "pull_request", "merge",
	 SHOP MAIN MERGED SINCE LOGIN TITLE URL(
		 "gitea.example.com/acme/shop/pulls/7") "}"},
	{"forgejo", "push", "push",
	 SHOP MAIN COMMIT SINCE ADA TEXT URL("codeberg.org/acme/shop/commit/" AFTER)
		 ALL_PATHS},
	{"forgejo", "push", "tag",
	 SHOP TAG COMMIT ADA TEXT URL("codeberg.org/acme/shop/commit/" AFTER) NO_PATHS},
	{"forgejo", "delete", "delete", SHOP OLD "}"},
	{"forgejo", "pull_request", "merge",
	 SHOP MAIN MERGED SINCE LOGIN TITLE URL("codeberg.org/acme/shop/pulls/7") "}"},
	{"gogs", "push", "push",
	 SHOP MAIN COMMIT SINCE ADA TEXT URL("gogs.example.com/acme/shop/commit/" AFTER)
		 ALL_PATHS},
	{"gogs", "push", "tag",
	 SHOP TAG COMMIT ADA TEXT URL("gogs.example.com/acme/shop/commit/" AFTER) PATHS},
	{"gogs", "delete", "delete", SHOP OLD "}"},
	{"gogs", "pull_request", "merge",
	 SHOP MAIN MERGED LOGIN TITLE URL("gogs.example.com/acme/shop/pulls/7") "}"},
	{"azure-devops", "git.push", "push",
	 SHOP MAIN COMMIT SINCE ADA TEXT URL(
		 "dev.azure.com/acme/shop/commits/" AFTER) "}"},
	{"azure-devops", "git.push", "tag",
	 SHOP TAG COMMIT BO URL("dev.azure.com/acme/_apis/pushes/14") "}"},
	{"azure-devops", "git.push", "delete",
	 SHOP OLD SINCE BO URL("dev.azure.com/acme/_apis/pushes/14") "}"},
	{"azure-devops", "git.push", "several",
	 SHOP ",\"branch\":[\"next\",\"main\"]" BO URL(
		 "dev.azure.com/acme/_apis/pushes/14") "}"},
	{"azure-devops", "git.pullrequest.merged", "merge",
	 SHOP MAIN MERGED SINCE ADA TITLE URL(
		 "dev.azure.com/acme/_apis/pullRequests/7") "}"},
	{"git", "push", "push", SHOP MAIN COMMIT SINCE ADA TEXT ALL_PATHS},
	{"git", "push", "tag", SHOP TAG COMMIT ADA TEXT NO_PATHS},
	{"git", "push", "delete", SHOP OLD SINCE ",\"author\":\"bo\"" NO_PATHS},
	{"git", "push", "merge", SHOP MAIN MERGED SINCE ADA TEXT PATHS},
	{"circleci", "workflow-completed", "workflow-completed",
	 SHOP MAIN COMMIT ADA ",\"message\":\"Show the price with its currency\"" URL(
		 "app.circleci.com/pipelines/github/acme/shop/130") "}"},
};

static void
read_fields(const char *kind, const char *type, const struct buf *payload,
	    struct provider_fields *fields)
{
	struct delivery *d = delivery_new();
	assert_non_null(d);
	assert_int_equal(str_set(&d->kind, kind), 0);
	assert_int_equal(str_set(&d->type, type), 0);
	assert_int_equal(buf_append(&d->body, payload->data, payload->len), 0);
	provider_fields_init(fields);
	assert_int_equal(provider_fields_read(d, fields), 0);
	delivery_free(d);
}

static void
tells_push_tag_delete_and_merge_in_the_same_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_str path =
			str_format("tests/data/%s/%s.json", cases[i].kind, cases[i].file);
		auto_buf payload = BUF_INIT(MIB);
		struct provider_fields fields;
		assert_int_equal(file_read(path, &payload), 0);
		read_fields(cases[i].kind, cases[i].type, &payload, &fields);
		if (!str_eq(buf_str(&fields.git), cases[i].git))
			print_error("%s, %s:\n", path, cases[i].type);
		assert_string_equal(buf_str(&fields.git), cases[i].git);
		assert_int_equal(fields.chat.len, 0);
		assert_int_equal(fields.alert.len, 0);
		provider_fields_done(&fields);
	}
}

/* Every path that a map looks for, with a value of another sort. */
static void
takes_no_harm_from_other_shapes(void **state)
{
	(void)state;
	static const char *const shapes[] = {
		"[]",
		"{\"ref\":1,\"after\":{},\"commits\":\"x\",\"project\":[]}",
		"{\"push\":{\"changes\":[1,null,{\"new\":3}]},\"repository\":{}}",
		"{\"changes\":{},\"repository\":{\"slug\":1,\"project\":{\"key\":\"A\"}}"
		"}",
		"{\"resource\":{\"refUpdates\":[[]],\"repository\":\"x\"}}",
		"{\"pipeline\":{\"vcs\":{\"target_repository_url\":\"https://x\"}}}",
		"{\"object_kind\":7,\"object_attributes\":{\"tag\":true}}",
		"{\"object_kind\":\"push\",\"after\":\"a\",\"commits\":[1,{\"id\":1}]}",
		"{\"head_commit\":null,\"commits\":[[]],\"after\":\"a\"}",
	};
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		for (size_t j = 0; j < ARRAY_LEN(cases); j++) {
			auto_buf payload = BUF_INIT(MIB);
			struct provider_fields fields;
			assert_int_equal(buf_puts(&payload, shapes[i]), 0);
			read_fields(cases[j].kind, cases[j].type, &payload, &fields);
			assert_false(strstr(buf_str(&fields.git), "\"repository\"") !=
				     NULL);
			provider_fields_done(&fields);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_push_tag_delete_and_merge_in_the_same_words),
		cmocka_unit_test(takes_no_harm_from_other_shapes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
