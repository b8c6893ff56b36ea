/* From a method and a path to the operation of the catalogue, by its path templates. */
#ifndef SANDBOX_OPMAP_H
#define SANDBOX_OPMAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

#define OPMAP_PARAMS 8

struct forge_operation;
struct opmap;

struct opmap_match {
	const struct forge_operation *operation; /* NULL: not with this method */
	struct {
		struct slice name;  /* in the operation's template */
		struct slice value; /* in the path, not decoded */
	} params[OPMAP_PARAMS];
	size_t n_params;
};

/* The whole catalogue. */
struct opmap *opmap_new(void) MUST_CHECK;
void opmap_free(struct opmap *m);
/*
 * path begins with "/" (without the API's prefix). A word of a template goes before a
 * parameter at the same place. false: no template fits the path, whatever the method.
 */
bool opmap_find(const struct opmap *m, const char *method, struct slice path,
		struct opmap_match *ret_match);
/* "GET, POST": the methods of a path; "" when there is none. */
void opmap_methods(const struct opmap *m, struct slice path, struct buf *out);

#endif
