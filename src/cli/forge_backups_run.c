#include <stdio.h>

#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/forge_backups.h"
#include "forge/tree.h"

static int
run(const struct cli_args *args)
{
	auto_backups b = {0};
	auto_tree answer = NULL;
	int rc = backups_open(&b, args);
	if (rc == CLI_OK)
		rc = backups_choose(&b);
	if (rc != CLI_OK)
		return rc;
	b.ask.doing = "backing up";
	b.ask.of = backups_name(&b);
	rc = ask(&b.ask, ASK_TO_THE_END, "backup",
		 ASK_WORDS({"server", b.place.server_id},
			   {"backupConfiguration", backups_id(&b)}),
		 &answer);
	if (rc != CLI_OK)
		return rc;
	const json_t *backup = json_object_get(answer, "data");
	const char *id = tree_text(backup, "id");
	if (cli_has(args, "--json"))
		columns_print_json(backup);
	else
		fprintf(stderr, "backup %s of %s is done\n", id ? id : "",
			backups_name(&b));
	return CLI_OK;
}

static const struct cli_option options[] = {
	CLI_TIMEOUT_OPTION,
	{"--json", 0, NULL, "the backup's resource as Forge gives it", false},
	CLI_FORGE_OPTIONS,
	{0},
};

const struct cli_command cli_forge_backups_run = {
	.name = "forge backups run",
	.operands = "SERVER [CONFIGURATION]",
	.min_operands = 1,
	.max_operands = 2,
	.summary = "back up the databases of a configuration now, wait for the end",
	.details = "CONFIGURATION is a name or an id; not needed where a server has one.",
	.options = options,
	.example = "forgebridge forge backups run web-1 nightly",
	.exits = CLI_FORGE_EXITS("the backup is done",
				 "it failed, or there is no such configuration"),
	.run = run,
};
