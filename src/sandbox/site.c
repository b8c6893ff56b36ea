#include "sandbox/site.h"

#include <string.h>

#include "sandbox/check.h"
#include "sandbox/document.h"
#include "sandbox/kind.h"
#include "sandbox/laravel.h"
#include "sandbox/phase.h"
#include "sandbox/resource.h"
#include "sandbox/stock.h"

/* How answers call the types of requests. */
static const char *
app_type(const char *type)
{
	static const char *const rows[][2] = {
		{"laravel", "Laravel"},		{"symfony", "Symfony"},
		{"statamic", "Statamic"},	{"wordpress", "WordPress"},
		{"phpmyadmin", "phpMyAdmin"},	{"php", "PHP"},
		{"nextjs", "Next.js"},		{"nuxtjs", "Nuxt.js"},
		{"static-html", "Static HTML"},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (str_eq(type, rows[i][0]))
			return rows[i][1];
	}
	return "Custom";
}

/* A text of the body into a field of the record; null and nothing leave it. */
struct taking {
	const char *name;
	char **field;
};

static int
take_texts(const struct visit *v, const struct taking *rows, size_t n)
{
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		const char *text = check_text(v, rows[i].name);
		if (text)
			rc = str_set(rows[i].field, text);
	}
	return rc;
}

static void
take_flag(const struct visit *v, const char *name, bool *flag)
{
	const json_t *value = json_object_get(v->body, name);
	if (json_is_boolean(value))
		*flag = json_is_true(value);
}

/* Values of the body that are attributes of the site, under their names there. */
static void
take_values(const struct visit *v, struct thing *node, const char *const rows[][2])
{
	for (; rows[0][0]; rows++) {
		const json_t *value = json_object_get(v->body, rows[0][0]);
		if (value)
			thing_set(node, rows[0][1], json_deep_copy(value));
	}
}

static bool
is_name_free(struct visit *v, const char *field, const char *name)
{
	for (size_t i = 0; i < fifo_count(&v->server->sites); i++) {
		const struct world_site *other = fifo_at(&v->server->sites, i);
		if (!str_eq(other->name, name))
			continue;
		auto_str says = str_format("The %s has already been taken.", field);
		laravel_refuse(v, field, says ? says : "");
		return false;
	}
	return true;
}

/* A new site that is being installed; NULL: answered. */
static struct world_site *
add(struct visit *v, const char *field, const char *name)
{
	if (!is_name_free(v, field, name))
		return NULL;
	if (fifo_count(&v->world->sites) >= LIMIT_SANDBOX_SITES) {
		visit_error(v, 503, "The sandbox has no room for more sites.");
		return NULL;
	}
	struct world_site *site = world_add_site(v->world, v->server, 0, name);
	if (!site || stock_site(v->world, site) < 0) {
		visit_server_error(v);
		return NULL;
	}
	thing_begin(v->world, site->node, &sequence_site);
	return site;
}

/* The name that the body gives; with Forge's own domain, or one for no name at all. */
static char *
make_name(const struct visit *v)
{
	const char *name = check_text(v, "name");
	if (!name)
		return str_format("site-%zu.on-forge.com",
				  fifo_count(&v->world->sites) + 1);
	if (str_eq(check_text(v, "domain_mode"), "on-forge") &&
	    !str_ends(name, ".on-forge.com"))
		return str_format("%s.on-forge.com", name);
	return str_dup(name);
}

static bool
check_store(struct visit *v)
{
	struct thing *server = v->server->node;
	if (check_text(v, "repository") && !check_text(v, "source_control_provider"))
		return check_missing(v, "source_control_provider");
	return check_ids(v, "database_id", server, &kind_database) &&
	       check_ids(v, "database_user_id", server, &kind_database_user) &&
	       check_ids(v, "nginx_template_id", server, &kind_nginx_template);
}

static int
take_store(struct visit *v, struct world_site *site)
{
	static const char *const values[][2] = {
		{"is_isolated", "isolated"},
		{"allow_wildcard_subdomains", "wildcards"},
		{"root_directory", "root_directory"},
		{"tags", "tags"},
		{NULL, NULL},
	};
	const struct taking rows[] = {
		{"repository", &site->repository},
		{"branch", &site->branch},
		{"source_control_provider", &site->repository_provider},
		{"isolated_user", &site->user},
		{"php_version", &site->php_version},
		{"web_directory", &site->web_directory},
	};
	const struct thing *database = thing_find(v->world, v->server->node,
						  &kind_database,
						  check_number(v, "database_id"));
	take_flag(v, "push_to_deploy", &site->push_to_deploy);
	take_flag(v, "zero_downtime_deployments", &site->zero_downtime);
	take_values(v, site->node, values);
	if (database)
		thing_set_text(site->node, "database", thing_text(database, "name"));
	if (check_text(v, "repository"))
		phase_begin(v->world, site->node, "repository", &sequence_repository);
	int rc = take_texts(v, rows, ARRAY_LEN(rows));
	return rc == 0 ? str_set(&site->app_type, app_type(check_text(v, "type"))) : rc;
}

void
site_store(struct visit *v)
{
	auto_str name = make_name(v);
	struct world_site *site = name && check_store(v) ? add(v, "name", name) : NULL;
	if (!site) {
		if (v->status == 0)
			visit_server_error(v);
	} else if (take_store(v, site) < 0) {
		visit_server_error(v);
	} else {
		resource_answer_one(v, site, site_render);
	}
}

/* false: answered. */
static bool
check_nodes(struct visit *v)
{
	const json_t *nodes = json_object_get(v->body, "balancing");
	for (size_t i = 0; i < json_array_size(nodes); i++) {
		const json_t *id = json_object_get(json_array_get(nodes, i), "server_id");
		auto_str field = str_format("balancing.%zu.server_id", i);
		if (!world_lookup(&v->org->servers, (uint64_t)json_integer_value(id)))
			return check_refuse(v, field ? field : "balancing");
	}
	return true;
}

static void
take_nodes(struct visit *v, struct thing *node)
{
	const json_t *nodes = json_object_get(v->body, "balancing");
	while (thing_count(v->world, node, &kind_balancing_node) > 0)
		thing_free(v->world, thing_at(node, &kind_balancing_node, 0));
	for (size_t i = 0; i < json_array_size(nodes); i++) {
		struct thing *t = thing_new(v->world, &kind_balancing_node, node, 0);
		json_t *one = json_deep_copy(json_array_get(nodes, i));
		if (t && one)
			json_object_update(t->values, one);
		json_decref(one);
	}
	thing_set(node, "balancer_method",
		  json_deep_copy(json_object_get(v->body, "balancer_method")));
}

void
site_store_on_balancer(struct visit *v)
{
	struct world_site *site =
		check_nodes(v) ? add(v, "domain", check_text(v, "domain")) : NULL;
	if (!site)
		return;
	take_nodes(v, site->node);
	resource_answer_one(v, site, site_render);
}

void
site_update_nodes(struct visit *v)
{
	if (!check_nodes(v))
		return;
	take_nodes(v, v->site->node);
	visit_answer_empty(v);
}

void
site_update(struct visit *v)
{
	static const char *const values[][2] = {
		{"deployment_retention", "deployment_retention"},
		{"root_path", "root_directory"},
		{NULL, NULL},
	};
	struct world_site *site = v->site;
	const char *type = check_text(v, "type");
	const struct taking rows[] = {
		{"directory", &site->web_directory},
		{"php_version", &site->php_version},
		{"repository_branch", &site->branch},
	};
	take_flag(v, "push_to_deploy", &site->push_to_deploy);
	take_values(v, site->node, values);
	int rc = take_texts(v, rows, ARRAY_LEN(rows));
	if (rc == 0 && type)
		rc = str_set(&site->app_type, app_type(type));
	thing_touch(v->world, site->node);
	if (rc < 0)
		visit_server_error(v);
	else
		visit_answer_empty(v);
}

/* Processes of the site stand at its server; they go first. */
void
site_destroy(struct visit *v)
{
	struct thing *server = v->server->node;
	size_t n = thing_count(v->world, server, &kind_process);
	for (size_t i = 0; i < n; i++) {
		struct thing *t = thing_at(server, &kind_process, i);
		if (json_integer_value(thing_get(t, "site_id")) ==
		    (json_int_t)v->site->id)
			thing_begin(v->world, t, &sequence_remove);
	}
	world_let_go(v->world, v->site->node);
	visit_answer_empty(v);
}

/* The branch is there at once; it can be deployed when it is installed. */
void
site_update_git(struct visit *v)
{
	struct world_site *site = v->site;
	const struct taking rows[] = {
		{"repository", &site->repository},
		{"branch", &site->branch},
		{"source_control_provider", &site->repository_provider},
	};
	if (take_texts(v, rows, ARRAY_LEN(rows)) < 0) {
		visit_server_error(v);
		return;
	}
	phase_begin(v->world, site->node, "repository", &sequence_repository);
	thing_touch(v->world, site->node);
	resource_answer_one(v, site, site_render);
}

void
site_store_deploy_key(struct visit *v)
{
	auto_str key = str_format("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5%016llu deploy@%s",
				  (unsigned long long)v->site->id, v->site->name);
	thing_set_text(v->thing, "deploy_key", key);
	document_answer(v, json_pack("{s:s?}", "key", key));
}
