#include <stdint.h>

#include "base/clock.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/forge_backups.h"
#include "forge/tree.h"

static const struct column configurations[] = {
	{"ID", "id"},
	{"NAME", "attributes.name"},
	{"STATUS", "attributes.status"},
	{"SCHEDULE", "attributes.displayable_schedule"},
	{"NEXT", "attributes.next_run_time"},
	{"STORAGE", "attributes.provider"},
	{"BUCKET", "attributes.bucket"},
	{"KEEP", "attributes.retention"},
	{0},
};

static const struct column instances[] = {
	{"ID", "id"},
	{"STATUS", "attributes.status"},
	{"BYTES", "attributes.size"},
	{"FINISHED", "finished"},
	{0},
};

/* Forge gives seconds since 1970. */
static void
date_ends(const json_t *list)
{
	char text[CLOCK_TEXT_SIZE];
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *one = json_array_get(list, i);
		const json_t *at = tree_find(one, "attributes.finished_at");
		json_int_t s = json_integer_value(at);
		if (s > 0 && s < INT64_MAX / 1000000)
			json_object_set_new(one, "finished",
					    json_string(clock_format(s * 1000000, text)));
	}
}

static int
print_instances(struct backups *b)
{
	auto_tree answer = NULL;
	int rc = backups_choose(b);
	if (rc == CLI_OK)
		rc = ask(&b->ask, ASK_ALL_PAGES, BACKUPS "instances.index",
			 ASK_WORDS({"server", b->place.server_id},
				   {"backupConfiguration", backups_id(b)}),
			 &answer);
	if (rc != CLI_OK)
		return rc;
	const json_t *list = json_object_get(answer, "data");
	if (cli_has(b->ask.args, "--json")) {
		columns_print_json(list);
	} else {
		date_ends(list);
		columns_print(list, instances);
	}
	return CLI_OK;
}

static int
run(const struct cli_args *args)
{
	auto_backups b = {0};
	int rc = backups_open(&b, args);
	if (rc != CLI_OK)
		return rc;
	if (cli_operand(args, 1))
		return print_instances(&b);
	if (cli_has(args, "--json"))
		columns_print_json(b.configurations);
	else
		columns_print(b.configurations, configurations);
	return CLI_OK;
}

static const struct cli_option options[] = {
	{"--json", 0, NULL, "an array of resources as Forge gives them", false},
	CLI_FORGE_OPTIONS,
	{0},
};

const struct cli_command cli_forge_backups_list = {
	.name = "forge backups list",
	.operands = "SERVER [CONFIGURATION]",
	.min_operands = 1,
	.max_operands = 2,
	.summary = "list the backup configurations of a server, or the backups of one",
	.options = options,
	.example = "forgebridge forge backups list web-1 nightly",
	.exits = CLI_FORGE_EXITS("done", "there is no such server or configuration"),
	.run = run,
};
