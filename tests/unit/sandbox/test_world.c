#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/str.h"
#include "sandbox/world_command.h"
#include "sandbox/world_deploy.h"
#include "stage.h"

static struct world_deployment *
deploy(struct stage *s, struct world_site *site)
{
	struct world_deployment *d = NULL;
	assert_int_equal(
		world_deploy_add(s->world, site, WORLD_DEPLOY_FINISHED, "api", NULL, &d),
		0);
	return d;
}

static void
assert_status(struct stage *s, struct world_deployment *d, const char *status)
{
	world_deploy_advance(s->world, d->site);
	assert_string_equal(world_deploy_status_name(d->status), status);
}

static void
a_deployment_waits_runs_and_finishes(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s);
	struct world_deployment *d = deploy(&s, s.shop);
	assert_status(&s, d, "queued");
	assert_int_equal(d->started_us, 0);
	stage_wait(&s, SECOND - 1);
	assert_status(&s, d, "queued");
	stage_wait(&s, 1);
	assert_status(&s, d, "deploying");
	assert_int_equal(d->started_us, d->created_us + SECOND);
	stage_wait(&s, 5 * SECOND - 1);
	assert_status(&s, d, "deploying");
	stage_wait(&s, 1);
	assert_status(&s, d, "finished");
	assert_int_equal(d->ended_us, d->created_us + 6LL * SECOND);
	stage_close(&s);
}

static void
the_commit_is_known_once_it_runs(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s);
	struct world_deployment *d = deploy(&s, s.shop);
	assert_string_equal(d->commit.hash, "");
	stage_wait(&s, SECOND);
	world_deploy_advance(s.world, s.shop);
	assert_string_equal(d->commit.hash, s.shop->head.hash);
	assert_string_equal(d->commit.branch, "main");
	stage_close(&s);
}

static void
one_deployment_of_a_site_runs_at_a_time(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s);
	struct world_deployment *first = deploy(&s, s.shop);
	struct world_deployment *second = deploy(&s, s.shop);
	struct world_deployment *other = deploy(&s, s.blog);
	stage_wait(&s, 3 * SECOND);
	assert_status(&s, first, "deploying");
	assert_status(&s, second, "queued");
	assert_status(&s, other, "deploying");
	stage_wait(&s, 3 * SECOND);
	assert_status(&s, first, "finished");
	assert_status(&s, second, "deploying");
	assert_int_equal(second->started_us, first->ended_us);
	stage_wait(&s, 5 * SECOND);
	assert_status(&s, second, "finished");
	stage_close(&s);
}

static void
a_long_look_away_gives_the_same_times(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s);
	struct world_deployment *d[3];
	for (size_t i = 0; i < 3; i++)
		d[i] = deploy(&s, s.shop);
	stage_wait(&s, 3600LL * SECOND);
	for (size_t i = 0; i < 3; i++) {
		assert_status(&s, d[i], "finished");
		assert_int_equal(d[i]->ended_us - d[0]->created_us,
				 (6 + 5 * (int64_t)i) * SECOND);
	}
	stage_close(&s);
}

static void
a_reset_cancels_the_current_one_and_the_next_follows(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s);
	struct world_deployment *first = deploy(&s, s.shop);
	struct world_deployment *second = deploy(&s, s.shop);
	stage_wait(&s, 2 * SECOND);
	world_deploy_reset(s.world, s.shop);
	assert_status(&s, first, "cancelled");
	assert_int_equal(first->ended_us, s.now_us);
	assert_status(&s, second, "deploying");
	assert_int_equal(second->started_us, s.now_us);
	stage_close(&s);
}

static void
a_deployment_can_end_badly(void **state)
{
	(void)state;
	struct stage s;
	struct world_deployment *d = NULL;
	stage_open(&s);
	assert_int_equal(world_deploy_add(s.world, s.shop, WORLD_DEPLOY_FAILED_BUILD,
					  "api", NULL, &d),
			 0);
	stage_wait(&s, 6 * SECOND);
	assert_status(&s, d, "failed-build");
	stage_close(&s);
}

static void
labels_given_beforehand_are_kept(void **state)
{
	(void)state;
	struct stage s;
	struct world_commit labels = {.hash = "abc"};
	struct world_deployment *d = NULL;
	stage_open(&s);
	assert_int_equal(str_set(&labels.author, "Ada"), 0);
	assert_int_equal(world_deploy_add(s.world, s.shop, WORLD_DEPLOY_FINISHED,
					  "deploy-hook", &labels, &d),
			 0);
	stage_wait(&s, 6 * SECOND);
	world_deploy_advance(s.world, s.shop);
	assert_string_equal(d->commit.hash, "abc");
	assert_string_equal(d->commit.author, "Ada");
	assert_string_equal(d->commit.message, s.shop->head.message);
	world_commit_done(&labels);
	stage_close(&s);
}

static void
the_oldest_ended_deployments_make_room(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s);
	for (size_t i = 0; i < LIMIT_SANDBOX_DEPLOYMENTS; i++) {
		deploy(&s, s.shop);
		stage_wait(&s, 6 * SECOND);
	}
	assert_int_equal(s.world->forgotten_deployments, 0);
	struct world_deployment *d = deploy(&s, s.shop);
	assert_true(s.world->forgotten_deployments > 0);
	assert_int_equal(fifo_count(&s.world->deployments) +
				 s.world->forgotten_deployments,
			 LIMIT_SANDBOX_DEPLOYMENTS + 1);
	assert_int_equal(s.shop->deployments_created, LIMIT_SANDBOX_DEPLOYMENTS + 1);
	assert_ptr_equal(world_lookup(&s.shop->deployments, d->id), d);
	assert_null(world_lookup(&s.shop->deployments, 1));
	stage_wait(&s, 6 * SECOND);
	assert_status(&s, d, "finished");
	stage_close(&s);
}

static void
unfinished_deployments_are_never_dropped(void **state)
{
	(void)state;
	struct stage s;
	struct world_deployment *d = NULL;
	stage_open(&s);
	for (size_t i = 0; i < LIMIT_SANDBOX_DEPLOYMENTS; i++)
		deploy(&s, s.shop);
	assert_int_equal(
		world_deploy_add(s.world, s.shop, WORLD_DEPLOY_FINISHED, "api", NULL, &d),
		-ENOSPC);
	stage_close(&s);
}

static void
a_command_waits_runs_and_finishes(void **state)
{
	(void)state;
	struct stage s;
	stage_open(&s);
	assert_int_equal(world_command_add(s.world, s.shop, "php artisan up",
					   WORLD_COMMAND_FAILED, 1),
			 0);
	struct world_command *c = fifo_at(&s.shop->commands, 0);
	assert_int_equal(c->status, WORLD_COMMAND_WAITING);
	stage_wait(&s, SECOND);
	world_command_advance(s.world, c);
	assert_int_equal(c->status, WORLD_COMMAND_RUNNING);
	stage_wait(&s, 2 * SECOND);
	world_command_advance(s.world, c);
	assert_int_equal(c->status, WORLD_COMMAND_FAILED);
	assert_int_equal(c->ended_us - c->started_us, 2 * SECOND);
	world_command_remove(s.world, s.shop, c);
	assert_int_equal(fifo_count(&s.shop->commands), 0);
	stage_close(&s);
}

static void
finds_records_whatever_the_order_of_their_ids(void **state)
{
	(void)state;
	struct stage s;
	char name[16];
	stage_open(&s);
	struct world_server *server = world_server_find(s.world, 1);
	for (uint64_t i = 0; i < 5000; i++) {
		uint64_t id = 3 + (i * 2477) % 5000;
		snprintf(name, sizeof(name), "s%u", (unsigned)id);
		assert_non_null(world_add_site(s.world, server, id, name));
	}
	for (uint64_t id = 3; id < 5003; id++) {
		snprintf(name, sizeof(name), "s%u", (unsigned)id);
		assert_string_equal(world_site_find(s.world, id)->name, name);
	}
	assert_null(world_site_find(s.world, 5003));
	assert_null(world_add_site(s.world, server, 77, "taken"));
	assert_int_equal(world_add_site(s.world, server, 0, "next")->id, 5003);
	stage_close(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_deployment_waits_runs_and_finishes),
		cmocka_unit_test(the_commit_is_known_once_it_runs),
		cmocka_unit_test(one_deployment_of_a_site_runs_at_a_time),
		cmocka_unit_test(a_long_look_away_gives_the_same_times),
		cmocka_unit_test(a_reset_cancels_the_current_one_and_the_next_follows),
		cmocka_unit_test(a_deployment_can_end_badly),
		cmocka_unit_test(labels_given_beforehand_are_kept),
		cmocka_unit_test(the_oldest_ended_deployments_make_room),
		cmocka_unit_test(unfinished_deployments_are_never_dropped),
		cmocka_unit_test(a_command_waits_runs_and_finishes),
		cmocka_unit_test(finds_records_whatever_the_order_of_their_ids),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
