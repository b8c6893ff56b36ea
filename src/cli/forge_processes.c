#include <stdio.h>

#include "base/str.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/forge_ask.h"
#include "forge/tree.h"

static const struct column columns[] = {
	{"ID", "id"},
	{"STATUS", "attributes.status"},
	{"PROCESSES", "attributes.processes"},
	{"USER", "attributes.user"},
	{"COMMAND", "attributes.command"},
	{"FOLDER", "attributes.directory"},
	{0},
};

/* A server of that name, else a site; an id is a server's. */
static int
find(struct forge_ask *a, struct ask_place *ret_place)
{
	const char *name = cli_operand(a->args, 0);
	int rc = ask_where(a, name, NULL, ret_place);
	if (rc == CLI_OK)
		return CLI_OK;
	if (a->kind != FORGE_NOT_FOUND || text_is_digits(name))
		return ask_fail(a);
	auto_str no_server = str_dup(a->message);
	rc = ask_where(a, NULL, name, ret_place);
	if (rc == CLI_OK)
		return CLI_OK;
	if (a->kind == FORGE_NOT_FOUND && no_server)
		cli_fail(a->args, CLI_FAILED, "%s", no_server);
	return ask_fail(a);
}

static int
run(const struct cli_args *args)
{
	auto_ask a = {0};
	auto_place place = {0};
	auto_tree answer = NULL;
	int rc = ask_open(&a, args);
	if (rc == CLI_OK)
		rc = find(&a, &place);
	if (rc == CLI_OK)
		rc = ask(&a, ASK_ALL_PAGES, "processes",
			 ASK_WORDS({"server", place.server_id},
				   {"filter[site_id]", place.site_id}),
			 &answer);
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

const struct cli_command cli_forge_processes = {
	.name = "forge processes",
	.operands = "SERVER|SITE",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "list the background processes of a server or a site",
	.details = "By name; an id is a server's.",
	.options = options,
	.example = "forgebridge forge processes web-1",
	.exits = CLI_FORGE_EXITS("done", "there is no such server or site"),
	.run = run,
};
