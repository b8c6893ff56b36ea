/* What backups and databases do beside being created and deleted. */
#include "sandbox/check.h"
#include "sandbox/family.h"
#include "sandbox/kind.h"

static void
restore(struct visit *v)
{
	if (!check_thing(v, "database_id", v->server->node, &kind_database))
		return;
	thing_begin(v->world, v->thing, &sequence_restore);
	visit_answer_empty(v);
}

const struct family_entry family_databases[] = {
	{"organizations.servers.database.schemas.synchronizations.store",
	 visit_answer_empty},
	{"organizations.servers.database.backups.instances.restores.store", restore},
	{NULL, NULL},
};
