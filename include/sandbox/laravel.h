/*
 * What Laravel says about a request that does not fit: the body's mistakes as a 422 in
 * the words of its validator (lang/en/validation.php), unknown filters, sorts and
 * includes as the 400 of the query builder that Forge uses
 * (spatie/laravel-query-builder).
 */
#ifndef SANDBOX_LARAVEL_H
#define SANDBOX_LARAVEL_H

#include <stdbool.h>

#include "sandbox/visit.h"

/* false: answered. */
bool laravel_check_body(struct visit *v);
bool laravel_check_query(struct visit *v);
/* Answers with one mistake of one field, for what no schema tells. */
void laravel_refuse(struct visit *v, const char *field, const char *text);

#endif
