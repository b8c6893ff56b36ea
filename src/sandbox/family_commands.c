/* Commands run on a site. Creating one answers without a body, as Forge does. */
#include <errno.h>
#include <stdio.h>

#include "sandbox/family.h"
#include "sandbox/resource.h"
#include "sandbox/world_command.h"

static json_t *
duration(const struct world_command *c)
{
	char text[32];
	if (!world_command_has_ended(c))
		return json_null();
	snprintf(text, sizeof(text), "%lld s",
		 (long long)((c->ended_us - c->started_us) / 1000000));
	return json_string(text);
}

static int64_t
updated_us(const struct world_command *c)
{
	if (c->ended_us > 0)
		return c->ended_us;
	return c->started_us > 0 ? c->started_us : c->created_us;
}

static json_t *
exit_code(const struct world_command *c)
{
	if (!world_command_has_ended(c))
		return json_null();
	return json_integer(c->status == WORLD_COMMAND_FAILED ? 1 : 0);
}

static json_t *
render(struct visit *v, void *record, json_t *included)
{
	struct world_command *c = record;
	const struct world_site *site = v->site;
	(void)included;
	world_command_advance(v->world, c);
	bool failed = c->status == WORLD_COMMAND_FAILED;
	json_t *attributes = json_pack(
		"{s:s, s:s, s:I, s:o, s:o, s:s?, s:o, s:o}", "command", c->text, "status",
		world_command_status_name(c->status), "user_id", (json_int_t)c->user_id,
		"duration", duration(c), "exit_code", exit_code(c), "error_output",
		failed ? "The command ended with exit code 1." : NULL, "created_at",
		resource_time(c->created_us), "updated_at", resource_time(updated_us(c)));
	return resource_new(v, "commands", c->id, attributes,
			    "/orgs/%s/servers/%llu/sites/%llu/commands/%llu",
			    site->server->org->slug, (unsigned long long)site->server->id,
			    (unsigned long long)site->id, (unsigned long long)c->id);
}

static bool
is_wanted(const struct visit *v, const struct world_command *c)
{
	char user[24];
	snprintf(user, sizeof(user), "%llu", (unsigned long long)c->user_id);
	return resource_filter(v, "filter[command]", c->text) &&
	       resource_filter(v, "filter[status]",
			       world_command_status_name(c->status)) &&
	       resource_filter(v, "filter[user_id]", user);
}

static struct page_item
sort_item(struct world_command *c, struct slice field)
{
	struct page_item item = {.id = c->id, .record = c};
	if (slice_eq_str(field, "status"))
		item.text = world_command_status_name(c->status);
	else if (slice_eq_str(field, "updated_at"))
		item.number = updated_us(c);
	return item;
}

static void
list_all(struct visit *v)
{
	auto_page_list list = {0};
	struct slice field = resource_sort(v, "-created_at", &list.descending);
	int rc = 0;
	for (size_t i = 0; i < fifo_count(&v->site->commands) && rc == 0; i++) {
		struct world_command *c = fifo_at(&v->site->commands, i);
		world_command_advance(v->world, c);
		if (is_wanted(v, c))
			rc = page_list_add(&list, sort_item(c, field));
	}
	if (rc < 0)
		visit_server_error(v);
	else
		resource_answer_list(v, &list, render);
}

/* What {command} names; answers 404 and gives NULL when there is none. */
static struct world_command *
find(struct visit *v)
{
	struct world_command *c =
		world_lookup(&v->site->commands, visit_id(v, "command"));
	if (c)
		world_command_advance(v->world, c);
	else
		visit_not_found(v);
	return c;
}

static void
show(struct visit *v)
{
	struct world_command *c = find(v);
	if (c)
		resource_answer_one(v, c, render);
}

static void
show_output(struct visit *v)
{
	struct world_command *c = find(v);
	if (!c)
		return;
	bool has_ended = world_command_has_ended(c);
	auto_str output = str_format("$ %s\n%s", c->text,
				     has_ended ? "The sandbox ran nothing.\n" : "");
	json_t *attributes = json_pack("{s:s?}", "output", output);
	visit_answer_resource(
		v,
		resource_new(v, "commandOutputs", c->id, attributes,
			     "/orgs/%s/servers/%llu/sites/%llu/commands/%llu/output",
			     v->org->slug, (unsigned long long)v->server->id,
			     (unsigned long long)v->site->id, (unsigned long long)c->id));
}

static void
store(struct visit *v)
{
	const char *text = json_string_value(json_object_get(v->body, "command"));
	struct fault_target at = visit_target(v);
	enum world_command_status outcome = faults_draw_command(v->faults, &at);
	int rc = world_command_add(v->world, v->site, text, outcome,
				   access_token_user(v->token)->id);
	if (rc == -ENOSPC)
		visit_error(v, 503, "The sandbox has no room for more commands.");
	else if (rc < 0)
		visit_server_error(v);
	else
		visit_answer_empty(v);
}

static void
destroy(struct visit *v)
{
	struct world_command *c = find(v);
	if (!c)
		return;
	world_command_remove(v->world, v->site, c);
	visit_answer_empty(v);
}

const struct family_entry family_commands[] = {
	{"organizations.servers.sites.commands.index", list_all},
	{"organizations.servers.sites.commands.store", store},
	{"organizations.servers.sites.commands.show", show},
	{"organizations.servers.sites.commands.output.show", show_output},
	{"organizations.servers.sites.commands.destroy", destroy},
	{NULL, NULL},
};
