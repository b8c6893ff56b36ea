/* The command table: one row a subcommand, in the order of the help. */
#include "cli/commands.h"

/* clang-format off */
static const struct cli_command *const commands[] = {
	&cli_serve,
	&cli_check,
	&cli_rules_list,
	&cli_rules_test,
	&cli_rules_explain,
	&cli_deliveries_list,
	&cli_deliveries_show,
	&cli_jobs_list,
	&cli_jobs_show,
	&cli_pattern_test,
	&cli_forge_list,
	&cli_forge_show,
	&cli_forge_call,
	&cli_sandbox,
	&cli_verify,
	&cli_send,
	&cli_watch,
	&cli_version,
	&cli_docs,
	NULL,
};
/* clang-format on */

const struct cli_command *const *
cli_commands(void)
{
	return commands;
}
