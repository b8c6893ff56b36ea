/* States of jobs and steps, and trees of configuration values. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/job.h"
#include "model/node.h"

static void
a_final_state_allows_no_other(void **state)
{
	(void)state;
	for (int from = 0; from < JOB_STATE_COUNT; from++) {
		for (int to = 0; to < JOB_STATE_COUNT; to++) {
			bool allowed = job_state_allows((enum job_state)from,
							(enum job_state)to);
			if (job_state_is_final((enum job_state)from))
				assert_false(allowed);
		}
	}
	assert_false(job_state_is_final(JOB_WAITING));
	assert_false(job_state_is_final(JOB_RUNNING));
	assert_true(job_state_is_final(JOB_EXPIRED));
}

static void
a_running_job_cannot_wait_again_or_expire(void **state)
{
	(void)state;
	assert_true(job_state_allows(JOB_WAITING, JOB_RUNNING));
	assert_true(job_state_allows(JOB_RUNNING, JOB_SUCCEEDED));
	assert_false(job_state_allows(JOB_RUNNING, JOB_WAITING));
	assert_false(job_state_allows(JOB_RUNNING, JOB_SUPERSEDED));
	assert_false(job_state_allows(JOB_WAITING, JOB_SUCCEEDED));
}

static void
names_of_states_are_read_back(void **state)
{
	(void)state;
	for (int i = 0; i < JOB_STATE_COUNT; i++) {
		enum job_state s = JOB_WAITING;
		assert_int_equal(job_state_from(job_state_name((enum job_state)i), &s),
				 0);
		assert_int_equal(s, i);
	}
	for (int i = 0; i < STEP_STATE_COUNT; i++) {
		enum step_state s = STEP_PENDING;
		assert_int_equal(step_state_from(step_state_name((enum step_state)i), &s),
				 0);
		assert_int_equal(s, i);
	}
	enum job_state unknown = JOB_WAITING;
	assert_int_equal(job_state_from("done", &unknown), -ENOENT);
}

static struct node *
scalar(enum node_kind kind, const char *key, const char *text)
{
	struct node *n = node_new(kind, (struct place){0});
	assert_non_null(n);
	n->key = str_dup(key);
	n->text = str_dup(text);
	n->text_len = text ? strlen(text) : 0;
	return n;
}

static void
a_tree_becomes_json_with_its_types(void **state)
{
	struct node *root = node_new(NODE_OBJECT, (struct place){0});
	(void)state;
	assert_int_equal(node_append(root, scalar(NODE_STRING, "s", "a\"b")), 0);
	assert_int_equal(node_append(root, scalar(NODE_NUMBER, "n", "1.50")), 0);
	assert_int_equal(node_append(root, scalar(NODE_NUMBER, "hex", "0x1f")), 0);
	assert_int_equal(node_append(root, scalar(NODE_BOOL, "b", "true")), 0);
	assert_int_equal(node_append(root, scalar(NODE_NULL, "z", NULL)), 0);
	auto_buf out = BUF_INIT(1000);
	struct node *copy = node_copy(root);
	assert_int_equal(node_write_json(copy, &out), 0);
	assert_string_equal(buf_str(&out),
			    "{\"s\":\"a\\\"b\",\"n\":1.50,\"hex\":\"0x1f\","
			    "\"b\":true,\"z\":null}");
	assert_string_equal(node_text(node_get(root, "n")), "1.50");
	assert_null(node_get(root, "none"));
	assert_true(node_is_true(node_get(root, "b")));
	node_free(root);
	node_free(copy);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_final_state_allows_no_other),
		cmocka_unit_test(a_running_job_cannot_wait_again_or_expire),
		cmocka_unit_test(names_of_states_are_read_back),
		cmocka_unit_test(a_tree_becomes_json_with_its_types),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
