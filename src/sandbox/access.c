#include "sandbox/access.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/str.h"

struct access_token {
	struct secret value;
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

static void
token_free(struct access_token *t)
{
	if (!t)
		return;
	for (char **s = t->scopes; s && *s; s++)
		str_free(*s);
	mem_free(t->scopes);
	secret_done(&t->value);
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
		token_free(a->tokens[i]);
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

int
access_add(struct access *a, const char *token, const char *name, const char *user,
	   const char *const *scopes)
{
	if (access_find(a, token))
		return -EEXIST;
	struct access_token *t = x_new(struct access_token);
	if (!t)
		return -ENOMEM;
	int rc = secret_set(&t->value, token, strlen(token));
	if (rc == 0)
		rc = copy_scopes(t, scopes);
	if (rc == 0)
		rc = x_reserve(&a->tokens, &a->cap_tokens, a->n_tokens);
	t->user = rc == 0 ? get_user(a, user ? user : name) : NULL;
	if (!t->user) {
		token_free(t);
		return -ENOMEM;
	}
	a->tokens[a->n_tokens++] = t;
	return 0;
}

const struct access_token *
access_find(const struct access *a, const char *token)
{
	size_t len = strlen(token);
	for (size_t i = 0; i < a->n_tokens; i++) {
		const struct secret *value = &a->tokens[i]->value;
		if (secret_equal(value->data, value->len, token, len))
			return a->tokens[i];
	}
	return NULL;
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
