/*
 * Who answers what: one table a family of operations (src/sandbox/family_<name>.c), found
 * by the operation's id. An operation of the catalogue that no table has is answered 501.
 */
#ifndef SANDBOX_FAMILY_H
#define SANDBOX_FAMILY_H

#include "sandbox/visit.h"

/*
 * Answers v. Called after the path's organisation, server and site were found, and query
 * and body fit the catalogue.
 */
typedef void family_fn(struct visit *v);

struct family_entry {
	const char *operation; /* id */
	family_fn *answer;
};

/* Each ends with operation NULL. */
extern const struct family_entry family_users[];
extern const struct family_entry family_organizations[];
extern const struct family_entry family_servers[];
extern const struct family_entry family_sites[];
extern const struct family_entry family_deployments[];
extern const struct family_entry family_commands[];

/* All tables, ends with NULL. */
extern const struct family_entry *const families[];

/* NULL: nobody plays it. */
family_fn *family_find(const struct forge_operation *op);

/* Resources that more than one family shows. */
json_t *family_render_server(struct visit *v, void *record, json_t *included);
json_t *family_render_deployment(struct visit *v, void *record, json_t *included);

#endif
