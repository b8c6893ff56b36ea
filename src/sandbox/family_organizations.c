/*
 * Organisations (every token sees all of them) and what is special about their roles,
 * storage providers and private networks.
 */
#include "sandbox/crud.h"
#include "sandbox/family.h"
#include "sandbox/kind.h"
#include "sandbox/render.h"
#include "sandbox/resource.h"

json_t *
family_render_organization(struct visit *v, void *record, json_t *included)
{
	const struct world_org *org = record;
	(void)included;
	json_t *attributes = json_pack("{s:s, s:s, s:o, s:o}", "name", org->name, "slug",
				       org->slug, "created_at",
				       resource_time(v->world->created_us), "updated_at",
				       resource_time(v->world->created_us));
	return resource_new(v, "organizations", org->id, attributes, "/orgs/%s",
			    org->slug);
}

static void
list_all(struct visit *v)
{
	auto_page_list list = {0};
	int rc = 0;
	for (size_t i = 0; i < fifo_count(&v->world->orgs) && rc == 0; i++) {
		struct world_org *org = fifo_at(&v->world->orgs, i);
		rc = page_list_add(&list,
				   (struct page_item){.id = org->id, .record = org});
	}
	if (rc < 0)
		visit_server_error(v);
	else
		resource_answer_list(v, &list, family_render_organization);
}

static void
show(struct visit *v)
{
	resource_answer_one(v, v->org, family_render_organization);
}

static bool
has_name(const json_t *names, const struct thing *t)
{
	for (size_t i = 0; i < json_array_size(names); i++) {
		if (str_eq(json_string_value(json_array_get(names, i)),
			   thing_text(t, "name")))
			return true;
	}
	return false;
}

/* The permissions that a role's list names. */
static void
list_permissions(struct visit *v)
{
	auto_page_list list = {0};
	struct thing *root = v->world->root;
	size_t n = thing_count(v->world, root, &kind_permission);
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct thing *t = thing_at(root, &kind_permission, i);
		if (has_name(thing_get(v->thing, "permissions"), t) &&
		    crud_is_wanted(v, t))
			rc = page_list_add(&list,
					   (struct page_item){.id = t->id, .record = t});
	}
	if (rc < 0)
		visit_server_error(v);
	else
		resource_answer_list(v, &list, render_thing);
}

/* What backups go to cannot be deleted. */
static void
destroy_storage(struct visit *v)
{
	json_t *shown = render_thing(v, v->thing, NULL);
	bool in_use = json_is_true(
		json_object_get(json_object_get(shown, "attributes"), "in_use"));
	json_decref(shown);
	if (in_use)
		visit_error(v, 409,
			    "This storage provider is currently in use by one or more "
			    "backup configurations and cannot be deleted.");
	else
		crud_destroy(v);
}

static bool
is_in_region(struct visit *v, const struct thing *vpc)
{
	return str_eq(thing_text(vpc, "region"), visit_path(v, "region"));
}

static void
list_vpcs(struct visit *v)
{
	auto_page_list list = {0};
	size_t n = thing_count(v->world, v->thing, &kind_vpc);
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct thing *t = thing_at(v->thing, &kind_vpc, i);
		if (is_in_region(v, t))
			rc = page_list_add(&list,
					   (struct page_item){.id = t->id, .record = t});
	}
	if (rc < 0)
		visit_server_error(v);
	else
		resource_answer_list(v, &list, render_thing);
}

static void
show_vpc(struct visit *v)
{
	if (is_in_region(v, v->thing))
		crud_show(v);
	else
		visit_not_found(v);
}

static void
store_vpc(struct visit *v)
{
	struct thing *t = crud_create(v, v->thing, &kind_vpc);
	if (!t)
		return;
	unsigned net = (unsigned)(t->id % 200);
	auto_str uuid = str_format("vpc-%llu", (unsigned long long)t->id);
	auto_str block = str_format("10.%u.0.0/16", net);
	auto_str part = str_format("10.%u.1.0/24", net);
	thing_set_text(t, "uuid", uuid);
	thing_set_text(t, "region", visit_path(v, "region"));
	thing_set_text(t, "cidrBlock", block);
	thing_set(t, "subnets",
		  json_pack("[{s:s?, s:s, s:s?}]", "id", uuid, "name", "default",
			    "cidrBlock", part));
	crud_answer(v, t);
}

const struct family_entry family_organizations[] = {
	{"organizations.index", list_all},
	{"organizations.show", show},
	{"organizations.roles.permissions.index", list_permissions},
	{"organizations.storage-providers.destroy", destroy_storage},
	{"organizations.server-credentials.vpcs.index", list_vpcs},
	{"organizations.server-credentials.vpcs.show", show_vpc},
	{"organizations.server-credentials.vpcs.store", store_vpc},
	{NULL, NULL},
};
