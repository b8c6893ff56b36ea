/* Backups of databases: what the commands of forge backups share. */
#ifndef CLI_FORGE_BACKUPS_H
#define CLI_FORGE_BACKUPS_H

#include "cli/forge_ask.h"

#define BACKUPS "organizations.servers.database.backups."

/* A configuration of a server, as operands 0 (server) and 1 (name, id or none) say. */
struct backups {
	struct forge_ask ask;
	struct ask_place place;
	json_t *configurations; /* all of the server */
	const json_t *chosen;	/* in it; NULL before backups_choose */
};

/* Opens the client and reads the server's configurations. CLI_OK, or says why not. */
int backups_open(struct backups *b, const struct cli_args *args) MUST_CHECK;
void backups_done(struct backups *b); /* also after a failed backups_open */
#define auto_backups CLEANUP(backups_done) struct backups
/* Operand 1; without it the only configuration. CLI_OK, or says why not. */
int backups_choose(struct backups *b) MUST_CHECK;
const char *backups_id(const struct backups *b);   /* of the chosen one */
const char *backups_name(const struct backups *b); /* the same; its id without a name */

#endif
