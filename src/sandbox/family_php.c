/* Versions of PHP in use, and the pool of each user. */
#include <string.h>

#include "forge/operation.h"
#include "sandbox/check.h"
#include "sandbox/document.h"
#include "sandbox/family.h"
#include "sandbox/kind.h"
#include "sandbox/render.h"
#include "sandbox/resource.h"

/* The server's value that has the version of the command line or of new sites. */
static const char *
version_value(const struct visit *v)
{
	return strstr(v->operation->path, "cli-version") ? "cli_version" : "site_version";
}

static void
show_version(struct visit *v)
{
	struct thing *node = v->server->node;
	struct thing *t = thing_find_value(v->world, node, &kind_php_version, "version",
					   thing_text(node, version_value(v)));
	if (t)
		resource_answer_one(v, t, render_thing);
	else
		visit_not_found(v);
}

static void
update_version(struct visit *v)
{
	struct thing *node = v->server->node;
	const char *version = check_text(v, "php_version");
	if (!thing_find_value(v->world, node, &kind_php_version, "version", version)) {
		check_refuse(v, "php_version");
		return;
	}
	thing_set_text(node, version_value(v), version);
	visit_answer_empty(v);
}

/* Where a user's pool stands among the values of the version (str_free). */
static char *
pool_value(const char *user)
{
	return str_format("pool_config:%s", user ? user : "forge");
}

static void
show_pool(struct visit *v)
{
	const char *user = visit_query(v, "user");
	auto_str name = pool_value(user);
	const char *text = name ? thing_text(v->thing, name) : NULL;
	auto_str fallback = str_format("[%s]\nuser = %s\npm = dynamic\n",
				       user ? user : "forge", user ? user : "forge");
	document_answer(v, json_pack("{s:s?}", "configuration", text ? text : fallback));
}

static void
update_pool(struct visit *v)
{
	auto_str name = pool_value(check_text(v, "user"));
	if (name)
		thing_set_text(v->thing, name, check_text(v, "config"));
	visit_answer_empty(v);
}

const struct family_entry family_php[] = {
	{"organizations.servers.php.cli-version.show", show_version},
	{"organizations.servers.php.cli-version.update", update_version},
	{"organizations.servers.php.site-version.show", show_version},
	{"organizations.servers.php.site-version.update", update_version},
	{"organizations.servers.php.versions.configs.pool.show", show_pool},
	{"organizations.servers.php.versions.configs.pool.update", update_pool},
	{NULL, NULL},
};
