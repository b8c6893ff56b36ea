#include "cli/forge_backups.h"

#include "forge/tree.h"

int
backups_open(struct backups *b, const struct cli_args *args)
{
	auto_tree answer = NULL;
	int rc = ask_open(&b->ask, args);
	if (rc != CLI_OK)
		return rc;
	if (ask_where(&b->ask, cli_operand(args, 0), NULL, &b->place) != CLI_OK)
		return ask_fail(&b->ask);
	rc = ask(&b->ask, ASK_ALL_PAGES, "backups",
		 ASK_WORDS({"server", b->place.server_id}), &answer);
	b->configurations = json_incref(json_object_get(answer, "data"));
	return rc;
}

void
backups_done(struct backups *b)
{
	json_decref(b->configurations);
	ask_place_done(&b->place);
	ask_done(&b->ask);
}

int
backups_choose(struct backups *b)
{
	return ask_pick(&b->ask, b->configurations, "backup configuration",
			cli_operand(b->ask.args, 1), &b->chosen);
}

const char *
backups_id(const struct backups *b)
{
	const char *id = tree_text(b->chosen, "id");
	return id ? id : "";
}

const char *
backups_name(const struct backups *b)
{
	const char *name = tree_text(b->chosen, "attributes.name");
	return name ? name : backups_id(b);
}
