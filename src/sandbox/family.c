/* The families of operations: one row a table, in the order of the catalogue's areas. */
#include "sandbox/family.h"

#include <string.h>

#include "forge/operation.h"
#include "sandbox/crud.h"
#include "sandbox/document.h"

const struct family_entry *const families[] = {
	family_users,	family_organizations, family_teams,	   family_recipes,
	family_servers, family_services,      family_php,	   family_databases,
	family_events,	family_sites,	      family_deployments,  family_commands,
	family_domains, family_redirects,     family_integrations, NULL,
};

static const struct verb {
	const char *word; /* the last of an operation's id */
	family_fn *crud;
	family_fn *document;
} verbs[] = {
	{"index", crud_index, NULL},
	{"show", crud_show, document_show},
	{"store", crud_store, document_store},
	{"update", crud_update, document_update},
	{"destroy", crud_destroy, document_destroy},
};

static family_fn *
find_special(const struct forge_operation *op)
{
	for (const struct family_entry *const *table = families; *table; table++) {
		for (const struct family_entry *row = *table; row->operation; row++) {
			if (str_eq(row->operation, op->id))
				return row->answer;
		}
	}
	return NULL;
}

/* Cuts the last word off an id: where it begins, NULL when it is none of ours. */
static const struct verb *
find_verb(const char *id, size_t *ret_prefix)
{
	const char *dot = strrchr(id, '.');
	for (size_t i = 0; dot && i < ARRAY_LEN(verbs); i++) {
		if (!str_eq(dot + 1, verbs[i].word))
			continue;
		*ret_prefix = (size_t)(dot - id);
		return &verbs[i];
	}
	return NULL;
}

static bool
is_prefix(const char *prefix, const char *id, size_t len)
{
	return strlen(prefix) == len && strncmp(prefix, id, len) == 0;
}

struct family_match
family_find(const struct forge_operation *op)
{
	struct family_match m = {.answer = find_special(op)};
	size_t len = 0;
	const struct verb *verb = m.answer ? NULL : find_verb(op->id, &len);
	for (const struct crud_row *row = crud_rows; verb && row->prefix; row++) {
		if (is_prefix(row->prefix, op->id, len))
			return (struct family_match){verb->crud, row->kind, NULL};
	}
	for (const struct document *d = documents; verb && d->prefix; d++) {
		if (is_prefix(d->prefix, op->id, len))
			return (struct family_match){verb->document, NULL, d};
	}
	return m;
}
