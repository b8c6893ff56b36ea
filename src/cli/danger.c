#include "cli/danger.h"

#include <string.h>

#include "base/attr.h"
#include "forge/tree.h"

/* Beside DELETE. member: of the body, with one of these values; NULL: in every case. */
static const struct danger {
	const char *suffix; /* of the operation's id */
	const char *member;
	const char *values[2];
	const char *does;
} dangers[] = {
	{".instances.restores.store", NULL, {NULL}, "writes a backup over the database"},
	{"servers.actions.store", NULL, {NULL}, "restarts the whole server"},
	{".mysql.actions.store", "action", {"stop"}, "stops the service"},
	{".postgres.actions.store", "action", {"stop"}, "stops the service"},
	{".nginx.actions.store", "action", {"stop"}, "stops the service"},
	{".background-processes.actions.store",
	 "action",
	 {"empty-log"},
	 "empties the log"},
	{".redirect-rules.import", "mode", {"replace"}, "replaces all redirect rules"},
	{".environment.update", NULL, {NULL}, "replaces the environment file"},
	{".nginx.update", NULL, {NULL}, "replaces the nginx configuration"},
	{".script.update", NULL, {NULL}, "replaces the deployment script"},
	{".configs.cli.update", NULL, {NULL}, "replaces the PHP configuration"},
	{".configs.fpm.update", NULL, {NULL}, "replaces the PHP configuration"},
	{".configs.pool.update", NULL, {NULL}, "replaces the PHP configuration"},
	{".key.update", NULL, {NULL}, "makes a new key; the old one opens nothing more"},
	{".deploy-hook.update",
	 NULL,
	 {NULL},
	 "makes a new URL; the old one deploys nothing more"},
	{".database.password.update", NULL, {NULL}, "replaces the database's password"},
};

static bool
has_value(const struct danger *d, const json_t *body)
{
	const char *value = d->member ? tree_text(body, d->member) : NULL;
	for (size_t i = 0; i < ARRAY_LEN(d->values) && d->values[i]; i++) {
		if (str_eq(value, d->values[i]))
			return true;
	}
	return !d->member;
}

const char *
danger_of(const struct forge_operation *op, const char *body)
{
	if (strcmp(op->method, "DELETE") == 0)
		return "deletes or switches off";
	auto_tree tree = body ? tree_parse(body, strlen(body)) : NULL;
	for (size_t i = 0; i < ARRAY_LEN(dangers); i++) {
		if (str_ends(op->id, dangers[i].suffix) && has_value(&dangers[i], tree))
			return dangers[i].does;
	}
	return NULL;
}
