/* Ids, clock, secrets, networks, waiting times, UTF-8, mistakes in input. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/diag.h"
#include "base/id.h"
#include "base/retry.h"
#include "base/secret.h"
#include "base/utf8.h"

static void
ids_rise_and_are_valid(void **state)
{
	struct id last = id_new();
	(void)state;
	for (int i = 0; i < 10000; i++) {
		struct id next = id_new();
		assert_true(id_is_valid(next.text));
		assert_true(strcmp(last.text, next.text) < 0);
		last = next;
	}
}

static void
what_is_no_id_is_refused(void **state)
{
	(void)state;
	assert_false(id_is_valid(NULL));
	assert_false(id_is_valid(""));
	assert_false(id_is_valid("01ARZ3NDEKTSV4RRFFQ69G5FA"));	  /* short */
	assert_false(id_is_valid("01ARZ3NDEKTSV4RRFFQ69G5FAVX")); /* long */
	assert_false(id_is_valid("01ARZ3NDEKTSV4RRFFQ69G5FAU"));  /* U is no digit */
	assert_false(id_is_valid("81ARZ3NDEKTSV4RRFFQ69G5FAV"));  /* over 128 bits */
	assert_true(id_is_valid("01ARZ3NDEKTSV4RRFFQ69G5FAV"));
	assert_string_equal(id_from("junk").text, "");
}

static void
times_are_written_and_read_as_rfc_3339(void **state)
{
	char text[CLOCK_TEXT_SIZE];
	int64_t us = 0;
	(void)state;
	assert_string_equal(clock_format(1795435200123456, text),
			    "2026-11-23T12:00:00.123Z");
	assert_int_equal(clock_parse("2026-11-23T12:00:00.123Z", &us), 0);
	assert_int_equal(us, 1795435200123000);
	assert_int_equal(clock_parse("2026-11-23T13:00:00+01:00", &us), 0);
	assert_int_equal(us, 1795435200000000);
	assert_int_equal(clock_parse("2026-11-23T11:30:00.5-00:30", &us), 0);
	assert_int_equal(us, 1795435200500000);
	assert_int_equal(clock_parse("2026-11-23 12:00", &us), -EINVAL);
	assert_int_equal(clock_parse("2026-11-23T12:00:00", &us), -EINVAL);
	assert_int_equal(clock_parse("2026-11-23T12:00:00Zx", &us), -EINVAL);
	assert_int_equal(clock_parse(NULL, &us), -EINVAL);
}

static void
secrets_compare_by_content_and_length(void **state)
{
	(void)state;
	assert_true(secret_equal("abc", 3, "abc", 3));
	assert_false(secret_equal("abc", 3, "abd", 3));
	assert_false(secret_equal("abc", 3, "abcd", 4));
	assert_true(secret_equal("", 0, "", 0));
}

static void
a_secret_file_loses_one_newline(void **state)
{
	char path[] = "/tmp/forgebridge-secret-XXXXXX";
	int fd = mkstemp(path);
	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "s\n\n", 3), 3);
	close(fd);
	auto_secret s = {0};
	assert_int_equal(secret_read_file(&s, path), 0);
	unlink(path);
	assert_int_equal(s.len, 2);
	assert_memory_equal(s.data, "s\n", 2);
	assert_int_equal(secret_read_file(&s, path), -ENOENT);
}

static void
waiting_times_double_up_to_their_cap(void **state)
{
	(void)state;
	for (unsigned attempt = 1; attempt < 70; attempt++) {
		uint64_t whole = attempt < 8 ? 1000ULL << (attempt - 1) : 60000;
		if (whole > 60000)
			whole = 60000;
		uint64_t ms = retry_delay_ms(attempt, 1000, 60000);
		assert_in_range(ms, whole / 2, whole);
	}
}

static void
utf8_is_strict(void **state)
{
	(void)state;
	assert_true(utf8_is_valid("\xf0\x9f\x98\x80 \xc3\xa9 \xe2\x82\xac", 11));
	static const char *const bad[] = {
		"\xc0\x80",	    "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
		"\xf0\x8f\xbf\xbf", "\xc3",	    "\x80",	    "\xff"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(utf8_is_valid(bad[i], strlen(bad[i])));
	char out[4];
	assert_int_equal(utf8_encode(0x1f600, out), 4);
	assert_memory_equal(out, "\xf0\x9f\x98\x80", 4);
}

static void
mistakes_are_printed_by_place(void **state)
{
	auto_diag list = {0};
	char *text = NULL;
	size_t len = 0;
	(void)state;
	diag_error(&list, ((struct place){"b.yaml", 2, 1}), "second");
	diag_warning(&list, ((struct place){"a.yaml", 7, 9}), "first %d", 1);
	diag_error(&list, ((struct place){"b.yaml", 1, 5}), "before");
	FILE *f = open_memstream(&text, &len);
	diag_print(&list, f);
	fclose(f);
	assert_string_equal(text, "a.yaml:7:9: warning: first 1\n"
				  "b.yaml:1:5: error: before\n"
				  "b.yaml:2:1: error: second\n");
	free(text);
	assert_int_equal(list.errors, 2);
	assert_int_equal(list.warnings, 1);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(ids_rise_and_are_valid),
		cmocka_unit_test(what_is_no_id_is_refused),
		cmocka_unit_test(times_are_written_and_read_as_rfc_3339),
		cmocka_unit_test(secrets_compare_by_content_and_length),
		cmocka_unit_test(a_secret_file_loses_one_newline),
		cmocka_unit_test(waiting_times_double_up_to_their_cap),
		cmocka_unit_test(utf8_is_strict),
		cmocka_unit_test(mistakes_are_printed_by_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
