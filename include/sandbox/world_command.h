/* Commands run on a site: waiting -> running -> finished | failed. */
#ifndef SANDBOX_WORLD_COMMAND_H
#define SANDBOX_WORLD_COMMAND_H

#include "sandbox/world.h"

/* Returns 0; -ENOSPC when LIMIT_SANDBOX_COMMANDS are held by other sites; -ENOMEM. */
int world_command_add(struct world *w, struct world_site *site, const char *text,
		      enum world_command_status outcome, uint64_t user_id) MUST_CHECK;
/* Brings the command up to the present. */
void world_command_advance(struct world *w, struct world_command *c);
/* Removes it, whatever its state. */
void world_command_remove(struct world *w, struct world_site *site,
			  struct world_command *c);
const char *world_command_status_name(enum world_command_status status);
bool world_command_has_ended(const struct world_command *c);
void world_command_free(struct world_command *c);

#endif
