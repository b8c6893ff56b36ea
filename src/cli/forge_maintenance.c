#include <stdio.h>

#include "base/secret.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/forge_ask.h"
#include "forge/tree.h"

static int
read_secret(const struct cli_args *args, struct secret *secret)
{
	const char *file = cli_get(args, "--secret-file");
	int rc = file ? secret_read_file(secret, file) : 0;
	return rc == 0 ? CLI_OK
		       : cli_fail(args, CLI_BAD_INPUT, "%s cannot be read", file);
}

static int
turn(struct forge_ask *a, bool on, const char *secret)
{
	const struct cli_args *args = a->args;
	const char *server = cli_get(args, "--server");
	const char *site = cli_operand(args, 1);
	a->doing = on ? "maintenance on," : "maintenance off,";
	a->of = site;
	if (!on)
		return ask(a, ASK_TO_THE_END, "disable-maintenance",
			   ASK_WORDS({"server", server}, {"site", site}), NULL);
	const char *status = cli_get(args, "--status");
	return ask(a, ASK_TO_THE_END, "enable-maintenance",
		   ASK_WORDS({"server", server}, {"site", site},
			     {"status", status ? status : "503"},
			     {"redirect", cli_get(args, "--redirect")},
			     {"secret", secret}),
		   NULL);
}

static int
run(const struct cli_args *args)
{
	auto_ask a = {0};
	auto_secret secret = {0};
	const char *word = cli_operand(args, 0);
	bool on = str_eq(word, "on");
	if (!on && !str_eq(word, "off"))
		return cli_fail(args, CLI_USAGE, "expected on or off, not \"%s\"", word);
	bool has_more = cli_has(args, "--secret-file") || cli_has(args, "--redirect") ||
			cli_has(args, "--status");
	if (!on && has_more)
		return cli_fail(args, CLI_USAGE,
				"--secret-file, --redirect and --status are for on");
	int rc = read_secret(args, &secret);
	if (rc == CLI_OK)
		rc = ask_open(&a, args);
	if (rc == CLI_OK)
		rc = turn(&a, on, secret.data);
	if (rc == CLI_OK)
		fprintf(stderr, "maintenance of %s is %s\n", cli_operand(args, 1), word);
	return rc;
}

static const struct cli_option options[] = {
	{"--status", 0, "CODE", "what visitors get: 503 (default), 304, 307 or 410",
	 false},
	{"--redirect", 0, "PATH", "where visitors are sent", false},
	{"--secret-file", 0, "FILE", "holds the word that lets one in, - is stdin",
	 false},
	{"--server", 's', "SERVER", "where several have a site of that name", false},
	CLI_TIMEOUT_OPTION,
	CLI_FORGE_OPTIONS,
	{0},
};

const struct cli_command cli_forge_maintenance = {
	.name = "forge maintenance",
	.operands = "on|off SITE",
	.min_operands = 2,
	.max_operands = 2,
	.summary = "put a Laravel site into maintenance, or take it out",
	.details = "Waits until Forge shows it.",
	.options = options,
	.example = "forgebridge forge maintenance on shop.example.com",
	.exits = CLI_FORGE_EXITS("it is on or off now", "Forge refused"),
	.run = run,
};
