#include "sandbox/world_command.h"

#include <errno.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

const char *
world_command_status_name(enum world_command_status status)
{
	static const char *const names[] = {
#define X(name, word) [name] = (word),
		WORLD_COMMAND_STATUSES(X)
#undef X
	};
	return names[status];
}

bool
world_command_has_ended(const struct world_command *c)
{
	return c->status == WORLD_COMMAND_FINISHED || c->status == WORLD_COMMAND_FAILED;
}

void
world_command_free(struct world_command *c)
{
	if (!c)
		return;
	str_free(c->text);
	mem_free(c);
}

void
world_command_advance(struct world *w, struct world_command *c)
{
	int64_t now_us = world_now(w);
	int64_t start_us = c->created_us + w->times.waiting_us;
	int64_t end_us = start_us + w->times.running_us;
	if (c->status == WORLD_COMMAND_WAITING && start_us <= now_us) {
		c->status = WORLD_COMMAND_RUNNING;
		c->started_us = start_us;
	}
	if (c->status == WORLD_COMMAND_RUNNING && end_us <= now_us) {
		c->status = c->outcome;
		c->ended_us = end_us;
	}
}

/* Beyond the limit a site gives up its own oldest command. */
static void
make_room(struct world *w, struct world_site *site)
{
	if (w->n_commands < LIMIT_SANDBOX_COMMANDS)
		return;
	struct world_command *oldest = fifo_shift(&site->commands);
	if (oldest) {
		w->n_commands--;
		w->forgotten_commands++;
	}
	world_command_free(oldest);
}

int
world_command_add(struct world *w, struct world_site *site, const char *text,
		  enum world_command_status outcome, uint64_t user_id)
{
	make_room(w, site);
	if (w->n_commands >= LIMIT_SANDBOX_COMMANDS)
		return -ENOSPC;
	struct world_command *c = x_new(struct world_command);
	if (!c)
		return -ENOMEM;
	c->id = w->last_command + 1;
	c->text = str_dup(text);
	c->outcome = outcome;
	c->user_id = user_id;
	c->created_us = world_now(w);
	if (!c->text || fifo_push(&site->commands, c) < 0) {
		world_command_free(c);
		return -ENOMEM;
	}
	w->last_command = c->id;
	w->n_commands++;
	site->commands_created++;
	return 0;
}

void
world_command_remove(struct world *w, struct world_site *site, struct world_command *c)
{
	fifo_remove(&site->commands, world_index(&site->commands, c->id));
	w->n_commands--;
	world_command_free(c);
}
