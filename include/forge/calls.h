/*
 * What the headers of the areas have in common (forge/deployments.h, forge/sites.h, ...;
 * forge/forge.h includes them all). They hold two functions for each operation of the
 * catalogue, named after its id (docs/SDK.md has the rule): forge_X() starts the call,
 * as forge_call() does; forge_X_sync() waits for its answer, as forge_call_sync() does.
 *
 * The parameters of the path are arguments, in the path's order: organization (NULL: the
 * client's), server and site are names or ids (server NULL: found out from the site),
 * others are ids. query and body are JSON objects as text; NULL: none. What does not fit
 * the operation ends as FORGE_REFUSED, with everything that is wrong, and is not sent.
 */
#ifndef FORGE_CALLS_H
#define FORGE_CALLS_H

#include "forge/client.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The name of an operation's typed function, "forge_sites_deployments_store"; NULL when
 * op is none of the catalogue's.
 */
const char *forge_function_name(const struct forge_operation *op);

#ifdef __cplusplus
}
#endif

#endif
