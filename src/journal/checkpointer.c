#include "journal/checkpointer.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <time.h>

#include "base/clock.h"
#include "base/limits.h"

#define PAUSE_US 200000U /* between two checkpoints */

static int
on_commit(void *arg, sqlite3 *db, const char *name, int pages)
{
	(void)db;
	(void)name;
	struct checkpointer *c = arg;
	atomic_store(&c->wal_pages, (uint64_t)pages);
	atomic_fetch_add(&c->commits, 1);
	if (!atomic_load(&c->sleeping))
		return SQLITE_OK;
	pthread_mutex_lock(&c->lock);
	pthread_cond_signal(&c->work);
	pthread_mutex_unlock(&c->lock);
	return SQLITE_OK;
}

static bool
is_long(const struct checkpointer *c, int pages)
{
	return pages > 0 && (uint64_t)pages * c->page_bytes > LIMIT_WAL_BYTES;
}

struct pass {
	int pages; /* in the log */
	int moved; /* of them in the file */
};

/* False: an error that is not just somebody in the way. */
static bool
checkpoint(struct checkpointer *c, int mode, struct pass *ret_pass)
{
	struct pass p = {-1, -1};
	int rc = sqlite3_wal_checkpoint_v2(c->db, NULL, mode, &p.pages, &p.moved);
	*ret_pass = p;
	if (rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY || (rc & 0xff) == SQLITE_LOCKED)
		return true;
	c->on_error(c->arg, c->db, rc);
	return false;
}

/* The writer stands still meanwhile, so little should be left to move. */
static void
finish_in_the_gate(struct checkpointer *c, int mode)
{
	struct pass p;
	atomic_store(&c->gate_wanted, true);
	pthread_mutex_lock(&c->gate);
	if (checkpoint(c, mode, &p) && mode == SQLITE_CHECKPOINT_TRUNCATE && p.pages == 0)
		atomic_store(&c->wal_pages, 0);
	atomic_store(&c->gate_wanted, false);
	pthread_cond_signal(&c->gate_free);
	pthread_mutex_unlock(&c->gate);
}

/* True: everything that was committed before it is in the file. */
static bool
run_pass(struct checkpointer *c, bool shrink)
{
	struct pass p;
	if (!checkpoint(c, SQLITE_CHECKPOINT_PASSIVE, &p))
		return false;
	if (!shrink && !is_long(c, p.pages))
		return p.pages == p.moved;
	/* What was written during the first pass is moved by a second, shorter one. */
	if (!checkpoint(c, SQLITE_CHECKPOINT_PASSIVE, &p))
		return false;
	finish_in_the_gate(c, shrink ? SQLITE_CHECKPOINT_TRUNCATE
				     : SQLITE_CHECKPOINT_RESTART);
	return true;
}

static void
pause_until(struct checkpointer *c, uint64_t mono_us)
{
	struct timespec ts = {.tv_sec = (time_t)(mono_us / 1000000),
			      .tv_nsec = (long)(mono_us % 1000000) * 1000};
	while (!c->stopping && !c->shrink && clock_mono_us() < mono_us)
		pthread_cond_timedwait(&c->work, &c->lock, &ts);
}

/* Sleeps without a timer while nothing is committed: an idle bridge does nothing. */
static void
wait_for_commits(struct checkpointer *c, uint64_t seen)
{
	atomic_store(&c->sleeping, true);
	while (!c->stopping && !c->shrink && atomic_load(&c->commits) == seen)
		pthread_cond_wait(&c->work, &c->lock);
	atomic_store(&c->sleeping, false);
}

static void *
checkpoint_thread(void *arg)
{
	struct checkpointer *c = arg;
	uint64_t seen = 0;
	pthread_mutex_lock(&c->lock);
	while (!c->stopping) {
		wait_for_commits(c, seen);
		pause_until(c, clock_mono_us() + PAUSE_US);
		if (c->stopping)
			break;
		bool shrink = c->shrink;
		c->shrink = false;
		pthread_mutex_unlock(&c->lock);
		uint64_t commits = atomic_load(&c->commits);
		if (run_pass(c, shrink))
			seen = commits;
		pthread_mutex_lock(&c->lock);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

static int
open_connection(struct checkpointer *c, const char *path)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
	int rc = sqlite3_open_v2(path, &c->db, flags, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_extended_result_codes(c->db, 1);
	/* synchronous decides here whether a checkpoint syncs the log before it is used
	 */
	if (rc == SQLITE_OK)
		rc = sqlite3_exec(c->db,
				  "PRAGMA synchronous = FULL;"
				  "PRAGMA wal_autocheckpoint = 0;",
				  NULL, NULL, NULL);
	return rc;
}

int
checkpointer_start(struct checkpointer *c, struct sqlite3 *writer, const char *path)
{
	pthread_condattr_t attr;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&c->lock, NULL);
	pthread_mutex_init(&c->gate, NULL);
	pthread_cond_init(&c->work, &attr);
	pthread_cond_init(&c->gate_free, NULL);
	pthread_condattr_destroy(&attr);
	c->running = true;
	if (open_connection(c, path) != SQLITE_OK)
		return -EIO;
	sqlite3_wal_hook(writer, on_commit, c);
	sigset_t all;
	sigset_t before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = pthread_create(&c->thread, NULL, checkpoint_thread, c);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc == 0)
		pthread_setname_np(c->thread, "journal-wal");
	else
		c->thread = 0;
	return -rc;
}

void
checkpointer_stop(struct checkpointer *c)
{
	if (!c->running)
		return;
	pthread_mutex_lock(&c->lock);
	c->stopping = true;
	pthread_cond_signal(&c->work);
	pthread_mutex_unlock(&c->lock);
	if (c->thread)
		pthread_join(c->thread, NULL);
	sqlite3_close(c->db);
	c->db = NULL;
	pthread_cond_destroy(&c->gate_free);
	pthread_cond_destroy(&c->work);
	pthread_mutex_destroy(&c->gate);
	pthread_mutex_destroy(&c->lock);
	c->running = false;
}

void
checkpointer_enter(struct checkpointer *c)
{
	pthread_mutex_lock(&c->gate);
	while (atomic_load(&c->gate_wanted))
		pthread_cond_wait(&c->gate_free, &c->gate);
}

void
checkpointer_leave(struct checkpointer *c)
{
	pthread_mutex_unlock(&c->gate);
}

void
checkpointer_shrink(struct checkpointer *c)
{
	pthread_mutex_lock(&c->lock);
	c->shrink = true;
	pthread_cond_signal(&c->work);
	pthread_mutex_unlock(&c->lock);
}
