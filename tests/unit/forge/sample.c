#include "sample.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "forge/tree.h"

static json_t *
sample_string(const struct forge_schema *s)
{
	if (s->values)
		return json_string(s->values[0]);
	if (str_eq(s->format, "email"))
		return json_string("ada@example.com");
	if (str_eq(s->format, "uri"))
		return json_string("https://example.com/x");
	if (str_eq(s->format, "uuid"))
		return json_string("00000000-0000-4000-8000-000000000000");
	return json_string("abcdefghij");
}

static json_t *sample(const struct forge_schema *s, bool whole);

static json_t *
sample_object(const struct forge_schema *s, bool whole)
{
	json_t *object = json_object();
	for (size_t i = 0; i < s->n_fields; i++) {
		if (whole || s->fields[i].required)
			json_object_set_new(object, s->fields[i].name,
					    sample(s->fields[i].schema, whole));
	}
	return object;
}

static json_t *
sample_number(const struct forge_schema *s)
{
	if (s->values)
		return json_loads(s->values[0], JSON_DECODE_ANY, NULL);
	return json_integer(s->minimum != FORGE_NO_LIMIT && s->minimum > 1 ? s->minimum
									   : 1);
}

static json_t *
sample(const struct forge_schema *s, bool whole)
{
	if (s->any_of)
		return sample(s->any_of[0], whole);
	if (s->types & FORGE_TYPE_STRING)
		return sample_string(s);
	if (s->types & (FORGE_TYPE_INTEGER | FORGE_TYPE_NUMBER))
		return sample_number(s);
	if (s->types & FORGE_TYPE_BOOLEAN)
		return json_true();
	if (s->types & FORGE_TYPE_OBJECT)
		return sample_object(s, whole);
	if (s->types & FORGE_TYPE_ARRAY)
		return json_pack("[o]", s->items ? sample(s->items, whole) : json_null());
	return json_null();
}

json_t *
sample_value(const struct forge_schema *s)
{
	return sample(s, false);
}

json_t *
sample_whole(const struct forge_schema *s)
{
	return sample(s, true);
}

static char *
as_text(json_t *tree)
{
	auto_buf out = BUF_INIT(LIMIT_FORGE_ANSWER_BYTES);
	int rc = tree_put(&out, tree);
	json_decref(tree);
	return rc == 0 ? buf_take(&out) : NULL;
}

char *
sample_body(const struct forge_operation *op)
{
	return op->body ? as_text(sample_value(op->body)) : NULL;
}

char *
sample_params(const struct forge_operation *op)
{
	json_t *params = json_object();
	for (size_t i = 0; i < op->n_path_params; i++) {
		const char *name = op->path_params[i].name;
		if (strcmp(name, "organization") != 0 && strcmp(name, "server") != 0 &&
		    strcmp(name, "site") != 0)
			json_object_set_new(params, name, json_string("5"));
	}
	return as_text(params);
}
