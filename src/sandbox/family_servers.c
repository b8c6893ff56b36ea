/* Servers of an organisation: list, life, network, archive, key and logs. */
#include <string.h>

#include "base/limits.h"
#include "sandbox/check.h"
#include "sandbox/crud.h"
#include "sandbox/document.h"
#include "sandbox/family.h"
#include "sandbox/kind.h"
#include "sandbox/laravel.h"
#include "sandbox/render.h"
#include "sandbox/resource.h"
#include "sandbox/stock.h"

void
family_override(json_t *attributes, const char *resource, const struct thing *node)
{
	const struct forge_resource *r = forge_resource_find(resource);
	for (size_t i = 0; r && i < r->attributes->n_fields; i++) {
		const struct forge_field *f = &r->attributes->fields[i];
		const json_t *value = thing_get(node, f->name);
		json_t *fits = value ? render_coerce(f->schema, value) : NULL;
		if (fits)
			json_object_set_new(attributes, f->name, fits);
	}
}

/* JSON of what a server is; its name may stand in several places. */
static json_t *
describe(const struct world_server *s)
{
	return json_pack("{s:I, s:n, s:s, s:s, s:s, s:s?, s:i, s:s, s:n, s:s, s:s}", "id",
			 (json_int_t)s->id, "credential_id", "name", s->name, "slug",
			 s->name, "type", s->type, "ubuntu_version", s->ubuntu_version,
			 "ssh_port", 22, "provider", s->provider, "identifier", "size",
			 s->size, "region", s->region);
}

static json_t *
describe_software(const struct visit *v, const struct world_server *s)
{
	const struct sequence_step *step = thing_step(v->world, s->node);
	bool is_new = step && str_eq(step->value, "connecting");
	return json_pack("{s:s?, s:s?, s:s, s:s?, s:n, s:n, s:s?, s:n, s:b, s:s, s:s, "
			 "s:n, s:b}",
			 "php_version", s->php_version, "php_cli_version", s->php_version,
			 "opcache_status", "enabled", "database_type", s->database_type,
			 "db_status", "redis_status", "ip_address", s->ip_address,
			 "private_ip_address", "revoked", 0, "connection_status",
			 is_new ? "connecting" : "successful", "timezone", s->timezone,
			 "local_public_key", "is_ready", !is_new);
}

json_t *
family_render_server(struct visit *v, void *record, json_t *included)
{
	const struct world_server *server = record;
	(void)included;
	json_t *attributes = describe(server);
	json_t *software = describe_software(v, server);
	json_object_update(attributes, software);
	json_decref(software);
	family_override(attributes, "ServerResource", server->node);
	json_object_set_new(attributes, "created_at", resource_time(server->created_us));
	json_object_set_new(attributes, "updated_at",
			    resource_time(thing_updated_us(v->world, server->node)));
	return resource_new(v, "servers", server->id, attributes, "/orgs/%s/servers/%llu",
			    server->org->slug, (unsigned long long)server->id);
}

static bool
is_wanted(const struct visit *v, const struct world_server *s)
{
	return resource_filter(v, "filter[name]", s->name) &&
	       resource_filter(v, "filter[ip_address]", s->ip_address) &&
	       resource_filter(v, "filter[region]", s->region) &&
	       resource_filter(v, "filter[size]", s->size) &&
	       resource_filter(v, "filter[provider]", s->provider) &&
	       resource_filter(v, "filter[ubuntu_version]", s->ubuntu_version) &&
	       resource_filter(v, "filter[php_version]", s->php_version) &&
	       resource_filter(v, "filter[database_type]", s->database_type);
}

/* What the server is sorted by; NULL: its age, which is the order of the ids. */
static const char *
sort_text(const struct world_server *s, struct slice field)
{
	const struct {
		const char *name;
		const char *value;
	} fields[] = {
		{"name", s->name},
		{"provider", s->provider},
		{"region", s->region},
		{"php_version", s->php_version},
		{"ubuntu_version", s->ubuntu_version},
	};
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (slice_eq_str(field, fields[i].name))
			return fields[i].value ? fields[i].value : "";
	}
	return NULL;
}

static void
list_servers(struct visit *v, bool archived)
{
	auto_page_list list = {0};
	struct slice field = resource_sort(v, "created_at", &list.descending);
	int rc = 0;
	for (size_t i = 0; i < fifo_count(&v->org->servers) && rc == 0; i++) {
		struct world_server *server = fifo_at(&v->org->servers, i);
		if (server->is_archived != archived || !is_wanted(v, server))
			continue;
		struct page_item item = {.text = sort_text(server, field),
					 .id = server->id,
					 .record = server};
		rc = page_list_add(&list, item);
	}
	if (rc < 0)
		visit_server_error(v);
	else
		resource_answer_list(v, &list, family_render_server);
}

static void
show(struct visit *v)
{
	resource_answer_one(v, v->server, family_render_server);
}

static void
list_all(struct visit *v)
{
	list_servers(v, false);
}

static void
list_archived(struct visit *v)
{
	list_servers(v, true);
}

/* The body's text goes into a field of the record. */
static int
take_text(const struct visit *v, const char *name, char **field)
{
	const char *text = check_text(v, name);
	return text ? str_set(field, text) : 0;
}

static const char *
text_in(const struct visit *v, const char *outer, const char *inner)
{
	return json_string_value(json_object_get(json_object_get(v->body, outer), inner));
}

/* Where it stands is told below the name of its provider. */
static int
take_server(struct visit *v, struct world_server *server)
{
	const char *provider = check_text(v, "provider");
	const char *region = text_in(v, provider, "region_id");
	const char *size = text_in(v, provider, "size_id");
	const char *address = text_in(v, provider, "ip_address");
	int rc = take_text(v, "type", &server->type);
	if (rc == 0)
		rc = take_text(v, "provider", &server->provider);
	if (rc == 0)
		rc = take_text(v, "ubuntu_version", &server->ubuntu_version);
	if (rc == 0)
		rc = take_text(v, "php_version", &server->php_version);
	if (rc == 0)
		rc = str_set(&server->database_type, check_text(v, "database_type"));
	if (rc == 0 && region)
		rc = str_set(&server->region, region);
	if (rc == 0 && size)
		rc = str_set(&server->size, size);
	return rc == 0 && address ? str_set(&server->ip_address, address) : rc;
}

static void
store(struct visit *v)
{
	if (!check_ids(v, "credential_id", v->org->node, &kind_credential) ||
	    !check_ids(v, "recipe_id", v->org->node, &kind_recipe) ||
	    !check_ids(v, "team_id", v->org->node, &kind_team))
		return;
	struct world_server *server =
		world_add_server(v->world, v->org, 0, check_text(v, "name"));
	if (!server || take_server(v, server) < 0 || stock_server(v->world, server) < 0) {
		visit_server_error(v);
		return;
	}
	thing_set(server->node, "credential_id",
		  json_deep_copy(json_object_get(v->body, "credential_id")));
	thing_set(server->node, "tags", json_deep_copy(json_object_get(v->body, "tags")));
	thing_begin(v->world, server->node, &sequence_server);
	resource_answer_one(v, server, family_render_server);
}

static void
update(struct visit *v)
{
	struct world_server *server = v->server;
	int rc = take_text(v, "name", &server->name);
	if (rc == 0)
		rc = take_text(v, "ip_address", &server->ip_address);
	if (rc == 0)
		rc = take_text(v, "timezone", &server->timezone);
	if (rc < 0) {
		visit_server_error(v);
		return;
	}
	thing_set(server->node, "private_ip_address",
		  json_deep_copy(json_object_get(v->body, "private_ip_address")));
	thing_set(server->node, "tags", json_deep_copy(json_object_get(v->body, "tags")));
	thing_touch(v->world, server->node);
	resource_answer_one(v, server, family_render_server);
}

static void
destroy(struct visit *v)
{
	world_let_go(v->world, v->server->node);
	visit_answer_empty(v);
}

static void
archive(struct visit *v)
{
	struct world_server *server =
		world_lookup(&v->org->servers, check_number(v, "server_id"));
	if (!server || server->is_archived) {
		check_refuse(v, "server_id");
		return;
	}
	server->is_archived = true;
	visit_answer_empty(v);
}

/* The other servers that it is let into. */
static void
list_network(struct visit *v)
{
	const json_t *ids = thing_get(v->server->node, "network");
	auto_page_list list = {0};
	int rc = 0;
	for (size_t i = 0; i < json_array_size(ids) && rc == 0; i++) {
		uint64_t id = (uint64_t)json_integer_value(json_array_get(ids, i));
		struct world_server *server = world_lookup(&v->org->servers, id);
		if (server)
			rc = page_list_add(
				&list, (struct page_item){.id = id, .record = server});
	}
	if (rc < 0)
		visit_server_error(v);
	else
		resource_answer_list(v, &list, family_render_server);
}

static void
update_network(struct visit *v)
{
	if (!check_servers(v, "servers"))
		return;
	thing_set(v->server->node, "network",
		  json_deep_copy(json_object_get(v->body, "servers")));
	visit_answer_empty(v);
}

/* The key has no meaning; another one comes with each update. */
static void
show_key(struct visit *v)
{
	json_int_t n = json_integer_value(thing_get(v->thing, "key_updates"));
	auto_str print = str_format("SHA256:sandbox%llu/%lld",
				    (unsigned long long)v->server->id, (long long)n);
	auto_str key = str_format(
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5%012llu%06lld forge@%s",
		(unsigned long long)v->server->id, (long long)n, v->server->name);
	document_answer(
		v, json_pack("{s:s?, s:s?}", "fingerprint", print, "public_key", key));
}

static void
update_key(struct visit *v)
{
	json_int_t n = json_integer_value(thing_get(v->thing, "key_updates"));
	thing_set(v->thing, "key_updates", json_integer(n + 1));
	show_key(v);
}

/* Where a log stands among the server's values (str_free); NULL: no log has that name. */
static char *
log_value(const struct visit *v)
{
	const char *key = visit_path(v, "key");
	size_t len = strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789-_.");
	return len > 0 && !key[len] ? str_format("log:%s", key) : NULL;
}

static void
show_log(struct visit *v)
{
	auto_str name = log_value(v);
	const char *text = name ? thing_text(v->thing, name) : NULL;
	if (!name) {
		visit_not_found(v);
		return;
	}
	document_answer(v, json_pack("{s:s}", "content",
				     text ? text : "The sandbox has nothing to log.\n"));
	if (v->status < 400)
		json_object_set_new(v->answer, "meta",
				    json_pack("{s:s}", "log", visit_path(v, "key")));
}

static void
destroy_log(struct visit *v)
{
	auto_str name = log_value(v);
	if (!name) {
		visit_not_found(v);
		return;
	}
	thing_set_text(v->thing, name, "");
	visit_answer_empty(v);
}

const struct family_entry family_servers[] = {
	{"organizations.servers.index", list_all},
	{"organizations.servers.show", show},
	{"organizations.servers.store", store},
	{"organizations.servers.update", update},
	{"organizations.servers.destroy", destroy},
	{"organizations.servers.archives.index", list_archived},
	{"organizations.servers.archives.store", archive},
	{"organizations.servers.archives.destroy", destroy},
	{"organizations.servers.network.show", list_network},
	{"organizations.servers.network.update", update_network},
	{"organizations.servers.key.show", show_key},
	{"organizations.servers.key.update", update_key},
	{"organizations.servers.logs.show", show_log},
	{"organizations.servers.logs.destroy", destroy_log},
	{NULL, NULL},
};
