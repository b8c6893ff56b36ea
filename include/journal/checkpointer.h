/*
 * A thread that moves the write-ahead log into the database file while commits go on
 * (PASSIVE checkpoints), so that no commit pays for it. Under load without a pause that
 * never gets to the log's end; above LIMIT_WAL_BYTES it asks the writer for a moment
 * between two batches and finishes (RESTART), so that the log begins anew.
 */
#ifndef JOURNAL_CHECKPOINTER_H
#define JOURNAL_CHECKPOINTER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

struct sqlite3;

struct checkpointer {
	struct sqlite3 *db; /* owned: a connection of its own */
	/* On its thread: a checkpoint failed with that SQLite code. */
	void (*on_error)(void *arg, struct sqlite3 *db, int rc);
	void *arg;
	uint64_t page_bytes;
	pthread_t thread;
	bool running;
	pthread_mutex_t lock; /* of the three below */
	pthread_cond_t work;
	bool stopping;
	bool shrink;
	pthread_mutex_t gate; /* held by the writer during a batch */
	pthread_cond_t gate_free;
	_Atomic bool gate_wanted;
	_Atomic bool sleeping;
	_Atomic uint64_t commits;   /* seen by the hook */
	_Atomic uint64_t wal_pages; /* in the log now */
};

/* Opens the connection and starts the thread; writer gets the hook. 0 or -errno. */
int checkpointer_start(struct checkpointer *c, struct sqlite3 *writer,
		       const char *path) MUST_CHECK;
/* Joins the thread and closes the connection; checkpointer_start may have failed. */
void checkpointer_stop(struct checkpointer *c);
/* Around each batch. */
void checkpointer_enter(struct checkpointer *c);
void checkpointer_leave(struct checkpointer *c);
/* Gives the log's space back to the disk as soon as possible. */
void checkpointer_shrink(struct checkpointer *c);

#endif
