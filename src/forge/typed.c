#include "forge/typed.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "forge/tree.h"

const char *
forge_function_name(const struct forge_operation *op)
{
	for (size_t i = 0; i < forge_n_operations; i++) {
		if (op == &forge_operations[i])
			return typed_names[i];
	}
	return NULL;
}

/* The request's own place for names that are resolved; NULL: it goes to params. */
static const char **
place_of(struct forge_request *rq, const char *name)
{
	if (str_eq(name, "organization"))
		return &rq->organization;
	if (str_eq(name, "server"))
		return &rq->server;
	return str_eq(name, "site") ? &rq->site : NULL;
}

static int
add(json_t *params, const char *name, const char *value)
{
	/* one that is not given is left out, for the check to say so */
	if (!value)
		return 0;
	return json_object_set_new(params, name, json_string(value)) < 0 ? -ENOMEM : 0;
}

/* The parameters of the path that have no place of their own, and the query. */
static int
add_to_query(struct forge_request *rq, const struct typed *t, struct buf *params)
{
	const struct forge_operation *op = &forge_operations[t->operation];
	auto_tree tree = str_is_empty(t->query) ? json_object()
						: tree_parse(t->query, strlen(t->query));
	int rc = 0;
	if (!json_is_object(tree))
		return 0;
	for (size_t i = 0; i < op->n_path_params && rc == 0; i++) {
		if (!place_of(rq, op->path_params[i].name))
			rc = add(tree, op->path_params[i].name, t->path[i]);
	}
	if (rc == 0)
		rc = tree_put(params, tree);
	rq->params = buf_str(params);
	return rc;
}

/*
 * Fills rq; texts belong to t and params. Returns 0 or -ENOMEM. A query that is no object
 * goes as it is, for the check to say so.
 */
static int
fill(struct forge_request *rq, const struct typed *t, struct buf *params)
{
	const struct forge_operation *op = &forge_operations[t->operation];
	size_t others = 0;
	*rq = (struct forge_request){
		.operation = op->id, .params = t->query, .body = t->body};
	for (size_t i = 0; i < op->n_path_params; i++) {
		const char **place = place_of(rq, op->path_params[i].name);
		if (place)
			*place = t->path[i];
		others += place == NULL;
	}
	return others > 0 ? add_to_query(rq, t, params) : 0;
}

struct forge_call *
typed_call(struct forge_client *c, const struct typed *t, forge_result_fn *on_result,
	   void *arg)
{
	struct forge_request rq;
	auto_buf params = BUF_INIT(LIMIT_FORGE_ANSWER_BYTES);
	return fill(&rq, t, &params) < 0 ? NULL : forge_call(c, &rq, on_result, arg);
}

struct forge_result *
typed_sync(struct forge_client *c, const struct typed *t)
{
	struct forge_request rq;
	auto_buf params = BUF_INIT(LIMIT_FORGE_ANSWER_BYTES);
	return fill(&rq, t, &params) < 0 ? NULL : forge_call_sync(c, &rq);
}
