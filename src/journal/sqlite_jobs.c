/* Jobs with their steps, as readers get them. */
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>

#include "journal/sqlite.h"
#include "journal/sqlite_reader.h"

#define PAGE_JOBS 64

#define JOB_COLUMNS                                                              \
	"SELECT id, delivery, rule, rule_version, queue, state, reason, server," \
	" site, created_us, started_us, ended_us, steps FROM job"

static const char step_sql[] =
	"SELECT n, state, on_failure, position, attempts, started_us, ended_us,"
	" resource, error, request, mark, result FROM step WHERE job = ? ORDER BY n";

/* ?1 and ?2: delivery and id of the job before; ?3: how many. */
static const char unfinished_sql[] = JOB_COLUMNS
	" INDEXED BY job_unfinished WHERE state IN ('waiting', 'running')"
	" AND (delivery, id) > (?1, ?2) ORDER BY delivery, id LIMIT ?3";
/* Every id is below '~': that is where the first page begins. */
static const char newest_sql[] = JOB_COLUMNS
	" WHERE ?1 IS NOT NULL AND id < ?2 ORDER BY id DESC LIMIT ?3";

static bool
read_job(struct sqlite3_stmt *q, struct job *j)
{
	bool failed = false;
	j->id = id_from((const char *)sqlite3_column_text(q, 0));
	j->delivery = id_from((const char *)sqlite3_column_text(q, 1));
	j->rule = column_dup(q, 2, &failed);
	const unsigned char *version = sqlite3_column_text(q, 3);
	snprintf(j->rule_version, sizeof(j->rule_version), "%s",
		 version ? (const char *)version : "");
	j->queue = column_dup(q, 4, &failed);
	if (job_state_from((const char *)sqlite3_column_text(q, 5), &j->state) < 0)
		return false;
	j->reason = column_dup(q, 6, &failed);
	j->server = column_dup(q, 7, &failed);
	j->site = column_dup(q, 8, &failed);
	j->created_us = sqlite3_column_int64(q, 9);
	j->started_us = sqlite3_column_int64(q, 10);
	j->ended_us = sqlite3_column_int64(q, 11);
	return !failed;
}

static bool
read_step(struct sqlite3_stmt *q, struct job_step *s)
{
	bool failed = false;
	if (step_state_from((const char *)sqlite3_column_text(q, 1), &s->state) < 0)
		return false;
	s->on_failure = sqlite3_column_int(q, 2) != 0;
	s->position = (unsigned)sqlite3_column_int(q, 3);
	s->attempts = (unsigned)sqlite3_column_int(q, 4);
	s->started_us = sqlite3_column_int64(q, 5);
	s->ended_us = sqlite3_column_int64(q, 6);
	s->resource = column_dup(q, 7, &failed);
	s->error = column_dup(q, 8, &failed);
	s->request = column_dup(q, 9, &failed);
	s->mark = column_dup(q, 10, &failed);
	s->result = column_dup(q, 11, &failed);
	return !failed;
}

static bool
read_steps(struct journal_reader *r, struct job *j)
{
	auto_query q = reader_query(r, step_sql, j->id.text);
	int rc = q ? reader_next(q) : -EIO;
	for (; rc > 0; rc = reader_next(q)) {
		sqlite3_int64 n = sqlite3_column_int64(q, 0);
		if (n < 0 || (sqlite3_uint64)n >= j->n_steps ||
		    !read_step(q, &j->steps[n]))
			return false;
	}
	return rc == 0;
}

/* The job whose row q stands on; NULL when it cannot be read. */
static struct job *
load(struct journal_reader *r, struct sqlite3_stmt *q)
{
	struct job *j = job_new((size_t)sqlite3_column_int64(q, 12));
	if (j && read_job(q, j) && read_steps(r, j))
		return j;
	job_free(j);
	return NULL;
}

struct job_page {
	struct job *jobs[PAGE_JOBS]; /* owned until they are handed out */
	size_t len;
};

static void
job_page_done(struct job_page *p)
{
	for (size_t i = 0; i < p->len; i++)
		job_free(p->jobs[i]);
	p->len = 0;
}

/* Where the next page begins. */
struct job_cursor {
	struct id delivery;
	struct id id;
};

static int
read_job_page(struct journal_reader *r, struct sqlite3_stmt *q, unsigned max,
	      struct job_page *page)
{
	if (sqlite3_bind_int64(q, 3, max))
		return -EIO;
	int rc = reader_next(q);
	for (; rc > 0; rc = reader_next(q)) {
		struct job *j = load(r, q);
		if (!j)
			return -EIO;
		page->jobs[page->len++] = j;
	}
	return rc;
}

/* Hands the jobs over; returns whether to go on. */
static bool
hand_out_jobs(struct job_page *page, journal_job_fn *on_job, void *arg)
{
	for (size_t i = 0; i < page->len; i++) {
		if (!on_job(steal_ptr(&page->jobs[i]), arg))
			return false;
	}
	return true;
}

static int
bind_cursor(struct sqlite3_stmt *q, const struct job_cursor *c)
{
	return sqlite3_bind_text(q, 1, c->delivery.text, -1, SQLITE_STATIC) |
	       sqlite3_bind_text(q, 2, c->id.text, -1, SQLITE_STATIC);
}

/* Reads one page and moves the cursor behind it. */
static int
list_page(struct journal_reader *r, struct sqlite3_stmt *q, struct job_cursor *cursor,
	  struct job_page *page, unsigned max)
{
	int rc = bind_cursor(q, cursor) ? -EIO : read_job_page(r, q, max, page);
	/* Ends the read transaction before the callbacks run. */
	sqlite3_reset(q);
	if (rc == 0 && page->len > 0) {
		cursor->delivery = page->jobs[page->len - 1]->delivery;
		cursor->id = page->jobs[page->len - 1]->id;
	}
	return rc;
}

int
sqlite_list_jobs(struct journal_reader *r, bool unfinished, unsigned max,
		 journal_job_fn *on_job, void *arg)
{
	struct job_cursor cursor = {{""}, {""}};
	if (!unfinished)
		cursor.id.text[0] = '~';
	auto_query q = reader_query(r, unfinished ? unfinished_sql : newest_sql, NULL);
	int rc = q ? 0 : -EIO;
	bool more = true;
	while (max > 0 && more && rc == 0) {
		struct job_page page = {.len = 0};
		unsigned n = max < PAGE_JOBS ? max : PAGE_JOBS;
		rc = list_page(r, q, &cursor, &page, n);
		more = rc == 0 && hand_out_jobs(&page, on_job, arg) && page.len == n;
		max -= n;
		job_page_done(&page);
	}
	return rc;
}

int
sqlite_load_job(struct journal_reader *r, const char *id, struct job **ret_job)
{
	auto_query q = reader_query(r, JOB_COLUMNS " WHERE id = ?", id);
	int rc = q ? reader_next(q) : -EIO;
	if (rc <= 0)
		return rc < 0 ? rc : -ENOENT;
	struct job *j = load(r, q);
	if (!j)
		return -EIO;
	*ret_job = j;
	return 0;
}
