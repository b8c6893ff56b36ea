#include "forge/arguments.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "forge/schema.h"
#include "forge/tree.h"

struct forge_arguments {
	const struct forge_operation *op;
	char *organization;
	char *server;
	char *site;
	json_t *params;
	json_t *body;
	struct buf params_text;
	struct buf body_text;
};

struct forge_arguments *
forge_arguments_new(const struct forge_operation *op)
{
	struct forge_arguments *a = x_new(struct forge_arguments);
	if (!a)
		return NULL;
	a->op = op;
	a->params = json_object();
	a->body = json_object();
	buf_init(&a->params_text, LIMIT_FORGE_ANSWER_BYTES);
	buf_init(&a->body_text, LIMIT_FORGE_ANSWER_BYTES);
	if (a->params && a->body)
		return a;
	forge_arguments_free(a);
	return NULL;
}

void
forge_arguments_free(struct forge_arguments *a)
{
	if (!a)
		return;
	str_free(a->organization);
	str_free(a->server);
	str_free(a->site);
	json_decref(a->params);
	json_decref(a->body);
	buf_done(&a->params_text);
	buf_done(&a->body_text);
	mem_free(a);
}

/* --- one value -----------------------------------------------------------------------
 */

static json_t *make_value(const struct forge_schema *s, const char *text, size_t len);

/* JSON when it begins like an array or object and is one. */
static json_t *
make_nested(const char *text, size_t len)
{
	if (len == 0 || (*text != '[' && *text != '{'))
		return NULL;
	return tree_parse(text, len);
}

/* "a,b" as an array. */
static json_t *
make_list(const struct forge_schema *s, const char *text, size_t len)
{
	json_t *list = json_array();
	const char *end = text + len;
	while (list && text < end) {
		const char *comma = memchr(text, ',', (size_t)(end - text));
		size_t n = (size_t)((comma ? comma : end) - text);
		json_t *item = s->items ? make_value(s->items, text, n)
					: json_stringn(text, n);
		if (json_array_append_new(list, item) < 0) {
			json_decref(list);
			return NULL;
		}
		text += n + (comma != NULL);
	}
	return list;
}

static json_t *
make_scalar(const struct forge_schema *s, const char *text, size_t len)
{
	struct slice word = {text, len};
	if ((s->types & FORGE_TYPE_NULL) && slice_eq_str(word, "null"))
		return json_null();
	if (s->types & FORGE_TYPE_BOOLEAN) {
		if (slice_eq_str(word, "true") || slice_eq_str(word, "1"))
			return json_true();
		if (slice_eq_str(word, "false") || slice_eq_str(word, "0"))
			return json_false();
	}
	if (s->types & (FORGE_TYPE_INTEGER | FORGE_TYPE_NUMBER)) {
		json_t *number = tree_parse(text, len);
		if (json_is_integer(number) ||
		    (json_is_real(number) && (s->types & FORGE_TYPE_NUMBER)))
			return number;
		json_decref(number);
	}
	return NULL;
}

/* What does not fit becomes a string, so that the check can say what is wrong with it. */
static json_t *
make_value(const struct forge_schema *s, const char *text, size_t len)
{
	json_t *value = make_scalar(s, text, len);
	bool nests = s->types == 0 || (s->types & (FORGE_TYPE_ARRAY | FORGE_TYPE_OBJECT));
	if (!value && nests)
		value = make_nested(text, len);
	if (!value && (s->types & FORGE_TYPE_ARRAY))
		value = make_list(s, text, len);
	return value ? value : json_stringn(text, len);
}

/* --- where it goes -------------------------------------------------------------------
 */

static const struct forge_schema *
find_parameter(const struct forge_parameter *params, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(params[i].name, name))
			return params[i].schema;
	}
	return NULL;
}

static const struct forge_schema *
find_any_parameter(const struct forge_operation *op, const char *name)
{
	const struct forge_schema *s =
		find_parameter(op->path_params, op->n_path_params, name);
	return s ? s : find_parameter(op->query_params, op->n_query_params, name);
}

/* A name given again extends a list. Takes value over. */
static int
put(json_t *object, const char *name, json_t *value)
{
	json_t *known = json_object_get(object, name);
	if (!value)
		return -ENOMEM;
	if (!json_is_array(known) || !json_is_array(value))
		return json_object_set_new(object, name, value) < 0 ? -ENOMEM : 0;
	int rc = json_array_extend(known, value);
	json_decref(value);
	return rc < 0 ? -ENOMEM : 0;
}

/* The member object of that name, made when it is not there. */
static json_t *
go_down(json_t *object, const char *name)
{
	json_t *inner = json_object_get(object, name);
	if (json_is_object(inner))
		return inner;
	return json_object_set_new(object, name, json_object()) < 0
		       ? NULL
		       : json_object_get(object, name);
}

static int
put_member(json_t *object, const struct forge_schema *s, const char *name,
	   const char *value)
{
	const struct forge_field *f = forge_schema_field(s, name);
	const char *dot = strchr(name, '.');
	if (f)
		return put(object, name, make_value(f->schema, value, strlen(value)));
	auto_str first = dot ? str_ndup(name, (size_t)(dot - name)) : NULL;
	f = first ? forge_schema_field(s, first) : NULL;
	if (!f)
		return -ENOENT;
	json_t *inner = go_down(object, first);
	return inner ? put_member(inner, f->schema, dot + 1, value) : -ENOMEM;
}

/* All names that op takes, to find the nearest. */
static int
say_unknown(const struct forge_operation *op, const char *name, struct buf *why)
{
	size_t n_body = op->body ? op->body->n_fields : 0;
	const char **names = x_new_array(
		const char *, op->n_path_params + op->n_query_params + n_body + 1);
	size_t n = 0;
	for (size_t i = 0; names && i < op->n_path_params; i++)
		names[n++] = op->path_params[i].name;
	for (size_t i = 0; names && i < op->n_query_params; i++)
		names[n++] = op->query_params[i].name;
	for (size_t i = 0; names && i < n_body; i++)
		names[n++] = op->body->fields[i].name;
	const char *near = names ? str_nearest(name, names, n) : NULL;
	buf_printf(why, "%s takes no \"%s\"", op->id, name);
	if (near)
		buf_printf(why, "; did you mean \"%s\"?", near);
	mem_free(names);
	return -EINVAL;
}

/* The place of a name that is resolved rather than typed; NULL: none of these. */
static char **
place_of(struct forge_arguments *a, const char *name)
{
	if (str_eq(name, "organization"))
		return &a->organization;
	if (str_eq(name, "server"))
		return &a->server;
	return str_eq(name, "site") ? &a->site : NULL;
}

/* A place that the path does not hold may still lead to one that it does. */
static bool
is_useful(const struct forge_operation *op, const char *place)
{
	if (str_eq(place, "organization"))
		return !op->body || !forge_schema_field(op->body, place);
	return str_eq(place, "server") ? forge_operation_needs(op, "site")
				       : forge_operation_needs(op, "server");
}

int
forge_arguments_add(struct forge_arguments *a, const char *name, const char *value,
		    struct buf *why)
{
	const struct forge_operation *op = a->op;
	char **place = place_of(a, name);
	const struct forge_schema *s = find_any_parameter(op, name);
	if (place && (s || is_useful(op, name)))
		return str_set(place, value);
	if (s)
		return put(a->params, name, make_value(s, value, strlen(value)));
	bool plain = !str_starts(name, "body.");
	int rc = op->body ? put_member(a->body, op->body, plain ? name : name + 5, value)
			  : -ENOENT;
	return rc == -ENOENT ? say_unknown(op, name, why) : rc;
}

int
forge_arguments_set_body(struct forge_arguments *a, const char *json, struct buf *why)
{
	json_error_t error;
	json_t *body = json_loads(json, JSON_REJECT_DUPLICATES, &error);
	if (!json_is_object(body)) {
		if (body)
			buf_puts(why, "the body must be a JSON object");
		else
			buf_printf(why, "the body is no JSON: line %d: %s", error.line,
				   error.text);
		json_decref(body);
		return -EINVAL;
	}
	json_decref(a->body);
	a->body = body;
	return 0;
}

bool
forge_arguments_is_file(const struct forge_arguments *a, const char *name)
{
	const struct forge_field *f = a->op->body ? forge_schema_field(a->op->body, name)
						  : NULL;
	return f && str_eq(f->schema->format, "binary");
}

int
forge_arguments_fill(struct forge_arguments *a, struct forge_request *rq)
{
	buf_reset(&a->params_text);
	buf_reset(&a->body_text);
	if (tree_put(&a->params_text, a->params) < 0 ||
	    tree_put(&a->body_text, a->body) < 0)
		return -ENOMEM;
	rq->operation = a->op->id;
	rq->organization = a->organization;
	rq->server = a->server;
	rq->site = a->site;
	rq->params = buf_str(&a->params_text);
	rq->body = buf_str(&a->body_text);
	return 0;
}
