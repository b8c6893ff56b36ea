/* What differs when somebody watches: questions, and texts that came from outside. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

#include "base/attr.h"
#include "cli/command.h"

/* Whether lines may be written over: a terminal, and not a dumb one (TERM). */
bool terminal_is_live(FILE *to);
/*
 * Asks on the terminal whether to go on with what, a sentence without its end. CLI_OK
 * with --yes or after "y"; CLI_FAILED after any other answer; CLI_USAGE, after saying
 * that
 * --yes is needed, where nobody can be asked (standard input or error is no terminal).
 */
int terminal_confirm(const struct cli_args *args, const char *what, ...)
	PRINTF_LIKE(2, 3) MUST_CHECK;
/*
 * Writes a text of Forge, such as a log, with a line break at its end. On a terminal only
 * colours keep their meaning; other control characters are shown as '?'.
 */
void terminal_put(FILE *to, const char *text);
/* A text that has to stay on its line: every control character is shown as '?'. */
void terminal_put_word(FILE *to, const char *text);

/* For commands that call terminal_confirm. */
#define CLI_YES_OPTION                                                               \
	{                                                                            \
		"--yes", 'y', NULL, "do not ask; needed where no terminal is", false \
	}

#endif
