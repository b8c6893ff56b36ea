/*
 * What happens, as it is told: one row an event type. Topic P/event/<noun>/<verb>,
 * CloudEvent type io.forgebridge.<noun>.<verb>.v1. docs/NOTICES.md is made from this
 * table.
 */
#ifndef PIPELINE_EVENT_TYPES_H
#define PIPELINE_EVENT_TYPES_H

/* value, noun, verb, what it tells */
#define EVENT_TYPES(X)                                                                   \
	X(EVENT_DELIVERY_ACCEPTED, "delivery", "accepted",                               \
	  "a genuine webhook was journaled; data names the rules that it matched")       \
	X(EVENT_JOB_WAITING, "job", "waiting",                                           \
	  "a rule matched; its job waits in a queue")                                    \
	X(EVENT_JOB_STARTED, "job", "started", "the job reached the front of its queue") \
	X(EVENT_STEP_STARTED, "step", "started", "a step's request is about to be sent") \
	X(EVENT_STEP_PROGRESS, "step", "progress",                                       \
	  "what a step waits for has a new status at Forge")                             \
	X(EVENT_STEP_FINISHED, "step", "finished", "a step ended well")                  \
	X(EVENT_STEP_FAILED, "step", "failed",                                           \
	  "a step ended badly; data.error says why")                                     \
	X(EVENT_JOB_SUCCEEDED, "job", "succeeded", "all steps finished")                 \
	X(EVENT_JOB_FAILED, "job", "failed", "a step failed; data.reason says why")      \
	X(EVENT_JOB_CANCELLED, "job", "cancelled", "somebody cancelled the job")         \
	X(EVENT_JOB_SUPERSEDED, "job", "superseded",                                     \
	  "a newer job of the same rule and queue took its place; data.reason names it") \
	X(EVENT_JOB_EXPIRED, "job", "expired", "the job waited longer than it may")

#define EVENT_ENUM(value, noun, verb, help) value,
enum event_type { EVENT_TYPES(EVENT_ENUM) };
#define EVENT_TYPE_COUNT (EVENT_JOB_EXPIRED + 1)

struct event_type_row {
	const char *noun;
	const char *verb;
	const char *help;
};

/* Indexed by enum event_type. */
extern const struct event_type_row event_types[EVENT_TYPE_COUNT];

#endif
