#include "forge/operation.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

static int
compare_id(const void *name, const void *op)
{
	return strcmp(name, ((const struct forge_operation *)op)->id);
}

const struct forge_operation *
forge_operation_find(const char *name)
{
	if (!name)
		return NULL;
	/* ids are sorted; the short names beside them are not */
	const struct forge_operation *op = bsearch(name, forge_operations,
						   forge_n_operations,
						   sizeof(*forge_operations), compare_id);
	for (size_t i = 0; !op && i < forge_n_operations; i++) {
		if (str_eq(forge_operations[i].alias, name))
			op = &forge_operations[i];
	}
	return op;
}

const char *
forge_operation_nearest(const char *name)
{
	const char **names = x_new_array(const char *, 2 * forge_n_operations);
	size_t n = 0;
	for (size_t i = 0; names && i < forge_n_operations; i++) {
		if (forge_operations[i].alias)
			names[n++] = forge_operations[i].alias;
		names[n++] = forge_operations[i].id;
	}
	const char *near = str_nearest(name, names, n);
	mem_free(names);
	return near;
}

bool
forge_operation_changes(const struct forge_operation *op)
{
	return strcmp(op->method, "GET") != 0;
}

bool
forge_operation_needs(const struct forge_operation *op, const char *path_param)
{
	for (size_t i = 0; i < op->n_path_params; i++) {
		if (str_eq(op->path_params[i].name, path_param))
			return true;
	}
	return false;
}

bool
forge_operation_repeatable(const struct forge_operation *op)
{
	if (!forge_operation_changes(op) || str_eq(op->method, "DELETE"))
		return true;
	return str_eq(op->method, "PUT") && op->body != NULL;
}
