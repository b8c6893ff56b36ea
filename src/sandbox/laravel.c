#include "sandbox/laravel.h"

#include <regex.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "forge/operation.h"
#include "forge/schema.h"
#include "sandbox/multipart.h"

#define PATH_BYTES    512
#define MESSAGE_BYTES 4096
#define MAX_DEPTH     16

/* The mistakes found so far, in Laravel's form; a quiet one only counts. */
struct mistakes {
	json_t *errors; /* {"field": ["text"]}; NULL: quiet */
	char *first;	/* owned */
	size_t count;
};

/* A value and how errors call it: "domains.0.name". */
struct place {
	const char *path;
	unsigned depth;
};

static bool check_value(const struct forge_schema *s, const json_t *value,
			struct place at, struct mistakes *m);

static void
mistakes_done(struct mistakes *m)
{
	json_decref(m->errors);
	str_free(m->first);
}

/* Laravel writes an attribute's name with blanks for underscores. */
static void
put_attribute(struct buf *out, const char *path)
{
	for (const char *p = path; *p; p++)
		buf_putc(out, *p == '_' ? ' ' : *p);
}

/* text: before and behind the attribute's name, as in "The %s field is required.". */
static bool
mistake(struct mistakes *m, struct place at, const char *before, const char *behind)
{
	m->count++;
	if (!m->errors)
		return false;
	auto_buf text = BUF_INIT(MESSAGE_BYTES);
	buf_puts(&text, before);
	put_attribute(&text, at.path);
	buf_puts(&text, behind);
	if (!m->first)
		m->first = str_dup(buf_str(&text));
	json_t *list = json_object_get(m->errors, at.path);
	if (!list) {
		json_object_set_new(m->errors, at.path, json_array());
		list = json_object_get(m->errors, at.path);
	}
	json_array_append_new(list, json_string(buf_str(&text)));
	return false;
}

static bool
field_mistake(struct mistakes *m, struct place at, const char *behind)
{
	return mistake(m, at, "The ", behind);
}

static bool
limit_mistake(struct mistakes *m, struct place at, const char *words, int64_t limit,
	      const char *unit)
{
	auto_buf behind = BUF_INIT(MESSAGE_BYTES);
	buf_printf(&behind, " field must %s %lld%s.", words, (long long)limit, unit);
	return field_mistake(m, at, buf_str(&behind));
}

/* Laravel turns empty strings into null before it looks. */
static bool
is_nothing(const json_t *value)
{
	return !value || json_is_null(value) ||
	       (json_is_string(value) && json_string_length(value) == 0);
}

static bool
is_digits(const json_t *value)
{
	int64_t n = 0;
	return json_is_string(value) &&
	       parse_i64(json_string_value(value), INT64_MIN, INT64_MAX, &n) == 0;
}

static bool
is_boolean_like(const json_t *value)
{
	bool is_bit = json_is_integer(value) &&
		      (json_integer_value(value) == 0 || json_integer_value(value) == 1);
	return json_is_boolean(value) || is_bit;
}

/* Whether the value is of one of the types, as loosely as Laravel takes them. */
static bool
has_type(unsigned types, const json_t *value)
{
	return types == 0 || ((types & FORGE_TYPE_STRING) && json_is_string(value)) ||
	       ((types & FORGE_TYPE_INTEGER) &&
		(json_is_integer(value) || is_digits(value))) ||
	       ((types & FORGE_TYPE_NUMBER) &&
		(json_is_number(value) || is_digits(value))) ||
	       ((types & FORGE_TYPE_BOOLEAN) && is_boolean_like(value)) ||
	       ((types & FORGE_TYPE_ARRAY) && json_is_array(value)) ||
	       ((types & FORGE_TYPE_OBJECT) && json_is_object(value));
}

static bool
type_mistake(unsigned types, struct place at, struct mistakes *m)
{
	static const struct {
		unsigned type;
		const char *behind;
	} rows[] = {
		{FORGE_TYPE_STRING, " field must be a string."},
		{FORGE_TYPE_INTEGER, " field must be an integer."},
		{FORGE_TYPE_NUMBER, " field must be a number."},
		{FORGE_TYPE_BOOLEAN, " field must be true or false."},
		{FORGE_TYPE_ARRAY | FORGE_TYPE_OBJECT, " field must be an array."},
	};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (types & rows[i].type)
			return field_mistake(m, at, rows[i].behind);
	}
	return field_mistake(m, at, " field is invalid.");
}

static size_t
count_characters(const char *text, size_t len)
{
	size_t n = 0;
	size_t i = 0;
	while (i < len) {
		size_t step = utf8_length(text + i, len - i);
		i += step > 0 ? step : 1;
		n++;
	}
	return n;
}

static bool
matches(const char *expression, const char *text)
{
	regex_t regex;
	if (regcomp(&regex, expression, REG_EXTENDED | REG_NOSUB) != 0)
		return true; /* a pattern that cannot be told here refuses nothing */
	bool hit = regexec(&regex, text, 0, NULL, 0) == 0;
	regfree(&regex);
	return hit;
}

static const char *
format_words(const char *format, const char *text)
{
	const char *at = strchr(text, '@');
	if (str_eq(format, "uri") && !strstr(text, "://"))
		return " field must be a valid URL.";
	if (str_eq(format, "email") && (!at || at == text || at[1] == '\0'))
		return " field must be a valid email address.";
	if (str_eq(format, "uuid") && strlen(text) != 36)
		return " field must be a valid UUID.";
	return NULL;
}

static bool
check_string(const struct forge_schema *s, const json_t *value, struct place at,
	     struct mistakes *m)
{
	const char *text = json_string_value(value);
	int64_t n = (int64_t)count_characters(text, json_string_length(value));
	if (s->min_length != FORGE_NO_LIMIT && n < s->min_length)
		return limit_mistake(m, at, "be at least", s->min_length, " characters");
	if (s->max_length != FORGE_NO_LIMIT && n > s->max_length)
		return limit_mistake(m, at, "not be greater than", s->max_length,
				     " characters");
	if (s->regex && !matches(s->regex, text))
		return field_mistake(m, at, " field format is invalid.");
	const char *words = s->format ? format_words(s->format, text) : NULL;
	return !words || field_mistake(m, at, words);
}

static bool
check_number(const struct forge_schema *s, const json_t *value, struct place at,
	     struct mistakes *m)
{
	double n = json_number_value(value);
	if (s->minimum != FORGE_NO_LIMIT && n < (double)s->minimum)
		return limit_mistake(m, at, "be at least", s->minimum, "");
	if (s->maximum != FORGE_NO_LIMIT && n > (double)s->maximum)
		return limit_mistake(m, at, "not be greater than", s->maximum, "");
	return true;
}

/* A value of an enumeration, numbers compared as text. */
static bool
is_one_of(const char *const *values, const json_t *value)
{
	char number[32];
	const char *text = json_string_value(value);
	if (json_is_integer(value)) {
		snprintf(number, sizeof(number), "%lld",
			 (long long)json_integer_value(value));
		text = number;
	} else if (json_is_boolean(value)) {
		text = json_is_true(value) ? "true" : "false";
	}
	for (; text && *values; values++) {
		if (str_eq(*values, text))
			return true;
	}
	return false;
}

static bool
check_items(const struct forge_schema *s, const json_t *list, struct place at,
	    struct mistakes *m)
{
	bool ok = true;
	if (s->min_items != FORGE_NO_LIMIT &&
	    (int64_t)json_array_size(list) < s->min_items)
		return limit_mistake(m, at, "have at least", s->min_items, " items");
	for (size_t i = 0; s->items && i < json_array_size(list); i++) {
		auto_buf path = BUF_INIT(PATH_BYTES);
		buf_printf(&path, "%s.%zu", at.path, i);
		struct place item = {buf_str(&path), at.depth + 1};
		ok = check_value(s->items, json_array_get(list, i), item, m) && ok;
	}
	return ok;
}

static bool
check_fields(const struct forge_schema *s, const json_t *object, struct place at,
	     struct mistakes *m)
{
	bool ok = true;
	for (size_t i = 0; i < s->n_fields; i++) {
		const struct forge_field *field = &s->fields[i];
		const json_t *value = json_object_get(object, field->name);
		auto_buf path = BUF_INIT(PATH_BYTES);
		buf_printf(&path, "%s%s%s", at.path, *at.path ? "." : "", field->name);
		struct place member = {buf_str(&path), at.depth + 1};
		bool nullable = (field->schema->types & FORGE_TYPE_NULL) ||
				field->schema->any_of;
		if (!value && !field->required)
			continue;
		if (field->required && is_nothing(value) && !(value && nullable))
			ok = field_mistake(m, member, " field is required.");
		else
			ok = check_value(field->schema, value, member, m) && ok;
	}
	return ok;
}

static bool
check_any_of(const struct forge_schema *s, const json_t *value, struct place at,
	     struct mistakes *m)
{
	for (const struct forge_schema *const *one = s->any_of; *one; one++) {
		struct mistakes quiet = {0};
		if (check_value(*one, value, at, &quiet))
			return true;
	}
	return check_value(s->any_of[0], value, at, m);
}

static bool
check_value(const struct forge_schema *s, const json_t *value, struct place at,
	    struct mistakes *m)
{
	if (at.depth > MAX_DEPTH)
		return field_mistake(m, at, " field is invalid.");
	if (s->any_of && s->any_of[0])
		return check_any_of(s, value, at, m);
	if (is_nothing(value) && (s->types & FORGE_TYPE_NULL))
		return true;
	if (!has_type(s->types, value))
		return type_mistake(s->types, at, m);
	if (s->values && !json_is_array(value) && !json_is_object(value) &&
	    !is_one_of(s->values, value))
		return mistake(m, at, "The selected ", " is invalid.");
	if (json_is_string(value) && (s->types & FORGE_TYPE_STRING))
		return check_string(s, value, at, m);
	if (json_is_number(value))
		return check_number(s, value, at, m);
	if (json_is_array(value))
		return check_items(s, value, at, m);
	return !json_is_object(value) || check_fields(s, value, at, m);
}

/* Answers with 422 when there is any mistake. */
static bool
conclude(struct visit *v, struct mistakes *m)
{
	if (m->count == 0)
		return true;
	auto_buf message = BUF_INIT(MESSAGE_BYTES);
	buf_puts(&message, m->first ? m->first : "The given data was invalid.");
	if (m->count > 1)
		buf_printf(&message, " (and %zu more error%s)", m->count - 1,
			   m->count > 2 ? "s" : "");
	visit_error(v, 422, buf_str(&message));
	json_object_set(v->answer, "errors", m->errors);
	return false;
}

bool
laravel_check_body(struct visit *v)
{
	const struct forge_schema *s = v->operation->body;
	struct mistakes m = {.errors = json_object()};
	struct place top = {"", 0};
	json_t *nothing = json_object();
	if (str_eq(v->operation->body_type, "multipart/form-data") && !v->body)
		v->body = multipart_read(v->content_type, v->raw);
	if (!s || !m.errors || !nothing) {
		mistakes_done(&m);
		json_decref(nothing);
		return true;
	}
	/* A body that is no JSON object has no fields, says Laravel. */
	const json_t *body = json_is_object(v->body) ? v->body : nothing;
	check_value(s, body, top, &m);
	bool ok = conclude(v, &m);
	mistakes_done(&m);
	json_decref(nothing);
	return ok;
}

void
laravel_refuse(struct visit *v, const char *field, const char *text)
{
	visit_error(v, 422, text);
	json_object_set_new(v->answer, "errors", json_pack("{s:[s]}", field, text));
}

static const struct forge_parameter *
find_query(const struct forge_operation *op, const char *name)
{
	for (size_t i = 0; i < op->n_query_params; i++) {
		if (str_eq(op->query_params[i].name, name))
			return &op->query_params[i];
	}
	return NULL;
}

static bool
is_listed(const char *const *values, const char *word, size_t len)
{
	for (; values && *values; values++) {
		if (strlen(*values) == len && strncmp(*values, word, len) == 0)
			return true;
	}
	return false;
}

/* kind: "sort" or "include". */
static void
refuse_word(struct visit *v, const char *kind, struct slice word,
	    const char *const *allowed)
{
	auto_buf text = BUF_INIT(MESSAGE_BYTES);
	buf_printf(&text, "Requested %s(s) `%.*s` are not allowed. Allowed %s(s) are `",
		   kind, (int)word.len, word.data, kind);
	for (size_t i = 0; allowed[i]; i++)
		buf_printf(&text, "%s%s", i > 0 ? ", " : "", allowed[i]);
	buf_puts(&text, "`.");
	visit_error(v, 400, buf_str(&text));
}

/* A comma-separated parameter whose words the catalogue lists. */
static bool
check_words(struct visit *v, const char *name)
{
	const struct forge_parameter *param = find_query(v->operation, name);
	const struct forge_schema *items = param ? param->schema->items : NULL;
	const char *p = visit_query(v, name);
	while (p && *p && items && items->values) {
		size_t len = strcspn(p, ",");
		if (!is_listed(items->values, p, len)) {
			refuse_word(v, name, (struct slice){p, len}, items->values);
			return false;
		}
		p += len + (p[len] == ',');
	}
	return true;
}

static bool
has_filters(const struct forge_operation *op)
{
	for (size_t i = 0; i < op->n_query_params; i++) {
		if (str_starts(op->query_params[i].name, "filter["))
			return true;
	}
	return false;
}

static bool
check_filters(struct visit *v)
{
	for (size_t i = 0; i < v->n_query; i++) {
		const char *name = v->query[i].name;
		if (!str_starts(name, "filter[") || find_query(v->operation, name))
			continue;
		auto_buf text = BUF_INIT(MESSAGE_BYTES);
		buf_printf(&text, "Requested filter(s) `%.*s` are not allowed.",
			   (int)strcspn(name + strlen("filter["), "]"),
			   name + strlen("filter["));
		visit_error(v, 400, buf_str(&text));
		return false;
	}
	return true;
}

bool
laravel_check_query(struct visit *v)
{
	if (has_filters(v->operation) && !check_filters(v))
		return false;
	return check_words(v, "sort") && check_words(v, "include");
}
