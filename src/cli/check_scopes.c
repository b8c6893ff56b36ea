/*
 * Whether a token may do what the rules want. Forge tells nobody the scopes of a token,
 * and what changes something is not tried; but most scopes are needed by some GET as
 * well, which Forge answers 403 without them.
 */
#include <string.h>

#include "base/str.h"
#include "cli/check_online.h"
#include "forge/schema.h"

static bool
needs_scope(const struct forge_operation *op, const char *scope)
{
	for (const char *const *s = op->scopes; *s; s++) {
		if (str_eq(*s, scope))
			return true;
	}
	return false;
}

static bool
is_known_param(const struct forge_parameter *param, const struct rule_step *step)
{
	return str_eq(param->name, "organization") ||
	       (step->server && str_eq(param->name, "server")) ||
	       (step->site &&
		(str_eq(param->name, "site") || str_eq(param->name, "server")));
}

/* Whether op needs that scope alone, changes nothing, and is called with step's names. */
static bool
can_tell(const struct forge_operation *op, const char *scope,
	 const struct rule_step *step)
{
	if (forge_operation_changes(op) || !needs_scope(op, scope) || op->scopes[1])
		return false;
	for (size_t i = 0; i < op->n_path_params; i++) {
		if (!is_known_param(&op->path_params[i], step))
			return false;
	}
	for (size_t i = 0; i < op->n_query_params; i++) {
		if (op->query_params[i].required)
			return false;
	}
	return true;
}

const struct forge_operation *
check_scope_question(const char *scope, const struct rule_step *step)
{
	const struct forge_operation *best = NULL;
	for (size_t i = 0; i < forge_n_operations; i++) {
		const struct forge_operation *op = &forge_operations[i];
		if (can_tell(op, scope, step) &&
		    (!best || strlen(op->path) < strlen(best->path)))
			best = op;
	}
	return best;
}

size_t
check_scope_index(const char *scope)
{
	size_t i = 0;
	while (forge_scopes[i] && !str_eq(forge_scopes[i], scope))
		i++;
	return i;
}
