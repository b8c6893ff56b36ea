/*
 * Names of servers and sites for the shell's completion, in a file for each account below
 * $XDG_CACHE_HOME/forgebridge (else ~/.cache/forgebridge), readable by its owner alone.
 * It holds names and a time, and is used for COMPLETE_CACHE_MS.
 */
#ifndef CLI_NAMES_H
#define CLI_NAMES_H

#include <jansson.h>

#include "cli/forge.h"

enum names_kind { NAMES_SERVERS, NAMES_SITES };

/* Keeps the names of a complete list of resources. What fails is not told. */
void names_keep(const struct cli_forge *f, enum names_kind kind, const json_t *list);
/*
 * An array of names, from the file or from Forge (LIMIT_COMPLETE_PAGES pages and
 * COMPLETE_CALL_MS at most; where that is not all, those with part in them). NULL when
 * there are none to be had. args: the options of the command that is being typed.
 */
json_t *names_get(const struct cli_args *args, enum names_kind kind, const char *part);

#endif
