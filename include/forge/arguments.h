/*
 * name=value words as the parameters and the body of a call, typed by the operation's
 * schema: what a command line, or any text form, needs. A name is looked for among the
 * path parameters, the query and the body, in this order; "a.b" is member b of a. A list
 * is "a,b", JSON, or the name given several times; an object is JSON. organization,
 * server and site are kept apart, since they take names; "body.server" is the member of
 * the body where both exist.
 * Private to libforge: not installed.
 */
#ifndef FORGE_ARGUMENTS_H
#define FORGE_ARGUMENTS_H

#include "base/attr.h"
#include "base/buf.h"
#include "forge/client.h"
#include "forge/operation.h"

struct forge_arguments;

struct forge_arguments *forge_arguments_new(const struct forge_operation *op) MUST_CHECK;
void forge_arguments_free(struct forge_arguments *a);
/* Returns 0, -EINVAL with why filled (one line), -ENOMEM. */
int forge_arguments_add(struct forge_arguments *a, const char *name, const char *value,
			struct buf *why) MUST_CHECK;
/* The whole body as JSON; words that follow change its members. */
int forge_arguments_set_body(struct forge_arguments *a, const char *json,
			     struct buf *why) MUST_CHECK;
/* Whether name takes the content of a file ("binary"). */
bool forge_arguments_is_file(const struct forge_arguments *a, const char *name);
/*
 * Fills operation, names, params and body of rq; its texts belong to a, until the next
 * change. Returns 0 or -ENOMEM.
 */
int forge_arguments_fill(struct forge_arguments *a, struct forge_request *rq) MUST_CHECK;

#endif
