/*
 * The object that patterns and templates see: {source, kind, type, id, subject,
 * received_at, headers, payload, git, chat, alert, steps, job}. Built from a delivery;
 * borrows it.
 */
#ifndef PIPELINE_SCOPE_H
#define PIPELINE_SCOPE_H

#include "base/attr.h"
#include "base/buf.h"
#include "base/clock.h"
#include "match/match.h"
#include "model/delivery.h"
#include "model/job.h"
#include "model/rule.h"
#include "provider/fields.h"

#define SCOPE_FIELDS 13

struct scope {
	struct match_event event; /* fields points into this struct: do not copy it */
	struct match_field fields[SCOPE_FIELDS];
	char received_at[CLOCK_TEXT_SIZE];
	struct buf headers; /* JSON object, names in lower case; the first of a name
			       counts */
	struct buf payload; /* JSON of a PAYLOAD_TEXT body */
	struct provider_fields more; /* git, chat, alert */
	struct buf steps; /* JSON: {"<id>": {"status": .., "resource": .., and the members
			     of Forge's answer}} */
	struct buf job;	  /* JSON: {"id", "rule", "queue", "state", "error"} */
};

/*
 * with_fields: git, chat and alert too, which cost a look at the payload. Returns 0 or
 * -ENOMEM; scope_done is due in both cases.
 */
int scope_init(struct scope *s, const struct delivery *d, bool with_fields) MUST_CHECK;
/* Adds (or renews) steps and job; rule gives the ids of the steps. */
int scope_set_job(struct scope *s, const struct job *job,
		  const struct rule *rule) MUST_CHECK;
void scope_done(struct scope *s);

#endif
