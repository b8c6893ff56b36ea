#include "sandbox/access.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/str.h"

struct access_token {
	unsigned refs;
	uint64_t id;
	struct secret value;
	char *name;
	int64_t created_us;
	int64_t expires_us;	  /* 0: never */
	struct access_user *user; /* owned by the list */
	char **scopes;		  /* NULL-terminated; NULL: all */
};

struct access {
	const struct world *world;
	int64_t window_us;
	unsigned limit;
	struct access_token **tokens;
	size_t n_tokens;
	size_t cap_tokens;
	uint64_t last_id;
	struct access_user **users;
	size_t n_users;
	size_t cap_users;
};

struct access *
access_new(const struct world *w, uint64_t speed, unsigned per_minute)
{
	struct access *a = x_new(struct access);
	if (!a)
		return NULL;
	a->world = w;
	a->window_us = (int64_t)SANDBOX_WINDOW_MS * 1000 * 1000000 / (int64_t)speed;
	a->limit = per_minute;
	return a;
}

struct access_token *
access_token_ref(struct access_token *t)
{
	if (t)
		t->refs++;
	return t;
}

void
access_token_unref(struct access_token *t)
{
	if (!t || --t->refs > 0)
		return;
	for (char **s = t->scopes; s && *s; s++)
		str_free(*s);
	mem_free(t->scopes);
	secret_done(&t->value);
	str_free(t->name);
	mem_free(t);
}

static void
user_free(struct access_user *u)
{
	if (!u)
		return;
	str_free(u->name);
	mem_free(u);
}

void
access_free(struct access *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->n_tokens; i++)
		access_token_unref(a->tokens[i]);
	for (size_t i = 0; i < a->n_users; i++)
		user_free(a->users[i]);
	mem_free(a->tokens);
	mem_free(a->users);
	mem_free(a);
}

void
access_set_limit(struct access *a, unsigned per_minute)
{
	a->limit = per_minute;
}

/* The user of that name, made when it is new. */
static struct access_user *
get_user(struct access *a, const char *name)
{
	for (size_t i = 0; i < a->n_users; i++) {
		if (str_eq(a->users[i]->name, name))
			return a->users[i];
	}
	struct access_user *u = x_new(struct access_user);
	if (!u)
		return NULL;
	u->id = a->n_users + 1;
	u->name = str_dup(name);
	if (!u->name || x_reserve(&a->users, &a->cap_users, a->n_users) < 0) {
		user_free(u);
		return NULL;
	}
	a->users[a->n_users++] = u;
	return u;
}

static int
copy_scopes(struct access_token *t, const char *const *scopes)
{
	size_t n = 0;
	while (scopes && scopes[n])
		n++;
	t->scopes = scopes ? x_new_array(char *, n + 1) : NULL;
	if (scopes && !t->scopes)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		t->scopes[i] = str_dup(scopes[i]);
		if (!t->scopes[i])
			return -ENOMEM;
	}
	return 0;
}

static int
fill_token(struct access *a, struct access_token *t, const struct access_grant *grant)
{
	t->created_us = grant->created_us > 0 ? grant->created_us : world_now(a->world);
	t->expires_us = grant->expires_us;
	t->id = grant->id > 0 ? grant->id : a->last_id + 1;
	t->user = get_user(a, grant->user ? grant->user : grant->name);
	int rc = t->user ? str_set(&t->name, grant->name) : -ENOMEM;
	if (rc == 0)
		rc = secret_set(&t->value, grant->token, strlen(grant->token));
	if (rc == 0)
		rc = copy_scopes(t, grant->scopes);
	return rc == 0 ? x_reserve(&a->tokens, &a->cap_tokens, a->n_tokens) : rc;
}

struct access_token *
access_grant(struct access *a, const struct access_grant *grant)
{
	if (access_find(a, grant->token))
		return NULL;
	struct access_token *t = x_new(struct access_token);
	if (!t)
		return NULL;
	t->refs = 1;
	if (fill_token(a, t, grant) < 0) {
		access_token_unref(t);
		return NULL;
	}
	if (t->id > a->last_id)
		a->last_id = t->id;
	a->tokens[a->n_tokens++] = t;
	return t;
}

int
access_add(struct access *a, const char *token, const char *name, const char *user,
	   const char *const *scopes)
{
	const struct access_grant grant = {
		.token = token, .name = name, .user = user, .scopes = scopes};
	if (access_find(a, token))
		return -EEXIST;
	return access_grant(a, &grant) ? 0 : -ENOMEM;
}

struct access_token *
access_find(const struct access *a, const char *token)
{
	size_t len = strlen(token);
	for (size_t i = 0; i < a->n_tokens; i++) {
		struct access_token *t = a->tokens[i];
		bool is_alive = t->expires_us == 0 || t->expires_us > world_now(a->world);
		if (is_alive && secret_equal(t->value.data, t->value.len, token, len))
			return t;
	}
	return NULL;
}

struct access_token *
access_find_id(const struct access *a, uint64_t id)
{
	for (size_t i = 0; i < a->n_tokens; i++) {
		if (a->tokens[i]->id == id)
			return a->tokens[i];
	}
	return NULL;
}

void
access_revoke(struct access *a, struct access_token *t)
{
	size_t i = 0;
	while (a->tokens[i] != t)
		i++;
	a->n_tokens--;
	memmove(a->tokens + i, a->tokens + i + 1, (a->n_tokens - i) * sizeof(*a->tokens));
	access_token_unref(t);
}

size_t
access_count(const struct access *a)
{
	return a->n_tokens;
}

struct access_token *
access_at(const struct access *a, size_t i)
{
	return a->tokens[i];
}

struct access_grant
access_token_grant(const struct access_token *t)
{
	return (struct access_grant){
		.id = t->id,
		.token = t->value.data,
		.name = t->name,
		.user = t->user->name,
		.scopes = (const char *const *)t->scopes,
		.created_us = t->created_us,
		.expires_us = t->expires_us,
	};
}

bool
access_has_scope(const struct access_token *t, const char *scope)
{
	if (!t->scopes)
		return true;
	for (char *const *s = t->scopes; *s; s++) {
		if (str_eq(*s, scope))
			return true;
	}
	return false;
}

const struct access_user *
access_token_user(const struct access_token *t)
{
	return t->user;
}

const struct access_user *
access_user_find(const struct access *a, uint64_t id)
{
	return id > 0 && id <= a->n_users ? a->users[id - 1] : NULL;
}

bool
access_take(struct access *a, const struct access_token *t,
	    struct access_budget *ret_budget)
{
	struct access_user *u = t->user;
	int64_t now_us = world_now(a->world);
	if (now_us >= u->window_end_us) {
		u->window_end_us = now_us + a->window_us;
		u->used = 0;
	}
	bool allowed = u->used < a->limit;
	u->used += allowed;
	*ret_budget = (struct access_budget){
		.limit = a->limit,
		.remaining = a->limit > u->used ? a->limit - u->used : 0,
		.reset_us = u->window_end_us,
	};
	return allowed;
}
