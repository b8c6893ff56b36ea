/* Room on the disk: statvfs of this file stands for the system's. */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "box.h"

#include "journal/room.h"

static _Atomic uint64_t disk_free;
static _Atomic uint64_t disk_size;

int
statvfs(const char *path, struct statvfs *ret)
{
	(void)path;
	*ret = (struct statvfs){.f_frsize = 1024,
				.f_bsize = 1024,
				.f_blocks = atomic_load(&disk_size) / 1024,
				.f_bavail = atomic_load(&disk_free) / 1024,
				.f_bfree = atomic_load(&disk_free) / 1024};
	return 0;
}

static void
set_disk(uint64_t size, uint64_t free_bytes)
{
	atomic_store(&disk_size, size);
	atomic_store(&disk_free, free_bytes);
}

static int
setup(void **state)
{
	set_disk((uint64_t)100 * MIB, (uint64_t)50 * MIB);
	int rc = box_setup(state);
	struct box *b = *state;
	b->options.min_free_bytes = 0;
	return rc;
}

static bool
is_low(struct room *r, uint64_t size, uint64_t free_bytes)
{
	set_disk(size, free_bytes);
	room_probe(r, 0);
	return room_is_low(r);
}

static void
keeps_five_percent_of_a_small_disk_free(void **state)
{
	struct box *b = *state;
	struct room r = {0};
	assert_int_equal(room_init(&r, b->path, 0, 0), 0);
	assert_false(is_low(&r, (uint64_t)100 * MIB, (uint64_t)5 * MIB));
	assert_true(is_low(&r, (uint64_t)100 * MIB, (uint64_t)5 * MIB - 1024));
	room_done(&r);
}

static void
keeps_512_MiB_of_a_large_disk_free(void **state)
{
	struct box *b = *state;
	struct room r = {0};
	assert_int_equal(room_init(&r, b->path, 0, 0), 0);
	assert_false(is_low(&r, (uint64_t)MIB * MIB, (uint64_t)512 * MIB));
	assert_true(is_low(&r, (uint64_t)MIB * MIB, (uint64_t)512 * MIB - 1024));
	room_done(&r);
}

static void
counts_free_pages_of_the_file_as_room(void **state)
{
	struct box *b = *state;
	struct room r = {0};
	uint64_t size = (uint64_t)100 * MIB;
	assert_int_equal(room_init(&r, b->path, 0, 0), 0);
	atomic_store(&r.spare_bytes, (uint64_t)3 * MIB);
	assert_false(is_low(&r, size, (uint64_t)2 * MIB));
	assert_true(is_low(&r, size, (uint64_t)2 * MIB - 1024));
	atomic_store(&r.spare_bytes, size);
	assert_false(is_low(&r, size, (uint64_t)5 * MIB / 4));
	assert_true(is_low(&r, size, (uint64_t)5 * MIB / 4 - 1024));
	room_done(&r);
}

static uint64_t
size_of(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static void
reserves_at_most_a_quarter_of_what_is_free(void **state)
{
	struct box *b = *state;
	auto_str reserve = str_format("%s-reserve", b->path);
	struct room r = {0};
	set_disk((uint64_t)100 * MIB, (uint64_t)8 * MIB);
	assert_int_equal(room_init(&r, b->path, (uint64_t)64 * MIB, 0), 0);
	assert_int_equal(size_of(reserve), 2 * MIB);
	room_done(&r);
	unlink(reserve);
	struct room small = {0};
	assert_int_equal(room_init(&small, b->path, 64 * KIB, 0), 0);
	assert_int_equal(size_of(reserve), 64 * KIB);
	room_done(&small);
}

static void
is_low_after_a_failed_write_until_the_reserve_fits_again(void **state)
{
	struct box *b = *state;
	auto_str reserve = str_format("%s-reserve", b->path);
	struct room r = {0};
	uint64_t size = (uint64_t)100 * MIB;
	assert_int_equal(room_init(&r, b->path, MIB, 0), 0);
	room_give_up(&r);
	assert_true(room_is_low(&r));
	assert_int_equal(size_of(reserve), 0);
	assert_true(is_low(&r, size, (uint64_t)5 * MIB));
	room_restore(&r);
	assert_int_equal(size_of(reserve), 0);
	assert_false(is_low(&r, size, (uint64_t)6 * MIB));
	room_restore(&r);
	assert_int_equal(size_of(reserve), MIB);
	assert_false(is_low(&r, size, (uint64_t)5 * MIB));
	room_done(&r);
}

static int
submit(struct box *b, const struct delivery *d, struct answer *a)
{
	struct journal_txn *t = journal_txn_new();
	assert_int_equal(journal_txn_delivery(t, d), 0);
	return journal_submit(b->journal, t, on_answer, a);
}

static void
wait_for_health(struct box *b, enum journal_health health)
{
	uint64_t deadline = clock_mono_us() + 10000000;
	while (journal_get_health(b->journal) != health)
		assert_true(clock_mono_us() < deadline);
}

static void
refuses_deliveries_before_the_disk_is_full(void **state)
{
	struct box *b = *state;
	struct answer a = {0};
	struct delivery *d = a_delivery(1);
	uint64_t sequence = box_put_notice(b, "{}");
	set_disk((uint64_t)100 * MIB, (uint64_t)4 * MIB);
	box_reopen(b);
	assert_int_equal(journal_get_health(b->journal), JOURNAL_FULL);
	assert_int_equal(submit(b, d, &a), -EAGAIN);
	box_ack(b, sequence, 0);
	assert_int_equal(box_count(b, "notice", "acked"), 1);
	delivery_free(d);
}

static void
recovers_by_itself_when_there_is_room(void **state)
{
	struct box *b = *state;
	struct delivery *d = a_delivery(1);
	set_disk((uint64_t)100 * MIB, (uint64_t)4 * MIB);
	box_reopen(b);
	assert_int_equal(journal_get_health(b->journal), JOURNAL_FULL);
	set_disk((uint64_t)100 * MIB, (uint64_t)40 * MIB);
	/* nothing is submitted meanwhile */
	wait_for_health(b, JOURNAL_OK);
	assert_int_equal(box_put(b, d), JOURNAL_COMMITTED);
	delivery_free(d);
}

static void
notices_that_the_disk_fills_up(void **state)
{
	struct box *b = *state;
	struct answer a = {0};
	uint64_t deadline = clock_mono_us() + 10000000;
	box_reopen(b);
	set_disk((uint64_t)100 * MIB, (uint64_t)4 * MIB);
	for (unsigned n = 0; journal_get_health(b->journal) == JOURNAL_OK; n++) {
		struct delivery *d = a_delivery(n);
		a.called = false;
		if (submit(b, d, &a) == 0)
			box_wait(b, &a.called);
		delivery_free(d);
		assert_true(clock_mono_us() < deadline);
	}
	assert_int_equal(journal_get_health(b->journal), JOURNAL_FULL);
}

static void
uses_the_configured_minimum(void **state)
{
	struct box *b = *state;
	set_disk((uint64_t)100 * MIB, (uint64_t)40 * MIB);
	b->options.min_free_bytes = (uint64_t)41 * MIB;
	box_reopen(b);
	assert_int_equal(journal_get_health(b->journal), JOURNAL_FULL);
	b->options.min_free_bytes = (uint64_t)39 * MIB;
	box_reopen(b);
	assert_int_equal(journal_get_health(b->journal), JOURNAL_OK);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, box_teardown)
	const struct CMUnitTest tests[] = {
		TEST(keeps_five_percent_of_a_small_disk_free),
		TEST(keeps_512_MiB_of_a_large_disk_free),
		TEST(counts_free_pages_of_the_file_as_room),
		TEST(reserves_at_most_a_quarter_of_what_is_free),
		TEST(is_low_after_a_failed_write_until_the_reserve_fits_again),
		TEST(refuses_deliveries_before_the_disk_is_full),
		TEST(recovers_by_itself_when_there_is_room),
		TEST(notices_that_the_disk_fills_up),
		TEST(uses_the_configured_minimum),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
