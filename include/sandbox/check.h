/* What bodies must fulfil beyond their schemas; all answer 422 in Laravel's words. */
#ifndef SANDBOX_CHECK_H
#define SANDBOX_CHECK_H

#include <stdbool.h>

#include "sandbox/kind.h"
#include "sandbox/visit.h"

/* "The selected field is invalid." Always false. */
bool check_refuse(struct visit *v, const char *field);
/* "The field field is required." Always false. */
bool check_missing(struct visit *v, const char *field);
/*
 * The body's field, where it is given, is the id of a child of owner, or a list of such.
 * false: answered.
 */
bool check_ids(struct visit *v, const char *field, struct thing *owner,
	       const struct kind *kind);
/* The thing that the body's field names; NULL: answered. */
struct thing *check_thing(struct visit *v, const char *field, struct thing *owner,
			  const struct kind *kind);
/* A list of servers' ids of the organisation (NULL: of any). false: answered. */
bool check_servers(struct visit *v, const char *field);
/* The body's field as text; NULL when it is not given or no text. */
const char *check_text(const struct visit *v, const char *field);
/* The body's field as a number, also one in quotes; 0 when it is none. */
uint64_t check_number(const struct visit *v, const char *field);

#endif
