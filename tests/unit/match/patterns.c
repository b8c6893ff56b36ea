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

int
patterns_add(struct match_set *set, const char *json, unsigned id,
	     enum match_dialect dialect, struct diag_list *diags)
{
	struct node *n = NULL;
	assert_int_equal(json_to_node(slice_of(json), "rules.yaml", &n, NULL), 0);
	int rc = match_set_add(set, n, id, dialect, diags);
	node_free(n);
	return rc;
}

struct match_set *
patterns_set(const char *const *patterns, size_t n)
{
	struct match_set *set = match_set_new();
	auto_diag diags = {0};
	assert_non_null(set);
	for (size_t i = 0; i < n; i++) {
		int rc = patterns_add(set, patterns[i], (unsigned)i, MATCH_EXTENDED,
				      &diags);
		if (rc < 0)
			fail_msg("%s: %s", patterns[i], diags.items[0].text);
	}
	assert_int_equal(match_set_finish(set), 0);
	return set;
}

void
patterns_note(unsigned id, void *arg)
{
	buf_printf(arg, "%u ", id);
}

void
patterns_assert_run(const struct match_set *set, const struct match_field *fields,
		    size_t n, const char *expected)
{
	auto_buf got = BUF_INIT(KIB);
	const struct match_event event = {fields, n};
	assert_int_equal(match_run(set, &event, patterns_note, &got), 0);
	assert_string_equal(buf_str(&got), expected);
}

bool
patterns_match(const char *pattern, const char *event)
{
	auto_buf wrapped = BUF_INIT(LIMIT_TEXT_BYTES);
	auto_buf got = BUF_INIT(KIB);
	buf_printf(&wrapped, "{\"e\": %s}", pattern);
	const char *text = buf_str(&wrapped);
	struct match_set *set = patterns_set(&text, 1);
	const struct match_field f = {"e", MATCH_JSON, slice_of(event)};
	const struct match_event ev = {&f, 1};
	int rc = match_run(set, &ev, patterns_note, &got);
	match_set_free(set);
	assert_int_equal(rc, 0);
	return got.len > 0;
}

void
patterns_assert(const struct pattern_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (patterns_match(rows[i].pattern, rows[i].event) != rows[i].expected)
			fail_msg("row %zu: %s on %s", i, rows[i].pattern, rows[i].event);
	}
}
