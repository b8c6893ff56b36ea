/* What the commands that read the journal share: -c FILE names the configuration. */
#ifndef CLI_JOURNAL_ARGS_H
#define CLI_JOURNAL_ARGS_H

#include "cli/command.h"
#include "journal/journal.h"

/* Opens the journal that the configuration names. CLI_OK, or says what is wrong. */
int cli_open_journal(const struct cli_args *args, struct journal_reader **ret_reader);
/* The exit status for an error of a read, after saying it. what: "delivery 01..." */
int cli_read_error(const struct cli_args *args, int error, const char *what);

#endif
