#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/limits.h"
#include "base/str.h"
#include "sandbox/page.h"

static void
fill(struct page_list *list, size_t n)
{
	for (uint64_t id = 1; id <= n; id++) {
		struct page_item item = {.id = id};
		assert_int_equal(page_list_add(list, item), 0);
	}
	page_list_sort(list);
}

static void
cut(const struct page_list *list, const char *cursor, size_t size, struct page *page)
{
	assert_int_equal(page_cut(list, cursor, size, page), 0);
}

static void
assert_range(const struct page_list *list, const struct page *p, uint64_t first,
	     uint64_t last)
{
	assert_true(p->from < p->to);
	assert_int_equal(list->items[p->from].id, first);
	assert_int_equal(list->items[p->to - 1].id, last);
}

static void
follows_next_cursors_to_the_end(void **state)
{
	(void)state;
	auto_page_list list = {0};
	auto_page first = {0};
	auto_page second = {0};
	auto_page third = {0};
	fill(&list, 25);
	cut(&list, NULL, 10, &first);
	assert_range(&list, &first, 1, 10);
	assert_null(first.prev);
	cut(&list, first.next, 10, &second);
	assert_range(&list, &second, 11, 20);
	cut(&list, second.next, 10, &third);
	assert_range(&list, &third, 21, 25);
	assert_null(third.next);
}

static void
follows_previous_cursors_back(void **state)
{
	(void)state;
	auto_page_list list = {0};
	auto_page first = {0};
	auto_page second = {0};
	auto_page third = {0};
	auto_page back = {0};
	auto_page start = {0};
	fill(&list, 25);
	cut(&list, NULL, 10, &first);
	cut(&list, first.next, 10, &second);
	cut(&list, second.next, 10, &third);
	cut(&list, third.prev, 10, &back);
	assert_range(&list, &back, 11, 20);
	cut(&list, back.prev, 10, &start);
	assert_range(&list, &start, 1, 10);
	assert_null(start.prev);
}

static void
newest_first_stays_in_place_while_the_list_grows(void **state)
{
	(void)state;
	auto_page_list list = {.descending = true};
	auto_page first = {0};
	auto_page second = {0};
	fill(&list, 20);
	cut(&list, NULL, 5, &first);
	assert_range(&list, &first, 20, 16);
	struct page_item newer = {.id = 21};
	assert_int_equal(page_list_add(&list, newer), 0);
	page_list_sort(&list);
	cut(&list, first.next, 5, &second);
	assert_range(&list, &second, 15, 11);
}

static void
sorts_by_text_then_id(void **state)
{
	(void)state;
	auto_page_list list = {0};
	auto_page first = {0};
	auto_page second = {0};
	const struct page_item items[] = {
		{.text = "b", .id = 1}, {.text = "a", .id = 2}, {.text = "b", .id = 3}};
	for (size_t i = 0; i < ARRAY_LEN(items); i++)
		assert_int_equal(page_list_add(&list, items[i]), 0);
	page_list_sort(&list);
	cut(&list, NULL, 2, &first);
	assert_range(&list, &first, 2, 1);
	cut(&list, first.next, 2, &second);
	assert_range(&list, &second, 3, 3);
}

static void
a_cursor_behind_everything_gives_an_empty_page(void **state)
{
	(void)state;
	auto_page_list list = {0};
	auto_page_list shorter = {0};
	auto_page first = {0};
	auto_page empty = {0};
	fill(&list, 20);
	fill(&shorter, 5);
	cut(&list, NULL, 10, &first);
	cut(&shorter, first.next, 10, &empty);
	assert_int_equal(empty.from, empty.to);
	assert_null(empty.next);
}

static void
nonsense_instead_of_a_cursor_gives_the_first_page(void **state)
{
	(void)state;
	auto_page_list list = {0};
	const char *const texts[] = {
		"", "x", "%%%", "bm9uc2Vuc2U", "eyJpZCI6InRocmVlIn0", "W10"};
	fill(&list, 20);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		auto_page page = {0};
		cut(&list, texts[i], 10, &page);
		assert_range(&list, &page, 1, 10);
	}
}

static void
an_empty_list_has_one_empty_page(void **state)
{
	(void)state;
	auto_page_list list = {0};
	auto_page page = {0};
	page_list_sort(&list);
	cut(&list, NULL, 10, &page);
	assert_int_equal(page.to, 0);
	assert_null(page.next);
	assert_null(page.prev);
}

static void
caps_the_size_of_a_page(void **state)
{
	(void)state;
	assert_int_equal(page_size("7"), 7);
	assert_int_equal(page_size("30"), 30);
	assert_int_equal(page_size("31"), LIMIT_SANDBOX_PAGE);
	assert_int_equal(page_size("0"), LIMIT_SANDBOX_PAGE);
	assert_int_equal(page_size("ten"), LIMIT_SANDBOX_PAGE);
	assert_int_equal(page_size(NULL), LIMIT_SANDBOX_PAGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(follows_next_cursors_to_the_end),
		cmocka_unit_test(follows_previous_cursors_back),
		cmocka_unit_test(newest_first_stays_in_place_while_the_list_grows),
		cmocka_unit_test(sorts_by_text_then_id),
		cmocka_unit_test(a_cursor_behind_everything_gives_an_empty_page),
		cmocka_unit_test(nonsense_instead_of_a_cursor_gives_the_first_page),
		cmocka_unit_test(an_empty_list_has_one_empty_page),
		cmocka_unit_test(caps_the_size_of_a_page),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
