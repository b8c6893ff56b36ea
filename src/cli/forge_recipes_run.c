#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/forge_ask.h"
#include "cli/terminal.h"
#include "forge/tree.h"

struct recipe {
	struct forge_ask ask;
	char *id;
	struct buf servers; /* ids, joined by commas */
	json_t *runs;	    /* array: what each server said */
};

static int
find_servers(struct recipe *r)
{
	const struct cli_args *args = r->ask.args;
	for (size_t i = 1; i < cli_operands(args); i++) {
		auto_place place = {0};
		if (ask_where(&r->ask, cli_operand(args, i), NULL, &place) != CLI_OK)
			return ask_fail(&r->ask);
		buf_printf(&r->servers, "%s%s", i > 1 ? "," : "", place.server_id);
	}
	return buf_failed(&r->servers) ? CLI_FAILED : CLI_OK;
}

static int
find_recipe(struct recipe *r, bool builtin)
{
	auto_tree answer = NULL;
	const json_t *item = NULL;
	int rc = ask(&r->ask, ASK_ALL_PAGES,
		     builtin ? "forge-recipes.index" : "organizations.recipes.index",
		     NULL, &answer);
	if (rc == CLI_OK)
		rc = ask_pick(&r->ask, json_object_get(answer, "data"), "recipe",
			      cli_operand(r->ask.args, 0), &item);
	if (rc == CLI_OK)
		r->id = str_dup(tree_text(item, "id"));
	return rc == CLI_OK && !r->id ? CLI_FAILED : rc;
}

/* Forge shows no runs of its own recipes. */
static int
run_builtin(struct recipe *r)
{
	int rc = ask(&r->ask, ASK_ONCE, "forge-recipes.runs.store",
		     ASK_WORDS({"forgeRecipe", r->id}, {"servers", buf_str(&r->servers)}),
		     NULL);
	if (rc == CLI_OK)
		fputs("Forge has accepted it; it shows no end\n", stderr);
	return rc;
}

static int
fetch_run(struct recipe *r, const char *run)
{
	auto_tree answer = NULL;
	int rc = ask(&r->ask, ASK_ONCE, "organizations.recipes.runs.show",
		     ASK_WORDS({"recipe", r->id}, {"log", run}), &answer);
	if (rc == CLI_OK)
		json_array_append(r->runs, json_object_get(answer, "data"));
	return rc;
}

static int
fetch_runs(struct recipe *r, const char *runs)
{
	int rc = CLI_OK;
	while (*runs && rc == CLI_OK) {
		size_t n = strcspn(runs, ",");
		auto_str one = str_ndup(runs, n);
		rc = one ? fetch_run(r, one) : CLI_FAILED;
		runs += n + (runs[n] == ',');
	}
	return rc;
}

static void
print_runs(const struct recipe *r)
{
	size_t n = json_array_size(r->runs);
	if (cli_has(r->ask.args, "--json")) {
		columns_print_json(r->runs);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		const json_t *one = json_array_get(r->runs, i);
		const char *output = tree_text(one, "attributes.output");
		if (n > 1)
			printf("== server %lld ==\n",
			       (long long)json_integer_value(
				       tree_find(one, "attributes.server_id")));
		terminal_put(stdout, output ? output : "");
	}
}

static int
run_own(struct recipe *r)
{
	r->ask.doing = "running";
	r->ask.of = cli_operand(r->ask.args, 0);
	int rc = ask_quietly(
		&r->ask, ASK_TO_THE_END, "organizations.recipes.runs.store",
		ASK_WORDS({"recipe", r->id}, {"servers", buf_str(&r->servers)}), NULL);
	bool ended = r->ask.kind == FORGE_OK || r->ask.kind == FORGE_FAILED;
	auto_str runs = str_dup(r->ask.resource);
	if (rc != CLI_OK)
		ask_fail(&r->ask);
	if (!ended || !runs)
		return rc;
	int fetched = fetch_runs(r, runs);
	print_runs(r);
	return rc == CLI_OK ? fetched : rc;
}

static int
run(const struct cli_args *args)
{
	struct recipe r = {.servers = BUF_INIT(LIMIT_TEXT_BYTES), .runs = json_array()};
	bool builtin = cli_has(args, "--forge");
	int rc = ask_open(&r.ask, args);
	if (rc == CLI_OK)
		rc = find_recipe(&r, builtin);
	if (rc == CLI_OK)
		rc = find_servers(&r);
	if (rc == CLI_OK)
		rc = builtin ? run_builtin(&r) : run_own(&r);
	ask_done(&r.ask);
	str_free(r.id);
	buf_done(&r.servers);
	json_decref(r.runs);
	return rc;
}

static const struct cli_option options[] = {
	{"--forge", 0, NULL, "a recipe that Forge brings along", false},
	CLI_TIMEOUT_OPTION,
	{"--json", 0, NULL, "an array: a resource for each server", false},
	CLI_FORGE_OPTIONS,
	{0},
};

const struct cli_command cli_forge_recipes_run = {
	.name = "forge recipes run",
	.operands = "RECIPE SERVER ...",
	.min_operands = 2,
	.max_operands = 100,
	.summary = "run a recipe on servers, print what they say",
	.details = "RECIPE and SERVER are names or ids. Runs of Forge's own recipes are "
		   "shown nowhere:\n"
		   "with --forge the command ends when Forge has accepted it.",
	.options = options,
	.example = "forgebridge forge recipes run \"Clear caches\" web-1",
	.exits = CLI_FORGE_EXITS("it ran to its end on all",
				 "it failed, or there is no such recipe or server"),
	.run = run,
};
