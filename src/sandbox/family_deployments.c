/* Deployments of a site, their log and script, and the deploy hook's address. */
#include <errno.h>

#include "base/buf.h"
#include "sandbox/check.h"
#include "sandbox/document.h"
#include "sandbox/family.h"
#include "sandbox/resource.h"
#include "sandbox/world_deploy.h"

#define LOG_BYTES (64 * KIB)

json_t *
family_render_deployment(struct visit *v, void *record, json_t *included)
{
	const struct world_deployment *d = record;
	const struct world_site *site = d->site;
	(void)included;
	json_t *commit = json_pack("{s:o, s:o, s:o, s:o}", "hash",
				   resource_text(d->commit.hash), "author",
				   resource_text(d->commit.author), "message",
				   resource_text(d->commit.message), "branch",
				   resource_text(d->commit.branch));
	json_t *attributes = json_pack(
		"{s:o, s:s, s:s, s:o, s:o, s:o, s:o}", "commit", commit, "status",
		world_deploy_status_name(d->status), "type", d->type, "created_at",
		resource_time(d->created_us), "updated_at", resource_time(d->updated_us),
		"started_at", resource_time(d->started_us), "ended_at",
		resource_time(d->ended_us));
	return resource_new(v, "deployments", d->id, attributes,
			    "/orgs/%s/servers/%llu/sites/%llu/deployments/%llu",
			    site->server->org->slug, (unsigned long long)site->server->id,
			    (unsigned long long)site->id, (unsigned long long)d->id);
}

static bool
is_wanted(const struct visit *v, const struct world_deployment *d)
{
	return resource_filter(v, "filter[commit_hash]", d->commit.hash) &&
	       resource_filter(v, "filter[commit_message]", d->commit.message) &&
	       resource_filter(v, "filter[commit_author]", d->commit.author);
}

/* All are in the order of their creation, which is that of their ids. */
static int
collect(struct visit *v, const struct world_site *site, struct page_list *list)
{
	int rc = 0;
	for (size_t i = 0; i < fifo_count(&site->deployments) && rc == 0; i++) {
		struct world_deployment *d = fifo_at(&site->deployments, i);
		if (is_wanted(v, d))
			rc = page_list_add(list,
					   (struct page_item){.id = d->id, .record = d});
	}
	return rc;
}

static void
list_of_site(struct visit *v)
{
	auto_page_list list = {0};
	world_deploy_advance(v->world, v->site);
	resource_sort(v, "-created_at", &list.descending);
	if (collect(v, v->site, &list) < 0)
		visit_server_error(v);
	else
		resource_answer_list(v, &list, family_render_deployment);
}

static void
list_of_server(struct visit *v)
{
	auto_page_list list = {0};
	int rc = 0;
	resource_sort(v, "-created_at", &list.descending);
	for (size_t i = 0; i < fifo_count(&v->server->sites) && rc == 0; i++) {
		struct world_site *site = fifo_at(&v->server->sites, i);
		world_deploy_advance(v->world, site);
		rc = collect(v, site, &list);
	}
	if (rc < 0)
		visit_server_error(v);
	else
		resource_answer_list(v, &list, family_render_deployment);
}

/* What {deployment} names; answers 404 and gives NULL when there is none. */
static struct world_deployment *
find(struct visit *v)
{
	world_deploy_advance(v->world, v->site);
	struct world_deployment *d =
		world_lookup(&v->site->deployments, visit_id(v, "deployment"));
	if (!d)
		visit_not_found(v);
	return d;
}

static void
show(struct visit *v)
{
	struct world_deployment *d = find(v);
	if (d)
		resource_answer_one(v, d, family_render_deployment);
}

static void
store(struct visit *v)
{
	struct fault_target at = visit_target(v);
	enum world_deploy_status outcome = faults_draw_deployment(v->faults, &at);
	struct world_deployment *d = NULL;
	int rc = world_deploy_add(v->world, v->site, outcome, "api", NULL, &d);
	if (rc == -ENOSPC)
		visit_error(v, 503, "The sandbox has no room for more deployments.");
	else if (rc < 0)
		visit_server_error(v);
	else
		resource_answer_one(v, d, family_render_deployment);
}

static void
put_log(const struct world_deployment *d, struct buf *out)
{
	buf_printf(out, "Deploying %s of %s\nHEAD is now at %.7s %s\n",
		   d->commit.branch ? d->commit.branch : "the branch", d->site->name,
		   d->commit.hash, d->commit.message ? d->commit.message : "");
	if (!world_deploy_has_ended(d))
		return;
	buf_printf(out, "%s\n",
		   d->status == WORLD_DEPLOY_FINISHED ? "Deployment complete."
		   : d->status == WORLD_DEPLOY_CANCELLED
			   ? "The deployment was cancelled."
			   : "The script ended with exit code 1.");
}

/* There is no log before the deployment starts. */
static void
show_log(struct visit *v)
{
	struct world_deployment *d = find(v);
	if (d && d->started_us == 0)
		visit_not_found(v);
	if (!d || d->started_us == 0)
		return;
	auto_buf text = BUF_INIT(LOG_BYTES);
	put_log(d, &text);
	json_t *attributes = json_pack("{s:s}", "output", buf_str(&text));
	visit_answer_resource(
		v,
		resource_new(v, "deploymentOutputs", d->id, attributes,
			     "/orgs/%s/servers/%llu/sites/%llu/deployments/%llu/log",
			     v->org->slug, (unsigned long long)v->server->id,
			     (unsigned long long)v->site->id, (unsigned long long)d->id));
}

/* null where nothing was ever deployed. */
static void
show_status(struct visit *v)
{
	world_deploy_advance(v->world, v->site);
	const struct world_deployment *d = world_deploy_current(v->site);
	if (!d)
		d = world_deploy_latest(v->site);
	json_t *attributes = json_pack(
		"{s:s?, s:o}", "status", d ? world_deploy_status_name(d->status) : NULL,
		"started_at", resource_time(d ? d->started_us : 0));
	visit_answer_resource(
		v, resource_new(v, "deploymentStatuses", v->site->id, attributes,
				"/orgs/%s/servers/%llu/sites/%llu/deployments/status",
				v->org->slug, (unsigned long long)v->server->id,
				(unsigned long long)v->site->id));
}

static void
reset_status(struct visit *v)
{
	world_deploy_reset(v->world, v->site);
	visit_answer_empty(v);
}

static void
show_hook(struct visit *v)
{
	auto_str url = str_format("%s/servers/%llu/sites/%llu/deploy/http?token=%s",
				  v->root, (unsigned long long)v->server->id,
				  (unsigned long long)v->site->id, v->site->hook_token);
	document_answer(v, json_pack("{s:s?}", "url", url));
}

/* The former address stops to work at once. */
static void
renew_hook(struct visit *v)
{
	if (world_renew_hook(v->site) < 0)
		visit_server_error(v);
	else
		show_hook(v);
}

static void
show_script(struct visit *v)
{
	bool sources = json_is_true(thing_get(v->thing, "auto_source"));
	document_answer(v, json_pack("{s:s?, s:b}", "content", v->site->deployment_script,
				     "auto_source", sources));
}

static void
update_script(struct visit *v)
{
	const json_t *sources = json_object_get(v->body, "auto_source");
	if (str_set(&v->site->deployment_script, check_text(v, "content")) < 0) {
		visit_server_error(v);
		return;
	}
	if (json_is_boolean(sources))
		thing_set(v->thing, "auto_source", json_deep_copy(sources));
	show_script(v);
}

static void
start_push_to_deploy(struct visit *v)
{
	v->site->push_to_deploy = true;
	visit_answer_empty(v);
}

static void
stop_push_to_deploy(struct visit *v)
{
	v->site->push_to_deploy = false;
	visit_answer_empty(v);
}

const struct family_entry family_deployments[] = {
	{"organizations.servers.deployments.index", list_of_server},
	{"organizations.servers.sites.deployments.index", list_of_site},
	{"organizations.servers.sites.deployments.store", store},
	{"organizations.servers.sites.deployments.show", show},
	{"organizations.servers.sites.deployments.log.show", show_log},
	{"organizations.servers.sites.deployments.status.show", show_status},
	{"organizations.servers.sites.deployments.status.destroy", reset_status},
	{"organizations.servers.sites.deployments.deploy-hook.show", show_hook},
	{"organizations.servers.sites.deployments.deploy-hook.update", renew_hook},
	{"organizations.servers.sites.deployments.script.show", show_script},
	{"organizations.servers.sites.deployments.script.update", update_script},
	{"organizations.servers.sites.deployments.push-to-deploy.store",
	 start_push_to_deploy},
	{"organizations.servers.sites.deployments.push-to-deploy.destroy",
	 stop_push_to_deploy},
	{NULL, NULL},
};
