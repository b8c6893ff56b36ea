/* What the sandbox's tests share: a world whose clock they turn. */
#ifndef TESTS_SANDBOX_STAGE_H
#define TESTS_SANDBOX_STAGE_H

#include <stdint.h>

#include "sandbox/world.h"

#define SECOND 1000000

struct stage {
	int64_t now_us;
	struct world *world;
	struct world_site *shop;
	struct world_site *blog;
};

/* The default world at real speed. */
void stage_open(struct stage *s);
/* One without any organisation. */
void stage_open_empty(struct stage *s);
void stage_close(struct stage *s);
/* Turns the clock on. */
void stage_wait(struct stage *s, int64_t us);

#endif
