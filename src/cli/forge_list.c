#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/str.h"
#include "cli/commands.h"
#include "forge/operation.h"

static bool
contains(const char *text, const char *word)
{
	return text && strcasestr(text, word) != NULL;
}

/* Whether every word stands somewhere in what describes op. */
static bool
is_wanted(const struct cli_args *args, const struct forge_operation *op)
{
	const char *area = cli_get(args, "--area");
	if (area && !contains(op->area, area))
		return false;
	for (size_t i = 0; i < cli_operands(args); i++) {
		const char *word = cli_operand(args, i);
		if (!contains(op->id, word) && !contains(op->alias, word) &&
		    !contains(op->summary, word) && !contains(op->area, word))
			return false;
	}
	return true;
}

static void
put_operation(struct json_writer *w, const struct forge_operation *op)
{
	json_open_object(w, NULL);
	json_str(w, "id", op->id);
	json_str(w, "alias", op->alias);
	json_str(w, "method", op->method);
	json_str(w, "path", op->path);
	json_str(w, "summary", op->summary);
	json_str(w, "area", op->area);
	json_bool(w, "asynchronous", op->async);
	json_close_object(w);
}

static size_t
print_json(const struct cli_args *args)
{
	size_t n = 0;
	auto_buf out = BUF_INIT(16 * MIB);
	struct json_writer w;
	json_begin(&w, &out);
	json_open_array(&w, NULL);
	for (size_t i = 0; i < forge_n_operations; i++) {
		if (!is_wanted(args, &forge_operations[i]))
			continue;
		put_operation(&w, &forge_operations[i]);
		n++;
	}
	json_close_array(&w);
	puts(buf_str(&out));
	return n;
}

/* The wanted operations of one area, below its name. */
static size_t
print_area(const struct cli_args *args, const char *area)
{
	size_t n = 0;
	for (size_t i = 0; i < forge_n_operations; i++) {
		const struct forge_operation *op = &forge_operations[i];
		if (strcmp(op->area, area) != 0 || !is_wanted(args, op))
			continue;
		if (n++ == 0)
			printf("%s\n", area);
		printf("  %-20s %-60s %s\n", op->alias ? op->alias : "", op->id,
		       op->summary);
	}
	return n;
}

static bool
is_first_of_area(size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (strcmp(forge_operations[i].area, forge_operations[at].area) == 0)
			return false;
	}
	return true;
}

static size_t
print_text(const struct cli_args *args)
{
	size_t n = 0;
	for (size_t i = 0; i < forge_n_operations; i++) {
		if (is_first_of_area(i))
			n += print_area(args, forge_operations[i].area);
	}
	return n;
}

static int
run(const struct cli_args *args)
{
	size_t n = cli_has(args, "--json") ? print_json(args) : print_text(args);
	return n > 0 ? CLI_OK : cli_fail(args, CLI_FAILED, "no operation fits");
}

static const struct cli_option options[] = {
	{"--area", 0, "AREA", "only of this area (part of its name)", false},
	{"--json", 0, NULL, "an array of objects", false},
	{0},
};

const struct cli_command cli_forge_list = {
	.name = "forge list",
	.operands = "[WORD ...]",
	.max_operands = 100,
	.summary = "list operations of the Forge API, with their short names",
	.details = "Shows the operations in which every WORD occurs (name, summary or "
		   "area).",
	.options = options,
	.example = "forgebridge forge list deploy",
	.exits = CLI_EXITS({CLI_OK, "done"}, {CLI_FAILED, "no operation fits"}),
	.run = run,
};
