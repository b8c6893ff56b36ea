/* Sites as they are shown: of a server, of an organisation, of everybody. */
#include <ctype.h>

#include "sandbox/family.h"
#include "sandbox/kind.h"
#include "sandbox/phase.h"
#include "sandbox/render.h"
#include "sandbox/resource.h"
#include "sandbox/site.h"
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
describe_repository(const struct visit *v, const struct world_site *site)
{
	const char *phase = phase_value(v->world, site->node, "repository");
	const char *status = phase ? phase : "installed";
	auto_str url = site->repository
			       ? str_format("git@%s.com:%s.git",
					    site->repository_provider, site->repository)
			       : NULL;
	return json_pack("{s:s, s:s?, s:s?, s:s?}", "provider", site->repository_provider,
			 "url", url, "branch", site->repository ? site->branch : NULL,
			 "status", site->repository ? status : NULL);
}

static json_t *
describe_maintenance(const struct visit *v, const struct world_site *site)
{
	const char *phase = phase_value(v->world, site->node, "maintenance");
	bool is_between = phase && str_ends(phase, "ing");
	return json_pack("{s:b, s:s?}", "enabled",
			 str_eq(phase, "enabled") || str_eq(phase, "disabling"), "status",
			 is_between ? phase : NULL);
}

static json_t *
describe(const struct visit *v, const struct world_site *site)
{
	const struct sequence_step *step = thing_step(v->world, site->node);
	auto_str url = str_format("https://%s", site->name);
	auto_str root = str_format("/home/%s/%s", site->user, site->name);
	auto_str hook = str_format("%s/servers/%llu/sites/%llu/deploy/http?token=%s",
				   v->root, (unsigned long long)site->server->id,
				   (unsigned long long)site->id, site->hook_token);
	return json_pack(
		"{s:s, s:s, s:s?, s:s, s:b, s:s, s:s?, s:[], s:n, s:o, s:b, s:b, s:{}, "
		"s:o, s:n, s:o, s:b, s:i, s:s?, s:b, s:s, s:b, s:s?, s:n}",
		"name", site->name, "status", step ? step->value : "installed", "url",
		url, "user", site->user, "https", 1, "web_directory", site->web_directory,
		"root_directory", root, "aliases", "php_version", "deployment_status",
		deployment_status(site), "quick_deploy", site->push_to_deploy, "isolated",
		0, "shared_paths", "repository", describe_repository(v, site), "database",
		"maintenance_mode", describe_maintenance(v, site),
		"zero_downtime_deployments", site->zero_downtime, "deployment_retention",
		4, "deployment_script", site->deployment_script, "wildcards", 0,
		"app_type", site->app_type, "uses_envoyer", 0, "deployment_url", hook,
		"healthcheck_url");
}

static void
relate_server(struct visit *v, struct world_site *site, json_t *resource,
	      json_t *included)
{
	resource_relate(resource, "server", "servers", site->server->id);
	resource_include(included, family_render_server(v, site->server, included));
}

static void
relate_deployment(struct visit *v, struct world_site *site, json_t *resource,
		  json_t *included)
{
	struct world_deployment *latest = world_deploy_latest(site);
	resource_relate(resource, "latestDeployment", "deployments",
			latest ? latest->id : 0);
	if (latest)
		resource_include(included, family_render_deployment(v, latest, included));
}

static void
relate_children(struct visit *v, struct thing *owner, const struct kind *kind,
		json_t *included, json_t *data)
{
	size_t n = thing_count(v->world, owner, kind);
	for (size_t i = 0; i < n; i++) {
		struct thing *t = thing_at(owner, kind, i);
		json_array_append_new(data, render_identifier(t));
		resource_include(included, render_thing(v, t, included));
	}
}

/* Tags are words at the site; each becomes a thing of its organisation when it is shown.
 */
static void
relate_tags(struct visit *v, const struct world_site *site, json_t *included,
	    json_t *data)
{
	struct thing *org = site->server->org->node;
	const json_t *words = thing_get(site->node, "tags");
	for (size_t i = 0; i < json_array_size(words); i++) {
		const char *word = json_string_value(json_array_get(words, i));
		struct thing *t =
			thing_find_value(v->world, org, &kind_tag, "name", word);
		if (!t && word)
			t = thing_new(v->world, &kind_tag, org, 0);
		if (!t)
			continue;
		thing_set_text(t, "name", word);
		json_array_append_new(data, render_identifier(t));
		resource_include(included, render_thing(v, t, included));
	}
}

/* The relationships that include=... asks for, and what they lead to. */
static void
relate(struct visit *v, struct world_site *site, json_t *resource, json_t *included)
{
	static const struct {
		const char *name;
		const struct kind *kind;
	} rows[] = {
		{"tags", NULL},
		{"securityRules", &kind_security_rule},
		{"redirectRules", &kind_redirect_rule},
	};
	if (visit_includes(v, "server"))
		relate_server(v, site, resource, included);
	if (visit_includes(v, "latestDeployment"))
		relate_deployment(v, site, resource, included);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!visit_includes(v, rows[i].name))
			continue;
		json_t *data = json_array();
		if (rows[i].kind)
			relate_children(v, site->node, rows[i].kind, included, data);
		else
			relate_tags(v, site, included, data);
		resource_relate_all(resource, rows[i].name, data);
	}
}

json_t *
site_render(struct visit *v, void *record, json_t *included)
{
	struct world_site *site = record;
	world_deploy_advance(v->world, site);
	json_t *attributes = describe(v, site);
	family_override(attributes, "SiteResource", site->node);
	json_object_set_new(attributes, "created_at", resource_time(site->created_us));
	json_object_set_new(attributes, "updated_at",
			    resource_time(thing_updated_us(v->world, site->node)));
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
		if ((org && site->server->org != org) || site->server->is_archived ||
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
		resource_answer_list(v, &list, site_render);
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
	resource_answer_one(v, v->site, site_render);
}

const struct family_entry family_sites[] = {
	{"sites.index", list_of_everybody},
	{"organizations.sites.index", list_of_organization},
	{"organizations.sites.show", show},
	{"organizations.servers.sites.index", list_of_server},
	{"organizations.servers.sites.store", site_store},
	{"organizations.servers.sites.storeOnBalancer", site_store_on_balancer},
	{"organizations.servers.sites.update", site_update},
	{"organizations.servers.sites.destroy", site_destroy},
	{"organizations.servers.sites.git.update", site_update_git},
	{"organizations.servers.sites.load-balancing-nodes.update", site_update_nodes},
	{"organizations.servers.sites.deploy-key.store", site_store_deploy_key},
	{NULL, NULL},
};
