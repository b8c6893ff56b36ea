#include "base/str.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/forge_ask.h"
#include "cli/names.h"
#include "forge/tree.h"

static const struct column columns[] = {
	{"ID", "id"},
	{"NAME", "attributes.name"},
	{"SERVER", "server"},
	{"TYPE", "attributes.app_type"},
	{"REPOSITORY", "attributes.repository.url"},
	{"BRANCH", "attributes.repository.branch"},
	{"STATUS", "attributes.status"},
	{"DEPLOYING", "attributes.deployment_status"},
	{0},
};

/* Names of servers by id, from what a list includes. */
static json_t *
server_names(const json_t *answer)
{
	json_t *names = json_object();
	const json_t *included = json_object_get(answer, "included");
	for (size_t i = 0; i < json_array_size(included); i++) {
		const json_t *one = json_array_get(included, i);
		const char *id = tree_text(one, "id");
		json_t *name =
			json_object_get(json_object_get(one, "attributes"), "name");
		if (id && str_eq(tree_text(one, "type"), "servers"))
			json_object_set(names, id, name);
	}
	return names;
}

/* A member "server" with its name beside what Forge gives. */
static void
name_servers(const json_t *list, const json_t *answer)
{
	auto_tree names = server_names(answer);
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *site = json_array_get(list, i);
		const char *id = tree_text(site, "relationships.server.data.id");
		json_t *name = id ? json_object_get(names, id) : NULL;
		if (name)
			json_object_set(site, "server", name);
	}
}

static int
run(const struct cli_args *args)
{
	auto_ask a = {0};
	auto_tree answer = NULL;
	const char *part = cli_operand(args, 0);
	const char *server = cli_get(args, "--server");
	int rc = ask_open(&a, args);
	if (rc == CLI_OK)
		rc = ask(&a, ASK_ALL_PAGES,
			 server ? "organizations.servers.sites.index" : "sites",
			 ASK_WORDS({"server", server}, {"filter[name]", part},
				   {"include", "server"}),
			 &answer);
	if (rc != CLI_OK)
		return rc;
	const json_t *list = json_object_get(answer, "data");
	name_servers(list, answer);
	if (!part && !server)
		names_keep(&a.forge, NAMES_SITES, list);
	if (cli_has(args, "--json"))
		columns_print_json(list);
	else
		columns_print(list, columns);
	return CLI_OK;
}

static const struct cli_option options[] = {
	{"--server", 's', "SERVER", "only its sites (name or id)", false},
	{"--json", 0, NULL, "an array of resources as Forge gives them, and server",
	 false},
	CLI_FORGE_OPTIONS,
	{0},
};

const struct cli_command cli_forge_sites = {
	.name = "forge sites",
	.operands = "[PART]",
	.max_operands = 1,
	.summary = "list the sites of the organization",
	.details = "PART: only those in whose name it occurs.",
	.options = options,
	.example = "forgebridge forge sites --server web-1",
	.exits = CLI_FORGE_EXITS("done", "Forge refused"),
	.run = run,
};
