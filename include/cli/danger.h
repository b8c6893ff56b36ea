/* Which calls cannot be undone: the user is asked before they are made. */
#ifndef CLI_DANGER_H
#define CLI_DANGER_H

#include "forge/operation.h"

/*
 * What a call with this body (JSON; NULL: none) does that nobody gets back, as the end of
 * "it ..."; NULL: nothing of that kind.
 */
const char *danger_of(const struct forge_operation *op, const char *body);

#endif
