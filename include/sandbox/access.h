/*
 * Who may call the sandbox: tokens with their scopes, and the budget of requests a minute
 * that the tokens of one user share. Windows are fixed, as Laravel's are: the first
 * request opens one, and SANDBOX_WINDOW_MS (divided by the speed) later it is over.
 */
#ifndef SANDBOX_ACCESS_H
#define SANDBOX_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "sandbox/world.h"

struct access;
struct access_token;

struct access_user {
	uint64_t id;
	char *name;
	int64_t window_end_us; /* wall clock; 0: no window was opened yet */
	unsigned used;	       /* in this window */
};

struct access_grant {
	uint64_t id;
	const char *token;
	const char *name;
	const char *user;
	const char *const *scopes; /* NULL-terminated; NULL: all */
	int64_t created_us;	   /* wall clock; 0: now */
	int64_t expires_us;	   /* 0: never */
};

/* What a request found in its budget. */
struct access_budget {
	unsigned limit;
	unsigned remaining;
	int64_t reset_us; /* wall clock: when the window ends */
};

/* w gives the time; speed in millionths. */
struct access *access_new(const struct world *w, uint64_t speed,
			  unsigned per_minute) MUST_CHECK;
void access_free(struct access *a);
void access_set_limit(struct access *a, unsigned per_minute);
/*
 * user NULL: one of its own, named like the token. scopes NULL: all of them. Returns 0,
 * -EEXIST when the token is there already, -ENOMEM.
 */
int access_add(struct access *a, const char *token, const char *name, const char *user,
	       const char *const *scopes) MUST_CHECK;
/* The same with everything told; id 0: the next free one. NULL as for the errors above.
 */
struct access_token *access_grant(struct access *a, const struct access_grant *grant);
/* NULL when there is no such token (any more). */
struct access_token *access_find(const struct access *a, const char *token);
struct access_token *access_find_id(const struct access *a, uint64_t id);
/* From now on nobody finds it; it is freed with the last reference. */
void access_revoke(struct access *a, struct access_token *t);
/* Who holds a token while others may revoke it has a reference. NULL is allowed. */
struct access_token *access_token_ref(struct access_token *t);
void access_token_unref(struct access_token *t);
size_t access_count(const struct access *a);
struct access_token *access_at(const struct access *a, size_t i);
/* Everything about a token; texts are borrowed from it. */
struct access_grant access_token_grant(const struct access_token *t);
bool access_has_scope(const struct access_token *t, const char *scope);
const struct access_user *access_token_user(const struct access_token *t);
/* NULL when there is none. */
const struct access_user *access_user_find(const struct access *a, uint64_t id);
/* Takes one request from the budget; false when nothing is left. */
bool access_take(struct access *a, const struct access_token *t,
		 struct access_budget *ret_budget);

#endif
