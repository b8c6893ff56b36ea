/* Behind the typed functions that make_calls.py writes. Private to libforge: not
 * installed. */
#ifndef FORGE_TYPED_H
#define FORGE_TYPED_H

#include <stddef.h>

#include "forge/calls.h"

struct typed {
	size_t operation;	 /* index of the catalogue */
	const char *const *path; /* values of its path parameters, in its order */
	const char *query;	 /* JSON object; NULL */
	const char *body;
};

struct forge_call *typed_call(struct forge_client *c, const struct typed *t,
			      forge_result_fn *on_result, void *arg);
struct forge_result *typed_sync(struct forge_client *c, const struct typed *t);

/* Names of the functions, in the catalogue's order. */
extern const char *const typed_names[];

#endif
