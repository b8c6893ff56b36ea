#include <stdio.h>

#include "base/str.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/forge_deploy.h"
#include "cli/terminal.h"
#include "forge/tree.h"

/* A deployment of another branch than the one meant would be a surprise. */
static int
check_branch(struct forge_ask *a, const struct ask_place *place, const char *branch)
{
	auto_tree answer = NULL;
	if (!branch)
		return CLI_OK;
	int rc = ask(a, ASK_ONCE, "site", ASK_WORDS({"site", place->site_id}), &answer);
	if (rc != CLI_OK)
		return rc;
	const char *has = tree_text(answer, "data.attributes.repository.branch");
	if (str_eq(has, branch))
		return CLI_OK;
	return cli_fail(a->args, CLI_FAILED,
			"%s has the branch \"%s\", not \"%s\"; nothing was deployed",
			place->site, has ? has : "", branch);
}

static void
print(const struct forge_ask *a, const json_t *answer, const char *log)
{
	if (!cli_has(a->args, "--json")) {
		terminal_put(stdout, log ? log : "");
		return;
	}
	auto_tree both = json_pack("{s:O?, s:s?}", "deployment",
				   json_object_get(answer, "data"), "log", log);
	columns_print_json(both);
}

/* The log of a deployment that came to its end, good or bad. */
static int
finish(struct forge_ask *a, const struct ask_place *place, const json_t *answer, int rc)
{
	auto_str log = NULL;
	const char *id = tree_text(answer, "data.id");
	bool ended = a->kind == FORGE_OK || a->kind == FORGE_FAILED;
	if (rc != CLI_OK)
		ask_fail(a);
	if (ended && id) {
		int log_rc = deploy_log(a, place, id, &log);
		rc = rc == CLI_OK ? log_rc : rc;
		print(a, answer, log);
	}
	return rc;
}

static int
deploy(struct forge_ask *a, const struct ask_place *place)
{
	auto_tree answer = NULL;
	const char *branch = cli_get(a->args, "--branch-must-be");
	a->doing = "deploying";
	a->of = place->site;
	int rc = check_branch(a, place, branch);
	if (rc != CLI_OK)
		return rc;
	if (!deploy_needs_hook(a->args)) {
		rc = ask_quietly(
			a, ASK_TO_THE_END, "deploy",
			ASK_WORDS({"server", place->server_id}, {"site", place->site_id}),
			&answer);
		return finish(a, place, answer, rc);
	}
	bool started = false;
	rc = deploy_by_hook(a, place, branch, &started, &answer);
	return started ? finish(a, place, answer, rc) : rc;
}

static int
run(const struct cli_args *args)
{
	auto_ask a = {0};
	auto_place place = {0};
	int rc = deploy_check_vars(args);
	if (rc == CLI_OK)
		rc = ask_open(&a, args);
	if (rc != CLI_OK)
		return rc;
	rc = ask_where(&a, cli_get(args, "--server"), cli_operand(args, 0), &place);
	return rc == CLI_OK ? deploy(&a, &place) : ask_fail(&a);
}

static const struct cli_option options[] = {
	{"--branch-must-be", 'b', "BRANCH", "deploy only if the site has this branch",
	 false},
	CLI_DEPLOY_HOOK_OPTIONS,
	{"--server", 's', "SERVER", "where several have a site of that name", false},
	CLI_TIMEOUT_OPTION,
	{"--json", 0, NULL, "an object: deployment, log", false},
	CLI_FORGE_OPTIONS,
	{0},
};

const struct cli_command cli_forge_deploy = {
	.name = "forge deploy",
	.operands = "SITE",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "deploy a site, wait for the end, print the log",
	.details =
		"SITE is a name or an id. Its states go to stderr: one line on a "
		"terminal, "
		"a line\n"
		"each elsewhere. The log goes to stdout. --commit, --message, --author "
		"and "
		"--var go\n"
		"through the site's deploy hook, since the API takes none of them; they "
		"are labels,\n"
		"and choose no commit by themselves. A deployment that waits behind "
		"another is\n"
		"followed through the queue.",
	.options = options,
	.example = "forgebridge forge deploy shop.example.com --branch-must-be main",
	.exits = CLI_FORGE_EXITS("it was deployed",
				 "the deployment failed, or was not started"),
	.run = run,
};
