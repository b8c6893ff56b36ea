/* Runs of recipes: one log a server. */
#include "sandbox/check.h"
#include "sandbox/family.h"
#include "sandbox/kind.h"

static void
run(struct visit *v)
{
	const json_t *servers = json_object_get(v->body, "servers");
	if (!check_servers(v, "servers"))
		return;
	for (size_t i = 0; i < json_array_size(servers); i++) {
		struct thing *t = thing_new(v->world, &kind_recipe_log, v->thing, 0);
		if (!t) {
			visit_server_error(v);
			return;
		}
		thing_set(t, "recipe_id", json_integer((json_int_t)v->thing->id));
		thing_set(t, "server_id", json_deep_copy(json_array_get(servers, i)));
		thing_set(t, "executed_by",
			  json_integer((json_int_t)access_token_user(v->token)->id));
	}
	visit_answer_empty(v);
}

/* Forge's own recipes keep no logs. */
static void
run_forge_recipe(struct visit *v)
{
	if (check_servers(v, "servers"))
		visit_answer_empty(v);
}

const struct family_entry family_recipes[] = {
	{"organizations.recipes.runs.store", run},
	{"forge-recipes.runs.store", run_forge_recipe},
	{NULL, NULL},
};
