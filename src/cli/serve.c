#include "cli/commands.h"

static cli_serve_fn *serve_entry;

void
cli_set_serve(cli_serve_fn *serve)
{
	serve_entry = serve;
}

static int
run(const struct cli_args *args)
{
	return serve_entry(cli_get(args, "--config"));
}

static const struct cli_option options[] = {
	{"--config", 'c', "FILE", "the configuration", true},
	{0},
};

const struct cli_command cli_serve = {
	.name = "serve",
	.operands = "",
	.summary = "run the bridge in the foreground",
	.details = "Prints one line that begins with \"ready\" when it listens. SIGHUP "
		   "reads the\n"
		   "configuration again and keeps the old one when it has mistakes; "
		   "SIGTERM\n"
		   "finishes what was answered and ends.",
	.options = options,
	.example = "forgebridge serve -c /etc/forgebridge/forgebridge.yaml",
	.exits = CLI_EXITS({CLI_OK, "it was told to end (SIGTERM, SIGINT)"},
			   {CLI_FAILED, "the journal's disk failed while it ran"},
			   {CLI_BAD_INPUT, "the configuration has mistakes"},
			   {CLI_UNREACHABLE,
			    "the journal cannot be opened, or an address not be used"}),
	.run = run,
};
