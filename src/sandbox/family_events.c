/* Events: what was done at a server, by whom. */
#include "base/limits.h"
#include "forge/operation.h"
#include "sandbox/crud.h"
#include "sandbox/family.h"
#include "sandbox/kind.h"
#include "sandbox/render.h"
#include "sandbox/resource.h"

void
family_note_event(struct visit *v)
{
	struct thing *node = v->server->node;
	while (thing_count(v->world, node, &kind_event) >= LIMIT_SANDBOX_EVENTS)
		thing_free(v->world, thing_at(node, &kind_event, 0));
	struct thing *t = thing_new(v->world, &kind_event, node, 0);
	if (!t)
		return; /* an event that is missing harms nobody */
	thing_set_text(t, "description", v->operation->summary);
	thing_set_text(t, "ran_as", "root");
	thing_set(t, "initiated_by",
		  json_integer((json_int_t)access_token_user(v->token)->id));
}

static int
collect(struct visit *v, struct thing *node, struct page_list *list, bool by_change)
{
	size_t n = thing_count(v->world, node, &kind_event);
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct thing *t = thing_at(node, &kind_event, i);
		struct page_item item = {.id = t->id, .record = t};
		item.number = by_change ? t->updated_us : t->created_us;
		if (crud_is_wanted(v, t))
			rc = page_list_add(list, item);
	}
	return rc;
}

/* Of all servers of the organisation. */
static void
list_of_organization(struct visit *v)
{
	auto_page_list list = {0};
	struct slice field = resource_sort(v, "created_at", &list.descending);
	int rc = 0;
	for (size_t i = 0; i < fifo_count(&v->org->servers) && rc == 0; i++) {
		struct world_server *server = fifo_at(&v->org->servers, i);
		if (!server->is_archived)
			rc = collect(v, server->node, &list,
				     slice_eq_str(field, "updated_at"));
	}
	if (rc < 0)
		visit_server_error(v);
	else
		resource_answer_list(v, &list, render_thing);
}

const struct family_entry family_events[] = {
	{"organizations.events.index", list_of_organization},
	{NULL, NULL},
};
