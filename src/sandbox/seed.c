#include "sandbox/seed.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "forge/schema.h"
#include "model/node.h"
#include "sandbox/stock.h"

/* One pass over a seed file. */
struct reader {
	struct world *world;
	struct access *access;
	struct diag_list *diags; /* borrowed, as both above */
	bool no_memory;
};

/* Reads one mapping of a list; ctx is what it belongs to. */
typedef void member_fn(struct reader *r, const struct node *value, void *ctx);

/* A member that is just a text of the record. */
struct text_member {
	const char *key;
	char **field;
};

static const char *
find_near(const char *key, const char *const *known)
{
	size_t n = 0;
	while (known[n])
		n++;
	return str_nearest(key, known, n);
}

/* Says of every member that is not known what it may have meant. */
static void
check_keys(struct reader *r, const struct node *object, const char *const *known)
{
	for (size_t i = 0; i < object->len; i++) {
		const struct node *member = object->items[i];
		bool found = false;
		for (size_t k = 0; known[k] && !found; k++)
			found = str_eq(known[k], member->key);
		const char *near = found ? NULL : find_near(member->key, known);
		if (!found && near)
			diag_error(r->diags, member->key_at,
				   "unknown key \"%s\"; did you mean \"%s\"?",
				   member->key, near);
		else if (!found)
			diag_error(r->diags, member->key_at, "unknown key \"%s\"",
				   member->key);
	}
}

static bool
expect(struct reader *r, const struct node *n, enum node_kind kind, const char *what)
{
	if (n->kind == kind)
		return true;
	diag_error(r->diags, n->at, "%s: expected %s, found %s", what,
		   node_kind_name(kind), node_kind_name(n->kind));
	return false;
}

/* The text of a member that must be a string and not empty; NULL when it is not there. */
static const char *
get_text(struct reader *r, const struct node *object, const char *key)
{
	const struct node *n = node_get(object, key);
	if (!n || !expect(r, n, NODE_STRING, key))
		return NULL;
	if (*n->text)
		return n->text;
	diag_error(r->diags, n->at, "%s must not be empty", key);
	return NULL;
}

static const char *
need_text(struct reader *r, const struct node *object, const char *key)
{
	if (!node_get(object, key))
		diag_error(r->diags, object->at, "%s is missing", key);
	return get_text(r, object, key);
}

/* 0 when it is not there or wrong. */
static uint64_t
get_id(struct reader *r, const struct node *object, const char *key)
{
	const struct node *n = node_get(object, key);
	uint64_t id = 0;
	if (!n || !expect(r, n, NODE_NUMBER, key))
		return 0;
	if (parse_u64(n->text, 1, INT64_MAX, &id) < 0)
		diag_error(r->diags, n->at, "%s: expected a whole number from 1 on", key);
	return id;
}

static bool
get_bool(struct reader *r, const struct node *object, const char *key, bool fallback)
{
	const struct node *n = node_get(object, key);
	if (!n || !expect(r, n, NODE_BOOL, key))
		return fallback;
	return node_is_true(n);
}

static void
read_texts(struct reader *r, const struct node *object, const struct text_member *members,
	   size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *text = get_text(r, object, members[i].key);
		if (text && str_set(members[i].field, text) < 0)
			r->no_memory = true;
	}
}

/* Calls read for each mapping of the list object[key]. */
static void
each(struct reader *r, const struct node *object, const char *key, member_fn *read,
     void *ctx)
{
	const struct node *list = node_get(object, key);
	if (!list || !expect(r, list, NODE_ARRAY, key))
		return;
	for (size_t i = 0; i < list->len && !r->no_memory; i++) {
		if (expect(r, list->items[i], NODE_OBJECT, key))
			read(r, list->items[i], ctx);
	}
}

static void
read_commit(struct reader *r, const struct node *object, struct world_site *site)
{
	const char *hash = get_text(r, object, "commit");
	size_t len = hash ? strlen(hash) : 0;
	if (!hash)
		return;
	if (len != 40 || strspn(hash, "0123456789abcdef") != len) {
		diag_error(r->diags, node_get(object, "commit")->at,
			   "commit: expected 40 hexadecimal digits in lower case");
		return;
	}
	memcpy(site->head.hash, hash, len + 1);
}

static void
read_site_members(struct reader *r, const struct node *object, struct world_site *site)
{
	const struct text_member texts[] = {
		{"app_type", &site->app_type},
		{"user", &site->user},
		{"php_version", &site->php_version},
		{"web_directory", &site->web_directory},
		{"repository", &site->repository},
		{"branch", &site->branch},
		{"provider", &site->repository_provider},
		{"deployment_script", &site->deployment_script},
		{"commit_message", &site->head.message},
		{"commit_author", &site->head.author},
	};
	read_texts(r, object, texts, ARRAY_LEN(texts));
	site->push_to_deploy = get_bool(r, object, "push_to_deploy", false);
	site->zero_downtime = get_bool(r, object, "zero_downtime", true);
	read_commit(r, object, site);
}

static bool
is_name_free(struct reader *r, const struct world_server *server, const char *name,
	     struct place at)
{
	for (size_t i = 0; i < fifo_count(&server->sites); i++) {
		const struct world_site *other = fifo_at(&server->sites, i);
		if (!str_eq(other->name, name))
			continue;
		diag_error(r->diags, at, "server \"%s\" has a site \"%s\" already",
			   server->name, name);
		return false;
	}
	return true;
}

static void
read_site(struct reader *r, const struct node *object, void *ctx)
{
	static const char *const known[] = {"id",
					    "name",
					    "repository",
					    "branch",
					    "provider",
					    "app_type",
					    "user",
					    "php_version",
					    "web_directory",
					    "commit",
					    "push_to_deploy",
					    "zero_downtime",
					    "deployment_script",
					    "commit_message",
					    "commit_author",
					    NULL};
	struct world_server *server = ctx;
	check_keys(r, object, known);
	const char *name = need_text(r, object, "name");
	uint64_t id = get_id(r, object, "id");
	if (!name || !is_name_free(r, server, name, object->at))
		return;
	if (id > 0 && world_site_find(r->world, id)) {
		diag_error(r->diags, node_get(object, "id")->at,
			   "id: another site has %llu", (unsigned long long)id);
		return;
	}
	if (fifo_count(&r->world->sites) >= LIMIT_SANDBOX_SITES) {
		diag_error(r->diags, object->at, "more than %d sites",
			   LIMIT_SANDBOX_SITES);
		return;
	}
	struct world_site *site = world_add_site(r->world, server, id, name);
	if (site)
		read_site_members(r, object, site);
	if (!site || stock_site(r->world, site) < 0)
		r->no_memory = true;
}

static void
read_server(struct reader *r, const struct node *object, void *ctx)
{
	static const char *const known[] = {
		"id",	      "name",		"type",
		"provider",   "region",		"size",
		"ip_address", "php_version",	"database_type",
		"timezone",   "ubuntu_version", "sites",
		NULL};
	check_keys(r, object, known);
	const char *name = need_text(r, object, "name");
	uint64_t id = get_id(r, object, "id");
	if (!name)
		return;
	if (id > 0 && world_server_find(r->world, id)) {
		diag_error(r->diags, node_get(object, "id")->at,
			   "id: another server has %llu", (unsigned long long)id);
		return;
	}
	struct world_server *server = world_add_server(r->world, ctx, id, name);
	if (!server) {
		r->no_memory = true;
		return;
	}
	const struct text_member texts[] = {
		{"type", &server->type},
		{"provider", &server->provider},
		{"region", &server->region},
		{"size", &server->size},
		{"ip_address", &server->ip_address},
		{"php_version", &server->php_version},
		{"database_type", &server->database_type},
		{"timezone", &server->timezone},
		{"ubuntu_version", &server->ubuntu_version},
	};
	read_texts(r, object, texts, ARRAY_LEN(texts));
	if (stock_server(r->world, server) < 0)
		r->no_memory = true;
	each(r, object, "sites", read_site, server);
}

static void
read_organization(struct reader *r, const struct node *object, void *ctx)
{
	static const char *const known[] = {"slug", "name", "servers", NULL};
	(void)ctx;
	check_keys(r, object, known);
	const char *slug = need_text(r, object, "slug");
	const char *name = get_text(r, object, "name");
	if (!slug)
		return;
	if (world_org_find(r->world, slug)) {
		diag_error(r->diags, node_get(object, "slug")->at,
			   "there is an organization \"%s\" already", slug);
		return;
	}
	struct world_org *org = world_add_org(r->world, slug, name ? name : slug);
	if (!org || stock_organization(r->world, org) < 0)
		r->no_memory = true;
	else
		each(r, object, "servers", read_server, org);
}

static bool
check_scope(struct reader *r, const struct node *n)
{
	size_t count = 0;
	if (!expect(r, n, NODE_STRING, "scopes"))
		return false;
	for (; forge_scopes[count]; count++) {
		if (str_eq(forge_scopes[count], n->text))
			return true;
	}
	const char *near = str_nearest(n->text, forge_scopes, count);
	if (near)
		diag_error(r->diags, n->at,
			   "Forge has no scope \"%s\"; did you mean \"%s\"?", n->text,
			   near);
	else
		diag_error(r->diags, n->at, "Forge has no scope \"%s\"", n->text);
	return false;
}

/* The scopes as an array (mem_free) of borrowed texts; NULL: not given, or mistakes. */
static const char **
read_scopes(struct reader *r, const struct node *object)
{
	const struct node *list = node_get(object, "scopes");
	if (!list || !expect(r, list, NODE_ARRAY, "scopes"))
		return NULL;
	const char **scopes = x_new_array(const char *, list->len + 1);
	if (!scopes)
		r->no_memory = true;
	for (size_t i = 0; scopes && i < list->len; i++) {
		check_scope(r, list->items[i]);
		scopes[i] = node_text(list->items[i]) ? list->items[i]->text : "";
	}
	return scopes;
}

static void
read_token(struct reader *r, const struct node *object, void *ctx)
{
	static const char *const known[] = {"token", "name", "user", "scopes", NULL};
	size_t *n = ctx;
	check_keys(r, object, known);
	const char *token = need_text(r, object, "token");
	const char *name = get_text(r, object, "name");
	const char *user = get_text(r, object, "user");
	if (++*n > LIMIT_SANDBOX_TOKENS)
		diag_error(r->diags, object->at, "more than %d tokens",
			   LIMIT_SANDBOX_TOKENS);
	const char **scopes = read_scopes(r, object);
	int rc = token && *n <= LIMIT_SANDBOX_TOKENS
			 ? access_add(r->access, token, name ? name : token, user, scopes)
			 : 0;
	mem_free(scopes);
	if (rc == -EEXIST)
		diag_error(r->diags, object->at, "this token is there already");
	else if (rc < 0)
		r->no_memory = true;
}

static void
read_limit(struct reader *r, const struct node *tree)
{
	const struct node *n = node_get(tree, "requests_per_minute");
	uint32_t limit = 0;
	if (!n || !expect(r, n, NODE_NUMBER, "requests_per_minute"))
		return;
	if (parse_u32(n->text, 1, UINT32_MAX, &limit) == 0)
		access_set_limit(r->access, limit);
	else
		diag_error(r->diags, n->at,
			   "requests_per_minute: expected a whole number from 1 on");
}

int
seed_read(const struct node *tree, struct world *w, struct access *a,
	  struct diag_list *diags)
{
	static const char *const known[] = {"organizations", "tokens",
					    "requests_per_minute", NULL};
	struct reader r = {w, a, diags, false};
	size_t tokens = 0;
	if (!expect(&r, tree, NODE_OBJECT, "a seed file"))
		return -EINVAL;
	check_keys(&r, tree, known);
	if (!node_get(tree, "organizations"))
		r.no_memory = world_fill_default(w) < 0;
	each(&r, tree, "organizations", read_organization, NULL);
	each(&r, tree, "tokens", read_token, &tokens);
	read_limit(&r, tree);
	if (r.no_memory)
		return -ENOMEM;
	return diags->errors > 0 ? -EINVAL : 0;
}
