#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "box.h"

#include "journal/schema.h"

static void
expect_refusal(struct box *b, const char *text)
{
	auto_str error = NULL;
	assert_null(journal_open(&b->options, &error));
	assert_non_null(error);
	if (!strstr(error, text))
		fail_msg("\"%s\" does not hold \"%s\"", error, text);
	auto_str reader_error = NULL;
	assert_null(journal_reader_open(b->url, &reader_error));
	assert_non_null(strstr(reader_error, text));
}

static void
refuses_a_newer_schema(void **state)
{
	struct box *b = *state;
	box_close(b);
	box_sql(b, "UPDATE meta SET value = 99 WHERE key = 'schema'");
	expect_refusal(b, "version 99, newer than this program knows");
	assert_int_equal(box_ask(b, "SELECT value FROM meta WHERE key = 'schema'"), 99);
}

static void
refuses_a_database_of_something_else(void **state)
{
	struct box *b = *state;
	box_close(b);
	box_sql(b, "DROP TABLE meta");
	expect_refusal(b, "no journal");
	assert_int_equal(
		box_ask(b, "SELECT count(*) FROM sqlite_master WHERE name='meta'"), 0);
}

static void
refuses_a_file_that_is_no_database(void **state)
{
	struct box *b = *state;
	auto_str path = str_format("%s/text", b->folder);
	auto_str url = str_format("sqlite:%s", path);
	FILE *f = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("this is no database\n", f);
	fclose(f);
	box_close(b);
	b->options.url = url;
	auto_str error = NULL;
	assert_null(journal_open(&b->options, &error));
	assert_non_null(strstr(error, "not a database"));
	b->options.url = b->url;
}

static void
makes_an_empty_file_the_newest_version(void **state)
{
	struct box *b = *state;
	assert_int_equal(box_ask(b, "SELECT value FROM meta WHERE key = 'schema'"),
			 schema_version);
}

/* A file as version 1 of some program left it, and that program's next versions. */
static const char *const steps[] = {
	"CREATE TABLE pet(name TEXT);",
	"ALTER TABLE pet ADD COLUMN age INTEGER; UPDATE pet SET age = 3;",
	"CREATE INDEX pet_age ON pet(age);",
};
static const char *const broken_steps[] = {
	"CREATE TABLE pet(name TEXT);",
	"ALTER TABLE pet ADD COLUMN age INTEGER;",
	"CREATE INDEX pet_age ON nothing(age);",
};

static sqlite3 *
version_1_file(const struct box *b)
{
	sqlite3 *db = NULL;
	auto_str path = str_format("%s/old.db", b->folder);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	int rc = sqlite3_exec(db,
			      "CREATE TABLE meta(key TEXT PRIMARY KEY, value INTEGER);"
			      "INSERT INTO meta VALUES('schema', 1);"
			      "CREATE TABLE pet(name TEXT);"
			      "INSERT INTO pet VALUES('rex');",
			      NULL, NULL, NULL);
	assert_int_equal(rc, SQLITE_OK);
	return db;
}

static int
number(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *q = NULL;
	int n = -1;
	if (sqlite3_prepare_v2(db, sql, -1, &q, NULL) == SQLITE_OK &&
	    sqlite3_step(q) == SQLITE_ROW)
		n = sqlite3_column_int(q, 0);
	sqlite3_finalize(q);
	return n;
}

static void
migrates_an_old_file_step_by_step(void **state)
{
	auto_str error = NULL;
	sqlite3 *db = version_1_file(*state);
	assert_int_equal(schema_migrate(db, steps, 3, &error), 0);
	assert_int_equal(number(db, "SELECT value FROM meta WHERE key = 'schema'"), 3);
	assert_int_equal(number(db, "SELECT age FROM pet WHERE name = 'rex'"), 3);
	assert_int_equal(schema_migrate(db, steps, 3, &error), 0);
	sqlite3_close(db);
}

static void
leaves_the_file_alone_when_a_step_fails(void **state)
{
	auto_str error = NULL;
	sqlite3 *db = version_1_file(*state);
	assert_int_equal(schema_migrate(db, broken_steps, 3, &error), -EIO);
	assert_non_null(strstr(error, "nothing"));
	assert_int_equal(number(db, "SELECT value FROM meta WHERE key = 'schema'"), 1);
	assert_int_equal(number(db, "SELECT count(*) FROM pragma_table_info('pet')"), 1);
	sqlite3_close(db);
}

static bool
is_final(const char *state)
{
	enum job_state s = JOB_WAITING;
	assert_int_equal(job_state_from(state, &s), 0);
	return job_state_is_final(s);
}

/* The partial index names the states that are not final. */
static void
indexes_just_the_unfinished_states(void **state)
{
	struct box *b = *state;
	for (int s = 0; s < JOB_STATE_COUNT; s++) {
		const char *name = job_state_name((enum job_state)s);
		auto_str sql =
			str_format("SELECT sql LIKE '%%''%s''%%' FROM sqlite_master"
				   " WHERE name = 'job_unfinished'",
				   name);
		assert_int_equal(box_ask(b, sql), !is_final(name));
	}
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, box_setup, box_teardown)
	const struct CMUnitTest tests[] = {
		TEST(refuses_a_newer_schema),
		TEST(refuses_a_database_of_something_else),
		TEST(refuses_a_file_that_is_no_database),
		TEST(makes_an_empty_file_the_newest_version),
		TEST(migrates_an_old_file_step_by_step),
		TEST(leaves_the_file_alone_when_a_step_fails),
		TEST(indexes_just_the_unfinished_states),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
