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

/* Mistakes that are made with secrets. */
enum cli_secret_change {
	CLI_SECRET_TRIMMED, /* without blanks around */
	CLI_SECRET_NEWLINE, /* with LF behind */
	CLI_SECRET_CRLF,
	CLI_SECRET_BASE64, /* decoded */
	CLI_SECRET_HEX
};
/*
 * The same source with every secret changed so. NULL when that changes none of them or
 * makes no source; nothing is printed.
 */
struct provider_source *cli_source_changed(const struct cli_args *args,
					   enum cli_secret_change change) MUST_CHECK;
/* CLI_OK, or CLI_USAGE after saying that there is no such kind. */
int cli_source_check_kind(const struct cli_args *args, const char *kind);

/* Adds one option to a source under construction. Returns 0 or -ENOMEM. */
int cli_source_set(struct conf_source *conf, const char *name,
		   const char *value) MUST_CHECK;
void cli_source_done(struct conf_source *conf);

#endif
