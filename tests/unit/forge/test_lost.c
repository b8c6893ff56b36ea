/*
 * Every operation that makes something which a list shows: its answer is lost after the
 * effect. forge_wait finds what it made, or says that it does not know; nothing is sent
 * twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/str.h"
#include "fake.h"
#include "forge/follow.h"
#include "forge/route.h"
#include "forge/tree.h"
#include "sample.h"

struct scene {
	const struct follow_row *row;
	const struct forge_operation *op;
	char *params;
	char *body;
	struct forge_request rq;
};

static void
scene_init(struct scene *s, const struct follow_row *row)
{
	s->row = row;
	s->op = forge_operation_find(row->operation);
	s->params = sample_params(s->op);
	s->body = sample_body(s->op);
	s->rq = (struct forge_request){.operation = s->op->id,
				       .organization = "acme",
				       .params = s->params,
				       .body = s->body};
	if (forge_operation_needs(s->op, "server"))
		s->rq.server = "1";
	if (forge_operation_needs(s->op, "site"))
		s->rq.site = "2";
}

static void
scene_done(struct scene *s)
{
	str_free(s->params);
	str_free(s->body);
}

/* "GET /orgs/acme/servers/1/sites*" */
static char *
pattern(const struct scene *s, const struct forge_operation *op, const char *id)
{
	auto_buf out = BUF_INIT(LIMIT_TEXT_BYTES);
	auto_tree params = tree_parse(s->params, strlen(s->params));
	if (id && s->row->id_param)
		json_object_set_new(params, s->row->id_param, json_string(id));
	struct route r = {
		.organization = "acme", .server = "1", .site = "2", .params = params};
	if (id && str_eq(s->row->id_param, "site"))
		r.site = id;
	if (id && str_eq(s->row->id_param, "server"))
		r.server = id;
	buf_printf(&out, "%s ", op->method);
	assert_int_equal(route_put(&out, op, &r), 0);
	return str_format("%s*", buf_str(&out));
}

static void
set_path(json_t *object, const char *path, json_t *value)
{
	const char *dot = strchr(path, '.');
	auto_str first = str_ndup(path, dot ? (size_t)(dot - path) : strlen(path));
	json_object_set_new(object, first,
			    dot ? json_pack("{s:o}", dot + 1, value) : value);
}

/* What Forge shows of what the request made, at its good end. */
static json_t *
resource(const struct scene *s, const char *id)
{
	json_t *attributes = json_object();
	auto_tree body = s->body ? tree_parse(s->body, strlen(s->body)) : NULL;
	for (size_t i = 0; i < ARRAY_LEN(s->row->same) && s->row->same[i].body; i++) {
		json_t *value = json_object_get(body, s->row->same[i].body);
		if (value)
			set_path(attributes, s->row->same[i].attribute,
				 json_incref(value));
	}
	if (s->row->status) {
		auto_str word = str_ndup(s->row->good, strcspn(s->row->good, " "));
		set_path(attributes, s->row->status, json_string(word));
	}
	if (s->row->flag)
		set_path(attributes, s->row->flag, json_true());
	return json_pack("{s:s, s:o}", "id", id, "attributes", attributes);
}

static char *
text_of(json_t *tree)
{
	char *text = json_dumps(tree, JSON_COMPACT);
	json_decref(tree);
	return text;
}

/* Runs one row; made: whether the request had its effect. */
static void
play(struct bench *b, const struct follow_row *row, bool made)
{
	struct scene s;
	scene_init(&s, row);
	const struct forge_operation *show = forge_operation_find(row->show);
	auto_str list = pattern(&s, forge_operation_find(row->list), NULL);
	auto_str post = pattern(&s, s.op, NULL);
	auto_str one = show ? pattern(&s, show, "90") : NULL;
	char *entries = text_of(json_pack("{s:[o]}", "data", resource(&s, "90")));
	char *entry = text_of(json_pack("{s:o}", "data", resource(&s, "90")));
	if (one)
		fake_add(b->fake, (struct fake_rule){one, .body = entry});
	fake_add(b->fake, (struct fake_rule){list, 1, .body = "{\"data\":[]}"});
	fake_add(b->fake, (struct fake_rule){post, .mode = FAKE_LOSE});
	fake_add(b->fake,
		 (struct fake_rule){list, .body = made ? entries : "{\"data\":[]}"});
	struct got g = {0};
	forge_wait(b->client, &s.rq, got_progress, got_result, &g);
	bench_wait(b, &g);
	if (g.kind != (made ? FORGE_OK : FORGE_UNCERTAIN) ||
	    fake_count(b->fake, "POST ") != 1)
		fail_msg("%s: %s: %s (%u sent)", row->operation, forge_kind_name(g.kind),
			 g.message, fake_count(b->fake, "POST "));
	assert_true(!made || str_eq(g.resource, "90"));
	got_done(&g);
	free(entries);
	free(entry);
	scene_done(&s);
}

static unsigned
play_all(bool made)
{
	unsigned n = 0;
	for (size_t i = 0; i < follow_n_rows; i++) {
		void *state = NULL;
		if (!follow_rows[i].list)
			continue;
		bench_setup(&state);
		play(state, &follow_rows[i], made);
		bench_teardown(&state);
		n++;
	}
	return n;
}

static void
what_was_made_is_found_and_not_made_again(void **state)
{
	(void)state;
	assert_int_equal(play_all(true), 29);
}

static void
what_cannot_be_seen_is_uncertain_and_not_made_again(void **state)
{
	(void)state;
	assert_int_equal(play_all(false), 29);
}

/* What no list shows: the end is uncertain, and nothing is sent again. */
static void
without_a_list_a_lost_answer_is_uncertain(void **state)
{
	struct bench *b = *state;
	unsigned n = 0;
	fake_add(b->fake, (struct fake_rule){"POST *", .mode = FAKE_LOSE});
	for (size_t i = 0; i < forge_n_operations; i++) {
		const struct forge_operation *op = &forge_operations[i];
		if (strcmp(op->method, "POST") != 0 || forge_can_adopt(op))
			continue;
		struct follow_row row = {.operation = op->id};
		struct scene s;
		scene_init(&s, &row);
		struct got g = {0};
		forge_wait(b->client, &s.rq, NULL, got_result, &g);
		bench_wait(b, &g);
		if (g.kind != FORGE_UNCERTAIN)
			fail_msg("%s: %s: %s", op->id, forge_kind_name(g.kind),
				 g.message);
		n++;
		assert_int_equal(fake_count(b->fake, ""), n);
		got_done(&g);
		scene_done(&s);
	}
	assert_true(n > 25);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_made_is_found_and_not_made_again),
		cmocka_unit_test(what_cannot_be_seen_is_uncertain_and_not_made_again),
		cmocka_unit_test_setup_teardown(without_a_list_a_lost_answer_is_uncertain,
						bench_setup, bench_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
