/*
 * Deployment webhooks that really go out: when a deployment ends, each webhook of its
 * site gets the POST that Forge sends (one attempt, what is answered does not matter).
 * The notifier also watches the time, so that deployments end when nobody looks.
 */
#ifndef SANDBOX_NOTIFIER_H
#define SANDBOX_NOTIFIER_H

#include <stdint.h>

#include "base/attr.h"
#include "sandbox/world.h"

struct event_base;
struct notifier;

struct notifier_counts {
	uint64_t sent;	  /* answered with 2xx */
	uint64_t failed;  /* no answer, or another */
	uint64_t dropped; /* LIMIT_SANDBOX_WEBHOOKS were on their way */
};

/* Takes w->on_ended. Both are borrowed. NULL without memory. */
struct notifier *notifier_new(struct event_base *base, struct world *w) MUST_CHECK;
/* What is on its way is given up. */
void notifier_free(struct notifier *n);
/* A deployment may have begun to wait. */
void notifier_wake(struct notifier *n);
struct notifier_counts notifier_counts(const struct notifier *n);

#endif
