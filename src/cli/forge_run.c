#include <stdio.h>

#include "base/limits.h"
#include "base/str.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/forge_ask.h"
#include "cli/terminal.h"
#include "forge/tree.h"

static int
join_words(const struct cli_args *args, struct buf *out)
{
	for (size_t i = 1; i < cli_operands(args); i++) {
		if (i > 1)
			buf_putc(out, ' ');
		buf_puts(out, cli_operand(args, i));
	}
	return out->error;
}

static void
print(const struct forge_ask *a, const json_t *command, const char *output)
{
	const char *errors = tree_text(command, "attributes.error_output");
	if (cli_has(a->args, "--json")) {
		auto_tree both =
			json_pack("{s:O, s:s?}", "command", command, "output", output);
		columns_print_json(both);
		return;
	}
	terminal_put(stdout, output ? output : "");
	terminal_put(stderr, errors ? errors : "");
}

/* The output of a command that has ended, well or not. */
static int
finish(struct forge_ask *a, const struct ask_place *place, json_t *command, int rc)
{
	auto_tree answer = NULL;
	const char *id = tree_text(command, "id");
	bool ended = a->kind == FORGE_OK || a->kind == FORGE_FAILED;
	if (rc != CLI_OK)
		ask_fail(a);
	if (!ended || !id)
		return rc;
	int output_rc = ask_quietly(a, ASK_ONCE, "command-output",
				    ASK_WORDS({"server", place->server_id},
					      {"site", place->site_id}, {"command", id}),
				    &answer);
	if (output_rc != CLI_OK && a->kind != FORGE_NOT_FOUND)
		ask_fail(a);
	else
		output_rc = CLI_OK;
	print(a, command, tree_text(answer, "data.attributes.output"));
	return rc == CLI_OK ? output_rc : rc;
}

static int
run(const struct cli_args *args)
{
	auto_ask a = {0};
	auto_place place = {0};
	auto_tree answer = NULL;
	auto_buf command = BUF_INIT(LIMIT_TEXT_BYTES);
	if (join_words(args, &command) < 0)
		return cli_fail(args, CLI_USAGE, "the command is too long");
	int rc = ask_open(&a, args);
	if (rc != CLI_OK)
		return rc;
	a.doing = "running on";
	rc = ask_where(&a, cli_get(args, "--server"), cli_operand(args, 0), &place);
	if (rc != CLI_OK)
		return ask_fail(&a);
	a.of = place.site;
	rc = ask_quietly(&a, ASK_TO_THE_END, "run-command",
			 ASK_WORDS({"server", place.server_id}, {"site", place.site_id},
				   {"command", buf_str(&command)}),
			 &answer);
	return finish(&a, &place, json_object_get(answer, "data"), rc);
}

static const struct cli_option options[] = {
	{"--server", 's', "SERVER", "where several have a site of that name", false},
	CLI_TIMEOUT_OPTION,
	{"--json", 0, NULL, "an object: command, output", false},
	CLI_FORGE_OPTIONS,
	{0},
};

const struct cli_command cli_forge_run = {
	.name = "forge run",
	.operands = "SITE COMMAND ...",
	.min_operands = 2,
	.max_operands = 200,
	.summary = "run a shell command in a site's folder, print its output",
	.details =
		"Runs as the site's user, without a terminal, for at most 5 minutes. "
		"Words behind\n"
		"SITE are joined by blanks; -- before a COMMAND with options of its own. "
		"When it\n"
		"fails, its exit status is told, and that of forgebridge is 1.",
	.options = options,
	.example = "forgebridge forge run shop.example.com -- php artisan about --json",
	.exits = CLI_FORGE_EXITS("the command ended with 0",
				 "the command failed, or was not started"),
	.run = run,
};
