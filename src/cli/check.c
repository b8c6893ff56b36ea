#include <errno.h>
#include <stdio.h>

#include "base/diag.h"
#include "base/json.h"
#include "base/limits.h"
#include "cli/check_online.h"
#include "cli/commands.h"
#include "pipeline/ruleset.h"

static const char *
plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void
print_text(struct diag_list *diags)
{
	diag_print(diags, stdout);
	printf("%zu error%s, %zu warning%s\n", diags->errors, plural(diags->errors),
	       diags->warnings, plural(diags->warnings));
}

static void
print_json(struct diag_list *diags)
{
	diag_sort(diags);
	auto_buf out = BUF_INIT(SIZE_MAX / 2);
	struct json_writer w;
	json_begin(&w, &out);
	json_open_object(&w, NULL);
	json_int(&w, "errors", (int64_t)diags->errors);
	json_int(&w, "warnings", (int64_t)diags->warnings);
	json_open_array(&w, "mistakes");
	for (size_t i = 0; i < diags->len; i++) {
		const struct diag *d = &diags->items[i];
		json_open_object(&w, NULL);
		json_str(&w, "file", d->file);
		json_int(&w, "line", d->line);
		json_int(&w, "column", d->column);
		json_str(&w, "severity", d->severity == DIAG_ERROR ? "error" : "warning");
		json_str(&w, "text", d->text);
		json_close_object(&w);
	}
	json_close_array(&w);
	json_close_object(&w);
	puts(buf_str(&out));
}

static int
ask_others(const struct conf *conf, struct diag_list *diags)
{
	int forge = check_forge(conf, diags);
	int broker = check_broker(conf, diags);
	return forge != CLI_OK ? forge : broker;
}

static int
run(const struct cli_args *args)
{
	auto_diag diags = {0};
	struct ruleset *rs = NULL;
	int rc = ruleset_load(cli_get(args, "--config"), &diags, &rs);
	int status = rc == 0 ? CLI_OK : CLI_BAD_INPUT;
	if (rc == -ENOMEM)
		return cli_fail(args, CLI_FAILED, "out of memory");
	if (rc == 0 && cli_has(args, "--online"))
		status = ask_others(ruleset_conf(rs), &diags);
	if (status == CLI_OK && diags.errors > 0)
		status = CLI_BAD_INPUT;
	if (cli_has(args, "--json"))
		print_json(&diags);
	else
		print_text(&diags);
	ruleset_unref(rs);
	return status;
}

static const struct cli_option options[] = {
	{"--config", 'c', "FILE", "the configuration; - is standard input", true},
	{"--online", 0, NULL, "also ask Forge and the broker", false},
	{"--json", 0, NULL, "print JSON", false},
	{0},
};

const struct cli_command cli_check = {
	.name = "check",
	.operands = "",
	.summary = "name every mistake of a configuration",
	.details =
		"Prints FILE:LINE:COLUMN: error: TEXT for each, in one run, and \"N "
		"errors, M\n"
		"warnings\". With --online also asks Forge whether the token, the "
		"organizations\n"
		"and the sites of the rules are there (a site with push-to-deploy on is "
		"a\n"
		"warning: each push would deploy it twice) and whether the token has "
		"the scopes\n"
		"of the steps, as far as Forge tells without changing anything; and "
		"publishes a\n"
		"probe to PREFIX/check.",
	.options = options,
	.example = "forgebridge check -c forgebridge.yaml --online",
	.exits = CLI_EXITS(
		{CLI_OK, "no errors; there may be warnings"}, {CLI_BAD_INPUT, "errors"},
		{CLI_DENIED, "the token is refused or lacks a scope; the broker refuses"},
		{CLI_UNREACHABLE, "Forge or the broker cannot be reached"}),
	.run = run,
};
