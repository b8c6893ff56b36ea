#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/diff.h"
#include "cli/forge_ask.h"
#include "cli/terminal.h"
#include "forge/tree.h"

static int
read_new(const struct cli_args *args, struct buf *text)
{
	const char *file = cli_operand(args, 1);
	int rc = file_read(file ? file : "-", text);
	if (rc < 0)
		return cli_fail(args, CLI_BAD_INPUT, "%s: %s", file ? file : "stdin",
				strerror(-rc));
	if (memchr(buf_str(text), '\0', text->len))
		return cli_fail(args, CLI_BAD_INPUT, "%s is no text",
				file ? file : "stdin");
	return CLI_OK;
}

/* Secrets belong on the screen at most: never on stdout. */
static int
show_difference(const struct forge_ask *a, const char *old, const char *new_text)
{
	auto_buf diff = BUF_INIT((size_t)4 * LIMIT_ENV_BYTES);
	if (diff_lines(old, new_text, cli_has(a->args, "--names"), &diff) < 0)
		return cli_fail(a->args, CLI_FAILED, "the difference is too large");
	terminal_put(stderr, diff.len > 0 ? buf_str(&diff) : "(only line breaks differ)");
	return CLI_OK;
}

static int
push(struct forge_ask *a, const struct ask_place *place, const char *text)
{
	const struct cli_args *args = a->args;
	a->doing = "writing the environment of";
	a->of = place->site;
	int rc = terminal_confirm(args, "the environment of %s gets replaced",
				  place->site);
	if (rc != CLI_OK)
		return rc;
	rc = ask(a, ASK_TO_THE_END, "set-environment",
		 ASK_WORDS({"server", place->server_id}, {"site", place->site_id},
			   {"environment", text},
			   {"cache", cli_has(args, "--cache") ? "true" : NULL},
			   {"queues", cli_has(args, "--queues") ? "true" : NULL}),
		 NULL);
	if (rc == CLI_OK)
		fprintf(stderr, "the environment of %s is written\n", place->site);
	return rc;
}

static int
compare_and_push(struct forge_ask *a, const char *text)
{
	auto_place place = {0};
	auto_tree answer = NULL;
	if (ask_where(a, cli_get(a->args, "--server"), cli_operand(a->args, 0), &place) !=
	    CLI_OK)
		return ask_fail(a);
	int rc = ask(a, ASK_ONCE, "environment",
		     ASK_WORDS({"server", place.server_id}, {"site", place.site_id}),
		     &answer);
	if (rc != CLI_OK)
		return rc;
	const char *old = tree_text(answer, "data.attributes.content");
	if (str_eq(old, text)) {
		fprintf(stderr, "%s has this environment already\n", place.site);
		return CLI_OK;
	}
	rc = show_difference(a, old ? old : "", text);
	return rc == CLI_OK ? push(a, &place, text) : rc;
}

static int
run(const struct cli_args *args)
{
	auto_ask a = {0};
	auto_buf text = BUF_INIT(LIMIT_ENV_BYTES);
	int rc = read_new(args, &text);
	if (rc == CLI_OK)
		rc = ask_open(&a, args);
	return rc == CLI_OK ? compare_and_push(&a, buf_str(&text)) : rc;
}

static const struct cli_option options[] = {
	{"--names", 0, NULL, "show which names differ, without their values", false},
	{"--cache", 0, NULL, "have Laravel cache its configuration anew", false},
	{"--queues", 0, NULL, "restart the queue workers", false},
	{"--server", 's', "SERVER", "where several have a site of that name", false},
	CLI_YES_OPTION,
	CLI_TIMEOUT_OPTION,
	CLI_FORGE_OPTIONS,
	{0},
};

const struct cli_command cli_forge_env_push = {
	.name = "forge env push",
	.operands = "SITE [FILE]",
	.min_operands = 1,
	.max_operands = 2,
	.summary = "replace the environment file of a site",
	.details =
		"Shows on stderr what differs from the site's, asks, writes, and waits "
		"until Forge\n"
		"shows the new content. Without FILE, or with -, it is read from stdin.",
	.options = options,
	.example = "forgebridge forge env push shop.example.com shop.env",
	.exits = CLI_FORGE_EXITS("written, or the same already",
				 "Forge refused, or the answer was no"),
	.run = run,
};
