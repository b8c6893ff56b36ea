#include "sandbox/render.h"

#include <stdio.h>
#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "sandbox/kind.h"
#include "sandbox/resource.h"

#define LINK_BYTES (64 * KIB)

bool
render_takes_null(const struct forge_schema *s)
{
	if (s->types == 0 || (s->types & FORGE_TYPE_NULL))
		return true;
	for (const struct forge_schema *const *one = s->any_of; one && *one; one++) {
		if (render_takes_null(*one))
			return true;
	}
	return false;
}

static json_t *
plausible_text(const struct forge_schema *s)
{
	static const char *const formats[][2] = {
		{"uri", "https://example.com"},
		{"email", "ada@example.com"},
		{"date-time", "2026-01-01T00:00:00.000000Z"},
		{"uuid", "00000000-0000-4000-8000-000000000000"},
	};
	for (size_t i = 0; s->format && i < ARRAY_LEN(formats); i++) {
		if (str_eq(s->format, formats[i][0]))
			return json_string(formats[i][1]);
	}
	return json_string("");
}

static json_t *
plausible_object(const struct forge_schema *s)
{
	json_t *object = json_object();
	for (size_t i = 0; i < s->n_fields; i++)
		json_object_set_new(object, s->fields[i].name,
				    render_plausible(s->fields[i].schema));
	return object;
}

json_t *
render_plausible(const struct forge_schema *s)
{
	int64_t least = s->minimum != FORGE_NO_LIMIT ? s->minimum : 0;
	if (render_takes_null(s))
		return json_null();
	if (s->any_of && s->any_of[0])
		return render_plausible(s->any_of[0]);
	if (s->values && (s->types & FORGE_TYPE_INTEGER))
		return json_integer(strtoll(s->values[0], NULL, 10));
	if (s->values)
		return json_string(s->values[0]);
	if (s->types & FORGE_TYPE_STRING)
		return plausible_text(s);
	if (s->types & (FORGE_TYPE_INTEGER | FORGE_TYPE_NUMBER))
		return json_integer(least);
	if (s->types & FORGE_TYPE_BOOLEAN)
		return json_false();
	return s->types & FORGE_TYPE_ARRAY ? json_array() : plausible_object(s);
}

static unsigned
type_of(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		return FORGE_TYPE_OBJECT;
	case JSON_ARRAY:
		return FORGE_TYPE_ARRAY;
	case JSON_STRING:
		return FORGE_TYPE_STRING;
	case JSON_INTEGER:
		return FORGE_TYPE_INTEGER | FORGE_TYPE_NUMBER;
	case JSON_REAL:
		return FORGE_TYPE_NUMBER;
	case JSON_TRUE:
	case JSON_FALSE:
		return FORGE_TYPE_BOOLEAN;
	case JSON_NULL:
		return FORGE_TYPE_NULL;
	}
	return 0;
}

static bool
is_listed(const struct forge_schema *s, const json_t *value)
{
	char number[32];
	const char *text = json_string_value(value);
	if (!s->values || json_is_null(value))
		return true;
	if (json_is_integer(value)) {
		snprintf(number, sizeof(number), "%lld",
			 (long long)json_integer_value(value));
		text = number;
	}
	for (const char *const *one = s->values; text && *one; one++) {
		if (str_eq(*one, text))
			return true;
	}
	return false;
}

/* A scalar as the other type that the schema wants; NULL: there is no sense in that. */
static json_t *
convert(unsigned types, const json_t *value)
{
	char text[32];
	int64_t n = 0;
	if ((types & FORGE_TYPE_STRING) && json_is_integer(value)) {
		snprintf(text, sizeof(text), "%lld",
			 (long long)json_integer_value(value));
		return json_string(text);
	}
	if ((types & (FORGE_TYPE_INTEGER | FORGE_TYPE_NUMBER)) && json_is_string(value) &&
	    parse_i64(json_string_value(value), INT64_MIN, INT64_MAX, &n) == 0)
		return json_integer(n);
	if ((types & FORGE_TYPE_BOOLEAN) && json_is_integer(value))
		return json_boolean(json_integer_value(value) != 0);
	return NULL;
}

json_t *
render_coerce(const struct forge_schema *s, const json_t *value)
{
	json_t *result = NULL;
	for (const struct forge_schema *const *one = s->any_of; one && *one && !result;
	     one++)
		result = render_coerce(*one, value);
	if (s->any_of && s->any_of[0])
		return result;
	if (s->types == 0 || (s->types & type_of(value)))
		result = json_deep_copy(value);
	else
		result = convert(s->types, value);
	if (result && is_listed(s, result))
		return result;
	json_decref(result);
	return NULL;
}

char *
render_id(const struct thing *t)
{
	const char *key = t->kind->key ? thing_text(t, t->kind->key) : NULL;
	return key ? str_dup(key) : str_format("%llu", (unsigned long long)t->id);
}

const char *
render_type(const struct kind *kind)
{
	const struct forge_resource *r =
		kind->resource ? forge_resource_find(kind->resource) : NULL;
	return kind->type || !r ? kind->type : r->type;
}

json_t *
render_identifier(const struct thing *t)
{
	auto_str id = render_id(t);
	return json_pack("{s:s?, s:s?}", "type", render_type(t->kind), "id", id);
}

void
render_put_link(struct buf *out, const struct thing *t)
{
	if (!t->parent)
		return;
	render_put_link(out, t->parent);
	buf_putc(out, '/');
	for (const char *p = t->kind->path; *p;) {
		size_t word = strcspn(p, "{");
		buf_append(out, p, word);
		p += word;
		if (*p != '{')
			continue;
		size_t len = strcspn(p, "}");
		auto_str name = str_ndup(p + 1, len - 1);
		auto_str id = str_eq(name, "id") ? render_id(t) : NULL;
		const char *text = id || !name ? id : thing_text(t, name);
		if (text)
			url_encode(out, text, strlen(text));
		p += len + 1;
	}
}

/* One attribute before the kind shapes them. */
static json_t *
attribute(const struct visit *v, const struct thing *t, const struct forge_field *f)
{
	const struct sequence_step *step = thing_step(v->world, t);
	const json_t *value = thing_get(t, f->name);
	json_t *result = NULL;
	if (step && str_eq(f->name, t->kind->state))
		return json_string(step->value);
	if (step && str_eq(f->name, t->kind->also))
		return json_string(step->also);
	if (str_eq(f->name, "created_at"))
		return resource_time(t->created_us);
	if (str_eq(f->name, "updated_at"))
		return resource_time(thing_updated_us(v->world, t));
	if (value)
		result = render_coerce(f->schema, value);
	return result ? result : render_plausible(f->schema);
}

json_t *
render_thing(struct visit *v, void *record, json_t *included)
{
	struct thing *t = record;
	const struct forge_resource *r = forge_resource_find(t->kind->resource);
	json_t *attributes = json_object();
	for (size_t i = 0; r && i < r->attributes->n_fields; i++)
		json_object_set_new(attributes, r->attributes->fields[i].name,
				    attribute(v, t, &r->attributes->fields[i]));
	if (t->kind->shape)
		t->kind->shape(v, t, attributes);
	auto_str id = render_id(t);
	auto_buf link = BUF_INIT(LINK_BYTES);
	buf_printf(&link, "%s/api", v->root);
	render_put_link(&link, t);
	json_t *resource = json_pack("{s:s?, s:s?, s:o, s:{s:{s:s}}}", "id", id, "type",
				     render_type(t->kind), "attributes", attributes,
				     "links", "self", "href", buf_str(&link));
	if (t->kind->relate && resource)
		t->kind->relate(v, t, resource, included);
	return resource;
}
