#include "cli/command.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/help.h"

#define MAX_GIVEN 1000 /* options and operands on one command line */

struct given {
	const struct cli_option *option;
	const char *value;
};

struct cli_args {
	const struct cli_command *command;
	struct given *given;
	size_t n_given;
	const char **operands;
	size_t n_operands;
};

static const struct cli_option help_option = {"--help", 'h', NULL, "this help", false};

const char *
cli_get_nth(const struct cli_args *args, const char *option, size_t n)
{
	for (size_t i = 0; i < args->n_given; i++) {
		if (str_eq(args->given[i].option->name, option) && n-- == 0)
			return args->given[i].value;
	}
	return NULL;
}

const char *
cli_get(const struct cli_args *args, const char *option)
{
	const char *last = NULL;
	const char *value = NULL;
	for (size_t n = 0; (value = cli_get_nth(args, option, n)) != NULL; n++)
		last = value;
	return last;
}

bool
cli_has(const struct cli_args *args, const char *option)
{
	return cli_get(args, option) != NULL;
}

size_t
cli_operands(const struct cli_args *args)
{
	return args->n_operands;
}

const char *
cli_operand(const struct cli_args *args, size_t i)
{
	return i < args->n_operands ? args->operands[i] : NULL;
}

int
cli_fail(const struct cli_args *args, enum cli_status status, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	fprintf(stderr, "forgebridge %s: ", args->command->name);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	return (int)status;
}

int
cli_get_u64(const struct cli_args *args, const char *option, uint64_t min, uint64_t max,
	    uint64_t fallback, uint64_t *ret_n)
{
	const char *text = cli_get(args, option);
	if (!text) {
		*ret_n = fallback;
		return CLI_OK;
	}
	if (parse_u64(text, min, max, ret_n) == 0)
		return CLI_OK;
	return cli_fail(args, CLI_USAGE, "%s: \"%s\" is not a number from %llu to %llu",
			option, text, (unsigned long long)min, (unsigned long long)max);
}

/* The words of name at the front of argv; 0 when they are not there. */
static int
words_matching(const char *name, int argc, char **argv)
{
	int words = 0;
	const char *p = name;
	while (*p) {
		size_t n = strcspn(p, " ");
		if (words >= argc || strlen(argv[words]) != n ||
		    strncmp(argv[words], p, n) != 0)
			return 0;
		words++;
		p += n;
		p += *p == ' ';
	}
	return words;
}

/* The command with the most words that argv begins with. */
const struct cli_command *
cli_command_find(int argc, char **argv, int *ret_words)
{
	const struct cli_command *best = NULL;
	*ret_words = 0;
	for (const struct cli_command *const *c = cli_commands(); *c; c++) {
		int words = words_matching((*c)->name, argc, argv);
		if (words > *ret_words) {
			best = *c;
			*ret_words = words;
		}
	}
	return best;
}

const struct cli_option *
cli_option_find(const struct cli_command *command, const char *arg, size_t len)
{
	const struct cli_option *o = command->options;
	for (; o && o->name; o++) {
		bool is_letter = len == 2 && arg[1] == o->letter && o->letter;
		bool is_name = strlen(o->name) == len && strncmp(o->name, arg, len) == 0;
		if (is_letter || is_name)
			return o;
	}
	bool wants_help = (len == 2 && strncmp(arg, "-h", 2) == 0) ||
			  (len == 6 && strncmp(arg, "--help", 6) == 0);
	return wants_help ? &help_option : NULL;
}

static int
unknown_option(const struct cli_args *args, const char *arg)
{
	const char *names[64];
	size_t n = 0;
	const struct cli_option *o = args->command->options;
	for (; o && o->name && n < ARRAY_LEN(names); o++)
		names[n++] = o->name;
	const char *near = str_nearest(arg, names, n);
	if (near)
		return cli_fail(args, CLI_USAGE, "unknown option %s; did you mean %s?",
				arg, near);
	return cli_fail(args, CLI_USAGE, "unknown option %s; see --help", arg);
}

/* Takes the option at argv[*i] with its value; moves *i on to the last one used. */
static int
take_option(struct cli_args *args, int argc, char **argv, int *i)
{
	const char *arg = argv[*i];
	const char *eq = str_starts(arg, "--") ? strchr(arg, '=') : NULL;
	size_t len = eq ? (size_t)(eq - arg) : strlen(arg);
	const struct cli_option *o = cli_option_find(args->command, arg, len);
	if (!o)
		return unknown_option(args, arg);
	const char *value = "";
	if (o->value && eq)
		value = eq + 1;
	else if (o->value && *i + 1 < argc)
		value = argv[++*i];
	else if (o->value)
		return cli_fail(args, CLI_USAGE, "%s needs a value: %s", o->name,
				o->value);
	else if (eq)
		return cli_fail(args, CLI_USAGE, "%s takes no value", o->name);
	args->given[args->n_given++] = (struct given){o, value};
	return CLI_OK;
}

static int
take_all(struct cli_args *args, int argc, char **argv)
{
	bool only_operands = false;
	for (int i = 0; i < argc; i++) {
		bool is_option = argv[i][0] == '-' && argv[i][1] != '\0' &&
				 !only_operands;
		if (is_option && str_eq(argv[i], "--")) {
			only_operands = true;
			continue;
		}
		if (!is_option) {
			args->operands[args->n_operands++] = argv[i];
			continue;
		}
		int rc = take_option(args, argc, argv, &i);
		if (rc != CLI_OK)
			return rc;
	}
	return CLI_OK;
}

static int
check_required(const struct cli_args *args)
{
	const struct cli_command *c = args->command;
	for (const struct cli_option *o = c->options; o && o->name; o++) {
		if (o->required && !cli_has(args, o->name))
			return cli_fail(args, CLI_USAGE, "%s %s is missing", o->name,
					o->value);
	}
	if (args->n_operands < c->min_operands)
		return cli_fail(args, CLI_USAGE, "expected %s; see --help", c->operands);
	if (args->n_operands > c->max_operands)
		return cli_fail(args, CLI_USAGE, "did not expect \"%s\"",
				args->operands[c->max_operands]);
	return CLI_OK;
}

static struct cli_args *
args_alloc(const struct cli_command *command, int argc)
{
	struct cli_args *args = x_new(struct cli_args);
	if (!args || argc > MAX_GIVEN) {
		mem_free(args);
		return NULL;
	}
	args->command = command;
	args->given = x_new_array(struct given, (size_t)argc + 1);
	args->operands = x_new_array(const char *, (size_t)argc + 1);
	if (args->given && args->operands)
		return args;
	cli_args_free(args);
	return NULL;
}

void
cli_args_free(struct cli_args *args)
{
	if (!args)
		return;
	mem_free(args->given);
	mem_free(args->operands);
	mem_free(args);
}

struct cli_args *
cli_args_new(const struct cli_command *command, int argc, char **argv)
{
	struct cli_args *args = args_alloc(command, argc);
	if (args)
		(void)take_all(args, argc, argv);
	return args;
}

static int
run_command(const struct cli_command *command, int argc, char **argv)
{
	struct cli_args *args = args_alloc(command, argc);
	if (!args)
		return CLI_FAILED;
	int rc = take_all(args, argc, argv);
	if (rc == CLI_OK && cli_has(args, "--help")) {
		cli_print_help(stdout, command);
	} else if (rc == CLI_OK) {
		rc = check_required(args);
		if (rc == CLI_OK)
			rc = command->run(args);
	}
	cli_args_free(args);
	return rc;
}

/* New memory. */
static char *
join(int n, char **words)
{
	auto_buf text = BUF_INIT(LIMIT_TEXT_BYTES);
	for (int i = 0; i < n; i++)
		buf_printf(&text, "%s%s", i > 0 ? " " : "", words[i]);
	return buf_failed(&text) ? NULL : buf_take(&text);
}

/* `help` alone, of a command, or of all commands that begin with some words. */
static int
run_help(int argc, char **argv)
{
	int words = 0;
	const struct cli_command *command = cli_command_find(argc, argv, &words);
	auto_str group = join(argc, argv);
	if (command && words == argc)
		cli_print_help(stdout, command);
	else if (argc == 0)
		cli_print_overview(stdout);
	else if (!group || !cli_print_group(stdout, group))
		return cli_unknown_command(argc, argv);
	return CLI_OK;
}

/* No command begins like that: help that was asked for, or a mistake. */
static int
run_no_command(int argc, char **argv)
{
	const char *last = argv[argc - 1];
	auto_str group = join(argc, argv);
	if (argc > 1 && (str_eq(last, "--help") || str_eq(last, "-h")))
		return run_help(argc - 1, argv);
	if (group && cli_print_group(stderr, group))
		return CLI_USAGE;
	return cli_unknown_command(argc, argv);
}

/* Output that did not get to its reader is a failure, whatever the command says. */
static int
flush_output(int status)
{
	bool failed = ferror(stdout) != 0;
	if (fflush(stdout) == 0 && !failed)
		return status;
	if (status != CLI_OK)
		return status;
	fprintf(stderr, "forgebridge: cannot write standard output: %s\n",
		strerror(errno));
	return CLI_FAILED;
}

static int
dispatch(int argc, char **argv)
{
	static char version[] = "version";
	if (argc <= 0) {
		cli_print_overview(stderr);
		return CLI_USAGE;
	}
	if (str_eq(argv[0], "--help") || str_eq(argv[0], "-h"))
		return run_help(0, argv);
	if (str_eq(argv[0], "help"))
		return run_help(argc - 1, argv + 1);
	if (str_eq(argv[0], "--version"))
		argv[0] = version;
	int words = 0;
	const struct cli_command *command = cli_command_find(argc, argv, &words);
	if (!command)
		return run_no_command(argc, argv);
	return run_command(command, argc - words, argv + words);
}

int
cli_main(int argc, char **argv)
{
	return flush_output(dispatch(argc - 1, argv + 1));
}
