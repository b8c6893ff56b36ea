/* What teams share: recipes, credentials and servers of their organisation. */
#include <string.h>

#include "forge/operation.h"
#include "sandbox/check.h"
#include "sandbox/family.h"
#include "sandbox/kind.h"
#include "sandbox/render.h"
#include "sandbox/resource.h"

static const struct share {
	const char *prefix;
	const char *field; /* of the body, and of the team's values */
	const char *param;
	const struct kind *kind; /* NULL: servers */
} shares[] = {
	{"organizations.teams.recipes.", "recipe_id", "recipe", &kind_recipe},
	{"organizations.teams.server-credentials.", "credential_id", "credential",
	 &kind_credential},
	{"organizations.teams.servers.", "server_id", "server", NULL},
};

static const struct share *
find_share(const struct visit *v)
{
	size_t i = 0;
	while (!str_starts(v->operation->id, shares[i].prefix))
		i++; /* the operations below are all in the table */
	return &shares[i];
}

/* NULL when the organisation has no such thing (any more). */
static void *
find_shared(struct visit *v, const struct share *share, uint64_t id)
{
	if (share->kind)
		return thing_find(v->world, v->org->node, share->kind, id);
	return world_lookup(&v->org->servers, id);
}

static json_t *
shared_ids(struct visit *v, const struct share *share)
{
	if (!json_is_array(thing_get(v->thing, share->field)))
		thing_set(v->thing, share->field, json_array());
	return thing_get(v->thing, share->field);
}

/* Index in the list, its length when it is not there. */
static size_t
find_id(const json_t *ids, uint64_t id)
{
	size_t i = 0;
	while (i < json_array_size(ids) &&
	       json_integer_value(json_array_get(ids, i)) != (json_int_t)id)
		i++;
	return i;
}

static resource_render_fn *
render_of(const struct share *share)
{
	return share->kind ? render_thing : family_render_server;
}

static void
list_shared(struct visit *v)
{
	const struct share *share = find_share(v);
	const json_t *ids = shared_ids(v, share);
	auto_page_list list = {0};
	int rc = 0;
	for (size_t i = 0; i < json_array_size(ids) && rc == 0; i++) {
		uint64_t id = (uint64_t)json_integer_value(json_array_get(ids, i));
		void *record = find_shared(v, share, id);
		if (record)
			rc = page_list_add(
				&list, (struct page_item){.id = id, .record = record});
	}
	if (rc < 0)
		visit_server_error(v);
	else
		resource_answer_list(v, &list, render_of(share));
}

static void
store_shared(struct visit *v)
{
	const struct share *share = find_share(v);
	uint64_t id = check_number(v, share->field);
	json_t *ids = shared_ids(v, share);
	void *record = find_shared(v, share, id);
	if (!record) {
		check_refuse(v, share->field);
		return;
	}
	if (find_id(ids, id) == json_array_size(ids))
		json_array_append_new(ids, json_integer((json_int_t)id));
	resource_answer_one(v, record, render_of(share));
}

static void
destroy_shared(struct visit *v)
{
	const struct share *share = find_share(v);
	json_t *ids = shared_ids(v, share);
	size_t at = find_id(ids, visit_id(v, share->param));
	if (at == json_array_size(ids)) {
		visit_not_found(v);
		return;
	}
	json_array_remove(ids, at);
	visit_answer_empty(v);
}

const struct family_entry family_teams[] = {
	{"organizations.teams.recipes.index", list_shared},
	{"organizations.teams.recipes.store", store_shared},
	{"organizations.teams.recipes.destroy", destroy_shared},
	{"organizations.teams.server-credentials.index", list_shared},
	{"organizations.teams.server-credentials.store", store_shared},
	{"organizations.teams.server-credentials.destroy", destroy_shared},
	{"organizations.teams.servers.index", list_shared},
	{"organizations.teams.servers.store", store_shared},
	{"organizations.teams.servers.destroy", destroy_shared},
	{NULL, NULL},
};
