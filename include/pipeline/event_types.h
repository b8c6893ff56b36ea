/*
 * What is told over MQTT, as tables: the types of events, the members of their data, the
 * attributes of the CloudEvent around it and the retained states. docs/NOTICES.md,
 * docs/asyncapi.yaml and docs/schemas are made from them.
 *
 * Topic of an event: P/event/<noun>/<verb>; its type: io.forgebridge.<noun>.<verb>.v1.
 */
#ifndef PIPELINE_EVENT_TYPES_H
#define PIPELINE_EVENT_TYPES_H

#include <stdbool.h>
#include <stddef.h>

#define EVENT_TYPE_FORMAT "io.forgebridge.%s.%s.v1" /* noun, verb */

/*
 * value, noun, verb, the state of the job (noun job) or of the step (noun step) that it
 * tells of, further members of data that are always there, what it tells
 */
#define EVENT_TYPES(X)                                                                 \
	X(EVENT_DELIVERY_ACCEPTED, delivery, accepted, NULL, "",                       \
	  "a genuine webhook was journaled; `rules` names those that it matched")      \
	X(EVENT_JOB_WAITING, job, waiting, "waiting", "",                              \
	  "a rule matched; its job waits in a queue")                                  \
	X(EVENT_JOB_STARTED, job, started, "running", "started",                       \
	  "the job reached the front of its queue")                                    \
	X(EVENT_STEP_STARTED, step, started, "sent", "step_started",                   \
	  "a step's request is about to be sent, for the first time")                  \
	X(EVENT_STEP_WAITING, step, waiting, NULL, "reason step_started",              \
	  "Forge is away; the step tries again until its time is over. `reason` says " \
	  "why, and later notices have none when it went on")                          \
	X(EVENT_STEP_PROGRESS, step, progress, "accepted", "status step_started",      \
	  "what a step waits for has a new status at Forge")                           \
	X(EVENT_STEP_FINISHED, step, finished, "finished", "step_started step_ended",  \
	  "a step ended well")                                                         \
	X(EVENT_STEP_FAILED, step, failed, "failed", "error step_ended",               \
	  "a step ended badly; `error` says why")                                      \
	X(EVENT_JOB_SUCCEEDED, job, succeeded, "succeeded", "started ended",           \
	  "all steps finished")                                                        \
	X(EVENT_JOB_FAILED, job, failed, "failed", "reason ended",                     \
	  "a step failed, or none could start; `reason` says why")                     \
	X(EVENT_JOB_CANCELLED, job, cancelled, "cancelled", "ended",                   \
	  "somebody cancelled the job")                                                \
	X(EVENT_JOB_SUPERSEDED, job, superseded, "superseded", "reason ended",         \
	  "a newer job of the same rule and queue took its place; `reason` names it")  \
	X(EVENT_JOB_EXPIRED, job, expired, "expired", "ended",                         \
	  "the job waited longer than it may")

#define EVENT_ENUM(value, noun, verb, state, always, help) value,
enum event_type { EVENT_TYPES(EVENT_ENUM) };
#define EVENT_TYPE_COUNT (EVENT_JOB_EXPIRED + 1)

enum member_kind {
	MEMBER_TEXT,
	MEMBER_ULID, /* 26 characters, Crockford's base 32 */
	MEMBER_TIME, /* RFC 3339, in UTC */
	MEMBER_COUNT,
	MEMBER_JOB_STATE,
	MEMBER_STEP_STATE,
	MEMBER_BRIDGE_STATE,
	MEMBER_URI,
	MEMBER_SEQUENCE, /* 20 digits */
	MEMBER_TRACE	 /* https://www.w3.org/TR/trace-context/ */
};

enum member_presence { MEMBER_ALWAYS, MEMBER_MAYBE, MEMBER_OR_NULL };

/* Tables of members end with name NULL. */
struct notice_member {
	const char *name;
	enum member_kind kind;
	enum member_presence presence;
	const char *help;
};

struct event_type_row {
	const char *noun;
	const char *verb;
	const char *state;
	const char *always;
	const char *help;
	const struct notice_member *members;
};

/* Indexed by enum event_type. */
extern const struct event_type_row event_types[EVENT_TYPE_COUNT];

/* Whether each event of this type has the member. */
bool event_type_always_has(const struct event_type_row *row,
			   const struct notice_member *member);
/* The one value that the member has in this type; NULL when it is free. */
const char *event_type_fixes(const struct event_type_row *row,
			     const struct notice_member *member);

/* The attributes of the CloudEvent around data. */
extern const struct notice_member notice_attributes[];
/* In binary mode those are user properties, but for datacontenttype. */
#define NOTICE_ATTRIBUTE_COUNT 13

/* What is told by retained messages that are no CloudEvents. */
extern const struct notice_member bridge_state_members[];
extern const struct notice_member site_state_members[];

#endif
