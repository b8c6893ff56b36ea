/*
 * The catalogue: one entry an operation of the Forge API, generated at build time from
 * src/forge/operations.json. Static data; nothing here allocates.
 */
#ifndef FORGE_OPERATION_H
#define FORGE_OPERATION_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A schema node (the subset of JSON Schema that the catalogue uses). */
struct forge_schema;

struct forge_parameter {
	const char *name;
	bool required; /* path parameters are, query parameters are not */
	const struct forge_schema *schema;
};

struct forge_operation {
	const char *id;	    /* "organizations.servers.sites.deployments.store" */
	const char *alias;  /* short name, "deploy"; NULL */
	const char *method; /* "GET" */
	const char *path;   /* "/orgs/{organization}/servers/{server}..." */
	const char *summary;
	const char *area; /* the catalogue's tag */
	bool async;
	const char *const *scopes; /* NULL-terminated */
	const struct forge_parameter *path_params;
	size_t n_path_params;
	const struct forge_parameter *query_params;
	size_t n_query_params;
	const char *body_type; /* content type of the request; NULL: takes no body */
	bool body_required;
	const struct forge_schema *body;
	int success_status;
	const char *success_type;  /* content type of the answer; NULL: empty */
	const char *resource;	   /* "DeploymentResource"; NULL */
	const char *resource_type; /* JSON:API type, "deployments"; NULL */
	bool resource_list;
};

extern const struct forge_operation forge_operations[];
extern const size_t forge_n_operations;

/* By id or short name; NULL when there is none. */
const struct forge_operation *forge_operation_find(const char *name);
/* The nearest known id or short name, for messages; NULL. */
const char *forge_operation_nearest(const char *name);
/* Whether it changes something (anything but GET). */
bool forge_operation_changes(const struct forge_operation *op);
/*
 * Whether it may be sent again when it is not known whether it took place: GET, DELETE,
 * and PUT of a body. A PUT without one makes something new at each call (a key, a hook
 * URL).
 */
bool forge_operation_repeatable(const struct forge_operation *op);
/* Whether it needs {server} or {site} in its path. */
bool forge_operation_needs(const struct forge_operation *op, const char *path_param);

/*
 * Checks a call against the schema without sending it: names, types, enums, lengths,
 * patterns, missing fields. params: JSON object with path and query parameters, may be
 * NULL; body the same. Names of organisation, server and site may stand for ids.
 * on_mistake is called for each: where is a JSON pointer like "/body/command".
 * Returns the number of mistakes.
 */
typedef void forge_mistake_fn(const char *where, const char *text, void *arg);
size_t forge_validate(const struct forge_operation *op, const char *params,
		      const char *body, forge_mistake_fn *on_mistake, void *arg);
/*
 * The same for a call that still holds templates: a string with "{{" passes every check
 * of its value, fields and required ones are checked.
 */
size_t forge_validate_template(const struct forge_operation *op, const char *params,
			       const char *body, forge_mistake_fn *on_mistake, void *arg);

#ifdef __cplusplus
}
#endif

#endif
