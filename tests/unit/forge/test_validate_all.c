/*
 * The check of bodies, for every operation of the catalogue that takes one: what fits
 * passes, and each way of not fitting is refused, at each member.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "forge/tree.h"
#include "sample.h"

struct seen {
	size_t n;
	char where[256]; /* of the first mistake */
};

static void
on_mistake(const char *where, const char *text, void *arg)
{
	struct seen *s = arg;
	assert_true(*text != '\0');
	if (s->n++ == 0)
		snprintf(s->where, sizeof(s->where), "%s", where);
}

static struct seen
check(const struct forge_operation *op, const json_t *body)
{
	struct seen s = {0};
	auto_str params = sample_params(op);
	char *text = json_dumps(body, JSON_COMPACT);
	size_t n = forge_validate(op, params, text, on_mistake, &s);
	assert_int_equal(n, s.n);
	free(text);
	return s;
}

/* Refused, with a mistake at the member (or inside it, or at the body). */
static void
refuse(const struct forge_operation *op, const json_t *body, const char *member)
{
	struct seen s = check(op, body);
	auto_str where = str_format("/body/%s", member);
	if (s.n == 0)
		fail_msg("%s: a wrong %s passes", op->id, member);
	if (!str_starts(s.where, where))
		fail_msg("%s: %s told at %s", op->id, member, s.where);
}

/* Runs fn on every operation with a body that has members. Returns how many. */
typedef unsigned body_fn(const struct forge_operation *op, json_t *body);
static unsigned
for_each_body(body_fn *fn)
{
	unsigned n = 0;
	for (size_t i = 0; i < forge_n_operations; i++) {
		const struct forge_operation *op = &forge_operations[i];
		if (!op->body)
			continue;
		json_t *body = sample_whole(op->body);
		n += fn(op, body);
		json_decref(body);
	}
	return n;
}

static unsigned
take_both(const struct forge_operation *op, json_t *whole)
{
	auto_tree least = sample_value(op->body);
	struct seen s = check(op, whole);
	if (s.n > 0)
		fail_msg("%s: a whole body fails at %s", op->id, s.where);
	s = check(op, least);
	if (s.n > 0)
		fail_msg("%s: the least body fails at %s", op->id, s.where);
	return 1;
}

static unsigned
refuse_unknown(const struct forge_operation *op, json_t *body)
{
	if (op->body->n_fields == 0)
		return 0;
	json_object_set_new(body, "surely_unknown", json_true());
	refuse(op, body, "surely_unknown");
	return 1;
}

static unsigned
refuse_missing(const struct forge_operation *op, json_t *body)
{
	unsigned n = 0;
	for (size_t i = 0; i < op->body->n_fields; i++) {
		const struct forge_field *f = &op->body->fields[i];
		if (!f->required || (!op->body_required && json_object_size(body) == 1))
			continue;
		json_t *kept = json_incref(json_object_get(body, f->name));
		json_object_del(body, f->name);
		if (json_object_size(body) > 0 || op->body_required)
			refuse(op, body, f->name);
		json_object_set_new(body, f->name, kept);
		n++;
	}
	return n;
}

static json_t *
of_another_type(const struct forge_schema *s)
{
	if (!(s->types & FORGE_TYPE_OBJECT))
		return json_pack("{s:i}", "a", 1);
	return s->types & FORGE_TYPE_BOOLEAN ? json_pack("[i]", 1) : json_true();
}

/* Replaces the member by value (taken over) and wants a refusal. */
static unsigned
refuse_value(const struct forge_operation *op, json_t *body, const struct forge_field *f,
	     json_t *value)
{
	json_t *kept = json_incref(json_object_get(body, f->name));
	json_object_set_new(body, f->name, value);
	refuse(op, body, f->name);
	json_object_set_new(body, f->name, kept);
	return 1;
}

static unsigned
refuse_types(const struct forge_operation *op, json_t *body)
{
	unsigned n = 0;
	for (size_t i = 0; i < op->body->n_fields; i++) {
		const struct forge_field *f = &op->body->fields[i];
		if (f->schema->types == 0)
			continue;
		refuse_value(op, body, f, of_another_type(f->schema));
		if (!(f->schema->types & FORGE_TYPE_NULL))
			refuse_value(op, body, f, json_null());
		if (f->schema->types == FORGE_TYPE_INTEGER)
			refuse_value(op, body, f, json_string("12"));
		n++;
	}
	return n;
}

static json_t *
long_text(size_t n)
{
	auto_str text = calloc(1, n + 1);
	memset(text, 'a', n);
	return json_string(text);
}

static unsigned
refuse_limits(const struct forge_operation *op, json_t *body)
{
	unsigned n = 0;
	for (size_t i = 0; i < op->body->n_fields; i++) {
		const struct forge_field *f = &op->body->fields[i];
		const struct forge_schema *s = f->schema;
		if (s->values)
			n += refuse_value(op, body, f, json_string("no such value"));
		if (s->max_length != FORGE_NO_LIMIT)
			n += refuse_value(op, body, f,
					  long_text((size_t)s->max_length + 1));
		if (s->min_length > 0)
			n += refuse_value(op, body, f, json_string(""));
		if (s->minimum != FORGE_NO_LIMIT)
			n += refuse_value(op, body, f, json_integer(s->minimum - 1));
		if (s->maximum != FORGE_NO_LIMIT)
			n += refuse_value(op, body, f, json_integer(s->maximum + 1));
		if (s->min_items > 0)
			n += refuse_value(op, body, f, json_array());
		if (s->pattern)
			n += refuse_value(op, body, f, json_string("A b"));
		if (s->format && strcmp(s->format, "binary") != 0)
			n += refuse_value(op, body, f, json_string("odd one"));
		if (s->items && s->items->types)
			n += refuse_value(op, body, f,
					  json_pack("[o]", of_another_type(s->items)));
	}
	return n;
}

static void
what_fits_passes(void **state)
{
	(void)state;
	assert_true(for_each_body(take_both) > 80);
}

static void
an_unknown_member_is_refused(void **state)
{
	(void)state;
	assert_true(for_each_body(refuse_unknown) > 75);
}

static void
a_missing_member_is_refused(void **state)
{
	(void)state;
	assert_true(for_each_body(refuse_missing) > 100);
}

static void
a_member_of_another_type_is_refused(void **state)
{
	(void)state;
	assert_true(for_each_body(refuse_types) > 200);
}

static void
a_member_outside_its_limits_is_refused(void **state)
{
	(void)state;
	assert_true(for_each_body(refuse_limits) > 100);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_fits_passes),
		cmocka_unit_test(an_unknown_member_is_refused),
		cmocka_unit_test(a_missing_member_is_refused),
		cmocka_unit_test(a_member_of_another_type_is_refused),
		cmocka_unit_test(a_member_outside_its_limits_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
