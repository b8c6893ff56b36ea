/* Servers of an organisation. */
#include "sandbox/family.h"
#include "sandbox/resource.h"

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
describe_software(const struct world_server *s)
{
	return json_pack("{s:s?, s:s?, s:s, s:s?, s:n, s:n, s:s?, s:n, s:b, s:s, s:s, "
			 "s:n, s:b}",
			 "php_version", s->php_version, "php_cli_version", s->php_version,
			 "opcache_status", "enabled", "database_type", s->database_type,
			 "db_status", "redis_status", "ip_address", s->ip_address,
			 "private_ip_address", "revoked", 0, "connection_status",
			 "successful", "timezone", s->timezone, "local_public_key",
			 "is_ready", 1);
}

json_t *
family_render_server(struct visit *v, void *record, json_t *included)
{
	const struct world_server *server = record;
	(void)included;
	json_t *attributes = describe(server);
	json_t *software = describe_software(server);
	json_object_update(attributes, software);
	json_decref(software);
	json_object_set_new(attributes, "created_at",
			    resource_time(v->world->created_us));
	json_object_set_new(attributes, "updated_at",
			    resource_time(v->world->created_us));
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
list_all(struct visit *v)
{
	auto_page_list list = {0};
	struct slice field = resource_sort(v, "created_at", &list.descending);
	int rc = 0;
	for (size_t i = 0; i < fifo_count(&v->org->servers) && rc == 0; i++) {
		struct world_server *server = fifo_at(&v->org->servers, i);
		if (!is_wanted(v, server))
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

const struct family_entry family_servers[] = {
	{"organizations.servers.index", list_all},
	{"organizations.servers.show", show},
	{NULL, NULL},
};
