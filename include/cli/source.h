/* A source named by options of the command line instead of the configuration. */
#ifndef CLI_SOURCE_H
#define CLI_SOURCE_H

#include "cli/command.h"
#include "model/conf.h"
#include "provider/provider.h"

/* The rows of a command's option table that cli_source_new reads. */
#define CLI_SOURCE_OPTIONS                                                              \
	{"--kind", 'k', "KIND", "the kind of sender", false},                           \
		{"--secret-file", 's', "FILE",                                          \
		 "its secret, without the last line break; may be given several times", \
		 false},                                                                \
	{                                                                               \
		"--option", 'o', "NAME=VALUE",                                          \
			"an option of the kind, as in the configuration", false         \
	}

/*
 * Prepares the source. NULL when something is wrong with it, which is said on stderr;
 * then *ret_status is what the command returns.
 */
struct provider_source *cli_source_new(const struct cli_args *args,
				       int *ret_status) MUST_CHECK;

/* Adds one option to a source under construction. Returns 0 or -ENOMEM. */
int cli_source_set(struct conf_source *conf, const char *name,
		   const char *value) MUST_CHECK;
void cli_source_done(struct conf_source *conf);

#endif
