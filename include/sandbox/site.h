/* Sites as they come, change and go: the rest of family_sites.c. */
#ifndef SANDBOX_SITE_H
#define SANDBOX_SITE_H

#include <jansson.h>

#include "sandbox/visit.h"

/* A resource_render_fn: record is a struct world_site. */
json_t *site_render(struct visit *v, void *record, json_t *included);

/* Each a family_fn. */
void site_store(struct visit *v);
void site_store_on_balancer(struct visit *v);
void site_update(struct visit *v);
void site_destroy(struct visit *v);
void site_update_git(struct visit *v);
void site_update_nodes(struct visit *v);
void site_store_deploy_key(struct visit *v);

#endif
