/* Every subcommand, each in src/cli/<name>.c. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/command.h"

extern const struct cli_command cli_check;
extern const struct cli_command cli_complete;
extern const struct cli_command cli_completion;
extern const struct cli_command cli_docs;
extern const struct cli_command cli_rules_explain;
extern const struct cli_command cli_rules_list;
extern const struct cli_command cli_rules_test;
extern const struct cli_command cli_pattern_test;
extern const struct cli_command cli_forge_call;
extern const struct cli_command cli_forge_list;
extern const struct cli_command cli_forge_show;
extern const struct cli_command cli_forge_organizations;
extern const struct cli_command cli_forge_servers;
extern const struct cli_command cli_forge_sites;
extern const struct cli_command cli_forge_deploy;
extern const struct cli_command cli_forge_deploy_log;
extern const struct cli_command cli_forge_logs;
extern const struct cli_command cli_forge_env_pull;
extern const struct cli_command cli_forge_env_push;
extern const struct cli_command cli_forge_run;
extern const struct cli_command cli_forge_processes;
extern const struct cli_command cli_forge_process;
extern const struct cli_command cli_forge_restart;
extern const struct cli_command cli_forge_server_log;
extern const struct cli_command cli_forge_backups_list;
extern const struct cli_command cli_forge_backups_run;
extern const struct cli_command cli_forge_backups_restore;
extern const struct cli_command cli_forge_maintenance;
extern const struct cli_command cli_forge_recipes_list;
extern const struct cli_command cli_forge_recipes_run;
extern const struct cli_command cli_sandbox;
extern const struct cli_command cli_serve;
extern const struct cli_command cli_deliveries_list;
extern const struct cli_command cli_deliveries_show;
extern const struct cli_command cli_jobs_list;
extern const struct cli_command cli_jobs_show;
extern const struct cli_command cli_verify;
extern const struct cli_command cli_send;
extern const struct cli_command cli_watch;
extern const struct cli_command cli_version;

#endif
