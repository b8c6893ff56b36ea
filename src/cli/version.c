#include <stdio.h>

#include "base/attr.h"
#include "cli/commands.h"

struct library {
	const char *name;
	const char *version;
};

/* As pkg-config knew them when this was built. */
static const struct library libraries[] = {
#include "cli/libraries.h"
};

static int
run(const struct cli_args *args)
{
	bool json = cli_has(args, "--json");
	printf(json ? "{\"forgebridge\":\"%s\"" : "forgebridge %s\n",
	       FORGEBRIDGE_VERSION);
	for (size_t i = 0; i < ARRAY_LEN(libraries); i++)
		printf(json ? ",\"%s\":\"%s\"" : "  %-18s %s\n", libraries[i].name,
		       libraries[i].version);
	if (json)
		puts("}");
	return CLI_OK;
}

static const struct cli_option options[] = {
	{"--json", 0, NULL, "one JSON object", false},
	{0},
};

const struct cli_command cli_version = {
	.name = "version",
	.operands = "",
	.summary = "print the versions of forgebridge and of the libraries it was built "
		   "with",
	.options = options,
	.example = "forgebridge version",
	.exits = CLI_EXITS({CLI_OK, "done"}),
	.run = run,
};
