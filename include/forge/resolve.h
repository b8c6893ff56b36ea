/*
 * Names of organisations, servers and sites, and what Forge says they are. Answers are
 * kept for some minutes; calls that ask for the same name at the same time share the
 * requests.
 * Private to libforge: not installed.
 */
#ifndef FORGE_RESOLVE_H
#define FORGE_RESOLVE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "forge/answer.h"

struct forge_client;
struct lookup;

enum name_kind {
	NAME_ORGANIZATION, /* display name -> slug */
	NAME_SERVER,	   /* name -> id */
	NAME_SERVER_ID,	   /* id -> name */
	NAME_SITE,	   /* name -> id, server */
	NAME_SITE_ID	   /* id -> name, server */
};

struct name_query {
	enum name_kind kind;
	const char *organization; /* slug */
	const char *server;	  /* id, narrows NAME_SITE; NULL: on any server */
	const char *name;	  /* or the id */
	unsigned attempts;	  /* of each request; 0: the client's */
};

/*
 * What is known: {"id","name","server_id","server_name"} or {"kind","error"} for a name
 * that is not there or not unique. Members may be missing.
 */
struct waiter {
	struct lookup *lookup; /* NULL: waits for nothing */
	struct waiter *next;
	/* failure NULL: ask again, it is known now. */
	void (*on_known)(struct waiter *w, const struct answer *failure);
};

struct resolver {
	json_t *cache; /* key -> entry with "until" (monotonic microseconds) */
	struct lookup *lookups;
};

int resolver_init(struct resolver *r) MUST_CHECK;
/* Waiters must have left. */
void resolver_done(struct resolver *r);
/*
 * Returns 0 with a borrowed entry, -EINPROGRESS when w waits, -ENOMEM. on_known is never
 * called from here.
 */
int resolver_ask(struct forge_client *c, const struct name_query *q, struct waiter *w,
		 const json_t **ret_entry) MUST_CHECK;
void waiter_leave(struct waiter *w);
/* The answer was out of date. */
void resolver_forget(struct forge_client *c, const struct name_query *q);

#endif
