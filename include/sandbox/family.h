/*
 * Who answers what: one table a family of operations (src/sandbox/family_<name>.c), found
 * by the operation's id; ordinary ones are rows of src/sandbox/crud.c, texts and settings
 * rows of src/sandbox/document.c.
 */
#ifndef SANDBOX_FAMILY_H
#define SANDBOX_FAMILY_H

#include "sandbox/visit.h"

/*
 * Answers v. Called after everything that the path names was found, and query and body
 * fit the catalogue.
 */
typedef void family_fn(struct visit *v);

struct family_entry {
	const char *operation; /* id */
	family_fn *answer;
};

/* Each ends with operation NULL. */
extern const struct family_entry family_users[];
extern const struct family_entry family_organizations[];
extern const struct family_entry family_teams[];
extern const struct family_entry family_recipes[];
extern const struct family_entry family_servers[];
extern const struct family_entry family_services[];
extern const struct family_entry family_php[];
extern const struct family_entry family_databases[];
extern const struct family_entry family_events[];
extern const struct family_entry family_sites[];
extern const struct family_entry family_deployments[];
extern const struct family_entry family_commands[];
extern const struct family_entry family_domains[];
extern const struct family_entry family_redirects[];
extern const struct family_entry family_integrations[];

/* All tables, ends with NULL. */
extern const struct family_entry *const families[];

/* What answers an operation, and the row that it does it for. */
struct family_match {
	family_fn *answer; /* NULL: nobody plays it */
	const struct kind *kind;
	const struct document *document;
};

struct family_match family_find(const struct forge_operation *op);

/* Resources that more than one family shows. */
json_t *family_render_server(struct visit *v, void *record, json_t *included);
json_t *family_render_deployment(struct visit *v, void *record, json_t *included);
json_t *family_render_organization(struct visit *v, void *record, json_t *included);
json_t *family_render_user(struct visit *v, const struct access_user *user);
/* Puts what was set at a node over the attributes of its resource. */
void family_override(json_t *attributes, const char *resource, const struct thing *node);
/* Notes an event about what v did at its server. */
void family_note_event(struct visit *v);

#endif
