#include <stdio.h>

#include "base/str.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/forge_deploy.h"
#include "cli/terminal.h"
#include "forge/tree.h"

int
deploy_log(struct forge_ask *a, const struct ask_place *place, const char *deployment,
	   char **ret_log)
{
	auto_tree answer = NULL;
	int rc = ask_quietly(a, ASK_ONCE, "deployment-log",
			     ASK_WORDS({"server", place->server_id},
				       {"site", place->site_id},
				       {"deployment", deployment}),
			     &answer);
	if (rc != CLI_OK && a->kind != FORGE_NOT_FOUND)
		return ask_fail(a);
	*ret_log = str_dup(tree_text(answer, "data.attributes.output"));
	return CLI_OK;
}

/* The newest of the site where none is named. */
static int
choose(struct forge_ask *a, const struct ask_place *place, char **ret_id)
{
	const char *given = cli_operand(a->args, 1);
	auto_tree answer = NULL;
	if (given) {
		*ret_id = str_dup(given);
		return CLI_OK;
	}
	int rc = ask(a, ASK_ONCE, "deployments",
		     ASK_WORDS({"server", place->server_id}, {"site", place->site_id},
			       {"sort", "-created_at"}, {"page[size]", "1"}),
		     &answer);
	if (rc != CLI_OK)
		return rc;
	const json_t *newest = json_array_get(json_object_get(answer, "data"), 0);
	*ret_id = str_dup(tree_text(newest, "id"));
	return *ret_id ? CLI_OK
		       : cli_fail(a->args, CLI_FAILED, "%s was never deployed",
				  place->site);
}

static int
print(struct forge_ask *a, const struct ask_place *place)
{
	auto_str id = NULL;
	auto_str log = NULL;
	int rc = choose(a, place, &id);
	if (rc == CLI_OK)
		rc = deploy_log(a, place, id, &log);
	if (rc != CLI_OK)
		return rc;
	if (!log)
		return cli_fail(a->args, CLI_FAILED, "deployment %s has no log", id);
	if (cli_has(a->args, "--json")) {
		auto_tree both = json_pack("{s:s, s:s}", "deployment", id, "log", log);
		columns_print_json(both);
	} else {
		terminal_put(stdout, log);
	}
	return CLI_OK;
}

static int
run(const struct cli_args *args)
{
	auto_ask a = {0};
	auto_place place = {0};
	int rc = ask_open(&a, args);
	if (rc != CLI_OK)
		return rc;
	rc = ask_where(&a, cli_get(args, "--server"), cli_operand(args, 0), &place);
	return rc == CLI_OK ? print(&a, &place) : ask_fail(&a);
}

static const struct cli_option options[] = {
	{"--server", 's', "SERVER", "where several have a site of that name", false},
	{"--json", 0, NULL, "an object: deployment, log", false},
	CLI_FORGE_OPTIONS,
	{0},
};

const struct cli_command cli_forge_deploy_log = {
	.name = "forge deploy-log",
	.operands = "SITE [DEPLOYMENT]",
	.min_operands = 1,
	.max_operands = 2,
	.summary = "print the log of a site's newest deployment",
	.details = "Or of the deployment with that id.",
	.options = options,
	.example = "forgebridge forge deploy-log shop.example.com",
	.exits = CLI_FORGE_EXITS("done", "there is no such deployment, or no log of it"),
	.run = run,
};
