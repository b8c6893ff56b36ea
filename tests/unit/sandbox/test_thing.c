#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/str.h"
#include "forge/schema.h"
#include "forge/tree.h"
#include "sandbox/kind.h"
#include "sandbox/render.h"
#include "sandbox/snapshot.h"
#include "sandbox/world_deploy.h"
#include "stage.h"

static const char *
status(struct stage *s, const struct thing *t)
{
	const struct sequence_step *step = thing_step(s->world, t);
	return step && step->value ? step->value : "";
}

static struct thing *
add(struct stage *s, const struct kind *kind, struct thing *parent)
{
	struct thing *t = thing_new(s->world, kind, parent, 0);
	assert_non_null(t);
	return t;
}

static void
a_state_follows_from_the_time(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s);
	struct thing *t = add(&s, &kind_domain, s.shop->node);
	assert_string_equal(status(&s, t), "pending");
	stage_wait(&s, SECOND / 2);
	assert_string_equal(status(&s, t), "connecting");
	stage_wait(&s, SECOND);
	assert_string_equal(status(&s, t), "securing");
	assert_int_equal(thing_updated_us(s.world, t), s.now_us);
	stage_wait(&s, 2LL * SECOND - 1);
	assert_string_equal(status(&s, t), "securing");
	stage_wait(&s, 1);
	assert_string_equal(status(&s, t), "enabled");
	stage_wait(&s, 1000LL * SECOND);
	assert_string_equal(status(&s, t), "enabled");
	assert_true(thing_updated_us(s.world, t) < s.now_us);
	stage_close(&s);
}

static void
what_has_gone_is_not_found(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s);
	struct thing *node = s.shop->server->node;
	struct thing *t = add(&s, &kind_database, node);
	uint64_t id = t->id;
	thing_begin(s.world, t, &sequence_remove);
	assert_true(thing_find(s.world, node, &kind_database, id) == t);
	stage_wait(&s, SECOND);
	assert_null(thing_find(s.world, node, &kind_database, id));
	assert_int_equal(thing_count(s.world, node, &kind_database), 0);
	assert_true(add(&s, &kind_database, node)->id > id);
	stage_close(&s);
}

static void
children_go_with_their_parent(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s);
	size_t before = s.world->n_things;
	struct thing *t = add(&s, &kind_domain, s.shop->node);
	add(&s, &kind_certificate, t);
	add(&s, &kind_certificate, t);
	assert_int_equal(s.world->n_things, before + 3);
	thing_free(s.world, t);
	assert_int_equal(s.world->n_things, before);
	stage_close(&s);
}

static void
a_site_leaves_nothing_behind(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s);
	struct world_deployment *d = NULL;
	assert_int_equal(
		world_deploy_add(s.world, s.shop, WORLD_DEPLOY_FINISHED, "api", NULL, &d),
		0);
	assert_int_equal(
		world_deploy_add(s.world, s.blog, WORLD_DEPLOY_FINISHED, "api", NULL, &d),
		0);
	world_let_go(s.world, s.shop->node);
	world_sweep(s.world);
	assert_non_null(world_site_find(s.world, 1));
	stage_wait(&s, SECOND);
	world_sweep(s.world);
	assert_null(world_site_find(s.world, 1));
	assert_int_equal(fifo_count(&s.world->deployments), 1);
	world_deploy_advance_all(s.world);
	stage_wait(&s, 6LL * SECOND);
	world_deploy_advance_all(s.world);
	assert_int_equal(d->status, WORLD_DEPLOY_FINISHED);
	assert_int_equal(world_deploy_next_us(s.world), 0);
	world_sweep(s.world);
	assert_false(s.world->has_leaving);
	stage_close(&s);
}

static void
every_kind_can_be_shown(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_kinds; i++) {
		const struct kind *kind = kinds[i];
		assert_true(kind_find(kind->name) == kind);
		if (!kind->resource)
			continue;
		const struct forge_resource *r = forge_resource_find(kind->resource);
		assert_non_null(r);
		assert_non_null(render_type(kind));
		if (kind->state && !forge_schema_field(r->attributes, kind->state))
			fail_msg("%s has no %s", kind->resource, kind->state);
		if (kind->also && !forge_schema_field(r->attributes, kind->also))
			fail_msg("%s has no %s", kind->resource, kind->also);
	}
}

/* Every value of a sequence is one that the kind's attribute may have. */
static void
check_sequence(const struct kind *kind, const struct sequence *sequence)
{
	const struct forge_resource *r = forge_resource_find(kind->resource);
	const struct forge_field *f = forge_schema_field(r->attributes, kind->state);
	for (size_t i = 0; sequence && i < SEQUENCE_STEPS; i++) {
		const struct sequence_step *step = &sequence->steps[i];
		if (!step->value)
			break;
		auto_tree value = json_string(step->value);
		auto_tree fits = render_coerce(f->schema, value);
		if (!fits)
			fail_msg("%s may not be %s", kind->name, step->value);
		if (step->ms == 0)
			break;
	}
}

static void
sequences_have_values_of_the_catalogue(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_kinds; i++) {
		if (!kinds[i]->state)
			continue;
		check_sequence(kinds[i], kinds[i]->create);
		check_sequence(kinds[i], kinds[i]->update);
		check_sequence(kinds[i], kinds[i]->remove);
	}
	for (const struct sequence *const *one = sequences; *one; one++)
		assert_true(sequence_find((*one)->name) == *one);
}

static void
values_are_made_to_fit(void **state)
{
	(void)state;
	const struct forge_schema number = {.types = FORGE_TYPE_INTEGER,
					    .minimum = FORGE_NO_LIMIT};
	const struct forge_schema flag = {.types = FORGE_TYPE_BOOLEAN};
	json_t *text = json_string("8000");
	json_t *word = json_string("many");
	json_t *one = json_integer(1);
	json_t *made = render_coerce(&number, text);
	assert_int_equal(json_integer_value(made), 8000);
	json_decref(made);
	made = render_coerce(&flag, one);
	assert_true(json_is_true(made));
	assert_null(render_coerce(&number, word));
	json_decref(text);
	json_decref(word);
	json_decref(one);
}

/* A world of the same content as what the snapshot was taken of. */
static void
a_snapshot_is_read_back(void **state)
{
	(void)state;
	struct stage s;
	struct stage other;
	auto_str why = NULL;
	stage_open(&s);
	struct world_deployment *d = NULL;
	add(&s, &kind_certificate, add(&s, &kind_domain, s.shop->node));
	assert_int_equal(
		world_deploy_add(s.world, s.shop, WORLD_DEPLOY_FAILED, "push", NULL, &d),
		0);
	stage_wait(&s, 2LL * SECOND);
	world_deploy_advance(s.world, s.shop);
	struct access *a = access_new(s.world, 1000000, 60);
	assert_int_equal(access_add(a, "t", "name", "user", NULL), 0);
	json_t *first = snapshot_take(s.world, a);
	stage_open_empty(&other);
	struct access *b = access_new(other.world, 1000000, 60);
	assert_int_equal(snapshot_restore(first, other.world, b, &why), 0);
	json_t *second = snapshot_take(other.world, b);
	assert_true(json_equal(first, second));
	assert_non_null(access_find(b, "t"));
	json_decref(first);
	json_decref(second);
	access_free(a);
	access_free(b);
	stage_close(&s);
	stage_close(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_state_follows_from_the_time),
		cmocka_unit_test(what_has_gone_is_not_found),
		cmocka_unit_test(children_go_with_their_parent),
		cmocka_unit_test(a_site_leaves_nothing_behind),
		cmocka_unit_test(every_kind_can_be_shown),
		cmocka_unit_test(sequences_have_values_of_the_catalogue),
		cmocka_unit_test(values_are_made_to_fit),
		cmocka_unit_test(a_snapshot_is_read_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
