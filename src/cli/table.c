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
	&cli_forge_organizations,
	&cli_forge_servers,
	&cli_forge_sites,
	&cli_forge_deploy,
	&cli_forge_deploy_log,
	&cli_forge_logs,
	&cli_forge_env_pull,
	&cli_forge_env_push,
	&cli_forge_run,
	&cli_forge_processes,
	&cli_forge_process,
	&cli_forge_restart,
	&cli_forge_server_log,
	&cli_forge_backups_list,
	&cli_forge_backups_run,
	&cli_forge_backups_restore,
	&cli_forge_maintenance,
	&cli_forge_recipes_list,
	&cli_forge_recipes_run,
	&cli_sandbox,
	&cli_verify,
	&cli_send,
	&cli_watch,
	&cli_completion,
	&cli_version,
	&cli_docs,
	&cli_complete,
	NULL,
};
/* clang-format on */

const struct cli_command *const *
cli_commands(void)
{
	return commands;
}
