/*
 * Schemas of requests and resources: the subset of JSON Schema that the catalogue uses.
 * Static data made from src/forge/operations.json; allOf is merged by the generator.
 */
#ifndef FORGE_SCHEMA_H
#define FORGE_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum forge_type {
	FORGE_TYPE_NULL = 1,
	FORGE_TYPE_BOOLEAN = 2,
	FORGE_TYPE_INTEGER = 4,
	FORGE_TYPE_NUMBER = 8,
	FORGE_TYPE_STRING = 16,
	FORGE_TYPE_ARRAY = 32,
	FORGE_TYPE_OBJECT = 64
};

struct forge_field {
	const char *name;
	bool required;
	const struct forge_schema *schema;
};

#define FORGE_NO_LIMIT INT64_MIN

struct forge_schema {
	unsigned types;		   /* of enum forge_type; 0: anything */
	const char *const *values; /* enum, NULL-terminated; numbers as text; or NULL */
	const char *format;	   /* "email" "uri" "uuid" "binary" "date-time"; NULL */
	const char *pattern;	   /* as the catalogue has it (ECMA 262); NULL */
	const char *regex;	   /* the same as a POSIX extended expression; NULL */
	const char *fallback;	   /* default as JSON; NULL */
	int64_t min_length;	   /* characters; FORGE_NO_LIMIT: none, also below */
	int64_t max_length;
	int64_t minimum;
	int64_t maximum;
	int64_t min_items;
	const struct forge_field *fields; /* of an object; none: any members */
	size_t n_fields;
	const struct forge_schema *items;	  /* of an array; NULL: anything */
	const struct forge_schema *const *any_of; /* NULL-terminated; or NULL */
};

/* "string or null", "integer": for messages and help. buf gets at most size bytes. */
const char *forge_schema_types(const struct forge_schema *s, char *buf, size_t size);
/* A member of an object schema; NULL when there is none of that name. */
const struct forge_field *forge_schema_field(const struct forge_schema *s,
					     const char *name);

struct forge_resource {
	const char *name; /* "DeploymentResource" */
	const char *type; /* JSON:API type, "deployments"; NULL: varies */
	const struct forge_schema *attributes;
	const char *const *relationships; /* names, NULL-terminated */
};

extern const struct forge_resource forge_resources[];
extern const size_t forge_n_resources;
/* By name; NULL when there is none. */
const struct forge_resource *forge_resource_find(const char *name);

/* Every scope that a token may have, sorted, NULL-terminated. */
extern const char *const forge_scopes[];

#ifdef __cplusplus
}
#endif

#endif
