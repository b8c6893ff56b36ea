/*
 * Recording: changes of jobs with their notices, each one transaction of the journal. A
 * change that the journal cannot take now (no room, queue full) is tried again until it
 * can, in order; so whoever waits for on_recorded is called once it is on disk, or never
 * when the process ends before.
 */
#ifndef PIPELINE_RECORDER_H
#define PIPELINE_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "journal/journal.h"
#include "model/job.h"
#include "pipeline/notices.h"

struct event_base;
struct recorder;
struct change;

struct recorder_options {
	const char *bridge; /* mqtt.name; copied */
	bool notices;	    /* false: no broker is configured, none are written */
	/* A commit left notices for the outbox. */
	void (*on_notices)(void *arg);
	void *arg;
};

struct recorder *recorder_new(struct event_base *base, struct journal *journal,
			      const struct recorder_options *options) MUST_CHECK;
/*
 * After journal_close. Changes that still wait are dropped: their jobs are recovered at
 * the next start.
 */
void recorder_free(struct recorder *r);
const char *recorder_bridge(const struct recorder *r);
bool recorder_wants_notices(const struct recorder *r);
/* For transactions that others submit: tells the outbox when they left notices. */
void recorder_committed(struct recorder *r, const struct journal_done *done);

/* A change of one job, which must live until on_recorded. NULL when memory is short. */
struct change *change_new(struct recorder *r, struct job *job) MUST_CHECK;
/* Where notices of the change go; NULL when none are wanted. */
struct notice_list *change_notices(struct change *c);
/* The job's state at this call is what is written. on_recorded may be NULL. */
typedef void recorded_fn(void *arg);
void change_submit(struct change *c, recorded_fn *on_recorded, void *arg);

#endif
