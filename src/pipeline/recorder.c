#include "pipeline/recorder.h"

#include <sys/queue.h>

#include <event2/event.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

/* From change_new to its commit; after change_submit it stands in one of the two lists.
 */
struct change {
	struct recorder *recorder;
	uint64_t number; /* order of submission */
	struct job *job; /* borrowed */
	struct notice_list notices;
	recorded_fn *on_recorded;
	void *arg;
	TAILQ_ENTRY(change) link;
};

TAILQ_HEAD(change_list, change);

struct recorder {
	struct journal *journal;
	char *bridge;
	bool notices;
	void (*on_notices)(void *arg);
	void *arg;
	struct event *retry;	    /* runs while changes wait for room */
	struct change_list waiting; /* by number */
	struct change_list submitted;
	uint64_t last_number;
	bool complained;
};

static void on_retry(evutil_socket_t fd, short what, void *arg);

struct recorder *
recorder_new(struct event_base *base, struct journal *journal,
	     const struct recorder_options *options)
{
	struct recorder *r = x_new(struct recorder);
	if (!r)
		return NULL;
	TAILQ_INIT(&r->waiting);
	TAILQ_INIT(&r->submitted);
	r->journal = journal;
	r->bridge = str_dup(options->bridge);
	r->notices = options->notices;
	r->on_notices = options->on_notices;
	r->arg = options->arg;
	r->retry = evtimer_new(base, on_retry, r);
	if (!r->bridge || !r->retry) {
		recorder_free(r);
		return NULL;
	}
	return r;
}

static void
change_free(struct change *c)
{
	notice_list_done(&c->notices);
	mem_free(c);
}

static void
free_all(struct change_list *list)
{
	struct change *c = NULL;
	while ((c = TAILQ_FIRST(list)) != NULL) {
		TAILQ_REMOVE(list, c, link);
		change_free(c);
	}
}

void
recorder_free(struct recorder *r)
{
	if (!r)
		return;
	free_all(&r->waiting);
	free_all(&r->submitted);
	if (r->retry)
		event_free(r->retry);
	str_free(r->bridge);
	mem_free(r);
}

const char *
recorder_bridge(const struct recorder *r)
{
	return r->bridge;
}

bool
recorder_wants_notices(const struct recorder *r)
{
	return r->notices;
}

void
recorder_committed(struct recorder *r, const struct journal_done *done)
{
	if (done->outcome == JOURNAL_COMMITTED && done->last_sequence > 0)
		r->on_notices(r->arg);
}

struct change *
change_new(struct recorder *r, struct job *job)
{
	struct change *c = x_new(struct change);
	if (c) {
		c->recorder = r;
		c->job = job;
	}
	return c;
}

struct notice_list *
change_notices(struct change *c)
{
	return c->recorder->notices ? &c->notices : NULL;
}

static void
retry_later(struct recorder *r)
{
	static const struct timeval second = {1, 0};
	if (!r->complained)
		log_error(log_msg("the journal takes no changes now; trying again"));
	r->complained = true;
	event_add(r->retry, &second);
}

static void
insert_by_number(struct change_list *list, struct change *c)
{
	struct change *next = TAILQ_FIRST(list);
	while (next && next->number < c->number)
		next = TAILQ_NEXT(next, link);
	if (next)
		TAILQ_INSERT_BEFORE(next, c, link);
	else
		TAILQ_INSERT_TAIL(list, c, link);
}

static void
on_done(const struct journal_done *done, void *arg)
{
	struct change *c = arg;
	struct recorder *r = c->recorder;
	TAILQ_REMOVE(&r->submitted, c, link);
	if (done->outcome != JOURNAL_COMMITTED) {
		insert_by_number(&r->waiting, c);
		retry_later(r);
		return;
	}
	r->complained = false;
	recorder_committed(r, done);
	recorded_fn *on_recorded = c->on_recorded;
	void *recorded_arg = c->arg;
	change_free(c);
	if (on_recorded)
		on_recorded(recorded_arg);
}

static struct journal_txn *
build(const struct change *c)
{
	struct journal_txn *t = journal_txn_new();
	int rc = t ? journal_txn_job(t, c->job) : -1;
	for (size_t i = 0; rc == 0 && i < c->notices.len; i++)
		rc = journal_txn_notice(t, &c->notices.items[i]);
	if (rc == 0)
		return t;
	journal_txn_free(t);
	return NULL;
}

/* Hands the changes that wait to the journal, oldest first, until it refuses one. */
static void
flush(struct recorder *r)
{
	struct change *c = NULL;
	while ((c = TAILQ_FIRST(&r->waiting)) != NULL) {
		struct journal_txn *t = build(c);
		if (!t || journal_submit(r->journal, t, on_done, c) < 0) {
			retry_later(r);
			return;
		}
		TAILQ_REMOVE(&r->waiting, c, link);
		TAILQ_INSERT_TAIL(&r->submitted, c, link);
	}
}

static void
on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	flush(arg);
}

void
change_submit(struct change *c, recorded_fn *on_recorded, void *arg)
{
	struct recorder *r = c->recorder;
	c->on_recorded = on_recorded;
	c->arg = arg;
	c->number = ++r->last_number;
	TAILQ_INSERT_TAIL(&r->waiting, c, link);
	if (!event_pending(r->retry, EV_TIMEOUT, NULL))
		flush(r);
}
