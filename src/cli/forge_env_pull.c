#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/str.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/forge_ask.h"
#include "cli/terminal.h"
#include "forge/tree.h"

/* The content as it is, but for what a terminal would obey. */
static int
print(const char *content)
{
	if (isatty(STDOUT_FILENO))
		terminal_put(stdout, content);
	else
		fputs(content, stdout);
	return CLI_OK;
}

/* Replacing a device, such as /dev/stdout, by a file would harm the machine. */
static int
may_replace(const struct cli_args *args, const char *file)
{
	struct stat st;
	if (stat(file, &st) < 0)
		return CLI_OK;
	if (!S_ISREG(st.st_mode))
		return cli_fail(args, CLI_BAD_INPUT, "%s is no regular file", file);
	return terminal_confirm(args, "%s is there and gets replaced", file);
}

/* file: NULL or "-" is standard output. */
static int
put(const struct forge_ask *a, const char *file, const char *content)
{
	if (cli_has(a->args, "--json")) {
		auto_tree one = json_pack("{s:s}", "environment", content);
		columns_print_json(one);
		return CLI_OK;
	}
	if (!file || str_eq(file, "-"))
		return print(content);
	int rc = may_replace(a->args, file);
	if (rc != CLI_OK)
		return rc;
	rc = file_replace(file, slice_of(content));
	return rc == 0 ? CLI_OK
		       : cli_fail(a->args, CLI_BAD_INPUT, "%s: %s", file, strerror(-rc));
}

static int
run(const struct cli_args *args)
{
	auto_ask a = {0};
	auto_tree answer = NULL;
	int rc = ask_open(&a, args);
	if (rc == CLI_OK)
		rc = ask(&a, ASK_ONCE, "environment",
			 ASK_WORDS({"server", cli_get(args, "--server")},
				   {"site", cli_operand(args, 0)}),
			 &answer);
	if (rc != CLI_OK)
		return rc;
	const char *content = tree_text(answer, "data.attributes.content");
	return put(&a, cli_operand(args, 1), content ? content : "");
}

static const struct cli_option options[] = {
	{"--server", 's', "SERVER", "where several have a site of that name", false},
	CLI_YES_OPTION,
	{"--json", 0, NULL, "an object on stdout: environment", false},
	CLI_FORGE_OPTIONS,
	{0},
};

const struct cli_command cli_forge_env_pull = {
	.name = "forge env pull",
	.operands = "SITE [FILE]",
	.min_operands = 1,
	.max_operands = 2,
	.summary = "fetch the environment file of a site",
	.details =
		"FILE is readable by its owner alone; without it, or with -, the "
		"content goes to\n"
		"stdout. Before a FILE that is there gets replaced, it is asked about.",
	.options = options,
	.example = "forgebridge forge env pull shop.example.com shop.env",
	.exits = CLI_FORGE_EXITS("done", "Forge refused, or the answer was no"),
	.run = run,
};
