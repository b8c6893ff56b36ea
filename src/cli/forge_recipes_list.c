#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/forge_ask.h"
#include "forge/tree.h"

static const struct column columns[] = {
	{"ID", "id"},
	{"NAME", "attributes.name"},
	{"USER", "attributes.user"},
	{"INFO", "attributes.info"},
	{0},
};

static int
run(const struct cli_args *args)
{
	auto_ask a = {0};
	auto_tree answer = NULL;
	bool builtin = cli_has(args, "--forge");
	int rc = ask_open(&a, args);
	if (rc == CLI_OK)
		rc = ask(&a, ASK_ALL_PAGES,
			 builtin ? "forge-recipes.index" : "organizations.recipes.index",
			 NULL, &answer);
	if (rc != CLI_OK)
		return rc;
	const json_t *list = json_object_get(answer, "data");
	if (cli_has(args, "--json"))
		columns_print_json(list);
	else
		columns_print(list, columns);
	return CLI_OK;
}

static const struct cli_option options[] = {
	{"--forge", 0, NULL, "those that Forge brings along", false},
	{"--json", 0, NULL, "an array of resources as Forge gives them", false},
	CLI_FORGE_OPTIONS,
	{0},
};

const struct cli_command cli_forge_recipes_list = {
	.name = "forge recipes list",
	.operands = "",
	.summary = "list the recipes of the organization",
	.options = options,
	.example = "forgebridge forge recipes list",
	.exits = CLI_FORGE_EXITS("done", "Forge refused"),
	.run = run,
};
