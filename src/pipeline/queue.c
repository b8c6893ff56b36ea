#include "pipeline/queue.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/mem.h"
#include "base/str.h"

/* A run and where it stands. Its key's lane owns the entry, the entry owns the run. */
struct entry {
	struct run *run;
	bool started;
	bool superseded;
	TAILQ_ENTRY(entry) link;
};

TAILQ_HEAD(entry_list, entry);

/* One key. Lives as long as it has entries. */
struct lane {
	char *key;
	struct entry_list entries; /* the first is the one that runs */
	LIST_ENTRY(lane) hash_link;
	TAILQ_ENTRY(lane) ready_link; /* while is_ready */
	bool is_ready;		      /* its first entry may start */
};

LIST_HEAD(lane_bucket, lane);
TAILQ_HEAD(lane_list, lane);

#define BUCKETS 4096

struct queues {
	struct lane_bucket buckets[BUCKETS];
	struct lane_list ready;
	struct queue_counts counts;
};

struct queues *
queues_new(void)
{
	struct queues *q = x_new(struct queues);
	if (!q)
		return NULL;
	for (size_t i = 0; i < BUCKETS; i++)
		LIST_INIT(&q->buckets[i]);
	TAILQ_INIT(&q->ready);
	return q;
}

/* FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/). */
static size_t
bucket_of(const char *key)
{
	uint64_t h = 0xcbf29ce484222325ULL;
	for (const char *p = key; *p; p++)
		h = (h ^ (unsigned char)*p) * 0x100000001b3ULL;
	return h % BUCKETS;
}

static struct lane *
lane_find(const struct queues *q, const char *key)
{
	struct lane *lane = NULL;
	LIST_FOREACH(lane, &q->buckets[bucket_of(key)], hash_link) {
		if (str_eq(lane->key, key))
			return lane;
	}
	return NULL;
}

static struct lane *
lane_new(struct queues *q, const char *key)
{
	struct lane *lane = x_new(struct lane);
	if (!lane)
		return NULL;
	lane->key = str_dup(key);
	if (!lane->key) {
		mem_free(lane);
		return NULL;
	}
	TAILQ_INIT(&lane->entries);
	LIST_INSERT_HEAD(&q->buckets[bucket_of(key)], lane, hash_link);
	return lane;
}

static void
lane_free(struct queues *q, struct lane *lane)
{
	if (lane->is_ready)
		TAILQ_REMOVE(&q->ready, lane, ready_link);
	LIST_REMOVE(lane, hash_link);
	str_free(lane->key);
	mem_free(lane);
}

static void
entry_free(struct lane *lane, struct entry *e)
{
	TAILQ_REMOVE(&lane->entries, e, link);
	run_free(e->run);
	mem_free(e);
}

void
queues_stop(struct queues *q)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		struct lane *lane = NULL;
		LIST_FOREACH(lane, &q->buckets[i], hash_link) {
			struct entry *e = NULL;
			TAILQ_FOREACH(e, &lane->entries, link) {
				run_stop(e->run);
			}
		}
	}
}

void
queues_free(struct queues *q)
{
	if (!q)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		struct lane *lane = NULL;
		while ((lane = LIST_FIRST(&q->buckets[i])) != NULL) {
			struct entry *e = NULL;
			while ((e = TAILQ_FIRST(&lane->entries)) != NULL)
				entry_free(lane, e);
			lane_free(q, lane);
		}
	}
	mem_free(q);
}

static void
make_ready(struct queues *q, struct lane *lane)
{
	const struct entry *first = TAILQ_FIRST(&lane->entries);
	if (lane->is_ready || !first || first->started || first->superseded)
		return;
	lane->is_ready = true;
	TAILQ_INSERT_TAIL(&q->ready, lane, ready_link);
}

/*
 * Waiting jobs of the same rule give way to the newcomer at the end of the lane. After a
 * restart a running job stands in the lane before it is started again.
 */
static void
supersede_older(struct lane *lane, const struct entry *newest)
{
	const struct rule *rule = run_rule(newest->run);
	auto_str reason = str_format("superseded by %s", run_job(newest->run)->id.text);
	struct entry *e = NULL;
	struct entry *next = NULL;
	for (e = TAILQ_FIRST(&lane->entries); e; e = next) {
		next = TAILQ_NEXT(e, link);
		bool same_rule = str_eq(run_rule(e->run)->name, rule->name);
		bool waits = run_job(e->run)->state == JOB_WAITING;
		if (e == newest || !waits || !same_rule)
			continue;
		e->superseded = true;
		run_end_unstarted(e->run, JOB_SUPERSEDED, reason);
	}
}

bool
queues_are_free(const struct queues *q, const char *key)
{
	return !lane_find(q, key);
}

int
queues_add(struct queues *q, struct run *run)
{
	const struct job *job = run_job(run);
	struct entry *e = x_new(struct entry);
	struct lane *lane = e ? lane_find(q, job->queue) : NULL;
	if (e && !lane)
		lane = lane_new(q, job->queue);
	if (!lane) {
		mem_free(e);
		return -ENOMEM;
	}
	e->run = run;
	if (job->state == JOB_RUNNING)
		TAILQ_INSERT_HEAD(&lane->entries, e, link);
	else
		TAILQ_INSERT_TAIL(&lane->entries, e, link);
	q->counts.waiting++;
	if (job->state == JOB_WAITING && run_rule(run)->coalesce == COALESCE_LATEST)
		supersede_older(lane, e);
	make_ready(q, lane);
	return 0;
}

void
queues_go(struct queues *q)
{
	struct lane *lane = NULL;
	while ((lane = TAILQ_FIRST(&q->ready)) != NULL) {
		TAILQ_REMOVE(&q->ready, lane, ready_link);
		lane->is_ready = false;
		struct entry *e = TAILQ_FIRST(&lane->entries);
		if (!e || e->started || e->superseded)
			continue;
		e->started = true;
		q->counts.waiting--;
		q->counts.running++;
		run_start(e->run);
	}
}

void
queues_ended(struct queues *q, struct run *run)
{
	struct lane *lane = lane_find(q, run_job(run)->queue);
	struct entry *e = lane ? TAILQ_FIRST(&lane->entries) : NULL;
	while (e && e->run != run)
		e = TAILQ_NEXT(e, link);
	assert(e); /* whoever ends was added */
	if (!e)
		return;
	if (e->started)
		q->counts.running--;
	else
		q->counts.waiting--;
	entry_free(lane, e);
	if (TAILQ_EMPTY(&lane->entries)) {
		lane_free(q, lane);
		return;
	}
	make_ready(q, lane);
	queues_go(q);
}

struct queue_counts
queues_count(const struct queues *q)
{
	return q->counts;
}
