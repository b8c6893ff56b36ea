/* Checks a call against the catalogue before it is sent; declared in forge/operation.h.
 */
#include <regex.h>
#include <stdarg.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "forge/operation.h"
#include "forge/schema.h"
#include "forge/tree.h"

struct check {
	bool templates; /* strings with "{{" pass */
	bool lenient;	/* a path or query parameter: any scalar is text on the wire */
	size_t mistakes;
	struct buf where; /* JSON pointer of the value at hand */
	forge_mistake_fn *on_mistake;
	void *arg;
};

static void check_value(struct check *c, const struct forge_schema *s,
			const json_t *value);

static void PRINTF_LIKE(2, 3) mistake(struct check *c, const char *fmt, ...)
{
	auto_buf text = BUF_INIT(LIMIT_TEXT_BYTES);
	va_list ap;
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	c->mistakes++;
	if (c->on_mistake)
		c->on_mistake(buf_str(&c->where), buf_str(&text), c->arg);
}

/* Goes down to a member (RFC 6901 escapes); returns where to go back to. */
static size_t
enter(struct check *c, const char *key)
{
	size_t before = c->where.len;
	buf_putc(&c->where, '/');
	for (; *key; key++) {
		if (*key == '~' || *key == '/')
			buf_puts(&c->where, *key == '~' ? "~0" : "~1");
		else
			buf_putc(&c->where, *key);
	}
	return before;
}

static void
leave(struct check *c, size_t before)
{
	buf_truncate(&c->where, before);
}

static unsigned
type_of(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_NULL:
		return FORGE_TYPE_NULL;
	case JSON_TRUE:
	case JSON_FALSE:
		return FORGE_TYPE_BOOLEAN;
	case JSON_INTEGER:
		return FORGE_TYPE_INTEGER | FORGE_TYPE_NUMBER;
	case JSON_REAL:
		return FORGE_TYPE_NUMBER;
	case JSON_STRING:
		return FORGE_TYPE_STRING;
	case JSON_ARRAY:
		return FORGE_TYPE_ARRAY;
	case JSON_OBJECT:
		return FORGE_TYPE_OBJECT;
	}
	return 0;
}

static bool
is_template(const struct check *c, const json_t *value)
{
	return c->templates && json_is_string(value) &&
	       strstr(json_string_value(value), "{{") != NULL;
}

/* What a parameter's text can stand for. */
static bool
fits_leniently(const struct forge_schema *s, const json_t *value)
{
	const char *text = json_string_value(value);
	if (s->types & FORGE_TYPE_STRING)
		return !json_is_object(value) && !json_is_array(value);
	if (s->types & FORGE_TYPE_ARRAY)
		return text != NULL; /* "a,b" */
	if (s->types & FORGE_TYPE_INTEGER)
		return text_is_digits(text);
	if (s->types & FORGE_TYPE_BOOLEAN)
		return str_eq(text, "0") || str_eq(text, "1");
	return false;
}

static size_t
characters(const char *text)
{
	size_t n = 0;
	for (; *text; text++)
		n += ((unsigned char)*text & 0xC0) != 0x80;
	return n;
}

static bool
matches(const char *regex, const char *text)
{
	regex_t compiled;
	if (regcomp(&compiled, regex, REG_EXTENDED | REG_NOSUB) != 0)
		return false;
	bool found = regexec(&compiled, text, 0, NULL, 0) == 0;
	regfree(&compiled);
	return found;
}

/* Forge checks formats for good; here only what cannot be right is caught. */
static const struct {
	const char *name;
	const char *regex;
} formats[] = {
	{"email", "^[^[:space:]@]+@[^[:space:]@]+$"},
	{"uri", "^[A-Za-z][A-Za-z0-9+.-]*:[^[:space:]]+$"},
	{"uuid", "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"},
};

static void
check_format(struct check *c, const struct forge_schema *s, const char *text)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		if (str_eq(s->format, formats[i].name) &&
		    !matches(formats[i].regex, text))
			mistake(c, "must be %s %s", *s->format == 'e' ? "an" : "a",
				s->format);
	}
}

static void
check_string(struct check *c, const struct forge_schema *s, const char *text)
{
	int64_t n = (int64_t)characters(text);
	if (s->min_length != FORGE_NO_LIMIT && n < s->min_length)
		mistake(c, "must have at least %lld characters",
			(long long)s->min_length);
	if (s->max_length != FORGE_NO_LIMIT && n > s->max_length)
		mistake(c, "must have at most %lld characters, has %lld",
			(long long)s->max_length, (long long)n);
	if (s->regex && !matches(s->regex, text))
		mistake(c, "must match %s", s->pattern);
	if (s->format)
		check_format(c, s, text);
}

static void
check_number(struct check *c, const struct forge_schema *s, double n)
{
	if (s->minimum != FORGE_NO_LIMIT && n < (double)s->minimum)
		mistake(c, "must be at least %lld", (long long)s->minimum);
	if (s->maximum != FORGE_NO_LIMIT && n > (double)s->maximum)
		mistake(c, "must be at most %lld", (long long)s->maximum);
}

static void
put_values(struct buf *out, const struct forge_schema *s)
{
	for (size_t i = 0; s->values[i]; i++)
		buf_printf(out, "%s%s", i > 0 ? ", " : "", s->values[i]);
}

static void
check_one_of(struct check *c, const struct forge_schema *s, const char *text)
{
	size_t n = 0;
	for (; s->values[n]; n++) {
		if (str_eq(s->values[n], text))
			return;
	}
	const char *near = str_nearest(text, s->values, n);
	auto_buf known = BUF_INIT(LIMIT_TEXT_BYTES);
	put_values(&known, s);
	auto_buf shown = BUF_INIT(LIMIT_TEXT_BYTES);
	message_put(&shown, text, LIMIT_WORD_BYTES);
	if (near)
		mistake(c, "\"%s\" is not one of %s; did you mean \"%s\"?",
			buf_str(&shown), buf_str(&known), near);
	else
		mistake(c, "\"%s\" is not one of %s", buf_str(&shown), buf_str(&known));
}

static void
check_enum(struct check *c, const struct forge_schema *s, const json_t *value)
{
	auto_buf text = BUF_INIT(LIMIT_FORGE_ANSWER_BYTES);
	if (json_is_null(value))
		return; /* the type said that null is right */
	tree_put_plain(&text, value);
	check_one_of(c, s, buf_str(&text));
}

static const char *
nearest_field(const struct forge_schema *s, const char *name)
{
	const char **names = x_new_array(const char *, s->n_fields);
	for (size_t i = 0; names && i < s->n_fields; i++)
		names[i] = s->fields[i].name;
	const char *near = names ? str_nearest(name, names, s->n_fields) : NULL;
	mem_free(names);
	return near;
}

static void
unknown_field(struct check *c, const char *near)
{
	if (near)
		mistake(c, "unknown field; did you mean \"%s\"?", near);
	else
		mistake(c, "unknown field");
}

static void
check_object(struct check *c, const struct forge_schema *s, const json_t *object)
{
	const char *key = NULL;
	json_t *member = NULL;
	/* jansson's loop macro needs a writable object; nothing is changed. */
	void *iter = json_object_iter((json_t *)(uintptr_t)object);
	for (; iter; iter = json_object_iter_next((json_t *)(uintptr_t)object, iter)) {
		key = json_object_iter_key(iter);
		member = json_object_iter_value(iter);
		const struct forge_field *f = forge_schema_field(s, key);
		size_t before = enter(c, key);
		if (f)
			check_value(c, f->schema, member);
		else if (s->n_fields > 0)
			unknown_field(c, nearest_field(s, key));
		leave(c, before);
	}
	for (size_t i = 0; i < s->n_fields; i++) {
		if (!s->fields[i].required || json_object_get(object, s->fields[i].name))
			continue;
		char types[128];
		size_t before = enter(c, s->fields[i].name);
		mistake(c, "is required (%s)",
			forge_schema_types(s->fields[i].schema, types, sizeof(types)));
		leave(c, before);
	}
}

static void
check_array(struct check *c, const struct forge_schema *s, const json_t *array)
{
	size_t n = json_array_size(array);
	if (s->min_items != FORGE_NO_LIMIT && (int64_t)n < s->min_items)
		mistake(c, "must have at least %lld items", (long long)s->min_items);
	for (size_t i = 0; s->items && i < n; i++) {
		char index[24];
		snprintf(index, sizeof(index), "%zu", i);
		size_t before = enter(c, index);
		check_value(c, s->items, json_array_get(array, i));
		leave(c, before);
	}
}

/* Whether one of the alternatives takes the value. */
static bool
any_of_fits(const struct check *c, const struct forge_schema *s, const json_t *value)
{
	for (size_t i = 0; s->any_of[i]; i++) {
		struct check trial = {.templates = c->templates,
				      .lenient = c->lenient,
				      .where = BUF_INIT(LIMIT_TEXT_BYTES)};
		check_value(&trial, s->any_of[i], value);
		buf_done(&trial.where);
		if (trial.mistakes == 0)
			return true;
	}
	return false;
}

static void
check_any_of(struct check *c, const struct forge_schema *s, const json_t *value)
{
	if (any_of_fits(c, s, value))
		return;
	/* The first alternative that has the type knows best what is wrong. */
	for (size_t i = 0; s->any_of[i]; i++) {
		if (s->any_of[i]->types & type_of(value)) {
			check_value(c, s->any_of[i], value);
			return;
		}
	}
	mistake(c, "fits none of its forms");
}

/* The items of "a,b", each against the schema of the array's items. */
static void
check_list_text(struct check *c, const struct forge_schema *s, const char *text)
{
	while (s->items && *text) {
		size_t n = strcspn(text, ",");
		auto_tree item = json_stringn(text, n);
		if (item)
			check_value(c, s->items, item);
		text += n + (text[n] == ',');
	}
}

static void
wrong_type(struct check *c, const struct forge_schema *s, const json_t *value)
{
	char wanted[128];
	char got[128];
	struct forge_schema found = {.types = type_of(value)};
	if (json_is_integer(value))
		found.types = FORGE_TYPE_INTEGER;
	mistake(c, "must be %s, is %s", forge_schema_types(s, wanted, sizeof(wanted)),
		forge_schema_types(&found, got, sizeof(got)));
}

static void
check_content(struct check *c, const struct forge_schema *s, const json_t *value)
{
	if (s->values)
		check_enum(c, s, value);
	if (json_is_string(value))
		check_string(c, s, json_string_value(value));
	else if (json_is_number(value))
		check_number(c, s, json_number_value(value));
	else if (json_is_object(value))
		check_object(c, s, value);
	else if (json_is_array(value))
		check_array(c, s, value);
}

static void
check_value(struct check *c, const struct forge_schema *s, const json_t *value)
{
	if (is_template(c, value))
		return;
	bool right = s->types == 0 || (s->types & type_of(value));
	if (!right && !(c->lenient && fits_leniently(s, value)))
		wrong_type(c, s, value);
	else if (s->any_of)
		check_any_of(c, s, value);
	else if (!right && (s->types & FORGE_TYPE_ARRAY))
		check_list_text(c, s, json_string_value(value));
	else
		check_content(c, s, value);
}

static bool
may_be_a_name(const char *param)
{
	return str_eq(param, "organization") || str_eq(param, "server") ||
	       str_eq(param, "site");
}

static const struct forge_parameter *
find_parameter(const struct forge_operation *op, const char *name)
{
	for (size_t i = 0; i < op->n_path_params; i++) {
		if (str_eq(op->path_params[i].name, name))
			return &op->path_params[i];
	}
	for (size_t i = 0; i < op->n_query_params; i++) {
		if (str_eq(op->query_params[i].name, name))
			return &op->query_params[i];
	}
	return NULL;
}

static void
unknown_parameter(struct check *c, const struct forge_operation *op, const char *name)
{
	size_t n = op->n_path_params + op->n_query_params;
	const char **names = x_new_array(const char *, n + 1);
	for (size_t i = 0; names && i < n; i++)
		names[i] = i < op->n_path_params
				   ? op->path_params[i].name
				   : op->query_params[i - op->n_path_params].name;
	unknown_field(c, names ? str_nearest(name, names, n) : NULL);
	mem_free(names);
}

static void
check_parameter(struct check *c, const struct forge_operation *op, const char *name,
		const json_t *value)
{
	const struct forge_parameter *p = find_parameter(op, name);
	bool name_or_id = may_be_a_name(name);
	if (!p && !name_or_id)
		unknown_parameter(c, op, name);
	else if (name_or_id && !json_is_string(value) && !json_is_integer(value))
		mistake(c, "must be a name or an id");
	else if (p && !name_or_id)
		check_value(c, p->schema, value);
}

static void
check_params(struct check *c, const struct forge_operation *op, const json_t *params)
{
	size_t before = enter(c, "params");
	void *iter = json_object_iter((json_t *)(uintptr_t)params);
	for (; iter; iter = json_object_iter_next((json_t *)(uintptr_t)params, iter)) {
		size_t inner = enter(c, json_object_iter_key(iter));
		check_parameter(c, op, json_object_iter_key(iter),
				json_object_iter_value(iter));
		leave(c, inner);
	}
	for (size_t i = 0; i < op->n_path_params; i++) {
		const struct forge_parameter *p = &op->path_params[i];
		/* these three come from elsewhere in a request, too */
		if (may_be_a_name(p->name) || json_object_get(params, p->name))
			continue;
		char types[128];
		size_t inner = enter(c, p->name);
		mistake(c, "is required (%s)",
			forge_schema_types(p->schema, types, sizeof(types)));
		leave(c, inner);
	}
	leave(c, before);
}

static void
check_body(struct check *c, const struct forge_operation *op, const json_t *body)
{
	size_t before = enter(c, "body");
	if (!op->body && json_object_size(body) > 0)
		mistake(c, "%s takes no body", op->id);
	else if (op->body && (json_object_size(body) > 0 || op->body_required))
		check_value(c, op->body, body);
	leave(c, before);
}

/* An object from text; *ret stays NULL for the empty one (NULL and ""). False after a
 * mistake. */
static bool
parse_object(struct check *c, const char *name, const char *text, json_t **ret)
{
	json_error_t error;
	if (str_is_empty(text))
		return true;
	json_t *tree = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	if (json_is_object(tree)) {
		*ret = tree;
		return true;
	}
	size_t before = enter(c, name);
	if (tree)
		mistake(c, "must be a JSON object");
	else
		mistake(c, "is no JSON: %s", error.text);
	leave(c, before);
	json_decref(tree);
	return false;
}

static size_t
validate(struct check *c, const struct forge_operation *op, const char *params,
	 const char *body)
{
	buf_init(&c->where, LIMIT_TEXT_BYTES);
	auto_tree params_tree = NULL;
	auto_tree body_tree = NULL;
	bool has_params = parse_object(c, "params", params, &params_tree);
	bool has_body = parse_object(c, "body", body, &body_tree);
	if (has_body && !body_tree && op->body_required) {
		body_tree = json_object(); /* for its missing fields to be named */
		has_body = body_tree != NULL;
	}
	c->lenient = true;
	if (has_params)
		check_params(c, op, params_tree);
	c->lenient = false;
	if (has_body)
		check_body(c, op, body_tree);
	buf_done(&c->where);
	return c->mistakes;
}

size_t
forge_validate(const struct forge_operation *op, const char *params, const char *body,
	       forge_mistake_fn *on_mistake, void *arg)
{
	struct check c = {.on_mistake = on_mistake, .arg = arg};
	return validate(&c, op, params, body);
}

size_t
forge_validate_template(const struct forge_operation *op, const char *params,
			const char *body, forge_mistake_fn *on_mistake, void *arg)
{
	struct check c = {.templates = true, .on_mistake = on_mistake, .arg = arg};
	return validate(&c, op, params, body);
}
