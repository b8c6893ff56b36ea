/* What the subcommands that talk to the Forge API share. */
#ifndef CLI_FORGE_H
#define CLI_FORGE_H

#include "base/secret.h"
#include "cli/command.h"
#include "forge/client.h"

/* clang-format off */
#define CLI_FORGE_OPTIONS \
	{"--url", 0, "URL", "of the Forge API (FORGE_URL)", false}, \
	{"--token-file", 0, "FILE", "holds the token (FORGE_TOKEN), - is stdin", false}, \
	{"--organization", 0, "SLUG", "its name in URLs (FORGE_ORGANIZATION)", false}, \
	{"--config", 'c', "FILE", "take these from its forge: section", false}, \
	{"--account", 0, "NAME", "of the configuration", false}, \
	{"--verbose", 'v', NULL, "a line on stderr for each request", false}

/* done: what 0 means; failed: 1. */
#define CLI_FORGE_EXITS(done, failed) \
	CLI_EXITS({CLI_OK, done}, {CLI_FAILED, failed}, \
		  {CLI_BAD_INPUT, "a file cannot be read, or the configuration has mistakes"}, \
		  {CLI_DENIED, "the token is refused or lacks a scope"}, \
		  {CLI_UNREACHABLE, "Forge cannot be reached, or is under maintenance"}, \
		  {CLI_TIMEOUT, "the time is over, or too many requests a minute"})
/* clang-format on */

struct event_base;

struct cli_forge {
	struct event_base *base;
	struct forge_client *client; /* on base */
	struct conf *conf;	     /* NULL: none was given */
	struct secret token;	     /* of --token-file */
	char *scope; /* owned: URL and organization, what names are kept for */
};

/* Returns CLI_OK or the exit status, after saying why. */
int cli_forge_open(const struct cli_args *args, struct cli_forge *ret_forge) MUST_CHECK;
void cli_forge_close(struct cli_forge *f);
/* The exit status that a result stands for. */
int cli_forge_status(enum forge_kind kind);
/*
 * What --timeout says in milliseconds; without it CLI_FORGE_CALL_MS, or the time of a
 * step for what is followed to its end. Checked when the client is opened.
 */
unsigned cli_forge_timeout(const struct cli_args *args, bool to_the_end);
/* For commands that follow something to its end. */
#define CLI_TIMEOUT_OPTION                                                   \
	{                                                                    \
		"--timeout", 0, "TIME", "give up waiting after (15m)", false \
	}
/* By id or short name; NULL after saying that there is none (CLI_USAGE is due). */
const struct forge_operation *cli_forge_operation(const struct cli_args *args,
						  const char *name);

#endif
