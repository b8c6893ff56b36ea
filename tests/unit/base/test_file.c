#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/file.h"

struct box {
	char folder[40];
	char *path; /* of a file in it */
};

static void
box_open(struct box *b)
{
	*b = (struct box){.folder = "/tmp/file-test-XXXXXX"};
	assert_non_null(mkdtemp(b->folder));
	b->path = str_format("%s/state", b->folder);
	assert_non_null(b->path);
}

/* There must be nothing else in the folder. */
static void
box_close(struct box *b)
{
	unlink(b->path);
	assert_int_equal(rmdir(b->folder), 0);
	str_free(b->path);
}

static void
assert_content(const struct box *b, const char *text)
{
	auto_buf out = BUF_INIT(1000);
	assert_int_equal(file_read(b->path, &out), 0);
	assert_string_equal(buf_str(&out), text);
}

static void
a_file_is_replaced_and_private(void **state)
{
	(void)state;
	struct box b;
	struct stat st;
	box_open(&b);
	assert_int_equal(file_replace(b.path, slice_of("first, and longer")), 0);
	assert_content(&b, "first, and longer");
	assert_int_equal(file_replace(b.path, slice_of("second")), 0);
	assert_content(&b, "second");
	assert_int_equal(stat(b.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(file_replace(b.path, slice_of("")), 0);
	assert_content(&b, "");
	box_close(&b);
}

static void
what_cannot_be_replaced_stays(void **state)
{
	(void)state;
	struct box b;
	box_open(&b);
	auto_str nowhere = str_format("%s/none/state", b.folder);
	assert_int_equal(file_replace(nowhere, slice_of("x")), -ENOENT);
	/* a folder in the place of the file */
	assert_int_equal(mkdir(b.path, 0700), 0);
	assert_true(file_replace(b.path, slice_of("x")) < 0);
	assert_int_equal(rmdir(b.path), 0);
	box_close(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_is_replaced_and_private),
		cmocka_unit_test(what_cannot_be_replaced_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
