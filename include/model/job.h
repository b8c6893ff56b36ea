/*
 * One run of a rule for a delivery, and its steps. Plain records; states change only in
 * pipeline/job.c (job_set_state), which journals them and queues their notices.
 */
#ifndef MODEL_JOB_H
#define MODEL_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/id.h"
#include "model/rule.h"

/*
 *            +-> cancelled, superseded, expired
 *  waiting --+-> running --> succeeded | failed | cancelled
 *            +-> failed (it could not even start)
 */
#define JOB_STATES(X)                   \
	X(JOB_WAITING, "waiting")       \
	X(JOB_RUNNING, "running")       \
	X(JOB_SUCCEEDED, "succeeded")   \
	X(JOB_FAILED, "failed")         \
	X(JOB_CANCELLED, "cancelled")   \
	X(JOB_SUPERSEDED, "superseded") \
	X(JOB_EXPIRED, "expired")

/*
 *  pending --> sent --> accepted --> finished | failed
 *                \-> unknown --> sent (after Forge was asked) | accepted | failed
 *  pending <-- sent (it is known to have changed nothing)
 *  pending --> failed (refused before sending), finished (nothing to wait for)
 */
#define STEP_STATES(X)               \
	X(STEP_PENDING, "pending")   \
	X(STEP_SENT, "sent")         \
	X(STEP_UNKNOWN, "unknown")   \
	X(STEP_ACCEPTED, "accepted") \
	X(STEP_FINISHED, "finished") \
	X(STEP_FAILED, "failed")     \
	X(STEP_SKIPPED, "skipped")

#define STATE_ENUM(value, name) value,
enum job_state { JOB_STATES(STATE_ENUM) };
enum step_state { STEP_STATES(STATE_ENUM) };
#define JOB_STATE_COUNT	 (JOB_EXPIRED + 1)
#define STEP_STATE_COUNT (STEP_SKIPPED + 1)

struct job_step {
	enum step_state state;
	bool on_failure;    /* belongs to the rule's on_failure list */
	unsigned position;  /* in its list, from 0 */
	unsigned attempts;  /* requests sent that change something */
	char *request;	    /* JSON of the call as rendered and resolved; NULL before */
	char *mark;	    /* JSON: what Forge had before the call (forge_mark); NULL */
	char *resource;	    /* id of what the call made at Forge; NULL */
	char *result;	    /* JSON: Forge's last answer about it, cut at 64 KiB; NULL */
	char *error;	    /* why it failed; NULL */
	int64_t started_us; /* wall clock; 0: not yet */
	int64_t ended_us;
};

struct job {
	struct id id;
	struct id delivery;
	char *rule;
	char rule_version[RULE_VERSION_SIZE];
	char *queue; /* rendered queue key */
	enum job_state state;
	char *reason; /* why it waits (also while it runs), failed, or was superseded by
			 whom; NULL */
	char *server; /* name of the server and site of the first step as far as known; */
	char *site;   /* NULL before they are resolved or when there is none */
	int64_t created_us;
	int64_t started_us;
	int64_t ended_us;
	struct job_step *steps; /* owned: the rule's steps, then its on_failure steps */
	size_t n_steps;
};

struct job *job_new(size_t n_steps) MUST_CHECK;
void job_free(struct job *j);
const char *job_state_name(enum job_state s);
/* Returns 0 or -ENOENT. */
int job_state_from(const char *name, enum job_state *ret_state) MUST_CHECK;
bool job_state_is_final(enum job_state s);
/* The table of allowed transitions. */
bool job_state_allows(enum job_state from, enum job_state to);
const char *step_state_name(enum step_state s);
int step_state_from(const char *name, enum step_state *ret_state) MUST_CHECK;

#endif
