/* Organisations. Every token sees all of them. */
#include "sandbox/family.h"
#include "sandbox/resource.h"

static json_t *
render(struct visit *v, void *record, json_t *included)
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
		resource_answer_list(v, &list, render);
}

static void
show(struct visit *v)
{
	resource_answer_one(v, v->org, render);
}

const struct family_entry family_organizations[] = {
	{"organizations.index", list_all},
	{"organizations.show", show},
	{NULL, NULL},
};
