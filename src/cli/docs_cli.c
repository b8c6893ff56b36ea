/* docs/CLI.md from the command table. */
#include <string.h>

#include "cli/command.h"
#include "cli/docs.h"
#include "cli/help.h"

static const char intro[] =
	"# Command line\n"
	"\n"
	"Made from the command table by `make docs`. `forgebridge COMMAND [options]`;\n"
	"`--help` behind any command tells what stands here. Data goes to standard "
	"output,\n"
	"everything else to standard error; `--json` where a command prints data. "
	"Secrets\n"
	"are given by file, environment or standard input, never as an argument.\n"
	"\n"
	"| exit status | means |\n"
	"|---|---|\n"
	"| 0 | yes, or done |\n"
	"| 1 | no, or failed |\n"
	"| 2 | wrong usage |\n"
	"| 3 | bad configuration or input file |\n"
	"| 4 | not authenticated, or a scope is missing |\n"
	"| 5 | something needed could not be reached |\n"
	"| 6 | timed out waiting |\n";

static void
put_option(struct buf *out, const struct cli_option *o)
{
	buf_puts(out, "| ");
	if (o->letter)
		buf_printf(out, "`-%c`, ", o->letter);
	buf_printf(out, "`%s%s", o->name, o->value ? " " : "");
	docs_put_cell(out, o->value);
	buf_puts(out, "` | ");
	docs_put_cell(out, o->help);
	buf_printf(out, "%s |\n", o->required ? " (required)" : "");
}

/* Line breaks inside paragraphs are the terminal's. */
static void
put_details(struct buf *out, const char *text)
{
	buf_puts(out, "\n```text\n");
	buf_puts(out, text);
	buf_puts(out, "\n```\n");
}

static void
put_exits(struct buf *out, const struct cli_command *c)
{
	buf_puts(out, "\n| exit status | |\n|---|---|\n");
	for (int status = CLI_OK; status <= CLI_TIMEOUT; status++) {
		const char *when = cli_exit_when(c, status);
		if (!when)
			continue;
		buf_printf(out, "| %d | ", status);
		docs_put_cell(out, when);
		buf_puts(out, " |\n");
	}
}

static void
put_command(struct buf *out, const struct cli_command *c)
{
	buf_printf(out, "\n## %s\n\n", c->name);
	buf_printf(out, "`forgebridge %s%s%s%s`: %s.\n", c->name,
		   c->options ? " [options]" : "", *c->operands ? " " : "", c->operands,
		   c->summary);
	if (c->details)
		put_details(out, c->details);
	if (c->options)
		buf_puts(out, "\n| option | |\n|---|---|\n");
	for (const struct cli_option *o = c->options; o && o->name; o++)
		put_option(out, o);
	put_exits(out, c);
	if (c->example)
		buf_printf(out, "\n```sh\n%s\n```\n", c->example);
}

void
docs_cli(struct buf *out)
{
	buf_puts(out, intro);
	for (const struct cli_command *const *c = cli_commands(); *c; c++) {
		if (!(*c)->hidden)
			put_command(out, *c);
	}
}
