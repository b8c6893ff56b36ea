/* Help texts made from the command table. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include <stdio.h>

#include "cli/command.h"

void cli_print_overview(FILE *to);
void cli_print_help(FILE *to, const struct cli_command *command);
/* When the command ends with the status; NULL: never. */
const char *cli_exit_when(const struct cli_command *command, int status);
/*
 * The commands that begin with these words and have more of them ("rules", "forge env");
 * prints nothing and returns false when there are none.
 */
bool cli_print_group(FILE *to, const char *words);
/* Says what was not understood, with the nearest command. Returns CLI_USAGE. */
int cli_unknown_command(int argc, char **argv);

#endif
