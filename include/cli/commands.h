/* Every subcommand, each in src/cli/<name>.c. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/command.h"

extern const struct cli_command cli_check;
extern const struct cli_command cli_docs;
extern const struct cli_command cli_rules_explain;
extern const struct cli_command cli_rules_list;
extern const struct cli_command cli_rules_test;
extern const struct cli_command cli_pattern_test;
extern const struct cli_command cli_forge_call;
extern const struct cli_command cli_forge_list;
extern const struct cli_command cli_forge_show;
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
