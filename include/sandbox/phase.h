/*
 * Further states of a site beside the one that its node has: of its repository, of its
 * maintenance mode. Each is a thing without a resource.
 */
#ifndef SANDBOX_PHASE_H
#define SANDBOX_PHASE_H

#include "sandbox/kind.h"

void phase_begin(struct world *w, struct thing *node, const char *name,
		 const struct sequence *sequence);
/* What it is in now; NULL: never begun. */
const char *phase_value(struct world *w, struct thing *node, const char *name);

#endif
