#include "journal/journal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "journal/backend.h"

struct journal {
	struct backend *backend; /* owned */
	int fd;			 /* eventfd */
	pthread_t thread;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t work;
	struct request_list waiting;
	struct request_list finished;
	size_t queued; /* submitted and not dispatched */
	size_t queued_bytes;
	bool stopping;
	uint64_t tend_at; /* monotonic, microseconds */
	struct journal_stats stats;
	char *url; /* owned */
	struct journal_reader
		*reader; /* owned; the commit thread's, opened when needed */
};

static void
wake_caller(void *arg)
{
	struct journal *j = arg;
	/* It can only fail when the counter is at its end: readable all the same. */
	if (eventfd_write(j->fd, 1) < 0)
		return;
}

/* --- the commit thread --- */

static void
wait_until(struct journal *j, uint64_t mono_us)
{
	struct timespec ts = {.tv_sec = (time_t)(mono_us / 1000000),
			      .tv_nsec = (long)(mono_us % 1000000) * 1000};
	pthread_cond_timedwait(&j->work, &j->lock, &ts);
}

/* Called and returns with the lock, which it gives up meanwhile. */
static void
tend(struct journal *j, bool idle)
{
	pthread_mutex_unlock(&j->lock);
	uint64_t pause = j->backend->ops->tend(j->backend, idle);
	pthread_mutex_lock(&j->lock);
	j->tend_at = clock_mono_us() + pause;
}

/* Waits for a request; false: there is none and none will come. */
static bool
wait_for_work(struct journal *j)
{
	while (!j->waiting.first && !j->stopping) {
		if (clock_mono_us() >= j->tend_at)
			tend(j, true);
		else
			wait_until(j, j->tend_at);
	}
	return j->waiting.first != NULL;
}

/*
 * The transactions at the head of the line, as many as one commit takes. Ends before the
 * first request of another kind.
 */
static struct request_list
take_batch(struct journal *j)
{
	struct request_list batch = {NULL, NULL};
	size_t bytes = 0;
	for (size_t n = 0; n < LIMIT_JOURNAL_BATCH; n++) {
		struct request *r = j->waiting.first;
		if (!r || r->run || bytes > LIMIT_JOURNAL_BATCH_BYTES)
			break;
		bytes += r->bytes;
		request_append(&batch, request_take(&j->waiting));
	}
	return batch;
}

static void
count_batch(struct journal *j, const struct request_list *batch, uint64_t us)
{
	struct journal_stats *s = &j->stats;
	s->commits++;
	s->commit_us += us;
	for (const struct request *r = batch->first; r; r = r->next) {
		const struct journal_txn *t = (const struct journal_txn *)r;
		s->transactions += t->done.outcome == JOURNAL_COMMITTED;
		s->duplicates += t->done.outcome == JOURNAL_DUPLICATE;
		s->failures += t->done.outcome == JOURNAL_UNKNOWN ||
			       t->done.outcome == JOURNAL_NO_ROOM;
	}
}

static void
finish_batch(struct journal *j, struct request_list batch)
{
	bool was_empty = !j->finished.first;
	if (was_empty)
		j->finished = batch;
	else
		j->finished.last->next = batch.first;
	j->finished.last = batch.last;
	if (was_empty)
		wake_caller(j);
}

static void
commit_batch(struct journal *j)
{
	struct request_list batch = take_batch(j);
	pthread_mutex_unlock(&j->lock);
	uint64_t start = clock_mono_us();
	j->backend->ops->commit(j->backend, (struct journal_txn *)batch.first);
	uint64_t us = clock_mono_us() - start;
	pthread_mutex_lock(&j->lock);
	count_batch(j, &batch, us);
	finish_batch(j, batch);
}

static void
run_request(struct journal *j)
{
	struct request *r = request_take(&j->waiting);
	pthread_mutex_unlock(&j->lock);
	r->run(r, j->backend);
	pthread_mutex_lock(&j->lock);
	finish_batch(j, (struct request_list){r, r});
}

static void *
commit_thread(void *arg)
{
	struct journal *j = arg;
	pthread_mutex_lock(&j->lock);
	while (wait_for_work(j)) {
		if (j->waiting.first->run)
			run_request(j);
		else
			commit_batch(j);
		if (j->waiting.first)
			tend(j, false);
	}
	pthread_mutex_unlock(&j->lock);
	return NULL;
}

/* --- opening and closing --- */

/* Signals are for the caller's thread alone. */
static int
start_thread(struct journal *j)
{
	sigset_t all;
	sigset_t before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = pthread_create(&j->thread, NULL, commit_thread, j);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc == 0)
		pthread_setname_np(j->thread, "journal");
	return -rc;
}

static void
init_locks(struct journal *j)
{
	pthread_condattr_t attr;
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_mutex_init(&j->lock, NULL);
	pthread_cond_init(&j->work, &attr);
	pthread_condattr_destroy(&attr);
}

static void
free_journal(struct journal *j)
{
	journal_reader_close(j->reader);
	str_free(j->url);
	if (j->backend)
		j->backend->ops->close(j->backend);
	if (j->fd >= 0)
		close(j->fd);
	pthread_cond_destroy(&j->work);
	pthread_mutex_destroy(&j->lock);
	mem_free(j);
}

static int
open_parts(struct journal *j, const struct journal_options *options, char **ret_error)
{
	struct backend_setup setup = {
		.options = options, .on_health = wake_caller, .arg = j};
	const struct backend_ops *ops =
		backend_find(options->url, &setup.location, ret_error);
	if (!ops)
		return -EINVAL;
	j->url = str_dup(options->url);
	if (!j->url)
		return -ENOMEM;
	j->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (j->fd < 0) {
		*ret_error = str_format("journal: no event descriptor: %s",
					strerrordesc_np(errno));
		return -EMFILE;
	}
	j->backend = ops->open(&setup, ret_error);
	if (!j->backend)
		return -EIO;
	int rc = start_thread(j);
	if (rc < 0)
		*ret_error = str_format("journal: its thread does not start");
	return rc;
}

struct journal *
journal_open(const struct journal_options *options, char **ret_error)
{
	struct journal *j = x_new(struct journal);
	if (!j) {
		*ret_error = str_dup("journal: no memory");
		return NULL;
	}
	j->fd = -1;
	init_locks(j);
	if (open_parts(j, options, ret_error) < 0) {
		free_journal(j);
		return NULL;
	}
	return j;
}

void
journal_close(struct journal *j)
{
	if (!j)
		return;
	pthread_mutex_lock(&j->lock);
	j->stopping = true;
	pthread_cond_signal(&j->work);
	pthread_mutex_unlock(&j->lock);
	pthread_join(j->thread, NULL);
	journal_dispatch(j);
	free_journal(j);
}

/* --- the caller's side --- */

int
journal_fd(const struct journal *j)
{
	return j->fd;
}

void
journal_dispatch(struct journal *j)
{
	eventfd_t n = 0;
	/* Nothing to read is fine: the list decides. */
	if (eventfd_read(j->fd, &n) < 0)
		n = 0;
	pthread_mutex_lock(&j->lock);
	struct request_list list = j->finished;
	j->finished = (struct request_list){NULL, NULL};
	for (const struct request *r = list.first; r; r = r->next) {
		j->queued--;
		j->queued_bytes -= r->bytes;
	}
	pthread_mutex_unlock(&j->lock);
	for (struct request *r = request_take(&list); r; r = request_take(&list))
		r->finish(r);
}

enum journal_health
journal_get_health(const struct journal *j)
{
	return j->backend->ops->health(j->backend);
}

void
journal_get_stats(struct journal *j, struct journal_stats *ret_stats)
{
	pthread_mutex_lock(&j->lock);
	*ret_stats = j->stats;
	ret_stats->queue = j->queued;
	pthread_mutex_unlock(&j->lock);
	j->backend->ops->stats(j->backend, ret_stats);
}

static bool
has_place(const struct journal *j, size_t bytes, size_t limit)
{
	if (j->stopping || j->queued >= limit)
		return false;
	return j->queued == 0 || j->queued_bytes + bytes <= LIMIT_JOURNAL_QUEUE_BYTES;
}

static int
enqueue(struct journal *j, struct request *r, size_t limit)
{
	pthread_mutex_lock(&j->lock);
	bool ok = has_place(j, r->bytes, limit);
	if (ok) {
		bool was_empty = !j->waiting.first;
		request_append(&j->waiting, r);
		j->queued++;
		j->queued_bytes += r->bytes;
		if (was_empty)
			pthread_cond_signal(&j->work);
	}
	pthread_mutex_unlock(&j->lock);
	return ok ? 0 : -EAGAIN;
}

static size_t
txn_bytes(const struct journal_txn *t)
{
	const struct delivery *d = t->delivery;
	size_t bytes = sizeof(*t) + t->arena.bytes;
	return d ? bytes + d->headers.cap + d->body.cap + d->payload.cap : bytes;
}

/* Whether the disk's state lets this transaction in. */
static bool
is_welcome(struct journal *j, const struct journal_txn *t)
{
	const struct backend_ops *ops = j->backend->ops;
	ops->probe(j->backend);
	enum journal_health health = ops->health(j->backend);
	return health == JOURNAL_OK || (health == JOURNAL_FULL && !t->delivery);
}

int
journal_submit(struct journal *j, struct journal_txn *t, journal_done_fn *on_done,
	       void *arg)
{
	t->on_done = on_done;
	t->arg = arg;
	t->request.bytes = txn_bytes(t);
	size_t limit = t->delivery ? LIMIT_JOURNAL_QUEUE : LIMIT_JOURNAL_PROGRESS;
	int rc = is_welcome(j, t) ? enqueue(j, &t->request, limit) : -EAGAIN;
	if (rc < 0)
		journal_txn_free(t);
	return rc;
}

/* --- reading back --- */

struct read_request {
	struct request request;
	uint64_t after;
	unsigned max;
	int64_t since_us;
	struct notice_page page;
	int error;
	journal_notice_fn *on_notice;
	journal_end_fn *on_end;
	void *arg;
};

static void
run_read(struct request *r, struct backend *b)
{
	struct read_request *q = (struct read_request *)r;
	q->error = b->ops->read_notices(b, q->after, q->max, &q->page);
}

static void
run_replay(struct request *r, struct backend *b)
{
	struct read_request *q = (struct read_request *)r;
	q->error = b->ops->replay_notices(b, q->after, q->since_us);
}

static void
finish_read(struct request *r)
{
	struct read_request *q = (struct read_request *)r;
	for (size_t i = 0; i < q->page.len && q->error == 0; i++)
		q->on_notice(&q->page.items[i], q->arg);
	if (q->on_end)
		q->on_end(q->error, q->arg);
	notice_page_done(&q->page);
	mem_free(q);
}

static int
enqueue_read(struct journal *j, const struct read_request *template)
{
	struct read_request *q = x_new(struct read_request);
	if (!q)
		return -ENOMEM;
	*q = *template;
	q->request.bytes = sizeof(*q);
	q->request.finish = finish_read;
	int rc = enqueue(j, &q->request, LIMIT_JOURNAL_PROGRESS);
	if (rc < 0)
		mem_free(q);
	return rc;
}

int
journal_read_notices(struct journal *j, uint64_t after, unsigned max,
		     journal_notice_fn *on_notice, journal_end_fn *on_end, void *arg)
{
	return enqueue_read(j, &(struct read_request){.request.run = run_read,
						      .after = after,
						      .max = max,
						      .on_notice = on_notice,
						      .on_end = on_end,
						      .arg = arg});
}

int
journal_replay_notices(struct journal *j, uint64_t after, int64_t since_us,
		       journal_end_fn *on_end, void *arg)
{
	return enqueue_read(j, &(struct read_request){.request.run = run_replay,
						      .after = after,
						      .since_us = since_us,
						      .on_end = on_end,
						      .arg = arg});
}

/* --- one delivery ------------------------------------------------------------------- */

struct fetch_request {
	struct request request;
	struct journal *journal;
	char id[ID_SIZE];
	struct delivery *delivery;
	int error;
	journal_fetched_fn *on_fetched;
	void *arg;
};

/* In the line of commits, so that a delivery whose commit was told is found. */
static void
run_fetch(struct request *r, struct backend *b)
{
	struct fetch_request *q = (struct fetch_request *)r;
	struct journal *j = q->journal;
	auto_str error = NULL;
	(void)b;
	if (!j->reader)
		j->reader = journal_reader_open(j->url, &error);
	q->error = j->reader ? journal_load_delivery(j->reader, q->id, &q->delivery)
			     : -EIO;
}

static void
finish_fetch(struct request *r)
{
	struct fetch_request *q = (struct fetch_request *)r;
	q->on_fetched(q->delivery, q->error, q->arg);
	mem_free(q);
}

int
journal_fetch_delivery(struct journal *j, const char *id, journal_fetched_fn *on_fetched,
		       void *arg)
{
	struct fetch_request *q = id_is_valid(id) ? x_new(struct fetch_request) : NULL;
	if (!q)
		return -ENOMEM;
	q->request.bytes = sizeof(*q);
	q->request.run = run_fetch;
	q->request.finish = finish_fetch;
	q->journal = j;
	memcpy(q->id, id, sizeof(q->id));
	q->on_fetched = on_fetched;
	q->arg = arg;
	int rc = enqueue(j, &q->request, LIMIT_JOURNAL_PROGRESS);
	if (rc < 0)
		mem_free(q);
	return rc;
}
