/* Parses text in a test and compares the mistakes with what was expected. */
#ifndef TESTS_CONF_HELPER_H
#define TESTS_CONF_HELPER_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/diag.h"
#include "conf/conf.h"

/* All mistakes, sorted, one a line. The caller frees. */
static inline char *
printed(struct diag_list *diags)
{
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	assert_non_null(f);
	diag_print(diags, f);
	fclose(f);
	return text;
}

/* Parses; asserts that it is refused with exactly these lines. */
static inline void
assert_mistakes(const char *yaml, const char *expected)
{
	struct diag_list diags = {0};
	struct conf *conf = NULL;
	int rc = conf_parse("f.yaml", yaml, strlen(yaml), &diags, &conf);
	char *text = printed(&diags);
	assert_string_equal(text, expected);
	assert_int_equal(rc == 0, diags.errors == 0);
	assert_true((conf != NULL) == (rc == 0));
	free(text);
	diag_done(&diags);
	conf_unref(conf);
}

/* Parses what has no mistakes (warnings are fine). */
static inline struct conf *
parsed(const char *yaml)
{
	struct diag_list diags = {0};
	struct conf *conf = NULL;
	int rc = conf_parse("f.yaml", yaml, strlen(yaml), &diags, &conf);
	if (rc != 0)
		diag_print(&diags, stderr);
	assert_int_equal(rc, 0);
	diag_done(&diags);
	return conf;
}

#endif
