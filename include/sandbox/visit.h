/*
 * One request to the sandbox's API and the answer that is being made for it. Independent
 * of the HTTP server: sandbox.c fills it in and sends what came out, tests do the same.
 * The answering functions (visit_...) replace any earlier answer; without memory they
 * leave a 500.
 */
#ifndef SANDBOX_VISIT_H
#define SANDBOX_VISIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/limits.h"
#include "base/str.h"
#include "sandbox/access.h"
#include "sandbox/fault.h"
#include "sandbox/world.h"

struct document;
struct forge_operation;
struct kind;

#define VISIT_PARAMS 8 /* {parameters} of one path */

struct visit_param {
	char *name; /* owned, both */
	char *value;
};

struct visit {
	struct world *world; /* borrowed, as the next six */
	struct faults *faults;
	struct access *access;
	const char *root; /* "http://127.0.0.1:8090" */
	const struct forge_operation *operation;
	struct access_token *token; /* a reference; NULL */
	struct visit_param path[VISIT_PARAMS];
	size_t n_path;
	struct visit_param query[LIMIT_SANDBOX_QUERY];
	size_t n_query;
	struct slice raw;	  /* the body as it came; borrowed, as the next */
	const char *content_type; /* NULL */
	json_t *body;		  /* owned; NULL: none, or not JSON */
	/* What the path names; NULL where it does not. */
	struct world_org *org;
	struct world_server *server;
	struct world_site *site;
	struct thing *thing; /* the innermost thing, or the node of one of the above */
	/* What the operation is about (sandbox/family.h); NULL. */
	const struct kind *kind;
	const struct document *document;
	/* The answer. */
	int status;	  /* 0: none yet */
	const char *type; /* NULL: no body */
	json_t *answer;	  /* owned */
	char *text;	  /* owned; instead of answer where type is no JSON */
};

void visit_done(struct visit *v);
/* Decodes "a=b&c=d"; -EINVAL when it is malformed or too long, -ENOMEM. */
int visit_set_query(struct visit *v, struct slice query) MUST_CHECK;
/*
 * The body as it came, and as JSON where it is that; like PHP's reader, one that nests
 * deeper than LIMIT_SANDBOX_DEPTH is none. text stays borrowed.
 */
void visit_set_body(struct visit *v, struct slice text, const char *content_type);
int visit_add_path(struct visit *v, struct slice name, struct slice value) MUST_CHECK;
/* NULL when it was not given. */
const char *visit_query(const struct visit *v, const char *name);
const char *visit_path(const struct visit *v, const char *name);
/* A path parameter as a number; 0 when it is none. */
uint64_t visit_id(const struct visit *v, const char *name);
/* Whether include=... names it. */
bool visit_includes(const struct visit *v, const char *name);
/*
 * Looks up what {organization}, {server}, {site} and the parameters of things name, each
 * inside the one before. false: answered with 404.
 */
bool visit_resolve(struct visit *v);
struct fault_target visit_target(const struct visit *v);

/* Takes over document, a whole JSON:API one; NULL: memory is short. */
void visit_answer(struct visit *v, int status, json_t *document);
/* {"data": resource}, with the operation's status; takes over resource. */
void visit_answer_resource(struct visit *v, json_t *resource);
/* The operation's status without a body. */
void visit_answer_empty(struct visit *v);
/* type: static, the content type. */
void visit_answer_text(struct visit *v, int status, const char *type, const char *text);
/* {"message": text}. */
void visit_error(struct visit *v, int status, const char *text);
void visit_not_found(struct visit *v);
void visit_server_error(struct visit *v);

#endif
