#include "sandbox/world.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "sandbox/kind.h"
#include "sandbox/stock.h"
#include "sandbox/world_command.h"
#include "sandbox/world_deploy.h"

/* A text field and its first value. */
struct text {
	char **field;
	const char *value;
};

static int
set_texts(const struct text *texts, size_t n)
{
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = str_set(texts[i].field, texts[i].value);
	return rc;
}

int64_t
world_now(const struct world *w)
{
	return w->now(w->now_arg);
}

int64_t
world_scaled_us(const struct world *w, int64_t ms)
{
	return ms * 1000 * 1000000 / (int64_t)w->speed;
}

struct world *
world_new(world_clock_fn *now, void *arg, uint64_t speed)
{
	struct world *w = x_new(struct world);
	if (!w)
		return NULL;
	w->now = now;
	w->now_arg = arg;
	w->speed = speed;
	w->created_us = world_now(w);
	w->times.queued_us = world_scaled_us(w, SANDBOX_QUEUED_MS);
	w->times.deploying_us = world_scaled_us(w, SANDBOX_DEPLOYING_MS);
	w->times.waiting_us = world_scaled_us(w, SANDBOX_WAITING_MS);
	w->times.running_us = world_scaled_us(w, SANDBOX_RUNNING_MS);
	w->last_things = x_new_array(uint64_t, n_kinds);
	if (w->last_things)
		w->root = thing_new(w, &kind_root, NULL, 0);
	if (!w->root || stock_world(w) < 0) {
		world_free(w);
		return NULL;
	}
	return w;
}

void
world_commit_done(struct world_commit *c)
{
	str_free(c->branch);
	str_free(c->message);
	str_free(c->author);
	*c = (struct world_commit){0};
}

int
world_commit_copy(struct world_commit *dst, const struct world_commit *src)
{
	struct text texts[] = {
		{&dst->branch, src->branch},
		{&dst->message, src->message},
		{&dst->author, src->author},
	};
	memcpy(dst->hash, src->hash, sizeof(dst->hash));
	return set_texts(texts, ARRAY_LEN(texts));
}

static void
site_free(struct world *w, struct world_site *site)
{
	struct world_command *command = NULL;
	while ((command = fifo_shift(&site->commands)) != NULL) {
		world_command_free(command);
		w->n_commands--;
	}
	thing_free(w, site->node);
	fifo_done(&site->commands);
	fifo_done(&site->deployments);
	world_commit_done(&site->head);
	char *const texts[] = {site->name,	    site->app_type,
			       site->user,	    site->php_version,
			       site->web_directory, site->repository,
			       site->branch,	    site->repository_provider,
			       site->hook_token,    site->deployment_script};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		str_free(texts[i]);
	mem_free(site);
}

static void
server_free(struct world *w, struct world_server *server)
{
	thing_free(w, server->node);
	fifo_done(&server->sites);
	char *const texts[] = {server->name,	    server->type,
			       server->provider,    server->region,
			       server->size,	    server->ip_address,
			       server->php_version, server->database_type,
			       server->timezone,    server->ubuntu_version};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		str_free(texts[i]);
	mem_free(server);
}

static void
org_free(struct world *w, struct world_org *org)
{
	thing_free(w, org->node);
	fifo_done(&org->servers);
	str_free(org->slug);
	str_free(org->name);
	mem_free(org);
}

void
world_free(struct world *w)
{
	if (!w)
		return;
	void *p = NULL;
	while ((p = fifo_shift(&w->deployments)) != NULL)
		world_deploy_free(p);
	while ((p = fifo_shift(&w->sites)) != NULL)
		site_free(w, p);
	while ((p = fifo_shift(&w->servers)) != NULL)
		server_free(w, p);
	while ((p = fifo_shift(&w->orgs)) != NULL)
		org_free(w, p);
	fifo_done(&w->deployments);
	fifo_done(&w->busy);
	fifo_done(&w->sites);
	fifo_done(&w->servers);
	fifo_done(&w->orgs);
	thing_free(w, w->root);
	mem_free(w->last_things);
	mem_free(w);
}

static uint64_t
id_at(const struct fifo *list, size_t i)
{
	const uint64_t *id = fifo_at(list, i);
	return *id;
}

size_t
world_index(const struct fifo *list, uint64_t id)
{
	size_t low = 0;
	size_t high = fifo_count(list);
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (id_at(list, middle) < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void *
world_lookup(const struct fifo *list, uint64_t id)
{
	size_t i = world_index(list, id);
	bool is_there = i < fifo_count(list) && id_at(list, i) == id;
	return is_there ? fifo_at(list, i) : NULL;
}

static uint64_t
next_id(const struct fifo *list)
{
	size_t n = fifo_count(list);
	return n > 0 ? id_at(list, n - 1) + 1 : 1;
}

/* Puts a record where its id belongs in both lists, or in none. */
static int
insert_twice(struct fifo *all, struct fifo *of_parent, uint64_t id, void *record)
{
	size_t at = world_index(all, id);
	int rc = fifo_insert(all, at, record);
	if (rc < 0)
		return rc;
	rc = fifo_insert(of_parent, world_index(of_parent, id), record);
	if (rc < 0)
		fifo_remove(all, at);
	return rc;
}

struct world_org *
world_add_org(struct world *w, const char *slug, const char *name)
{
	struct world_org *org = x_new(struct world_org);
	if (!org)
		return NULL;
	org->id = next_id(&w->orgs);
	struct text texts[] = {{&org->slug, slug}, {&org->name, name}};
	org->node = thing_new(w, &kind_organization, w->root, org->id);
	if (!org->node || set_texts(texts, ARRAY_LEN(texts)) < 0 ||
	    fifo_push(&w->orgs, org) < 0) {
		org_free(w, org);
		return NULL;
	}
	thing_set_text(org->node, "slug", slug);
	return org;
}

static int
fill_server(struct world_server *server, const char *name)
{
	char ip[32];
	/* 192.0.2.0/24 is for documentation (RFC 5737). */
	snprintf(ip, sizeof(ip), "192.0.2.%u", (unsigned)(server->id % 254 + 1));
	struct text texts[] = {
		{&server->name, name},
		{&server->type, "app"},
		{&server->provider, "hetzner"},
		{&server->region, "fsn1"},
		{&server->size, "cx22"},
		{&server->ip_address, ip},
		{&server->php_version, "php84"},
		{&server->database_type, "mysql8"},
		{&server->ubuntu_version, "24.04"},
		{&server->timezone, "UTC"},
	};
	return set_texts(texts, ARRAY_LEN(texts));
}

struct world_server *
world_add_server(struct world *w, struct world_org *org, uint64_t id, const char *name)
{
	struct world_server *server = NULL;
	if (id == 0)
		id = next_id(&w->servers);
	if (!world_lookup(&w->servers, id))
		server = x_new(struct world_server);
	if (!server)
		return NULL;
	server->id = id;
	server->org = org;
	server->created_us = world_now(w);
	server->node = thing_new(w, &kind_server, org->node, id);
	if (!server->node || fill_server(server, name) < 0 ||
	    insert_twice(&w->servers, &org->servers, id, server) < 0) {
		server_free(w, server);
		return NULL;
	}
	return server;
}

/* SplitMix64: the same site has the same commit and token at every start. */
static uint64_t
scramble(uint64_t n)
{
	n += 0x9e3779b97f4a7c15U;
	n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9U;
	n = (n ^ (n >> 27)) * 0x94d049bb133111ebU;
	return n ^ (n >> 31);
}

static void
make_hex(char text[WORLD_COMMIT_SIZE], uint64_t seed)
{
	snprintf(text, WORLD_COMMIT_SIZE, "%016llx%016llx%08x",
		 (unsigned long long)scramble(seed),
		 (unsigned long long)scramble(seed + 1),
		 (unsigned)(scramble(seed + 2) & 0xffffffff));
}

static int
fill_site(struct world_site *site, const char *name)
{
	char token[WORLD_COMMIT_SIZE];
	make_hex(site->head.hash, site->id * 16);
	make_hex(token, site->id * 16 + 8);
	struct text texts[] = {
		{&site->name, name},
		{&site->app_type, "Laravel"},
		{&site->user, "forge"},
		{&site->php_version, "php84"},
		{&site->web_directory, "/public"},
		{&site->branch, "main"},
		{&site->repository_provider, "github"},
		{&site->hook_token, token},
		{&site->deployment_script,
		 "$CREATE_RELEASE()\ncd $FORGE_RELEASE_DIRECTORY\n"
		 "$FORGE_COMPOSER install --no-dev --no-interaction\n"
		 "$ACTIVATE_RELEASE()\n"},
		{&site->head.message, "A commit of the sandbox"},
		{&site->head.author, "Sandbox"},
	};
	site->zero_downtime = true;
	return set_texts(texts, ARRAY_LEN(texts));
}

struct world_site *
world_add_site(struct world *w, struct world_server *server, uint64_t id,
	       const char *name)
{
	struct world_site *site = NULL;
	if (id == 0)
		id = next_id(&w->sites);
	if (!world_lookup(&w->sites, id))
		site = x_new(struct world_site);
	if (!site)
		return NULL;
	site->id = id;
	site->server = server;
	site->created_us = world_now(w);
	site->node = thing_new(w, &kind_site, server->node, id);
	if (!site->node || fill_site(site, name) < 0 ||
	    insert_twice(&w->sites, &server->sites, id, site) < 0) {
		site_free(w, site);
		return NULL;
	}
	return site;
}

int
world_fill_default(struct world *w)
{
	struct world_org *org = world_add_org(w, "acme", "Acme");
	struct world_server *server = org ? world_add_server(w, org, 1, "web-1") : NULL;
	struct world_site *shop = NULL;
	struct world_site *blog = NULL;
	if (server) {
		shop = world_add_site(w, server, 1, "shop.example.com");
		blog = world_add_site(w, server, 2, "blog.example.com");
	}
	if (!shop || !blog)
		return -ENOMEM;
	struct text texts[] = {{&shop->repository, "acme/shop"},
			       {&blog->repository, "acme/blog"}};
	int rc = set_texts(texts, ARRAY_LEN(texts));
	if (rc == 0)
		rc = stock_organization(w, org);
	if (rc == 0)
		rc = stock_server(w, server);
	if (rc == 0)
		rc = stock_site(w, shop);
	return rc == 0 ? stock_site(w, blog) : rc;
}

int
world_renew_hook(struct world_site *site)
{
	char token[WORLD_COMMIT_SIZE];
	make_hex(token, site->id * 16 + 8 + (++site->hook_renewals * 1000003ULL));
	return str_set(&site->hook_token, token);
}

static bool
is_of_another_site(void *item, void *arg)
{
	struct world_deployment *d = item;
	if (d->site != arg)
		return true;
	world_deploy_free(d);
	return false;
}

static bool
is_another(void *item, void *arg)
{
	return item != arg;
}

void
world_remove_site(struct world *w, struct world_site *site)
{
	struct fifo *siblings = &site->server->sites;
	fifo_filter(&w->deployments, is_of_another_site, site);
	fifo_filter(&w->busy, is_another, site);
	fifo_remove(siblings, world_index(siblings, site->id));
	fifo_remove(&w->sites, world_index(&w->sites, site->id));
	site_free(w, site);
}

void
world_remove_server(struct world *w, struct world_server *server)
{
	struct fifo *siblings = &server->org->servers;
	while (fifo_count(&server->sites) > 0)
		world_remove_site(w, fifo_at(&server->sites, 0));
	fifo_remove(siblings, world_index(siblings, server->id));
	fifo_remove(&w->servers, world_index(&w->servers, server->id));
	server_free(w, server);
}

void
world_let_go(struct world *w, struct thing *node)
{
	if (node->sequence != &sequence_remove)
		thing_begin(w, node, &sequence_remove);
	w->has_leaving = true;
}

void
world_sweep(struct world *w)
{
	bool is_leaving = false;
	if (!w->has_leaving)
		return;
	for (size_t i = fifo_count(&w->sites); i > 0; i--) {
		struct world_site *site = fifo_at(&w->sites, i - 1);
		is_leaving |= site->node->sequence == &sequence_remove;
		if (thing_is_gone(w, site->node))
			world_remove_site(w, site);
	}
	for (size_t i = fifo_count(&w->servers); i > 0; i--) {
		struct world_server *server = fifo_at(&w->servers, i - 1);
		is_leaving |= server->node->sequence == &sequence_remove;
		if (thing_is_gone(w, server->node))
			world_remove_server(w, server);
	}
	w->has_leaving = is_leaving;
}

struct world_org *
world_org_find(const struct world *w, const char *slug)
{
	for (size_t i = 0; i < fifo_count(&w->orgs); i++) {
		struct world_org *org = fifo_at(&w->orgs, i);
		if (str_eq(org->slug, slug))
			return org;
	}
	return NULL;
}

struct world_server *
world_server_find(const struct world *w, uint64_t id)
{
	return world_lookup(&w->servers, id);
}

struct world_site *
world_site_find(const struct world *w, uint64_t id)
{
	return world_lookup(&w->sites, id);
}

bool
world_has_site_named(const struct world *w, const char *name)
{
	for (size_t i = 0; i < fifo_count(&w->sites); i++) {
		const struct world_site *site = fifo_at(&w->sites, i);
		if (str_eq(site->name, name))
			return true;
	}
	return false;
}

const char *
world_site_nearest(const struct world *w, const char *name)
{
	size_t n = fifo_count(&w->sites);
	const char **names = x_new_array(const char *, n);
	if (!names)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		const struct world_site *site = fifo_at(&w->sites, i);
		names[i] = site->name;
	}
	const char *near = str_nearest(name, names, n);
	mem_free(names);
	return near;
}
