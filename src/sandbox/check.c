#include "sandbox/check.h"

#include "base/buf.h"
#include "sandbox/laravel.h"

bool
check_refuse(struct visit *v, const char *field)
{
	auto_str says = str_format("The selected %s is invalid.", field);
	laravel_refuse(v, field, says ? says : "");
	return false;
}

bool
check_missing(struct visit *v, const char *field)
{
	auto_str says = str_format("The %s field is required.", field);
	laravel_refuse(v, field, says ? says : "");
	return false;
}

static uint64_t
number_of(const json_t *value)
{
	uint64_t n = 0;
	if (json_is_integer(value) && json_integer_value(value) > 0)
		return (uint64_t)json_integer_value(value);
	const char *text = json_string_value(value);
	return text && parse_u64(text, 1, INT64_MAX, &n) == 0 ? n : 0;
}

const char *
check_text(const struct visit *v, const char *field)
{
	return json_string_value(json_object_get(v->body, field));
}

uint64_t
check_number(const struct visit *v, const char *field)
{
	return number_of(json_object_get(v->body, field));
}

bool
check_ids(struct visit *v, const char *field, struct thing *owner,
	  const struct kind *kind)
{
	const json_t *value = json_object_get(v->body, field);
	if (!value || json_is_null(value))
		return true;
	if (!json_is_array(value))
		return thing_find(v->world, owner, kind, number_of(value)) ||
		       check_refuse(v, field);
	for (size_t i = 0; i < json_array_size(value); i++) {
		auto_str member = str_format("%s.%zu", field, i);
		if (!thing_find(v->world, owner, kind,
				number_of(json_array_get(value, i))))
			return check_refuse(v, member ? member : field);
	}
	return true;
}

struct thing *
check_thing(struct visit *v, const char *field, struct thing *owner,
	    const struct kind *kind)
{
	struct thing *t = thing_find(v->world, owner, kind, check_number(v, field));
	if (!t)
		check_refuse(v, field);
	return t;
}

bool
check_servers(struct visit *v, const char *field)
{
	const json_t *list = json_object_get(v->body, field);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const struct world_server *server =
			world_server_find(v->world, number_of(json_array_get(list, i)));
		auto_str member = str_format("%s.%zu", field, i);
		if (!server || (v->org && server->org != v->org))
			return check_refuse(v, member ? member : field);
	}
	return true;
}
