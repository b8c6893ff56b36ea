/*
 * The hooks listener's handler: POST /hooks/<source>, verified as it arrives, matched,
 * and journaled with its jobs and notices in one transaction before it is answered
 * (section 7 of the design is the contract).
 */
#ifndef PIPELINE_INTAKE_H
#define PIPELINE_INTAKE_H

#include "base/attr.h"
#include "journal/journal.h"
#include "listen/server.h"
#include "pipeline/counters.h"
#include "pipeline/plan.h"
#include "pipeline/recorder.h"
#include "pipeline/ruleset.h"

struct intake;

struct intake_options {
	struct journal *journal; /* all borrowed */
	struct recorder *recorder;
	struct counters *counters;
	/* The plan's jobs are on disk: take them out and run them. */
	void (*on_jobs)(struct plan *plan, struct ruleset *rs, struct delivery *d,
			void *arg);
	void *arg;
};

struct intake *intake_new(const struct intake_options *options) MUST_CHECK;
/* After journal_close and the listener's end. */
void intake_free(struct intake *in);
/* From now on requests are served by rs (referenced). */
void intake_set_ruleset(struct intake *in, struct ruleset *rs);
/* For http_server_new, with the intake as its arg. */
const struct http_handler *intake_handler(void);

#endif
