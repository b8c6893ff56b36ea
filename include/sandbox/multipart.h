/* multipart/form-data (RFC 7578), as far as forms with a few short fields need it. */
#ifndef SANDBOX_MULTIPART_H
#define SANDBOX_MULTIPART_H

#include <jansson.h>

#include "base/str.h"

/*
 * The parts of a body as an object of texts, by their names; NULL when the content type
 * is another, or the body is malformed or no UTF-8.
 */
json_t *multipart_read(const char *content_type, struct slice body);

#endif
