/*
 * Whether Forge can be reached with one account's token. While it is away all steps of
 * the account share one probe at a time, the next one 30 to 60 s later in the end;
 * anything that Forge answers ends the outage. Pure: times come from the caller.
 */
#ifndef PIPELINE_OUTAGE_H
#define PIPELINE_OUTAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "forge/client.h"

struct outage_cause {
	enum forge_kind kind; /* FORGE_OK: none */
	long status;
	char text[LIMIT_CAUSE_BYTES];
};

struct outage {
	unsigned probes;  /* since it began; 0: Forge is there */
	uint64_t next_us; /* monotonic; nobody asks before */
	struct outage_cause cause;
};

/* The text is the result's message and suffix. */
void outage_cause_set(struct outage_cause *cause, const struct forge_result *result,
		      const char *suffix);
/* Texts may differ in a port or a duration; kind and status make the cause. */
bool outage_cause_same(const struct outage_cause *a, const struct outage_cause *b);

/* Microseconds between the probe before and the next; client says how fast time goes. */
uint64_t outage_spacing_us(const struct outage *o, const struct forge_client *client);
/* A call found Forge away. */
void outage_begin(struct outage *o, const struct outage_cause *cause, uint64_t now_us,
		  uint64_t spacing_us);
void outage_end(struct outage *o);
static inline bool
outage_is_on(const struct outage *o)
{
	return o->probes > 0;
}
/*
 * 0: go ahead; when Forge is away the caller is the probe, and the others wait for
 * spacing_us. Else the microseconds until it is worth asking here again.
 */
uint64_t outage_ask(struct outage *o, uint64_t now_us, uint64_t spacing_us);

#endif
