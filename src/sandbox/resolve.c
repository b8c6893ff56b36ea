/* From the parameters of a path to what they name. */
#include <string.h>

#include "base/buf.h"
#include "forge/operation.h"
#include "sandbox/kind.h"
#include "sandbox/visit.h"

#define PATH_BYTES 512

static bool
find_organization(struct visit *v, const char *slug)
{
	v->org = world_org_find(v->world, slug);
	v->thing = v->org ? v->org->node : NULL;
	return v->org != NULL;
}

/* An archived server is found only by the operations about archives. */
static bool
find_server(struct visit *v, uint64_t id)
{
	struct world_server *server = world_server_find(v->world, id);
	bool wants_archived = strstr(v->operation->path, "/archives/") != NULL;
	if (!server || server->org != v->org || server->is_archived != wants_archived)
		return false;
	v->server = server;
	v->thing = server->node;
	return true;
}

static bool
find_site(struct visit *v, uint64_t id)
{
	struct world_site *site = world_site_find(v->world, id);
	if (!site || (v->server && site->server != v->server) ||
	    site->server->org != v->org || site->server->is_archived)
		return false;
	v->site = site;
	v->thing = site->node;
	return true;
}

/* Whether the operation's path has the kind's, with its own parameter at the end. */
static bool
is_in_path(const struct kind *kind, const char *path)
{
	static const char id[] = "{id}";
	size_t len = strlen(kind->path);
	size_t own = sizeof(id) - 1;
	if (len < own || !str_eq(kind->path + len - own, id))
		return false;
	auto_buf text = BUF_INIT(PATH_BYTES);
	buf_putc(&text, '/');
	buf_append(&text, kind->path, len - own);
	buf_printf(&text, "{%s}", kind->param);
	return strstr(path, buf_str(&text)) != NULL;
}

/* Parameters that belong to no kind are the business of their family. */
static bool
find_child(struct visit *v, const struct visit_param *param)
{
	for (const struct kind *const *kind = kinds; *kind; kind++) {
		if ((*kind)->parent != v->thing->kind ||
		    !str_eq((*kind)->param, param->name) ||
		    !is_in_path(*kind, v->operation->path))
			continue;
		struct thing *t =
			thing_find_text(v->world, v->thing, *kind, param->value);
		if (t)
			v->thing = t;
		return t != NULL;
	}
	return true;
}

static bool
find(struct visit *v, const struct visit_param *param)
{
	bool below_team = v->thing->kind == &kind_team;
	if (str_eq(param->name, "organization"))
		return find_organization(v, param->value);
	if (str_eq(param->name, "server") && !below_team)
		return find_server(v, visit_id(v, "server"));
	if (str_eq(param->name, "site"))
		return find_site(v, visit_id(v, "site"));
	return find_child(v, param);
}

bool
visit_resolve(struct visit *v)
{
	v->org = NULL;
	v->server = NULL;
	v->site = NULL;
	v->thing = v->world->root;
	for (size_t i = 0; i < v->n_path; i++) {
		if (find(v, &v->path[i]))
			continue;
		visit_not_found(v);
		return false;
	}
	return true;
}
