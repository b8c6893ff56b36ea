#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/forge_ask.h"
#include "forge/tree.h"

static const struct column columns[] = {
	{"SLUG", "attributes.slug"},
	{"NAME", "attributes.name"},
	{0},
};

static int
run(const struct cli_args *args)
{
	auto_ask a = {0};
	auto_tree answer = NULL;
	int rc = ask_open(&a, args);
	if (rc == CLI_OK)
		rc = ask(&a, ASK_ALL_PAGES, "organizations", NULL, &answer);
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
	{"--json", 0, NULL, "an array of resources as Forge gives them", false},
	CLI_FORGE_OPTIONS,
	{0},
};

const struct cli_command cli_forge_organizations = {
	.name = "forge organizations",
	.operands = "",
	.summary = "list the organizations that the token sees",
	.details = "The slug is what --organization and FORGE_ORGANIZATION take.",
	.options = options,
	.example = "forgebridge forge organizations",
	.exits = CLI_FORGE_EXITS("done", "Forge refused"),
	.run = run,
};
