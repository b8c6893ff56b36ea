/*
 * Deployments of a site, one at a time, in the order they were asked for:
 * queued -> deploying -> finished | failed | failed-build; cancelled from the first two.
 */
#ifndef SANDBOX_WORLD_DEPLOY_H
#define SANDBOX_WORLD_DEPLOY_H

#include "sandbox/world.h"

/*
 * A new deployment at the end of the site's queue that will end as outcome. labels (may
 * be NULL) are copied where set; the rest of the commit becomes known when it starts.
 * Returns 0; -ENOSPC when LIMIT_SANDBOX_DEPLOYMENTS are unfinished; -ENOMEM.
 */
int world_deploy_add(struct world *w, struct world_site *site,
		     enum world_deploy_status outcome, const char *type,
		     const struct world_commit *labels,
		     struct world_deployment **ret_deployment) MUST_CHECK;
/* Brings the site's deployments up to the present. */
void world_deploy_advance(struct world *w, struct world_site *site);
/* The same for every site where something waits or runs. */
void world_deploy_advance_all(struct world *w);
/* When the next of those changes; 0: none. */
int64_t world_deploy_next_us(const struct world *w);
/* The one that is deploying, or the first that is queued; NULL. */
struct world_deployment *world_deploy_current(const struct world_site *site);
struct world_deployment *world_deploy_latest(const struct world_site *site);
/* Cancels the current one; the next in the queue follows. */
void world_deploy_reset(struct world *w, struct world_site *site);
const char *world_deploy_status_name(enum world_deploy_status status);
bool world_deploy_has_ended(const struct world_deployment *d);
void world_deploy_free(struct world_deployment *d);

#endif
