/* Ways into the sandbox beside the API: deploy hooks, and pushes to the repositories. */
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "sandbox/inner.h"
#include "sandbox/kind.h"
#include "sandbox/world_deploy.h"

/* Reads "servers/" and the like, then a number; moves *p behind both. */
static bool
take_number(const char **p, const char *word, uint64_t *ret_n)
{
	if (!str_starts(*p, word))
		return false;
	const char *digits = *p + strlen(word);
	size_t len = strspn(digits, "0123456789");
	auto_str text = str_ndup(digits, len);
	*p = digits + len;
	return text && parse_u64(text, 1, INT64_MAX, ret_n) == 0;
}

static struct world_site *
find_site(const struct world *w, struct slice path)
{
	uint64_t server = 0;
	uint64_t site_id = 0;
	auto_str text = str_ndup(path.data, path.len);
	const char *p = text;
	if (!p || !take_number(&p, "/servers/", &server) ||
	    !take_number(&p, "/sites/", &site_id) || !str_eq(p, "/deploy/http"))
		return NULL;
	struct world_site *site = world_site_find(w, site_id);
	return site && site->server->id == server ? site : NULL;
}

static bool
has_token(const struct visit *v, const struct world_site *site)
{
	const char *token = visit_query(v, "token");
	return token && secret_equal(token, strlen(token), site->hook_token,
				     strlen(site->hook_token));
}

static void
answer_text(struct visit *v, int status, const char *text)
{
	visit_answer_text(v, status, "text/html; charset=UTF-8", text);
}

/* forge_deploy_commit and its like are labels; they do not choose what is deployed. */
static int
deploy_labelled(struct visit *v, struct world_site *site)
{
	struct fault_target at = {NULL, site->name};
	enum world_deploy_status outcome = faults_draw_deployment(v->faults, &at);
	const char *hash = visit_query(v, "forge_deploy_commit");
	struct world_commit labels = {0};
	struct world_deployment *d = NULL;
	snprintf(labels.hash, sizeof(labels.hash), "%s", hash ? hash : "");
	int rc = str_set(&labels.message, visit_query(v, "forge_deploy_message"));
	if (rc == 0)
		rc = str_set(&labels.author, visit_query(v, "forge_deploy_author"));
	if (rc == 0)
		rc = world_deploy_add(v->world, site, outcome, "deploy-hook", &labels,
				      &d);
	world_commit_done(&labels);
	return rc;
}

bool
sandbox_hook(struct visit *v, const char *method, struct slice path)
{
	(void)method;
	struct world_site *site = find_site(v->world, path);
	if (!site)
		return false;
	const char *branch = visit_query(v, "forge_deploy_branch");
	if (!has_token(v, site))
		answer_text(v, 403, "Forbidden");
	else if (branch && !str_eq(branch, site->branch))
		answer_text(v, 200, "OK");
	else if (deploy_labelled(v, site) < 0)
		answer_text(v, 500, "Server Error");
	else
		answer_text(v, 200, "OK");
	return true;
}

static const char *
text_at(const json_t *object, const char *outer, const char *inner)
{
	return json_string_value(json_object_get(json_object_get(object, outer), inner));
}

/* Whether the push went to the branch that the site deploys. */
static bool
concerns(const struct world_site *site, const json_t *push)
{
	static const char prefix[] = "refs/heads/";
	const char *ref = json_string_value(json_object_get(push, "ref"));
	const char *repository = text_at(push, "repository", "full_name");
	return site->repository && ref && str_starts(ref, prefix) &&
	       str_eq(ref + strlen(prefix), site->branch) &&
	       str_eq(repository, site->repository);
}

static int
move_head(struct world_site *site, const json_t *push)
{
	const char *hash = json_string_value(json_object_get(push, "after"));
	const json_t *commit = json_object_get(push, "head_commit");
	snprintf(site->head.hash, sizeof(site->head.hash), "%s", hash ? hash : "");
	int rc = str_set(&site->head.message,
			 json_string_value(json_object_get(commit, "message")));
	if (rc == 0)
		rc = str_set(&site->head.author, text_at(commit, "author", "name"));
	return rc;
}

/* Push to deploy: Forge hears of the push by itself. */
static int
deploy_pushed(struct visit *v, struct world_site *site)
{
	struct fault_target at = {NULL, site->name};
	struct world_deployment *d = NULL;
	if (!site->push_to_deploy)
		return 0;
	return world_deploy_add(v->world, site, faults_draw_deployment(v->faults, &at),
				"push", NULL, &d);
}

bool
sandbox_push(struct visit *v, const char *method, struct slice path)
{
	if (!slice_eq_str(path, "/sandbox/push") || !str_eq(method, "POST"))
		return false;
	int moved = 0;
	int rc = 0;
	for (size_t i = 0; i < fifo_count(&v->world->sites) && rc == 0; i++) {
		struct world_site *site = fifo_at(&v->world->sites, i);
		if (!concerns(site, v->body))
			continue;
		moved++;
		rc = move_head(site, v->body);
		if (rc == 0)
			rc = deploy_pushed(v, site);
	}
	visit_answer(v, 200, json_pack("{s:i}", "sites", moved));
	v->type = "application/json";
	if (rc < 0)
		visit_server_error(v);
	return true;
}

static struct thing *
find_heartbeat(struct world *w, uint64_t id)
{
	struct thing *t = NULL;
	for (size_t i = 0; i < fifo_count(&w->sites) && !t; i++) {
		const struct world_site *site = fifo_at(&w->sites, i);
		t = thing_find(w, site->node, &kind_heartbeat, id);
	}
	return t;
}

bool
sandbox_ping(struct visit *v, const char *method, struct slice path)
{
	uint64_t id = 0;
	auto_str text = str_ndup(path.data, path.len);
	const char *p = text;
	(void)method;
	if (!p || !take_number(&p, "/heartbeats/", &id) || !str_eq(p, "/ping"))
		return false;
	struct thing *t = find_heartbeat(v->world, id);
	if (!t)
		return false;
	thing_begin(v->world, t, &sequence_beat);
	answer_text(v, 200, "OK");
	return true;
}
