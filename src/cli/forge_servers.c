#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/forge_ask.h"
#include "cli/names.h"
#include "forge/tree.h"

static const struct column columns[] = {
	{"ID", "id"},
	{"NAME", "attributes.name"},
	{"TYPE", "attributes.type"},
	{"PROVIDER", "attributes.provider"},
	{"REGION", "attributes.region"},
	{"ADDRESS", "attributes.ip_address"},
	{"PHP", "attributes.php_version"},
	{"DATABASE", "attributes.database_type"},
	{"READY", "attributes.is_ready"},
	{0},
};

static int
run(const struct cli_args *args)
{
	auto_ask a = {0};
	auto_tree answer = NULL;
	const char *part = cli_operand(args, 0);
	int rc = ask_open(&a, args);
	if (rc == CLI_OK)
		rc = ask(&a, ASK_ALL_PAGES, "servers", ASK_WORDS({"filter[name]", part}),
			 &answer);
	if (rc != CLI_OK)
		return rc;
	const json_t *list = json_object_get(answer, "data");
	if (!part)
		names_keep(&a.forge, NAMES_SERVERS, list);
	if (cli_has(args, "--json"))
		columns_print_json(list);
	else
		columns_print(list, columns);
	return CLI_OK;
}

static const struct cli_option options[] = {
	{"--json", 0, NULL, "an array of resources as Forge gives them", false},
	CLI_FORGE_OPTIONS,
	{0},
};

const struct cli_command cli_forge_servers = {
	.name = "forge servers",
	.operands = "[PART]",
	.max_operands = 1,
	.summary = "list the servers of the organization",
	.details = "PART: only those in whose name it occurs.",
	.options = options,
	.example = "forgebridge forge servers",
	.exits = CLI_FORGE_EXITS("done", "Forge refused"),
	.run = run,
};
