/* The command table: one row a subcommand, in the order of the help. */
#include "cli/commands.h"

static const struct cli_command *const commands[] = {
	&cli_pattern_test, &cli_forge_list, &cli_forge_show,
	&cli_forge_call,   &cli_version,    NULL,
};

const struct cli_command *const *
cli_commands(void)
{
	return commands;
}
