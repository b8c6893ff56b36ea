#include "stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int64_t
stage_time(void *arg)
{
	const struct stage *s = arg;
	return s->now_us;
}

void
stage_open_empty(struct stage *s)
{
	*s = (struct stage){.now_us = 1700000000LL * SECOND};
	s->world = world_new(stage_time, s, 1000000);
	assert_non_null(s->world);
}

void
stage_open(struct stage *s)
{
	stage_open_empty(s);
	assert_int_equal(world_fill_default(s->world), 0);
	s->shop = world_site_find(s->world, 1);
	s->blog = world_site_find(s->world, 2);
	assert_non_null(s->shop);
	assert_non_null(s->blog);
}

void
stage_close(struct stage *s)
{
	world_free(s->world);
}

void
stage_wait(struct stage *s, int64_t us)
{
	s->now_us += us;
}
