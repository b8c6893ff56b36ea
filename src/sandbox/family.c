/* The families of operations: one row a table, in the order of the catalogue's areas. */
#include "sandbox/family.h"

#include "forge/operation.h"

const struct family_entry *const families[] = {
	family_users,	    family_organizations, family_servers, family_sites,
	family_deployments, family_commands,	  NULL,
};

family_fn *
family_find(const struct forge_operation *op)
{
	for (const struct family_entry *const *table = families; *table; table++) {
		for (const struct family_entry *row = *table; row->operation; row++) {
			if (str_eq(row->operation, op->id))
				return row->answer;
		}
	}
	return NULL;
}
