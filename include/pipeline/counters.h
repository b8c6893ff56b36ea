/*
 * What the pipeline counts itself, by labels; the other metrics are read from the
 * modules' own statistics when they are asked for (admin/metrics.c).
 */
#ifndef PIPELINE_COUNTERS_H
#define PIPELINE_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "model/conf.h"

enum counter {
	COUNTER_DELIVERIES, /* source, outcome */
	COUNTER_REFUSALS,   /* source, why it was not genuine */
	COUNTER_MATCHES,    /* rule */
	COUNTER_JOBS	    /* rule, state it ended in */
};

/* What became of a request on the hooks listener. */
#define INTAKE_OUTCOMES(X)                   \
	X(INTAKE_ACCEPTED, "accepted")       \
	X(INTAKE_DUPLICATE, "duplicate")     \
	X(INTAKE_ANSWERED, "answered")       \
	X(INTAKE_NOT_GENUINE, "not_genuine") \
	X(INTAKE_MALFORMED, "malformed")     \
	X(INTAKE_FORBIDDEN, "forbidden")     \
	X(INTAKE_UNAVAILABLE, "unavailable") \
	X(INTAKE_UNKNOWN_SOURCE, "unknown_source")

#define INTAKE_ENUM(value, name) value,
enum intake_outcome { INTAKE_OUTCOMES(INTAKE_ENUM) };
#define INTAKE_OUTCOME_COUNT (INTAKE_UNKNOWN_SOURCE + 1)
const char *intake_outcome_name(enum intake_outcome o);

struct counters;

struct counters *counters_new(void) MUST_CHECK;
void counters_free(struct counters *c);
/*
 * Labels must be bounded by the configuration (names of sources and rules), never by what
 * comes from outside. b may be NULL. When memory is short the count is lost.
 */
void counters_add(struct counters *c, enum counter which, const char *a, const char *b,
		  uint64_t n);
/*
 * Starts the counts of conf's sources and rules (of the first LIMIT_METRIC_RULES) at 0;
 * what counts already goes on.
 */
void counters_declare(struct counters *c, const struct conf *conf);
/* Every count of one kind, in the order of its first use. */
typedef void counter_fn(const char *a, const char *b, uint64_t n, void *arg);
void counters_each(const struct counters *c, enum counter which, counter_fn *fn,
		   void *arg);

#endif
