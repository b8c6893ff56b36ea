#include <stdio.h>

#include "base/str.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/forge_ask.h"
#include "cli/terminal.h"
#include "forge/tree.h"

static int
print_log(struct forge_ask *a, const struct ask_place *place)
{
	auto_tree answer = NULL;
	int rc = ask(a, ASK_ONCE, "organizations.servers.background-processes.log.show",
		     ASK_WORDS({"server", place->server_id},
			       {"backgroundProcess", cli_operand(a->args, 2)}),
		     &answer);
	if (rc != CLI_OK)
		return rc;
	const json_t *attributes = tree_find(answer, "data.attributes");
	const char *text = tree_text(attributes, "content");
	if (cli_has(a->args, "--json"))
		columns_print_json(attributes);
	else
		terminal_put(stdout, text ? text : "");
	return CLI_OK;
}

static int
act(struct forge_ask *a, const struct ask_place *place)
{
	const char *id = cli_operand(a->args, 2);
	auto_tree answer = NULL;
	a->doing = "process";
	a->of = id;
	int rc = ask(a, ASK_TO_THE_END, "process-action",
		     ASK_WORDS({"server", place->server_id}, {"backgroundProcess", id},
			       {"action", cli_operand(a->args, 0)}),
		     &answer);
	if (rc == CLI_OK && cli_has(a->args, "--json"))
		columns_print_json(json_object_get(answer, "data"));
	return rc;
}

static int
run(const struct cli_args *args)
{
	auto_ask a = {0};
	auto_place place = {0};
	const char *word = cli_operand(args, 0);
	bool log = str_eq(word, "log");
	if (!log && !str_eq(word, "restart") && !str_eq(word, "start") &&
	    !str_eq(word, "stop"))
		return cli_fail(args, CLI_USAGE,
				"\"%s\" is not one of restart, start, stop, log", word);
	int rc = ask_open(&a, args);
	if (rc != CLI_OK)
		return rc;
	if (ask_where(&a, cli_operand(args, 1), NULL, &place) != CLI_OK)
		return ask_fail(&a);
	return log ? print_log(&a, &place) : act(&a, &place);
}

static const struct cli_option options[] = {
	CLI_TIMEOUT_OPTION,
	{"--json", 0, NULL, "the process as it is afterwards, or the log", false},
	CLI_FORGE_OPTIONS,
	{0},
};

const struct cli_command cli_forge_process = {
	.name = "forge process",
	.operands = "restart|start|stop|log SERVER PROCESS",
	.min_operands = 3,
	.max_operands = 3,
	.summary = "restart, start or stop a background process, or print its log",
	.details = "PROCESS is an id of forge processes.",
	.options = options,
	.example = "forgebridge forge process restart web-1 1",
	.exits = CLI_FORGE_EXITS("done", "it failed, or there is no such process"),
	.run = run,
};
