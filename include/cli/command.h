/*
 * Subcommands: one file each (src/cli/<name>.c) and one row in src/cli/table.c. Help, the
 * documentation and the completions of shells are made from these tables; for the latter,
 * cli/complete.h says which words in `operands` and `value` have a meaning.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

/* Exit status: section 6 of the design. */
enum cli_status {
	CLI_OK = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2,
	CLI_BAD_INPUT = 3,
	CLI_DENIED = 4,
	CLI_UNREACHABLE = 5,
	CLI_TIMEOUT = 6
};

struct cli_option {
	const char *name;  /* "--body" */
	char letter;	   /* 'b', or 0 */
	const char *value; /* "FILE"; NULL: a switch */
	const char *help;
	bool required;
};

/* When a command ends with a status; 2 is "wrong usage" where nothing else stands. */
struct cli_exit {
	enum cli_status status;
	const char *when; /* NULL: the end of the table */
};
#define CLI_EXITS(...) ((const struct cli_exit[]){__VA_ARGS__, {0}})

struct cli_args; /* what was given */

struct cli_command {
	const char *name;     /* "rules test": words */
	const char *operands; /* "URL", "OPERATION [name=value ...]", or "" */
	unsigned min_operands;
	unsigned max_operands;
	const char *summary;		  /* one line */
	const char *details;		  /* paragraphs for --help; may be NULL */
	const struct cli_option *options; /* ends with name NULL; may be NULL */
	const struct cli_exit *exits;	  /* NULL only for hidden ones */
	const char *example;		  /* one line; may be NULL */
	int (*run)(const struct cli_args *args);
	bool hidden; /* for the project's own use: in no list */
};

/* NULL when it was not given; a switch gives "". */
const char *cli_get(const struct cli_args *args, const char *option);
bool cli_has(const struct cli_args *args, const char *option);
/* All values of an option that may be given several times: n = 0, 1 ... until NULL. */
const char *cli_get_nth(const struct cli_args *args, const char *option, size_t n);
size_t cli_operands(const struct cli_args *args);
const char *cli_operand(const struct cli_args *args, size_t i); /* NULL behind the last */
/*
 * An option as a number with bounds; on a mistake prints what was expected and returns
 * CLI_USAGE, else CLI_OK with *ret_n set to the value or to fallback when absent.
 */
int cli_get_u64(const struct cli_args *args, const char *option, uint64_t min,
		uint64_t max, uint64_t fallback, uint64_t *ret_n) MUST_CHECK;
/* Prints "forgebridge NAME: text" on stderr and returns status. */
int cli_fail(const struct cli_args *args, enum cli_status status, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/*
 * For completion: the command with the most words that argv begins with (NULL: none), and
 * what is given behind them, as far as it makes sense. cli_args_free gives it back.
 */
const struct cli_command *cli_command_find(int argc, char **argv, int *ret_words);
const struct cli_option *cli_option_find(const struct cli_command *command,
					 const char *arg, size_t len);
struct cli_args *cli_args_new(const struct cli_command *command, int argc,
			      char **argv) MUST_CHECK;
void cli_args_free(struct cli_args *args);

/* All commands, ends with NULL. */
const struct cli_command *const *cli_commands(void);
/* Parses argv and runs the command. Returns the exit status. */
int cli_main(int argc, char **argv);
/* The daemon lives above this layer; app/main.c gives its entry before cli_main. */
typedef int cli_serve_fn(const char *config_path);
void cli_set_serve(cli_serve_fn *serve);

#endif
