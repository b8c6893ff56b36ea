/*
 * The Forge clients: one an account of the configuration. A reload keeps the client (and
 * its budget) of an account whose settings did not change; jobs that run keep the set
 * they began with.
 */
#ifndef PIPELINE_ACCOUNTS_H
#define PIPELINE_ACCOUNTS_H

#include <stddef.h>

#include "base/attr.h"
#include "forge/client.h"
#include "model/conf.h"
#include "pipeline/outage.h"

struct event_base;
struct accounts;

/* former may be NULL; it is only read. NULL when memory is short. */
struct accounts *accounts_new(struct event_base *base, const struct conf *conf,
			      const struct accounts *former) MUST_CHECK;
struct accounts *accounts_ref(struct accounts *a);
void accounts_unref(struct accounts *a);
/* What is known of one account; borrowed. */
struct account_view {
	const char *name;
	struct forge_client *client;
	struct outage *outage; /* shared by everything that uses the client */
};
/* name NULL: the default one. False when there is none of that name. */
bool accounts_find(const struct accounts *a, const char *name,
		   struct account_view *ret_view);
/* For metrics: the n-th account, false behind the last. */
bool accounts_at(const struct accounts *a, size_t n, struct account_view *ret_view);
/*
 * Frees every client now, whoever still holds references: their calls end as
 * FORGE_CANCELLED. For shutdown.
 */
void accounts_stop(struct accounts *a);

#endif
