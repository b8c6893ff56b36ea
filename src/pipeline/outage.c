#include "pipeline/outage.h"

#include <stdio.h>

#include "base/retry.h"

void
outage_cause_set(struct outage_cause *cause, const struct forge_result *result,
		 const char *suffix)
{
	cause->kind = result->kind;
	cause->status = result->status;
	snprintf(cause->text, sizeof(cause->text), "%s%s", result->message, suffix);
}

bool
outage_cause_same(const struct outage_cause *a, const struct outage_cause *b)
{
	return a->kind == b->kind && a->status == b->status;
}

uint64_t
outage_spacing_us(const struct outage *o, const struct forge_client *client)
{
	uint64_t ms = retry_delay_ms(o->probes, AWAY_BACKOFF_MS, LIMIT_FORGE_AWAY_MS);
	return forge_pace_ms(client, ms) * 1000;
}

void
outage_begin(struct outage *o, const struct outage_cause *cause, uint64_t now_us,
	     uint64_t spacing_us)
{
	o->cause = *cause;
	if (o->probes > 0)
		return;
	o->probes = 1;
	o->next_us = now_us + spacing_us;
}

void
outage_end(struct outage *o)
{
	*o = (struct outage){0};
}

uint64_t
outage_ask(struct outage *o, uint64_t now_us, uint64_t spacing_us)
{
	if (o->probes == 0)
		return 0;
	if (now_us < o->next_us)
		return o->next_us - now_us;
	o->probes++;
	o->next_us = now_us + spacing_us;
	return 0;
}
