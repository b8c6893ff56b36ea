/*
 * What a store must offer. journal.c keeps the line of requests, the commit thread and
 * the callbacks; a backend keeps the rows. A new one is a const table of these functions
 * and a line in backend.c; callers of journal/journal.h notice nothing.
 */
#ifndef JOURNAL_BACKEND_H
#define JOURNAL_BACKEND_H

#include "journal/journal.h"
#include "journal/txn.h"

struct backend_ops;

/* The first member of every backend's own struct. */
struct backend {
	const struct backend_ops *ops;
};

/* The same for readers. */
struct journal_reader {
	const struct backend_ops *ops;
};

struct backend_setup {
	const char *location; /* the URL behind its scheme */
	const struct journal_options *options;
	/* May be called from any thread: the health is another one now. */
	void (*on_health)(void *arg);
	void *arg;
};

struct notice_page {
	struct notice *items; /* owned */
	size_t len;
	size_t cap;
};
void notice_page_done(struct notice_page *page);

struct backend_ops {
	const char *scheme; /* "sqlite" */

	/* NULL with a text in *ret_error. */
	struct backend *(*open)(const struct backend_setup *setup, char **ret_error);
	void (*close)(struct backend *b);

	/* --- on the commit thread only --- */

	/* Commits a batch (txn_next) in its order and fills in each one's done. */
	void (*commit)(struct backend *b, struct journal_txn *first);
	/* Returns 0 or -errno; the page holds what was read. */
	int (*read_notices)(struct backend *b, uint64_t after, unsigned max,
			    struct notice_page *page);
	int (*replay_notices)(struct backend *b, uint64_t after, int64_t since_us);
	/*
	 * House-keeping, in short slices: called between batches, and with idle when
	 * nothing waits. Returns the microseconds after which it wants to be called again
	 * though nothing happened.
	 */
	uint64_t (*tend)(struct backend *b, bool idle);

	/* --- from any thread --- */

	enum journal_health (*health)(struct backend *b);
	/* Looks whether there is room, at most once a second; may change the health. */
	void (*probe)(struct backend *b);
	/* Fills in the figures of the disk. */
	void (*stats)(struct backend *b, struct journal_stats *stats);

	/* --- readers: see the functions of the same name in journal/journal.h --- */

	struct journal_reader *(*reader_open)(const char *location, char **ret_error);
	void (*reader_close)(struct journal_reader *r);
	int (*list_deliveries)(struct journal_reader *r, unsigned max,
			       journal_delivery_fn *on_row, void *arg);
	int (*load_delivery)(struct journal_reader *r, const char *id,
			     struct delivery **ret_delivery);
	int (*list_jobs)(struct journal_reader *r, bool unfinished, unsigned max,
			 journal_job_fn *on_job, void *arg);
	int (*load_job)(struct journal_reader *r, const char *id, struct job **ret_job);
	int (*load_rule)(struct journal_reader *r, const char *version, char **ret_text);
	int (*load_marker)(struct journal_reader *r, uint64_t *ret_sequence);
	int (*count)(struct journal_reader *r, const char *table, const char *state,
		     uint64_t *ret_n);
};

extern const struct backend_ops sqlite_backend;

/*
 * The backend of a URL and what stands behind the scheme; NULL with a text when no
 * backend knows it.
 */
const struct backend_ops *backend_find(const char *url, const char **ret_location,
				       char **ret_error);

#endif
