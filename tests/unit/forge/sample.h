/* Values that fit a schema of the catalogue: what a test sends where any value will do.
 */
#ifndef FORGE_SAMPLE_H
#define FORGE_SAMPLE_H

#include <jansson.h>

#include "forge/operation.h"
#include "forge/schema.h"

/* Required members only; to be freed with json_decref. */
json_t *sample_value(const struct forge_schema *s);
/* With every member that may be there. */
json_t *sample_whole(const struct forge_schema *s);
/* The body of op as text (str_free); NULL: it takes none. */
char *sample_body(const struct forge_operation *op);
/* {"job":"5"} for the parameters of the path that are no names (str_free). */
char *sample_params(const struct forge_operation *op);

#endif
