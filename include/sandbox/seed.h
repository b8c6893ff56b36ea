/*
 * The world a seed file describes:
 *
 *   organizations: [{slug, name, servers: [{id, name, sites: [{id, name, ...}]}]}]
 *   tokens: [{token, name, user, scopes: [..]}]
 *   requests_per_minute: 60
 */
#ifndef SANDBOX_SEED_H
#define SANDBOX_SEED_H

#include "base/attr.h"
#include "base/diag.h"
#include "sandbox/access.h"
#include "sandbox/world.h"

struct node;

/*
 * Fills w and a. Returns 0, -EINVAL with all mistakes in diags, or -ENOMEM. Without
 * organizations the world is the default one.
 */
int seed_read(const struct node *tree, struct world *w, struct access *a,
	      struct diag_list *diags) MUST_CHECK;

#endif
