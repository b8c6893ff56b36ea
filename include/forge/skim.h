/*
 * Reads over a JSON text (RFC 8259) without building anything: whether it is one, and the
 * id of the resource that it tells ({"data":{"id":"7"}}). Most answers of Forge are only
 * handed on, and a tree of each costs more than the request.
 * Private to libforge: not installed.
 */
#ifndef FORGE_SKIM_H
#define FORGE_SKIM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/*
 * Returns whether text is JSON, at most LIMIT_JSON_DEPTH deep. ret_id: the digits or the
 * characters of the id, inside text; empty when there is none, or when it is written with
 * escapes.
 */
bool skim(const char *text, size_t len, struct slice *ret_id);

#endif
