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

struct event_base;
struct accounts;

/* former may be NULL; it is only read. NULL when memory is short. */
struct accounts *accounts_new(struct event_base *base, const struct conf *conf,
			      const struct accounts *former) MUST_CHECK;
struct accounts *accounts_ref(struct accounts *a);
void accounts_unref(struct accounts *a);
/* name NULL: the default one. NULL when there is none of that name. */
struct forge_client *accounts_client(const struct accounts *a, const char *name);
/* For metrics: the n-th account's name and client, false behind the last. */
bool accounts_at(const struct accounts *a, size_t n, const char **ret_name,
		 struct forge_client **ret_client);
/*
 * Frees every client now, whoever still holds references: their calls end as
 * FORGE_CANCELLED. For shutdown.
 */
void accounts_stop(struct accounts *a);

#endif
