/*
 * The whole sandbox as JSON: for --state FILE. What was read is as it was, but for what
 * the time has changed since.
 */
#ifndef SANDBOX_SNAPSHOT_H
#define SANDBOX_SNAPSHOT_H

#include <jansson.h>

#include "base/attr.h"
#include "sandbox/access.h"
#include "sandbox/world.h"

/* A new reference; NULL without memory. */
json_t *snapshot_take(const struct world *w, const struct access *a);
/*
 * Fills w, which has nothing but its stock, and a. Returns 0, -ENOMEM, or -EINVAL with
 * what does not fit in *ret_error (str_free).
 */
int snapshot_restore(const json_t *snapshot, struct world *w, struct access *a,
		     char **ret_error) MUST_CHECK;

/* Parts of it, for snapshot.c: snapshot_things.c. */
json_t *snapshot_thing(const struct thing *t);
int snapshot_read_thing(const json_t *object, struct world *w, struct thing *parent,
			char **ret_error) MUST_CHECK;
/* The same for a node that is there already. */
int snapshot_read_node(const json_t *object, struct world *w, struct thing *node,
		       char **ret_error) MUST_CHECK;
/* "..." is not in order; always -EINVAL. */
int snapshot_refuse(char **ret_error, const char *what, const char *text);

#endif
