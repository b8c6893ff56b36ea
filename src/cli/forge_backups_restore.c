#include <stdio.h>

#include "base/limits.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/forge_backups.h"
#include "cli/terminal.h"
#include "forge/tree.h"

/* The newest that went well, or the one named. */
static int
choose_backup(struct backups *b, char **ret_id)
{
	auto_tree answer = NULL;
	const char *wanted = cli_operand(b->ask.args, 2);
	int rc = ask(&b->ask, ASK_ALL_PAGES, BACKUPS "instances.index",
		     ASK_WORDS({"server", b->place.server_id},
			       {"backupConfiguration", backups_id(b)}),
		     &answer);
	if (rc != CLI_OK)
		return rc;
	const json_t *list = json_object_get(answer, "data");
	json_int_t newest = -1;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *one = json_array_get(list, i);
		const char *id = tree_text(one, "id");
		const char *status = tree_text(one, "attributes.status");
		json_int_t at =
			json_integer_value(tree_find(one, "attributes.finished_at"));
		bool is_good = str_eq(status, "success") || str_eq(status, "finished");
		bool is_it = str_eq(wanted, "latest") ? is_good && at > newest
						      : str_eq(wanted, id);
		if (is_it && str_set(ret_id, id) == 0)
			newest = at;
	}
	return *ret_id ? CLI_OK
		       : cli_fail(b->ask.args, CLI_FAILED, "%s has no backup \"%s\"",
				  backups_name(b), wanted);
}

/* --database, or the only one that the configuration is for. */
static int
choose_database(struct backups *b, char **ret_id, char **ret_name)
{
	auto_tree answer = NULL;
	auto_buf only = BUF_INIT(LIMIT_TEXT_BYTES);
	const json_t *item = NULL;
	const char *name = cli_get(b->ask.args, "--database");
	const json_t *ids = tree_find(b->chosen, "attributes.database_ids");
	if (!name && json_array_size(ids) != 1)
		return cli_fail(b->ask.args, CLI_USAGE,
				"%s is for %zu databases; say --database which one",
				backups_name(b), json_array_size(ids));
	if (!name && tree_put_plain(&only, json_array_get(ids, 0)) == 0)
		name = buf_str(&only);
	int rc = ask(&b->ask, ASK_ALL_PAGES, "databases",
		     ASK_WORDS({"server", b->place.server_id}), &answer);
	if (rc == CLI_OK)
		rc = ask_pick(&b->ask, json_object_get(answer, "data"), "database", name,
			      &item);
	if (rc != CLI_OK)
		return rc;
	const char *its_name = tree_text(item, "attributes.name");
	*ret_id = str_dup(tree_text(item, "id"));
	*ret_name = str_dup(its_name ? its_name : name);
	return *ret_id && *ret_name ? CLI_OK : CLI_FAILED;
}

static int
restore(struct backups *b, const char *backup)
{
	auto_str database = NULL;
	auto_str name = NULL;
	int rc = choose_database(b, &database, &name);
	if (rc == CLI_OK)
		rc = terminal_confirm(b->ask.args,
				      "backup %s of %s gets written over the database "
				      "%s on %s",
				      backup, backups_name(b), name, b->place.server);
	if (rc != CLI_OK)
		return rc;
	b->ask.doing = "restoring";
	b->ask.of = name;
	rc = ask(&b->ask, ASK_TO_THE_END, BACKUPS "instances.restores.store",
		 ASK_WORDS({"server", b->place.server_id},
			   {"backupConfiguration", backups_id(b)}, {"backup", backup},
			   {"database_id", database}),
		 NULL);
	if (rc == CLI_OK)
		fprintf(stderr, "%s has the state of backup %s\n", name, backup);
	return rc;
}

static int
run(const struct cli_args *args)
{
	auto_backups b = {0};
	auto_str backup = NULL;
	int rc = backups_open(&b, args);
	if (rc == CLI_OK)
		rc = backups_choose(&b);
	if (rc == CLI_OK)
		rc = choose_backup(&b, &backup);
	return rc == CLI_OK ? restore(&b, backup) : rc;
}

static const struct cli_option options[] = {
	{"--database", 'd', "NAME", "or id: what is written over", false},
	CLI_YES_OPTION,
	CLI_TIMEOUT_OPTION,
	CLI_FORGE_OPTIONS,
	{0},
};

const struct cli_command cli_forge_backups_restore = {
	.name = "forge backups restore",
	.operands = "SERVER CONFIGURATION BACKUP|latest",
	.min_operands = 3,
	.max_operands = 3,
	.summary = "write a backup over a database, wait for the end",
	.details =
		"BACKUP is an id of forge backups list SERVER CONFIGURATION; latest is "
		"the newest\n"
		"that went well. Asks first. --database is not needed where the "
		"configuration is\n"
		"for one.",
	.options = options,
	.example = "forgebridge forge backups restore web-1 nightly latest --yes",
	.exits = CLI_FORGE_EXITS(
		"it is restored",
		"it failed, there is no such backup, or the answer was no"),
	.run = run,
};
