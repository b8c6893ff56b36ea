/*
 * Making notices: CloudEvents 1.0 (https://cloudevents.io, JSON format) for the event
 * topics, plain JSON for the retained state of a site. Topics here are without the
 * prefix.
 */
#ifndef PIPELINE_NOTICES_H
#define PIPELINE_NOTICES_H

#include <stddef.h>

#include "base/attr.h"
#include "model/delivery.h"
#include "model/job.h"
#include "model/notice.h"
#include "pipeline/event_types.h"

/* Notices on their way into one transaction. */
struct notice_list {
	struct notice *items; /* owned */
	size_t len;
	size_t cap;
};

void notice_list_done(struct notice_list *list);

/* All return 0, -ENOMEM, or -EMSGSIZE over LIMIT_NOTICE_BYTES. bridge: mqtt.name. */
int notices_delivery(struct notice_list *list, const char *bridge,
		     const struct delivery *d) MUST_CHECK;
/* The job's state as it is now. */
int notices_job(struct notice_list *list, const char *bridge, enum event_type type,
		const struct job *job) MUST_CHECK;
/* A step of a job as notices show it; all borrowed. */
struct step_view {
	const struct job *job;
	const struct rule_step *rule_step;
	const struct job_step *step;
	const char *status; /* Forge's word for what the step made; NULL */
};

int notices_step(struct notice_list *list, const char *bridge, enum event_type type,
		 const struct step_view *view) MUST_CHECK;
/*
 * P/site/<server>/<site>/state, retained: what Forge last said of its deployment. Nothing
 * when the job's server and site are not known.
 */
int notices_site_state(struct notice_list *list, const struct step_view *view) MUST_CHECK;

/* The state of the bridge itself (P/state): word is online, offline or lost. */
int notices_bridge_state(struct buf *out, const char *word, const char *boot);

#endif
