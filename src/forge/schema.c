#include "forge/schema.h"

#include <stdio.h>
#include <string.h>

#include "base/attr.h"
#include "base/str.h"

static const char *const type_names[] = {"null",   "boolean", "integer", "number",
					 "string", "array",   "object"};

const char *
forge_schema_types(const struct forge_schema *s, char *buf, size_t size)
{
	size_t len = 0;
	buf[0] = '\0';
	/* null last: "string or null" */
	for (size_t i = 1; i <= ARRAY_LEN(type_names); i++) {
		size_t bit = i % ARRAY_LEN(type_names);
		if (!(s->types & (1U << bit)) || len >= size)
			continue;
		int n = snprintf(buf + len, size - len, "%s%s", len > 0 ? " or " : "",
				 type_names[bit]);
		len += n > 0 ? (size_t)n : 0;
	}
	if (len == 0)
		snprintf(buf, size, "any value");
	return buf;
}

const struct forge_field *
forge_schema_field(const struct forge_schema *s, const char *name)
{
	for (size_t i = 0; i < s->n_fields; i++) {
		if (strcmp(s->fields[i].name, name) == 0)
			return &s->fields[i];
	}
	return NULL;
}

const struct forge_resource *
forge_resource_find(const char *name)
{
	for (size_t i = 0; i < forge_n_resources; i++) {
		if (str_eq(forge_resources[i].name, name))
			return &forge_resources[i];
	}
	return NULL;
}
