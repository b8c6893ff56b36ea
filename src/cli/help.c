#include "cli/help.h"

#include <string.h>

#include "base/str.h"

void
cli_print_overview(FILE *to)
{
	fputs("forgebridge receives webhooks, decides by a table of rules which "
	      "operations\n"
	      "of the Laravel Forge API they call for, runs them to their end and "
	      "publishes\n"
	      "what happened to an MQTT broker.\n\n"
	      "Usage: forgebridge COMMAND [options]\n\n",
	      to);
	for (const struct cli_command *const *c = cli_commands(); *c; c++) {
		if (!(*c)->hidden)
			fprintf(to, "  %-22s %s\n", (*c)->name, (*c)->summary);
	}
	fputs("\nforgebridge COMMAND --help tells more.\n"
	      "Exit status: 0 yes or done, 1 no or failed, 2 usage, 3 bad configuration "
	      "or\n"
	      "input file, 4 not authenticated or scope missing, 5 something needed "
	      "could\n"
	      "not be reached, 6 timed out waiting.\n",
	      to);
}

static void
print_option(FILE *to, const struct cli_option *o)
{
	char left[64];
	char letter[5] = "    ";
	if (o->letter)
		snprintf(letter, sizeof(letter), "-%c, ", o->letter);
	snprintf(left, sizeof(left), "%s%s %s", letter, o->name,
		 o->value ? o->value : "");
	fprintf(to, "  %-28s %s%s\n", left, o->help, o->required ? " (required)" : "");
}

const char *
cli_exit_when(const struct cli_command *c, int status)
{
	for (const struct cli_exit *e = c->exits; e && e->when; e++) {
		if ((int)e->status == status)
			return e->when;
	}
	return c->exits && status == CLI_USAGE ? "wrong usage" : NULL;
}

static void
print_exits(FILE *to, const struct cli_command *c)
{
	fputs("\nExit status:\n", to);
	for (int status = CLI_OK; status <= CLI_TIMEOUT; status++) {
		const char *when = cli_exit_when(c, status);
		if (when)
			fprintf(to, "  %d  %s\n", status, when);
	}
}

void
cli_print_help(FILE *to, const struct cli_command *c)
{
	fprintf(to, "Usage: forgebridge %s%s%s%s\n\n%s\n", c->name,
		c->options ? " [options]" : "", *c->operands ? " " : "", c->operands,
		c->summary);
	if (c->details)
		fprintf(to, "\n%s\n", c->details);
	if (c->options)
		fputs("\nOptions:\n", to);
	for (const struct cli_option *o = c->options; o && o->name; o++)
		print_option(to, o);
	if (c->exits)
		print_exits(to, c);
	if (c->example)
		fprintf(to, "\nExample:\n  %s\n", c->example);
}

static bool
is_in_group(const struct cli_command *c, const char *words)
{
	return str_starts(c->name, words) && c->name[strlen(words)] == ' ' && !c->hidden;
}

bool
cli_print_group(FILE *to, const char *words)
{
	bool found = false;
	for (const struct cli_command *const *c = cli_commands(); *c; c++) {
		if (!is_in_group(*c, words))
			continue;
		if (!found)
			fprintf(to, "Usage: forgebridge %s COMMAND [options]\n\n", words);
		fprintf(to, "  %-22s %s\n", (*c)->name, (*c)->summary);
		found = true;
	}
	if (found)
		fputs("\nforgebridge COMMAND --help tells more.\n", to);
	return found;
}

static const char *
nearest_command(const char *text)
{
	const char *names[128];
	size_t n = 0;
	const struct cli_command *const *c = cli_commands();
	for (; *c && n < ARRAY_LEN(names); c++) {
		if (!(*c)->hidden)
			names[n++] = (*c)->name;
	}
	return str_nearest(text, names, n);
}

int
cli_unknown_command(int argc, char **argv)
{
	bool has_two = argc > 1 && argv[1][0] != '-';
	auto_str both = has_two ? str_format("%s %s", argv[0], argv[1]) : NULL;
	const char *near = both ? nearest_command(both) : NULL;
	const char *given = near ? both : argv[0];
	if (!near)
		near = nearest_command(argv[0]);
	if (near)
		fprintf(stderr,
			"forgebridge: unknown command \"%s\"; did you mean \"%s\"?\n",
			given, near);
	else if (both && cli_print_group(stderr, argv[0]))
		fprintf(stderr, "forgebridge: unknown command \"%s\"\n", both);
	else
		fprintf(stderr,
			"forgebridge: unknown command \"%s\"; see forgebridge --help\n",
			given);
	return CLI_USAGE;
}
