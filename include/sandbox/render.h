/*
 * From a thing to its resource: every attribute of the catalogue's schema is there, from
 * the thing's values, its state, or a plausible value of the right type.
 */
#ifndef SANDBOX_RENDER_H
#define SANDBOX_RENDER_H

#include <jansson.h>

#include "base/buf.h"
#include "forge/schema.h"
#include "sandbox/thing.h"
#include "sandbox/visit.h"

/* A resource_render_fn: record is a struct thing. */
json_t *render_thing(struct visit *v, void *record, json_t *included);
/* A value that fits the schema: null, the first of an enumeration, 0, "" ... */
json_t *render_plausible(const struct forge_schema *s);
/* value as the schema wants it ("8000" as 8000); NULL when it cannot be. */
json_t *render_coerce(const struct forge_schema *s, const json_t *value);
bool render_takes_null(const struct forge_schema *s);
/* "/orgs/acme/servers/1/database/schemas/5" */
void render_put_link(struct buf *out, const struct thing *t);
/* The id in links and resources: the key or the number (str_free). */
char *render_id(const struct thing *t) MUST_CHECK;
/* The JSON:API type of its resource. */
const char *render_type(const struct kind *kind);
/* {"type", "id"} of a thing, a resource identifier. */
json_t *render_identifier(const struct thing *t);

#endif
