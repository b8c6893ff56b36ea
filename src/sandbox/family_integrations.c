/* Integrations of Laravel packages: most are a background process of a known command. */
#include <stdio.h>
#include <string.h>

#include "forge/operation.h"
#include "sandbox/check.h"
#include "sandbox/document.h"
#include "sandbox/family.h"
#include "sandbox/kind.h"
#include "sandbox/phase.h"
#include "sandbox/render.h"
#include "sandbox/resource.h"

static const struct integration {
	const char *word; /* in the operation's id */
	const char *command;
	const char *installed; /* attribute */
	bool has_text;	       /* "enabled" is a text there */
	bool is_job;	       /* a scheduled job instead of a process */
} integrations[] = {
	{".horizon.", "php artisan horizon", "horizon_installed", true, false},
	{".inertia.", "php artisan inertia:start-ssr", "inertia_installed", true, false},
	{".octane.", "php artisan octane:start", "octane_installed", true, false},
	{".pulse.", "php artisan pulse:check", "pulse_installed", true, false},
	{".reverb.", "php artisan reverb:start", "reverb_installed", true, false},
	{".laravel-scheduler.", "php artisan schedule:run", "laravel_installed", false,
	 true},
};

static const struct integration *
find_integration(const struct visit *v)
{
	size_t i = 0;
	while (!strstr(v->operation->id, integrations[i].word))
		i++; /* the operations below are all in the table */
	return &integrations[i];
}

static const struct kind *
kind_of(const struct integration *one)
{
	return one->is_job ? &kind_site_job : &kind_process;
}

/* Whose children the integration's things are. */
static struct thing *
owner_of(const struct visit *v, const struct integration *one)
{
	return one->is_job ? v->site->node : v->server->node;
}

/* The site's process or job; NULL: the integration is not enabled. */
static struct thing *
find_thing(struct visit *v, const struct integration *one)
{
	struct thing *owner = owner_of(v, one);
	size_t n = thing_count(v->world, owner, kind_of(one));
	for (size_t i = 0; i < n; i++) {
		struct thing *t = thing_at(owner, kind_of(one), i);
		if (str_eq(thing_text(t, "integration"), one->word) &&
		    json_integer_value(thing_get(t, "site_id")) ==
			    (json_int_t)v->site->id &&
		    t->sequence != &sequence_remove)
			return t;
	}
	return NULL;
}

static bool
is_laravel(const struct visit *v)
{
	return str_eq(v->site->app_type, "Laravel");
}

static json_t *
flag(bool as_text, bool value)
{
	if (!as_text)
		return json_boolean(value);
	return json_string(value ? "true" : "false");
}

/* port, host and connections, as the body of the request gave them. */
static void
put_settings(const struct visit *v, const struct thing *t, json_t *attributes)
{
	const struct forge_resource *r = forge_resource_find(v->operation->resource);
	for (size_t i = 0; r && i < r->attributes->n_fields; i++) {
		const struct forge_field *f = &r->attributes->fields[i];
		const json_t *value = t ? thing_get(t, f->name) : NULL;
		json_t *fits = value ? render_coerce(f->schema, value) : NULL;
		if (!json_object_get(attributes, f->name))
			json_object_set_new(attributes, f->name,
					    fits ? fits : render_plausible(f->schema));
	}
}

static void
show(struct visit *v)
{
	const struct integration *one = find_integration(v);
	struct thing *t = find_thing(v, one);
	const char *name = one->is_job ? "job" : "backgroundProcess";
	json_t *attributes = json_pack("{s:o, s:o}", "enabled",
				       flag(one->has_text, t != NULL), one->installed,
				       flag(one->is_job, is_laravel(v)));
	put_settings(v, t, attributes);
	document_answer(v, attributes);
	if (v->status >= 400 || !visit_includes(v, name))
		return;
	json_t *data = json_object_get(v->answer, "data");
	resource_relate(data, name, render_type(kind_of(one)), t ? t->id : 0);
	json_object_set_new(v->answer, "included",
			    t ? json_pack("[o]", render_thing(v, t, NULL))
			      : json_array());
}

static void
fill(struct visit *v, struct thing *t, const struct integration *one)
{
	auto_str folder = str_format("/home/%s/%s", v->site->user, v->site->name);
	thing_set_text(t, "integration", one->word);
	thing_set_text(t, "command", one->command);
	thing_set_text(t, "user", v->site->user);
	thing_set_text(t, "directory", folder);
	thing_set(t, "processes", json_integer(1));
	thing_set(t, "site_id", json_integer((json_int_t)v->site->id));
	thing_set_text(t, "frequency", "minutely");
	thing_set_text(t, "cron", "* * * * *");
	if (v->body)
		json_object_update_missing(t->values, v->body);
}

/* Forge answers an empty list where the package is not installed. */
static void
store(struct visit *v)
{
	const struct integration *one = find_integration(v);
	if (!is_laravel(v)) {
		visit_answer(v, 400, json_array());
		v->type = "application/json";
		return;
	}
	struct thing *t = find_thing(v, one);
	if (!t)
		t = thing_new(v->world, kind_of(one), owner_of(v, one), 0);
	if (!t) {
		visit_server_error(v);
		return;
	}
	fill(v, t, one);
	visit_answer_empty(v);
}

static void
destroy(struct visit *v)
{
	const struct integration *one = find_integration(v);
	struct thing *t = find_thing(v, one);
	if (t)
		thing_begin(v->world, t, &sequence_remove);
	visit_answer_empty(v);
}

static void
show_maintenance(struct visit *v)
{
	const char *phase = phase_value(v->world, v->thing, "maintenance");
	bool is_between = phase && str_ends(phase, "ing");
	document_answer(v,
			json_pack("{s:b, s:s?, s:b}", "enabled",
				  str_eq(phase, "enabled") || str_eq(phase, "disabling"),
				  "status", is_between ? phase : NULL,
				  "laravel_installed", is_laravel(v)));
}

static void
start_maintenance(struct visit *v)
{
	phase_begin(v->world, v->thing, "maintenance", &sequence_enabling);
	visit_answer_empty(v);
}

static void
end_maintenance(struct visit *v)
{
	phase_begin(v->world, v->thing, "maintenance", &sequence_disabling);
	visit_answer_empty(v);
}

#define PREFIX "organizations.servers.sites.integrations."

const struct family_entry family_integrations[] = {
	{PREFIX "horizon.show", show},
	{PREFIX "horizon.store", store},
	{PREFIX "horizon.destroy", destroy},
	{PREFIX "inertia.show", show},
	{PREFIX "inertia.store", store},
	{PREFIX "octane.show", show},
	{PREFIX "octane.store", store},
	{PREFIX "octane.destroy", destroy},
	{PREFIX "pulse.show", show},
	{PREFIX "pulse.store", store},
	{PREFIX "pulse.destroy", destroy},
	{PREFIX "reverb.show", show},
	{PREFIX "reverb.store", store},
	{PREFIX "reverb.destroy", destroy},
	{PREFIX "laravel-scheduler.show", show},
	{PREFIX "laravel-scheduler.store", store},
	{PREFIX "laravel-scheduler.destroy", destroy},
	{PREFIX "laravel-maintenance.show", show_maintenance},
	{PREFIX "laravel-maintenance.store", start_maintenance},
	{PREFIX "laravel-maintenance.destroy", end_maintenance},
	{NULL, NULL},
};
