/*
 * The admin listener's handler: /healthz, /readyz, /metrics (Prometheus text format
 * 0.0.4). It shows no secrets and changes nothing.
 */
#ifndef ADMIN_ADMIN_H
#define ADMIN_ADMIN_H

#include "base/attr.h"
#include "listen/server.h"
#include "pipeline/pipeline.h"

struct admin;

/* What the process knows and the pipeline does not. */
struct admin_facts {
	bool draining;
	bool reload_failed;	   /* the last one */
	int64_t reloaded_us;	   /* wall clock of the last good one, or of the start */
	struct http_server *hooks; /* borrowed; may be NULL */
};

/* Both borrowed; facts may change at any time. NULL when memory is short. */
struct admin *admin_new(const struct pipeline *pipeline,
			const struct admin_facts *facts) MUST_CHECK;
void admin_free(struct admin *a);
/* For http_server_new, with the admin as its arg. */
const struct http_handler *admin_handler(void);

#endif
