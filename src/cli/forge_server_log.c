#include <stdio.h>

#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/forge_ask.h"
#include "cli/terminal.h"
#include "forge/tree.h"

static int
run(const struct cli_args *args)
{
	auto_ask a = {0};
	auto_tree answer = NULL;
	int rc = ask_open(&a, args);
	if (rc == CLI_OK)
		rc = ask(&a, ASK_ONCE, "organizations.servers.logs.show",
			 ASK_WORDS({"server", cli_operand(args, 0)},
				   {"key", cli_operand(args, 1)}),
			 &answer);
	if (rc != CLI_OK)
		return rc;
	const char *text = tree_text(answer, "data.attributes.content");
	if (cli_has(args, "--json")) {
		auto_tree one = json_pack("{s:s?}", "log", text);
		columns_print_json(one);
	} else {
		terminal_put(stdout, text ? text : "");
	}
	return CLI_OK;
}

static const struct cli_option options[] = {
	{"--json", 0, NULL, "an object: log", false},
	CLI_FORGE_OPTIONS,
	{0},
};

const struct cli_command cli_forge_server_log = {
	.name = "forge server-log",
	.operands = "SERVER LOG",
	.min_operands = 2,
	.max_operands = 2,
	.summary = "print a log of a server",
	.details =
		"LOG is what Forge calls it: nginx-error, nginx-access, php84, mysql and "
		"the like.",
	.options = options,
	.example = "forgebridge forge server-log web-1 nginx-error",
	.exits = CLI_FORGE_EXITS("done", "there is no such server or log"),
	.run = run,
};
