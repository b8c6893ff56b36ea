#include "forge/resolve.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "forge/inner.h"
#include "forge/page.h"
#include "forge/tree.h"

/* One name being looked up: pages with that name, then, for the message, all of them. */
struct lookup {
	struct forge_client *client;
	struct lookup *next;
	struct waiter *waiters;
	struct exchange *exchange;
	char *key;
	enum name_kind kind;
	char *organization;
	char *server;
	char *name;
	json_t *found; /* entries that match exactly */
	json_t *names; /* of others, to find the nearest */
	bool all;      /* the second round, without the filter */
	unsigned pages;
	uint64_t deadline;
	unsigned attempts;
};

static const struct {
	const char *operation;
	const char *on_server; /* instead, when the server is known */
	const char *noun;
	bool filter; /* the list takes filter[name] */
	bool list;
} kinds[] = {
	[NAME_ORGANIZATION] = {"organizations.index", NULL, "organisation", false, true},
	[NAME_SERVER] = {"organizations.servers.index", NULL, "server", true, true},
	[NAME_SERVER_ID] = {"organizations.servers.show", NULL, "server", false, false},
	[NAME_SITE] = {"organizations.sites.index", "organizations.servers.sites.index",
		       "site", true, true},
	[NAME_SITE_ID] = {"organizations.sites.show", NULL, "site", false, false},
};

static int lookup_send(struct lookup *l, const char *cursor);

int
resolver_init(struct resolver *r)
{
	*r = (struct resolver){.cache = json_object()};
	return r->cache ? 0 : -ENOMEM;
}

static void
lookup_free(struct lookup *l)
{
	if (!l)
		return;
	exchange_abort(l->exchange);
	str_free(l->key);
	str_free(l->organization);
	str_free(l->server);
	str_free(l->name);
	json_decref(l->found);
	json_decref(l->names);
	mem_free(l);
}

static void
lookup_unlink(struct lookup *l)
{
	struct lookup **p = &l->client->resolver.lookups;
	while (*p && *p != l)
		p = &(*p)->next;
	if (*p)
		*p = l->next;
}

void
resolver_done(struct resolver *r)
{
	while (r->lookups) {
		struct lookup *l = r->lookups;
		r->lookups = l->next;
		lookup_free(l);
	}
	json_decref(r->cache);
	*r = (struct resolver){0};
}

/* --- the cache -----------------------------------------------------------------------
 */

static char *
key_of(const struct name_query *q)
{
	/* No name holds a NUL or, sensibly, a line break: "site\nacme\n7\nshop". */
	return str_format("%d\n%s\n%s\n%s", (int)q->kind,
			  q->organization ? q->organization : "",
			  q->server ? q->server : "", q->name);
}

static const json_t *
cache_get(const struct resolver *r, const char *key)
{
	const json_t *entry = json_object_get(r->cache, key);
	json_int_t until = json_integer_value(json_object_get(entry, "until"));
	if (!entry || (uint64_t)until < clock_mono_us()) {
		if (entry)
			json_object_del(r->cache, key);
		return NULL;
	}
	return entry;
}

/* Takes entry over. */
static int
cache_put(struct resolver *r, const char *key, json_t *entry, uint64_t ms)
{
	uint64_t until = clock_mono_us() + ms * 1000;
	/* Simple and rare: a full cache starts anew. */
	if (json_object_size(r->cache) >= LIMIT_FORGE_CACHE)
		json_object_clear(r->cache);
	json_object_set_new(entry, "until", json_integer((json_int_t)until));
	return json_object_set_new(r->cache, key, entry) < 0 ? -ENOMEM : 0;
}

void
resolver_forget(struct forge_client *c, const struct name_query *q)
{
	auto_str key = key_of(q);
	if (key)
		json_object_del(c->resolver.cache, key);
}

/* --- the end of a lookup -------------------------------------------------------------
 */

static void
lookup_end(struct lookup *l, const struct answer *failure)
{
	lookup_unlink(l);
	while (l->waiters) {
		struct waiter *w = l->waiters;
		l->waiters = w->next;
		w->next = NULL;
		w->lookup = NULL;
		w->on_known(w, failure);
	}
	lookup_free(l);
}

static void
lookup_out_of_memory(struct lookup *l)
{
	auto_answer a = {0};
	answer_init(&a);
	answer_set(&a, FORGE_NETWORK, "out of memory, nothing was sent");
	lookup_end(l, &a);
}

/* Keeps what is known for a while and tells the waiters. Takes entry over. */
static void
lookup_known(struct lookup *l, json_t *entry, uint64_t ms)
{
	if (!entry || cache_put(&l->client->resolver, l->key, entry, ms) < 0)
		lookup_out_of_memory(l);
	else
		lookup_end(l, NULL);
}

static void
lookup_unknown(struct lookup *l, enum forge_kind kind, const char *text)
{
	lookup_known(l, json_pack("{s:i, s:s}", "kind", (int)kind, "error", text),
		     FORGE_CACHE_UNKNOWN_MS);
}

static const char *
nearest_name(const struct lookup *l)
{
	size_t n = json_array_size(l->names);
	const char **names = x_new_array(const char *, n + 1);
	for (size_t i = 0; names && i < n; i++)
		names[i] = json_string_value(json_array_get(l->names, i));
	const char *near = names ? str_nearest(l->name, names, n) : NULL;
	mem_free(names);
	return near;
}

static void
put_scope(struct buf *text, const struct lookup *l)
{
	if (l->kind == NAME_ORGANIZATION)
		buf_puts(text, " for this token");
	else if (l->server)
		buf_printf(text, " on server %s of organisation %s", l->server,
			   l->organization);
	else
		buf_printf(text, " in organisation %s", l->organization);
}

static void
say_not_found(struct lookup *l)
{
	auto_buf text = BUF_INIT(LIMIT_FORGE_MESSAGE_BYTES);
	const char *near = nearest_name(l);
	buf_printf(&text, "no %s \"", kinds[l->kind].noun);
	message_put(&text, l->name, 200);
	buf_putc(&text, '"');
	put_scope(&text, l);
	if (near)
		buf_printf(&text, " (nearest: %s)", near);
	lookup_unknown(l, FORGE_NOT_FOUND, buf_str(&text));
}

static void
say_ambiguous(struct lookup *l)
{
	auto_buf text = BUF_INIT(LIMIT_FORGE_MESSAGE_BYTES);
	bool is_site = l->kind == NAME_SITE;
	buf_printf(&text, "several %ss are named \"%s\": ", kinds[l->kind].noun, l->name);
	for (size_t i = 0; i < json_array_size(l->found); i++) {
		const json_t *e = json_array_get(l->found, i);
		const char *server = tree_text(e, "server_name");
		if (!server)
			server = tree_text(e, "server_id");
		buf_printf(&text, "%sid %s%s%s", i > 0 ? ", " : "", tree_text(e, "id"),
			   is_site ? " on server " : "", is_site && server ? server : "");
	}
	buf_puts(&text, is_site ? "; say which with server" : "; give the id");
	lookup_unknown(l, FORGE_INVALID, buf_str(&text));
}

/* --- reading answers -----------------------------------------------------------------
 */

/* The number behind "/servers/" in a link of the resource itself. */
static int
server_of_link(const json_t *site, char **ret_id)
{
	const char *link = tree_text(site, "links.self.href");
	const char *at = link ? strstr(link, "/servers/") : NULL;
	if (!at)
		return 0;
	at += strlen("/servers/");
	size_t n = strspn(at, "0123456789");
	*ret_id = n > 0 ? str_ndup(at, n) : NULL;
	return n > 0 && !*ret_id ? -ENOMEM : 0;
}

/* NULL: it is not told. */
static int
server_of_site(const struct lookup *l, const json_t *site, char **ret_id)
{
	const json_t *server = tree_find(site, "relationships.server.data");
	char *id = NULL;
	if (json_is_object(server) && page_id(server, &id) < 0)
		return -ENOMEM;
	if (!id && server_of_link(site, &id) < 0)
		return -ENOMEM;
	if (!id && l->server && str_set(&id, l->server) < 0)
		return -ENOMEM;
	*ret_id = id;
	return 0;
}

/* An organisation is known by its slug in every path. */
static int
own_id(const struct lookup *l, const json_t *resource, char **ret_id)
{
	if (l->kind == NAME_ORGANIZATION)
		return str_set(ret_id, tree_text(resource, "attributes.slug"));
	return page_id(resource, ret_id);
}

/*
 * {"id","name","server_id","server_name"} of a resource; NULL: it has no id. Returns 0 or
 * -ENOMEM.
 */
static int
make_entry(const struct lookup *l, const json_t *answer, const json_t *resource,
	   json_t **ret_entry)
{
	bool is_site = l->kind == NAME_SITE || l->kind == NAME_SITE_ID;
	auto_str id = NULL;
	auto_str server = NULL;
	*ret_entry = NULL;
	if (own_id(l, resource, &id) < 0 ||
	    (is_site && server_of_site(l, resource, &server) < 0))
		return -ENOMEM;
	if (!id)
		return 0;
	const char *server_name =
		server ? page_included(answer, "servers", server, "name") : NULL;
	const char *name = tree_text(resource, "attributes.name");
	*ret_entry = json_pack("{s:s, s:s?, s:s?, s:s?}", "id", id, "name", name,
			       "server_id", server, "server_name", server_name);
	return *ret_entry ? 0 : -ENOMEM;
}

static int
read_page(struct lookup *l, const json_t *answer)
{
	const json_t *item = NULL;
	for (size_t i = 0; (item = page_item(answer, i)) != NULL; i++) {
		const char *name = tree_text(item, "attributes.name");
		if (!name)
			continue;
		if (strcmp(name, l->name) != 0 || l->all) {
			if (json_array_append_new(l->names, json_string(name)) < 0)
				return -ENOMEM;
			continue;
		}
		json_t *entry = NULL;
		if (make_entry(l, answer, item, &entry) < 0)
			return -ENOMEM;
		if (entry && json_array_append_new(l->found, entry) < 0)
			return -ENOMEM;
	}
	return 0;
}

static void
list_complete(struct lookup *l)
{
	size_t n = json_array_size(l->found);
	if (n == 1)
		lookup_known(l, json_deep_copy(json_array_get(l->found, 0)),
			     FORGE_CACHE_MS);
	else if (n > 1)
		say_ambiguous(l);
	else if (l->all || !kinds[l->kind].filter)
		say_not_found(l);
	else {
		l->all = true;
		l->pages = 0;
		if (lookup_send(l, NULL) < 0)
			lookup_out_of_memory(l);
	}
}

static void
read_list(struct lookup *l, const struct answer *a)
{
	if (read_page(l, a->json) < 0) {
		lookup_out_of_memory(l);
		return;
	}
	unsigned most = l->all ? LIMIT_FORGE_NEAREST_PAGES : LIMIT_FORGE_PAGES;
	auto_str cursor = NULL;
	if (page_next(a->json, &cursor) < 0)
		lookup_out_of_memory(l);
	else if (!cursor || ++l->pages >= most)
		list_complete(l);
	else if (lookup_send(l, cursor) < 0)
		lookup_out_of_memory(l);
}

static void
read_one(struct lookup *l, struct answer *a)
{
	json_t *entry = NULL;
	int rc = make_entry(l, a->json, json_object_get(a->json, "data"), &entry);
	if (rc < 0 || entry) {
		lookup_known(l, entry, FORGE_CACHE_MS);
		return;
	}
	answer_set(a, FORGE_SERVER, "Forge told no id of %s %s", kinds[l->kind].noun,
		   l->name);
	lookup_end(l, a);
}

/* A 404 of the list itself: what it hangs on does not exist. */
static void
say_no_parent(struct lookup *l)
{
	auto_buf text = BUF_INIT(LIMIT_FORGE_MESSAGE_BYTES);
	if (!kinds[l->kind].list) {
		buf_printf(&text, "no %s with the id %s", kinds[l->kind].noun, l->name);
		put_scope(&text, l);
	} else if (l->server) {
		buf_printf(&text, "no server with the id %s in organisation %s",
			   l->server, l->organization);
	} else {
		buf_printf(&text, "no organisation \"%s\" for this token",
			   l->organization ? l->organization : "");
	}
	lookup_unknown(l, FORGE_NOT_FOUND, buf_str(&text));
}

static void
on_answer(struct answer *a, void *arg)
{
	struct lookup *l = arg;
	l->exchange = NULL;
	if (a->kind == FORGE_NOT_FOUND)
		say_no_parent(l);
	else if (l->all && a->kind != FORGE_OK)
		say_not_found(l); /* only the nearest name is missing */
	else if (a->kind != FORGE_OK)
		lookup_end(l, a);
	else if (kinds[l->kind].list)
		read_list(l, a);
	else
		read_one(l, a);
}

/* --- asking --------------------------------------------------------------------------
 */

static json_t *
make_params(const struct lookup *l, const struct forge_operation *op, const char *cursor)
{
	if (!kinds[l->kind].list)
		return json_pack("{s:s}", l->kind == NAME_SITE_ID ? "site" : "server",
				 l->name);
	json_t *p =
		json_pack("{s:s, s:s*}", "page[size]", PAGE_SIZE, "page[cursor]", cursor);
	int failed = p == NULL;
	if (p && kinds[l->kind].filter && !l->all)
		failed += json_object_set_new(p, "filter[name]", json_string(l->name));
	for (size_t i = 0; p && i < op->n_query_params; i++) {
		if (str_eq(op->query_params[i].name, "include") && l->kind == NAME_SITE)
			failed +=
				json_object_set_new(p, "include", json_string("server"));
	}
	if (failed == 0)
		return p;
	json_decref(p);
	return NULL;
}

static int
lookup_send(struct lookup *l, const char *cursor)
{
	bool on_server = l->server && kinds[l->kind].on_server;
	const struct forge_operation *op = forge_operation_find(
		on_server ? kinds[l->kind].on_server : kinds[l->kind].operation);
	auto_tree params = op ? make_params(l, op, cursor) : NULL;
	if (!params)
		return -ENOMEM;
	struct exchange_request rq = {
		.op = op,
		.route = {.organization = l->organization,
			  .server = l->server,
			  .params = params},
		.priority = FORGE_LOOKUP,
		.deadline = l->deadline,
		.attempts = l->attempts,
	};
	l->exchange = exchange_start(l->client, &rq, on_answer, l);
	return l->exchange ? 0 : -ENOMEM;
}

static struct lookup *
lookup_new(struct forge_client *c, const struct name_query *q, const char *key)
{
	struct lookup *l = x_new(struct lookup);
	if (!l)
		return NULL;
	l->client = c;
	l->kind = q->kind;
	l->attempts = q->attempts;
	l->deadline = clock_mono_us() + DEFAULT_FORGE_DEADLINE_MS * UINT64_C(1000);
	l->found = json_array();
	l->names = json_array();
	l->key = str_dup(key);
	l->name = str_dup(q->name);
	if (!l->found || !l->names || !l->key || !l->name ||
	    str_set(&l->organization, q->organization) < 0 ||
	    str_set(&l->server, q->server) < 0 || lookup_send(l, NULL) < 0) {
		lookup_free(l);
		return NULL;
	}
	l->next = c->resolver.lookups;
	c->resolver.lookups = l;
	return l;
}

int
resolver_ask(struct forge_client *c, const struct name_query *q, struct waiter *w,
	     const json_t **ret_entry)
{
	auto_str key = key_of(q);
	if (!key)
		return -ENOMEM;
	const json_t *entry = cache_get(&c->resolver, key);
	if (entry) {
		*ret_entry = entry;
		return 0;
	}
	struct lookup *l = c->resolver.lookups;
	while (l && strcmp(l->key, key) != 0)
		l = l->next;
	if (!l)
		l = lookup_new(c, q, key);
	if (!l)
		return -ENOMEM;
	struct waiter **last = &l->waiters;
	while (*last)
		last = &(*last)->next;
	w->lookup = l;
	w->next = NULL;
	*last = w;
	return -EINPROGRESS;
}

void
waiter_leave(struct waiter *w)
{
	if (!w->lookup)
		return;
	struct waiter **p = &w->lookup->waiters;
	while (*p && *p != w)
		p = &(*p)->next;
	if (*p)
		*p = w->next;
	w->lookup = NULL;
	w->next = NULL;
}
