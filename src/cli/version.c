#include <stdio.h>

#include "cli/commands.h"

static int
run(const struct cli_args *args)
{
	(void)args;
	printf("forgebridge %s\n", FORGEBRIDGE_VERSION);
	return CLI_OK;
}

const struct cli_command cli_version = {
	.name = "version",
	.operands = "",
	.summary = "versions of forgebridge and its libraries",
	.run = run,
};
