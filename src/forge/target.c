/* From the names of a request to ids; declared in call.h. */
#include <ctype.h>
#include <errno.h>

#include "base/str.h"
#include "forge/call.h"
#include "forge/inner.h"
#include "forge/tree.h"

void
target_done(struct call_target *t)
{
	str_free(t->organization);
	str_free(t->server);
	str_free(t->site);
	str_free(t->slug);
	str_free(t->server_id);
	str_free(t->server_name);
	str_free(t->site_id);
	str_free(t->site_name);
	*t = (struct call_target){0};
}

/* What paths take; anything else is a display name. */
static bool
is_slug(const char *text)
{
	for (const char *p = text; *p; p++) {
		if (!islower((unsigned char)*p) && !isdigit((unsigned char)*p) &&
		    *p != '-' && *p != '_' && *p != '.')
			return false;
	}
	return *text != '\0';
}

static int
ask(struct forge_call *call, enum name_kind kind, const char *name, const json_t **ret,
    struct answer *failure)
{
	const struct call_target *t = &call->target;
	struct name_query q = {
		.kind = kind,
		.organization = t->slug,
		.server = kind == NAME_SITE ? t->server_id : NULL,
		.name = name,
		.attempts = call->attempts,
	};
	int rc = resolver_ask(call->client, &q, &call->waiter, ret);
	const char *error = rc == 0 ? tree_text(*ret, "error") : NULL;
	if (!error)
		return rc;
	json_int_t found = json_integer_value(json_object_get(*ret, "kind"));
	answer_set(failure,
		   found == (json_int_t)FORGE_INVALID ? FORGE_INVALID : FORGE_NOT_FOUND,
		   "%s", error);
	return -ENOENT;
}

static int
fail_missing(struct answer *failure, const struct forge_call *call, const char *what)
{
	answer_set(failure, FORGE_REFUSED, "%s needs %s", call->op->id, what);
	return -ENOENT;
}

static int
know_organization(struct forge_call *call, struct answer *failure)
{
	struct call_target *t = &call->target;
	const char *name = t->organization ? t->organization : call->client->organization;
	bool needed = forge_operation_needs(call->op, "organization");
	if (t->slug || (!needed && str_is_empty(name)))
		return 0;
	if (str_is_empty(name))
		return fail_missing(failure, call, "an organization");
	if (is_slug(name) || !needed)
		return str_set(&t->slug, name);
	const json_t *entry = NULL;
	int rc = ask(call, NAME_ORGANIZATION, name, &entry, failure);
	return rc < 0 ? rc : str_set(&t->slug, tree_text(entry, "id"));
}

/* Copies what an entry tells and is not known yet. */
static int
learn_server(struct call_target *t, const json_t *entry)
{
	int rc = 0;
	if (!t->server_id)
		rc = str_set(&t->server_id, tree_text(entry, "server_id"));
	if (rc == 0 && !t->server_name)
		rc = str_set(&t->server_name, tree_text(entry, "server_name"));
	return rc;
}

static int
know_server(struct forge_call *call, struct answer *failure)
{
	struct call_target *t = &call->target;
	if (t->server_id || str_is_empty(t->server))
		return 0;
	if (text_is_digits(t->server))
		return str_set(&t->server_id, t->server);
	const json_t *entry = NULL;
	int rc = ask(call, NAME_SERVER, t->server, &entry, failure);
	if (rc == 0)
		rc = str_set(&t->server_id, tree_text(entry, "id"));
	return rc < 0 ? rc : str_set(&t->server_name, tree_text(entry, "name"));
}

static int
know_site(struct forge_call *call, struct answer *failure)
{
	struct call_target *t = &call->target;
	if (t->site_id || str_is_empty(t->site))
		return 0;
	if (text_is_digits(t->site))
		return str_set(&t->site_id, t->site);
	const json_t *entry = NULL;
	int rc = ask(call, NAME_SITE, t->site, &entry, failure);
	if (rc == 0)
		rc = str_set(&t->site_id, tree_text(entry, "id"));
	if (rc == 0)
		rc = str_set(&t->site_name, tree_text(entry, "name"));
	return rc < 0 ? rc : learn_server(t, entry);
}

/* The server of a site that is known by its id, and the site's name. */
static int
know_site_by_id(struct forge_call *call, struct answer *failure)
{
	struct call_target *t = &call->target;
	bool wants_server = !t->server_id && (call->kind->names ||
					      forge_operation_needs(call->op, "server"));
	bool wants_name = !t->site_name && call->kind->names;
	if (!t->site_id || (!wants_server && !wants_name))
		return 0;
	const json_t *entry = NULL;
	int rc = ask(call, NAME_SITE_ID, t->site_id, &entry, failure);
	if (rc < 0)
		return rc;
	const char *name = tree_text(entry, "name");
	rc = str_set(&t->site_name, name ? name : t->site_id);
	if (rc == 0)
		rc = learn_server(t, entry);
	if (rc < 0 || t->server_id)
		return rc;
	answer_set(failure, FORGE_INVALID,
		   "Forge does not tell which server site %s is on; give server",
		   t->site_id);
	return -ENOENT;
}

static int
know_server_name(struct forge_call *call, struct answer *failure)
{
	struct call_target *t = &call->target;
	if (!call->kind->names || !t->server_id || t->server_name)
		return 0;
	const json_t *entry = NULL;
	int rc = ask(call, NAME_SERVER_ID, t->server_id, &entry, failure);
	if (rc < 0)
		return rc;
	const char *name = tree_text(entry, "name");
	return str_set(&t->server_name, name ? name : t->server_id);
}

static int
check_complete(struct forge_call *call, struct answer *failure)
{
	const struct call_target *t = &call->target;
	if (!t->site_id && forge_operation_needs(call->op, "site"))
		return fail_missing(failure, call, "a site (name or id)");
	if (!t->server_id && forge_operation_needs(call->op, "server"))
		return fail_missing(failure, call, "a server (name or id)");
	return 0;
}

int
target_advance(struct forge_call *call, struct answer *failure)
{
	static int (*const steps[])(struct forge_call *, struct answer *) = {
		know_server, know_site, know_site_by_id, know_server_name, check_complete,
	};
	bool has_place = forge_operation_needs(call->op, "server") ||
			 forge_operation_needs(call->op, "site");
	int rc = know_organization(call, failure);
	for (size_t i = 0; rc == 0 && has_place && i < ARRAY_LEN(steps); i++)
		rc = steps[i](call, failure);
	return rc;
}

static bool
forget_one(struct forge_call *call, enum name_kind kind, const char *name)
{
	if (str_is_empty(name) || text_is_digits(name))
		return false;
	const struct call_target *t = &call->target;
	bool narrowed = kind == NAME_SITE && !str_is_empty(t->server);
	struct name_query q = {.kind = kind,
			       .organization = t->slug,
			       .server = narrowed ? t->server_id : NULL,
			       .name = name};
	resolver_forget(call->client, &q);
	return true;
}

bool
target_forget(struct forge_call *call)
{
	struct call_target *t = &call->target;
	bool site = forget_one(call, NAME_SITE, t->site);
	bool server = forget_one(call, NAME_SERVER, t->server);
	if (site || server) {
		str_free_p(&t->server_id);
		str_free_p(&t->server_name);
		str_free_p(&t->site_id);
		str_free_p(&t->site_name);
	}
	return site || server;
}
