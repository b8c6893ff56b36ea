/* From an operation and its parameters to the path and query of a URL. Private to
 * libforge: not installed. */
#ifndef FORGE_ROUTE_H
#define FORGE_ROUTE_H

#include <jansson.h>

#include "base/attr.h"
#include "base/buf.h"
#include "forge/operation.h"

/* Where a call goes, once names are ids. Texts may be NULL where op does not need them.
 */
struct route {
	const char *organization;
	const char *server;
	const char *site;
	const json_t *params; /* the rest; NULL: none */
};

/*
 * Appends "/orgs/acme/servers/1?page%5Bsize%5D=30". Members of params that are no path
 * parameters become the query. Returns 0, -EINVAL when a path parameter is missing or
 * cannot be a path segment ("", ".", ".."), or the buffer's error.
 */
int route_put(struct buf *out, const struct forge_operation *op,
	      const struct route *r) MUST_CHECK;

#endif
