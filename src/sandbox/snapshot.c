#include "sandbox/snapshot.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "sandbox/kind.h"
#include "sandbox/world_command.h"
#include "sandbox/world_deploy.h"

#define VERSION 1

/* Texts of a record, by name and place. */
struct text_field {
	const char *name;
	size_t offset;
};

#define SERVER_TEXT(field)                                   \
	{                                                    \
#field, offsetof(struct world_server, field) \
	}
#define SITE_TEXT(field)                                   \
	{                                                  \
#field, offsetof(struct world_site, field) \
	}

static const struct text_field server_texts[] = {
	SERVER_TEXT(name),	     SERVER_TEXT(type),		 SERVER_TEXT(provider),
	SERVER_TEXT(region),	     SERVER_TEXT(size),		 SERVER_TEXT(ip_address),
	SERVER_TEXT(php_version),    SERVER_TEXT(database_type), SERVER_TEXT(timezone),
	SERVER_TEXT(ubuntu_version),
};

static const struct text_field site_texts[] = {
	SITE_TEXT(name),
	SITE_TEXT(app_type),
	SITE_TEXT(user),
	SITE_TEXT(php_version),
	SITE_TEXT(web_directory),
	SITE_TEXT(repository),
	SITE_TEXT(branch),
	SITE_TEXT(repository_provider),
	SITE_TEXT(deployment_script),
	SITE_TEXT(hook_token),
};

static char **
text_of(void *record, const struct text_field *f)
{
	return (char **)(void *)((char *)record + f->offset);
}

static void
put_texts(json_t *object, const void *record, const struct text_field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *text = *text_of((void *)(uintptr_t)record, &fields[i]);
		json_object_set_new(object, fields[i].name,
				    text ? json_string(text) : json_null());
	}
}

static int
get_texts(const json_t *object, void *record, const struct text_field *fields, size_t n)
{
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = str_set(text_of(record, &fields[i]),
			     json_string_value(json_object_get(object, fields[i].name)));
	return rc;
}

static json_t *
take_commit(const struct world_commit *c)
{
	return json_pack("{s:s, s:s?, s:s?, s:s?}", "hash", c->hash, "branch", c->branch,
			 "message", c->message, "author", c->author);
}

static int
read_commit(const json_t *object, struct world_commit *c)
{
	const char *hash = json_string_value(json_object_get(object, "hash"));
	int rc =
		str_set(&c->branch, json_string_value(json_object_get(object, "branch")));
	if (rc == 0)
		rc = str_set(&c->message,
			     json_string_value(json_object_get(object, "message")));
	if (rc == 0)
		rc = str_set(&c->author,
			     json_string_value(json_object_get(object, "author")));
	if (hash && strlen(hash) < sizeof(c->hash))
		memcpy(c->hash, hash, strlen(hash) + 1);
	return rc;
}

static json_int_t
number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

static bool
flag(const json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}

/* --- deployments and commands ------------------------------------------------------- */

/* What answers call the ways to start one. */
static const char *const deploy_types[] = {"api", "deploy-hook", "push"};

static json_t *
take_deployment(const struct world_deployment *d)
{
	return json_pack("{s:I, s:s, s:s, s:s, s:o, s:I, s:I, s:I, s:I}", "id",
			 (json_int_t)d->id, "status", world_deploy_status_name(d->status),
			 "outcome", world_deploy_status_name(d->outcome), "type", d->type,
			 "commit", take_commit(&d->commit), "created",
			 (json_int_t)d->created_us, "updated", (json_int_t)d->updated_us,
			 "started", (json_int_t)d->started_us, "ended",
			 (json_int_t)d->ended_us);
}

/* Index of the word in names[0..n); -1. */
static int
find_word(const json_t *object, const char *name, const char *(*word)(unsigned i),
	  unsigned n)
{
	const char *text = json_string_value(json_object_get(object, name));
	for (unsigned i = 0; text && i < n; i++) {
		if (str_eq(word(i), text))
			return (int)i;
	}
	return -1;
}

static const char *
deploy_word(unsigned i)
{
	return world_deploy_status_name((enum world_deploy_status)i);
}

static const char *
command_word(unsigned i)
{
	return world_command_status_name((enum world_command_status)i);
}

static const char *
type_word(unsigned i)
{
	return deploy_types[i];
}

static int
read_deployment(const json_t *object, struct world *w, struct world_site *site,
		char **ret_error)
{
	int status = find_word(object, "status", deploy_word, WORLD_DEPLOY_CANCELLED + 1);
	int outcome =
		find_word(object, "outcome", deploy_word, WORLD_DEPLOY_CANCELLED + 1);
	int type = find_word(object, "type", type_word, ARRAY_LEN(deploy_types));
	json_int_t id = number(object, "id");
	if (status < 0 || outcome < 0 || type < 0 || id <= 0)
		return snapshot_refuse(ret_error, "a deployment",
				       "has no id, or an unknown status or type");
	struct world_deployment *d = x_new(struct world_deployment);
	if (!d)
		return -ENOMEM;
	*d = (struct world_deployment){.id = (uint64_t)id,
				       .site = site,
				       .status = (enum world_deploy_status)status,
				       .outcome = (enum world_deploy_status)outcome,
				       .type = deploy_types[type],
				       .created_us = number(object, "created"),
				       .updated_us = number(object, "updated"),
				       .started_us = number(object, "started"),
				       .ended_us = number(object, "ended")};
	if (read_commit(json_object_get(object, "commit"), &d->commit) < 0 ||
	    world_append(w, d) < 0) {
		world_deploy_free(d);
		return -ENOMEM;
	}
	site->ended += world_deploy_has_ended(d);
	return 0;
}

static json_t *
take_command(const struct world_command *c)
{
	return json_pack("{s:I, s:I, s:s, s:s, s:s, s:I, s:I, s:I}", "id",
			 (json_int_t)c->id, "user", (json_int_t)c->user_id, "command",
			 c->text, "status", world_command_status_name(c->status),
			 "outcome", world_command_status_name(c->outcome), "created",
			 (json_int_t)c->created_us, "started", (json_int_t)c->started_us,
			 "ended", (json_int_t)c->ended_us);
}

static int
read_command(const json_t *object, struct world *w, struct world_site *site,
	     char **ret_error)
{
	int status = find_word(object, "status", command_word, WORLD_COMMAND_FAILED + 1);
	int outcome =
		find_word(object, "outcome", command_word, WORLD_COMMAND_FAILED + 1);
	const char *text = json_string_value(json_object_get(object, "command"));
	if (status < 0 || outcome < 0 || !text || number(object, "id") <= 0)
		return snapshot_refuse(ret_error, "a command",
				       "has no id or text, or an unknown status");
	struct world_command *c = x_new(struct world_command);
	if (!c)
		return -ENOMEM;
	c->id = (uint64_t)number(object, "id");
	c->user_id = (uint64_t)number(object, "user");
	c->text = str_dup(text);
	c->status = (enum world_command_status)status;
	c->outcome = (enum world_command_status)outcome;
	c->created_us = number(object, "created");
	c->started_us = number(object, "started");
	c->ended_us = number(object, "ended");
	if (!c->text || fifo_push(&site->commands, c) < 0) {
		world_command_free(c);
		return -ENOMEM;
	}
	w->n_commands++;
	return 0;
}

/* --- sites, servers, organisations -------------------------------------------------- */

typedef json_t *take_fn(const void *record);

static json_t *
take_list(const struct fifo *list, take_fn *take)
{
	json_t *array = json_array();
	for (size_t i = 0; i < fifo_count(list); i++)
		json_array_append_new(array, take(fifo_at(list, i)));
	return array;
}

static json_t *
take_deployment_of(const void *record)
{
	return take_deployment(record);
}

static json_t *
take_command_of(const void *record)
{
	return take_command(record);
}

static json_t *
take_site(const void *record)
{
	const struct world_site *site = record;
	json_t *object = json_pack(
		"{s:I, s:b, s:b, s:o, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o}", "id",
		(json_int_t)site->id, "push_to_deploy", site->push_to_deploy,
		"zero_downtime", site->zero_downtime, "head", take_commit(&site->head),
		"hook_renewals", (json_int_t)site->hook_renewals, "free",
		(json_int_t)site->free_us, "created", (json_int_t)site->created_us,
		"deployments_created", (json_int_t)site->deployments_created,
		"commands_created", (json_int_t)site->commands_created, "node",
		snapshot_thing(site->node), "deployments",
		take_list(&site->deployments, take_deployment_of), "commands",
		take_list(&site->commands, take_command_of));
	if (object)
		put_texts(object, site, site_texts, ARRAY_LEN(site_texts));
	return object;
}

static json_t *
take_server(const void *record)
{
	const struct world_server *server = record;
	json_t *object = json_pack(
		"{s:I, s:b, s:I, s:o, s:o}", "id", (json_int_t)server->id, "archived",
		server->is_archived, "created", (json_int_t)server->created_us, "node",
		snapshot_thing(server->node), "sites",
		take_list(&server->sites, take_site));
	if (object)
		put_texts(object, server, server_texts, ARRAY_LEN(server_texts));
	return object;
}

static json_t *
take_organization(const void *record)
{
	const struct world_org *org = record;
	return json_pack("{s:s, s:s, s:o, s:o}", "slug", org->slug, "name", org->name,
			 "node", snapshot_thing(org->node), "servers",
			 take_list(&org->servers, take_server));
}

static int
read_site(const json_t *object, struct world *w, struct world_server *server,
	  char **ret_error)
{
	const char *name = json_string_value(json_object_get(object, "name"));
	uint64_t id = (uint64_t)number(object, "id");
	const json_t *deployments = json_object_get(object, "deployments");
	const json_t *commands = json_object_get(object, "commands");
	if (!name || id == 0 || world_site_find(w, id))
		return snapshot_refuse(ret_error, "a site",
				       "has no name or id of its own");
	struct world_site *site = world_add_site(w, server, id, name);
	int rc = site ? get_texts(object, site, site_texts, ARRAY_LEN(site_texts))
		      : -ENOMEM;
	if (rc == 0)
		rc = read_commit(json_object_get(object, "head"), &site->head);
	if (rc == 0)
		rc = snapshot_read_node(json_object_get(object, "node"), w, site->node,
					ret_error);
	for (size_t i = 0; rc == 0 && i < json_array_size(deployments); i++)
		rc = read_deployment(json_array_get(deployments, i), w, site, ret_error);
	for (size_t i = 0; rc == 0 && i < json_array_size(commands); i++)
		rc = read_command(json_array_get(commands, i), w, site, ret_error);
	if (rc < 0)
		return rc;
	site->push_to_deploy = flag(object, "push_to_deploy");
	site->zero_downtime = flag(object, "zero_downtime");
	site->hook_renewals = (unsigned)number(object, "hook_renewals");
	site->free_us = number(object, "free");
	site->created_us = number(object, "created");
	site->deployments_created = (uint64_t)number(object, "deployments_created");
	site->commands_created = (uint64_t)number(object, "commands_created");
	return 0;
}

static int
read_server(const json_t *object, struct world *w, struct world_org *org,
	    char **ret_error)
{
	const char *name = json_string_value(json_object_get(object, "name"));
	uint64_t id = (uint64_t)number(object, "id");
	const json_t *sites = json_object_get(object, "sites");
	if (!name || id == 0 || world_server_find(w, id))
		return snapshot_refuse(ret_error, "a server",
				       "has no name or id of its own");
	struct world_server *server = world_add_server(w, org, id, name);
	int rc = server ? get_texts(object, server, server_texts, ARRAY_LEN(server_texts))
			: -ENOMEM;
	if (rc < 0)
		return rc;
	server->is_archived = flag(object, "archived");
	server->created_us = number(object, "created");
	rc = snapshot_read_node(json_object_get(object, "node"), w, server->node,
				ret_error);
	for (size_t i = 0; rc == 0 && i < json_array_size(sites); i++)
		rc = read_site(json_array_get(sites, i), w, server, ret_error);
	return rc;
}

static int
read_organization(const json_t *object, struct world *w, char **ret_error)
{
	const char *slug = json_string_value(json_object_get(object, "slug"));
	const char *name = json_string_value(json_object_get(object, "name"));
	const json_t *servers = json_object_get(object, "servers");
	if (!slug || !name || world_org_find(w, slug))
		return snapshot_refuse(ret_error, "an organization",
				       "has no name or slug of its own");
	struct world_org *org = world_add_org(w, slug, name);
	int rc = org ? snapshot_read_node(json_object_get(object, "node"), w, org->node,
					  ret_error)
		     : -ENOMEM;
	for (size_t i = 0; rc == 0 && i < json_array_size(servers); i++)
		rc = read_server(json_array_get(servers, i), w, org, ret_error);
	return rc;
}

/* --- tokens, counters, the whole ------------------------------------------------------
 */

static json_t *
take_tokens(const struct access *a)
{
	json_t *tokens = json_array();
	for (size_t i = 0; i < access_count(a); i++) {
		struct access_grant g = access_token_grant(access_at(a, i));
		json_t *scopes = g.scopes ? json_array() : json_null();
		for (const char *const *one = g.scopes; one && *one; one++)
			json_array_append_new(scopes, json_string(*one));
		json_array_append_new(
			tokens, json_pack("{s:I, s:s, s:s, s:s, s:o, s:I, s:I}", "id",
					  (json_int_t)g.id, "token", g.token, "name",
					  g.name, "user", g.user, "scopes", scopes,
					  "created", (json_int_t)g.created_us, "expires",
					  (json_int_t)g.expires_us));
	}
	return tokens;
}

static int
read_token(const json_t *object, struct access *a, char **ret_error)
{
	const json_t *list = json_object_get(object, "scopes");
	size_t n = json_array_size(list);
	const char **scopes = x_new_array(const char *, n + 1);
	struct access_grant g = {
		.id = (uint64_t)number(object, "id"),
		.token = json_string_value(json_object_get(object, "token")),
		.name = json_string_value(json_object_get(object, "name")),
		.user = json_string_value(json_object_get(object, "user")),
		.scopes = json_is_array(list) ? scopes : NULL,
		.created_us = number(object, "created"),
		.expires_us = number(object, "expires"),
	};
	bool ok = scopes && g.token && g.name && g.user && g.id > 0;
	for (size_t i = 0; ok && i < n; i++) {
		scopes[i] = json_string_value(json_array_get(list, i));
		ok = scopes[i] != NULL;
	}
	ok = ok && access_grant(a, &g);
	mem_free(scopes);
	return ok ? 0
		  : snapshot_refuse(ret_error, "a token",
				    "lacks a member, or is twice there");
}

static json_t *
take_counters(const struct world *w)
{
	json_t *last = json_object();
	for (size_t i = 0; i < n_kinds; i++)
		json_object_set_new(last, kinds[i]->name,
				    json_integer((json_int_t)w->last_things[i]));
	return json_pack("{s:I, s:I, s:o}", "deployments", (json_int_t)w->last_deployment,
			 "commands", (json_int_t)w->last_command, "things", last);
}

/* Ids of what was deleted are not given again. */
static void
read_counters(const json_t *object, struct world *w)
{
	const json_t *last = json_object_get(object, "things");
	w->last_deployment = (uint64_t)number(object, "deployments");
	w->last_command = (uint64_t)number(object, "commands");
	for (size_t i = 0; i < n_kinds; i++) {
		uint64_t n = (uint64_t)number(last, kinds[i]->name);
		if (n > w->last_things[i])
			w->last_things[i] = n;
	}
}

json_t *
snapshot_take(const struct world *w, const struct access *a)
{
	return json_pack("{s:i, s:I, s:o, s:b, s:o, s:o, s:o}", "forgebridge_sandbox",
			 VERSION, "created", (json_int_t)w->created_us, "counters",
			 take_counters(w), "has_leaving", w->has_leaving, "root",
			 snapshot_thing(w->root), "organizations",
			 take_list(&w->orgs, take_organization), "tokens",
			 take_tokens(a));
}

int
snapshot_restore(const json_t *snapshot, struct world *w, struct access *a,
		 char **ret_error)
{
	const json_t *orgs = json_object_get(snapshot, "organizations");
	const json_t *tokens = json_object_get(snapshot, "tokens");
	if (number(snapshot, "forgebridge_sandbox") != VERSION || !json_is_array(orgs) ||
	    !json_is_array(tokens))
		return snapshot_refuse(ret_error, "the file",
				       "is no state of a sandbox of this version");
	thing_clear(w, w->root);
	int rc = snapshot_read_node(json_object_get(snapshot, "root"), w, w->root,
				    ret_error);
	for (size_t i = 0; rc == 0 && i < json_array_size(orgs); i++)
		rc = read_organization(json_array_get(orgs, i), w, ret_error);
	for (size_t i = 0; rc == 0 && i < json_array_size(tokens); i++)
		rc = read_token(json_array_get(tokens, i), a, ret_error);
	read_counters(json_object_get(snapshot, "counters"), w);
	w->created_us = number(snapshot, "created");
	w->has_leaving = flag(snapshot, "has_leaving");
	return rc;
}
