#include "sandbox/crud.h"

#include <stdio.h>
#include <string.h>

#include "forge/operation.h"
#include "forge/schema.h"
#include "sandbox/laravel.h"
#include "sandbox/render.h"
#include "sandbox/resource.h"

const struct crud_row crud_rows[] = {
	{"forge-recipes", &kind_forge_recipe},
	{"permissions", &kind_permission},
	{"predefined-roles", &kind_predefined_role},
	{"providers", &kind_provider},
	{"providers.regions", &kind_region},
	{"providers.regions.sizes", &kind_region_size},
	{"providers.sizes", &kind_size},
	{"organization.recipes", &kind_recipe},
	{"organizations.recipes", &kind_recipe},
	{"organizations.recipes.runs", &kind_recipe_log},
	{"organizations.roles", &kind_role},
	{"organizations.server-credentials", &kind_credential},
	{"organizations.storage-providers", &kind_storage},
	{"organizations.teams", &kind_team},
	{"organizations.teams.invites", &kind_invitation},
	{"organizations.teams.members", &kind_member},
	{"organizations.servers.background-processes", &kind_process},
	{"organizations.servers.database.backups", &kind_backup_configuration},
	{"organizations.servers.database.backups.instances", &kind_backup},
	{"organizations.servers.database.schemas", &kind_database},
	{"organizations.servers.database.users", &kind_database_user},
	{"organizations.servers.events", &kind_event},
	{"organizations.servers.firewall-rules", &kind_firewall_rule},
	{"organizations.servers.monitors", &kind_monitor},
	{"organizations.servers.nginx.templates", &kind_nginx_template},
	{"organizations.servers.php.versions", &kind_php_version},
	{"organizations.servers.scheduled-jobs", &kind_server_job},
	{"organizations.servers.ssh-keys", &kind_ssh_key},
	{"organizations.servers.sites.scheduled-jobs", &kind_site_job},
	{"organizations.servers.sites.domains", &kind_domain},
	{"organizations.servers.sites.domains.certificates", &kind_certificate},
	{"organizations.servers.sites.composer.credentials", &kind_composer_credential},
	{"organizations.servers.sites.npm.credentials", &kind_npm_credential},
	{"organizations.servers.sites.heartbeats", &kind_heartbeat},
	{"organizations.servers.sites.load-balancing-nodes", &kind_balancing_node},
	{"organizations.servers.sites.redirect-rules", &kind_redirect_rule},
	{"organizations.servers.sites.security-rules", &kind_security_rule},
	{"organizations.servers.sites.webhooks", &kind_webhook},
	{NULL, NULL},
};
const size_t n_crud_rows = ARRAY_LEN(crud_rows) - 1;

static const char *
attribute_name(const struct kind *kind, const char *field)
{
	for (const struct kind_field *f = kind->fields; f && f->field; f++) {
		if (str_eq(f->field, field))
			return f->attribute;
	}
	return field;
}

/* What a filter or sort of that name looks at; NULL: nothing. */
static const char *
text_of(const struct visit *v, const struct thing *t, const char *name)
{
	const struct sequence_step *step = thing_step(v->world, t);
	if (step && str_eq(name, t->kind->state))
		return step->value;
	if (step && str_eq(name, t->kind->also))
		return step->also;
	return thing_text(t, name);
}

static bool
list_has(const json_t *list, const char *wanted)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));
		if (text && strcasestr(text, wanted))
			return true;
	}
	return false;
}

/* name: what stands in the brackets of filter[...]. Numbers are compared whole. */
static bool
passes(const struct visit *v, const struct thing *t, const char *name, const char *wanted)
{
	const char *dot = strchr(name, '.');
	auto_str list = dot ? str_ndup(name, (size_t)(dot - name)) : NULL;
	const json_t *value = thing_get(t, list ? list : name);
	const char *text = text_of(v, t, name);
	int64_t n = 0;
	if (json_is_array(value))
		return list_has(value, wanted);
	if (json_is_integer(value))
		return parse_i64(wanted, INT64_MIN, INT64_MAX, &n) == 0 &&
		       n == json_integer_value(value);
	return text && strcasestr(text, wanted);
}

bool
crud_is_wanted(const struct visit *v, const struct thing *t)
{
	static const char prefix[] = "filter[";
	for (size_t i = 0; i < v->n_query; i++) {
		const char *name = v->query[i].name;
		if (!str_starts(name, prefix) || !*v->query[i].value)
			continue;
		name += sizeof(prefix) - 1;
		auto_str word = str_ndup(name, strcspn(name, "]"));
		if (word && !passes(v, t, word, v->query[i].value))
			return false;
	}
	return true;
}

static struct page_item
sort_item(const struct visit *v, struct thing *t, struct slice field)
{
	struct page_item item = {.id = t->id, .record = t};
	auto_str name = str_ndup(field.data, field.len);
	if (!name || str_eq(name, "id"))
		return item;
	if (str_eq(name, "created_at")) {
		item.number = t->created_us;
	} else if (str_eq(name, "updated_at")) {
		item.number = thing_updated_us(v->world, t);
	} else if (json_is_integer(thing_get(t, name))) {
		item.number = json_integer_value(thing_get(t, name));
	} else {
		const char *text = text_of(v, t, name);
		item.text = text ? text : "";
	}
	return item;
}

void
crud_answer_list(struct visit *v, struct thing *owner, const struct kind *kind)
{
	auto_page_list list = {0};
	struct slice field =
		resource_sort(v, kind->order ? kind->order : "id", &list.descending);
	size_t n = thing_count(v->world, owner, kind);
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		struct thing *t = thing_at(owner, kind, i);
		if (crud_is_wanted(v, t))
			rc = page_list_add(&list, sort_item(v, t, field));
	}
	if (rc < 0)
		visit_server_error(v);
	else
		resource_answer_list(v, &list, render_thing);
}

void
crud_index(struct visit *v)
{
	crud_answer_list(v, v->thing, v->kind);
}

void
crud_show(struct visit *v)
{
	resource_answer_one(v, v->thing, render_thing);
}

/* The schema of an attribute of the kind; NULL when no answer shows it. */
static const struct forge_schema *
attribute_schema(const struct kind *kind, const char *name)
{
	const struct forge_resource *r =
		kind->resource ? forge_resource_find(kind->resource) : NULL;
	const struct forge_field *f = r ? forge_schema_field(r->attributes, name) : NULL;
	return f ? f->schema : NULL;
}

/* Fields that the schema does not know are ignored, as Laravel does. */
static void
take_body(struct visit *v, struct thing *t)
{
	const struct forge_schema *body = v->operation->body;
	for (size_t i = 0; body && i < body->n_fields; i++) {
		const char *field = body->fields[i].name;
		const char *name = attribute_name(t->kind, field);
		json_t *value = json_object_get(v->body, field);
		const struct forge_schema *s = attribute_schema(t->kind, name);
		if (!value || (json_is_null(value) && s && !render_takes_null(s)))
			continue;
		thing_set(t, name, json_deep_copy(value));
	}
}

static bool
is_unique(struct visit *v, const struct thing *t)
{
	const char *name = t->kind->unique;
	const char *text = name ? thing_text(t, name) : NULL;
	size_t n = text ? thing_count(v->world, t->parent, t->kind) : 0;
	for (size_t i = 0; i < n; i++) {
		const struct thing *other = thing_at(t->parent, t->kind, i);
		if (other == t || !str_eq(thing_text(other, name), text))
			continue;
		auto_str says = str_format("The %s has already been taken.", name);
		laravel_refuse(v, name, says ? says : "");
		return false;
	}
	return true;
}

struct thing *
crud_create(struct visit *v, struct thing *owner, const struct kind *kind)
{
	struct thing *t = thing_new(v->world, kind, owner, 0);
	if (!t) {
		visit_error(v, 503, "The sandbox has no room for more.");
		return NULL;
	}
	take_body(v, t);
	if (is_unique(v, t) && (!kind->fill || kind->fill(v, t)))
		return t;
	thing_free(v->world, t);
	return NULL;
}

bool
crud_change(struct visit *v, struct thing *t)
{
	json_t *before = json_deep_copy(t->values);
	if (!before) {
		visit_server_error(v);
		return false;
	}
	take_body(v, t);
	if (!is_unique(v, t) || (t->kind->fill && !t->kind->fill(v, t))) {
		json_decref(t->values);
		t->values = before;
		return false;
	}
	json_decref(before);
	thing_touch(v->world, t);
	if (v->operation->async)
		thing_begin(v->world, t, t->kind->update);
	return true;
}

void
crud_remove(struct visit *v, struct thing *t)
{
	const struct sequence *leaving = v->operation->async ? t->kind->remove : NULL;
	if (!leaving)
		thing_free(v->world, t);
	else if (t->sequence != leaving)
		thing_begin(v->world, t, leaving);
}

void
crud_answer(struct visit *v, struct thing *t)
{
	if (v->operation->resource)
		resource_answer_one(v, t, render_thing);
	else
		visit_answer_empty(v);
}

void
crud_store(struct visit *v)
{
	struct thing *t = crud_create(v, v->thing, v->kind);
	if (t)
		crud_answer(v, t);
}

void
crud_update(struct visit *v)
{
	if (crud_change(v, v->thing))
		crud_answer(v, v->thing);
}

void
crud_destroy(struct visit *v)
{
	crud_remove(v, v->thing);
	visit_answer_empty(v);
}
