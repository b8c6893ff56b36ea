/* Sites: of a server, of an organisation, of everybody. */
#include <ctype.h>

#include "sandbox/family.h"
#include "sandbox/resource.h"
#include "sandbox/world_deploy.h"

/* Filled only while a deployment runs or waits; Forge writes it with a capital letter. */
static json_t *
deployment_status(const struct world_site *site)
{
	const struct world_deployment *d = world_deploy_current(site);
	if (!d)
		return json_null();
	auto_str word = str_dup(world_deploy_status_name(d->status));
	if (!word)
		return json_null();
	word[0] = (char)toupper((unsigned char)word[0]);
	return json_string(word);
}

static json_t *
describe_repository(const struct world_site *site)
{
	const char *status = site->repository ? "installed" : NULL;
	auto_str url = site->repository
			       ? str_format("git@%s.com:%s.git",
					    site->repository_provider, site->repository)
			       : NULL;
	return json_pack("{s:s, s:s?, s:s?, s:s?}", "provider", site->repository_provider,
			 "url", url, "branch", site->repository ? site->branch : NULL,
			 "status", status);
}

static json_t *
describe(const struct visit *v, const struct world_site *site)
{
	auto_str url = str_format("https://%s", site->name);
	auto_str root = str_format("/home/%s/%s", site->user, site->name);
	auto_str hook = str_format("%s/servers/%llu/sites/%llu/deploy/http?token=%s",
				   v->root, (unsigned long long)site->server->id,
				   (unsigned long long)site->id, site->hook_token);
	return json_pack(
		"{s:s, s:s, s:s?, s:s, s:b, s:s, s:s?, s:[], s:n, s:o, s:b, s:b, s:{}, "
		"s:o, s:n, s:{s:b, s:n}, s:b, s:i, s:s?, s:b, s:s, s:b, s:s?, s:n}",
		"name", site->name, "status", "installed", "url", url, "user", site->user,
		"https", 1, "web_directory", site->web_directory, "root_directory", root,
		"aliases", "php_version", "deployment_status", deployment_status(site),
		"quick_deploy", site->push_to_deploy, "isolated", 0, "shared_paths",
		"repository", describe_repository(site), "database", "maintenance_mode",
		"enabled", 0, "status", "zero_downtime_deployments", site->zero_downtime,
		"deployment_retention", 4, "deployment_script", site->deployment_script,
		"wildcards", 0, "app_type", site->app_type, "uses_envoyer", 0,
		"deployment_url", hook, "healthcheck_url");
}

/* The relationships that include=... asks for, and what they lead to. */
static void
relate(struct visit *v, struct world_site *site, json_t *resource, json_t *included)
{
	static const char *const empty[] = {"tags", "securityRules", "redirectRules"};
	struct world_deployment *latest = world_deploy_latest(site);
	if (visit_includes(v, "server")) {
		resource_relate(resource, "server", "servers", site->server->id);
		resource_include(included,
				 family_render_server(v, site->server, included));
	}
	if (visit_includes(v, "latestDeployment"))
		resource_relate(resource, "latestDeployment", "deployments",
				latest ? latest->id : 0);
	if (visit_includes(v, "latestDeployment") && latest)
		resource_include(included, family_render_deployment(v, latest, included));
	for (size_t i = 0; i < ARRAY_LEN(empty); i++) {
		if (!visit_includes(v, empty[i]))
			continue;
		resource_relate(resource, empty[i], empty[i], 0);
		json_t *relation = json_object_get(
			json_object_get(resource, "relationships"), empty[i]);
		json_object_set_new(relation, "data", json_array());
	}
}

static json_t *
render(struct visit *v, void *record, json_t *included)
{
	struct world_site *site = record;
	world_deploy_advance(v->world, site);
	json_t *attributes = describe(v, site);
	json_object_set_new(attributes, "created_at",
			    resource_time(v->world->created_us));
	json_object_set_new(attributes, "updated_at",
			    resource_time(v->world->created_us));
	json_t *resource = resource_new(
		v, "sites", site->id, attributes, "/orgs/%s/servers/%llu/sites/%llu",
		site->server->org->slug, (unsigned long long)site->server->id,
		(unsigned long long)site->id);
	relate(v, site, resource, included);
	return resource;
}

/* The sites of from that belong to org (NULL: to anybody) and pass the filter. */
static void
list_sites(struct visit *v, const struct fifo *from, const struct world_org *org)
{
	auto_page_list list = {0};
	struct slice field = resource_sort(v, "created_at", &list.descending);
	bool by_name = slice_eq_str(field, "name");
	int rc = 0;
	for (size_t i = 0; i < fifo_count(from) && rc == 0; i++) {
		struct world_site *site = fifo_at(from, i);
		if ((org && site->server->org != org) ||
		    !resource_filter(v, "filter[name]", site->name))
			continue;
		struct page_item item = {.text = by_name ? site->name : NULL,
					 .id = site->id,
					 .record = site};
		rc = page_list_add(&list, item);
	}
	if (rc < 0)
		visit_server_error(v);
	else
		resource_answer_list(v, &list, render);
}

static void
list_of_everybody(struct visit *v)
{
	list_sites(v, &v->world->sites, NULL);
}

static void
list_of_organization(struct visit *v)
{
	list_sites(v, &v->world->sites, v->org);
}

static void
list_of_server(struct visit *v)
{
	list_sites(v, &v->server->sites, NULL);
}

static void
show(struct visit *v)
{
	resource_answer_one(v, v->site, render);
}

const struct family_entry family_sites[] = {
	{"sites.index", list_of_everybody},
	{"organizations.sites.index", list_of_organization},
	{"organizations.sites.show", show},
	{"organizations.servers.sites.index", list_of_server},
	{NULL, NULL},
};
