/* `verify --cases`: runs a list of signed requests whose verdict is known. */
#ifndef CLI_VERIFY_CASES_H
#define CLI_VERIFY_CASES_H

#include "cli/command.h"

/* Returns the exit status. */
int cli_verify_cases(const struct cli_args *args);

#endif
