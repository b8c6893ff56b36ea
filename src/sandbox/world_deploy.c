#include "sandbox/world_deploy.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

/* Ended deployments that are dropped together once the limit is reached. */
#define FORGET_AT_ONCE 1024

/* Which states may follow a state, as bits. */
#define BIT(status) (1U << (status))
static const unsigned may_follow[] = {
	[WORLD_DEPLOY_QUEUED] = BIT(WORLD_DEPLOY_RUNNING) | BIT(WORLD_DEPLOY_CANCELLED),
	[WORLD_DEPLOY_RUNNING] = BIT(WORLD_DEPLOY_FINISHED) | BIT(WORLD_DEPLOY_FAILED) |
				 BIT(WORLD_DEPLOY_FAILED_BUILD) |
				 BIT(WORLD_DEPLOY_CANCELLED),
	[WORLD_DEPLOY_FINISHED] = 0,
	[WORLD_DEPLOY_FAILED] = 0,
	[WORLD_DEPLOY_FAILED_BUILD] = 0,
	[WORLD_DEPLOY_CANCELLED] = 0,
};

const char *
world_deploy_status_name(enum world_deploy_status status)
{
	static const char *const names[] = {
#define X(name, word) [name] = (word),
		WORLD_DEPLOY_STATUSES(X)
#undef X
	};
	return names[status];
}

bool
world_deploy_has_ended(const struct world_deployment *d)
{
	return may_follow[d->status] == 0;
}

void
world_deploy_free(struct world_deployment *d)
{
	if (!d)
		return;
	world_commit_done(&d->commit);
	mem_free(d);
}

/* What was not given beforehand comes from the head of the branch. */
static void
learn_commit(struct world_deployment *d)
{
	const struct world_commit *head = &d->site->head;
	if (!d->commit.hash[0])
		memcpy(d->commit.hash, head->hash, sizeof(head->hash));
	/* Without memory the text stays unknown, as it may in Forge. */
	if (!d->commit.branch)
		d->commit.branch = str_dup(d->site->branch);
	if (!d->commit.message)
		d->commit.message = str_dup(head->message);
	if (!d->commit.author)
		d->commit.author = str_dup(head->author);
}

static bool
set_status(struct world *w, struct world_deployment *d, enum world_deploy_status status,
	   int64_t at_us)
{
	if (!(may_follow[d->status] & BIT(status)))
		return false;
	d->status = status;
	d->updated_us = at_us;
	if (status == WORLD_DEPLOY_RUNNING) {
		d->started_us = at_us;
		learn_commit(d);
	}
	if (world_deploy_has_ended(d)) {
		d->ended_us = at_us;
		d->site->free_us = at_us;
		d->site->ended++;
		if (w->on_ended)
			w->on_ended(d, w->on_ended_arg);
	}
	return true;
}

struct world_deployment *
world_deploy_current(const struct world_site *site)
{
	if (site->ended >= fifo_count(&site->deployments))
		return NULL;
	return fifo_at(&site->deployments, site->ended);
}

struct world_deployment *
world_deploy_latest(const struct world_site *site)
{
	size_t n = fifo_count(&site->deployments);
	return n > 0 ? fifo_at(&site->deployments, n - 1) : NULL;
}

/* When d, the current one of its site, changes next. */
static int64_t
due_us(const struct world *w, const struct world_deployment *d)
{
	if (d->status == WORLD_DEPLOY_RUNNING)
		return d->started_us + w->times.deploying_us;
	int64_t ready_us = d->created_us + w->times.queued_us;
	return ready_us > d->site->free_us ? ready_us : d->site->free_us;
}

void
world_deploy_advance(struct world *w, struct world_site *site)
{
	int64_t now_us = world_now(w);
	struct world_deployment *d = NULL;
	while ((d = world_deploy_current(site)) != NULL) {
		int64_t at_us = due_us(w, d);
		enum world_deploy_status next = d->status == WORLD_DEPLOY_RUNNING
							? d->outcome
							: WORLD_DEPLOY_RUNNING;
		if (at_us > now_us || !set_status(w, d, next, at_us))
			break;
	}
}

static bool
is_still_busy(void *item, void *arg)
{
	struct world_site *site = item;
	(void)arg;
	site->is_busy = world_deploy_current(site) != NULL;
	return site->is_busy;
}

void
world_deploy_advance_all(struct world *w)
{
	for (size_t i = 0; i < fifo_count(&w->busy); i++)
		world_deploy_advance(w, fifo_at(&w->busy, i));
	fifo_filter(&w->busy, is_still_busy, NULL);
}

int64_t
world_deploy_next_us(const struct world *w)
{
	int64_t next_us = 0;
	for (size_t i = 0; i < fifo_count(&w->busy); i++) {
		const struct world_deployment *d =
			world_deploy_current(fifo_at(&w->busy, i));
		int64_t at_us = d ? due_us(w, d) : world_now(w);
		if (next_us == 0 || at_us < next_us)
			next_us = at_us;
	}
	return next_us;
}

/* Makes room by dropping the oldest deployments that have ended. */
static int
make_room(struct world *w)
{
	if (fifo_count(&w->deployments) < LIMIT_SANDBOX_DEPLOYMENTS)
		return 0;
	for (unsigned n = 0; n < FORGET_AT_ONCE; n++) {
		struct world_deployment *d = fifo_at(&w->deployments, 0);
		world_deploy_advance(w, d->site);
		if (!world_deploy_has_ended(d))
			return n > 0 ? 0 : -ENOSPC;
		fifo_shift(&w->deployments);
		fifo_shift(&d->site->deployments);
		d->site->ended--;
		w->forgotten_deployments++;
		world_deploy_free(d);
	}
	return 0;
}

int
world_append(struct world *w, struct world_deployment *d)
{
	struct world_site *site = d->site;
	int rc = fifo_push(&w->deployments, d);
	if (rc < 0)
		return rc;
	rc = fifo_push(&site->deployments, d);
	if (rc < 0) {
		fifo_remove(&w->deployments, fifo_count(&w->deployments) - 1);
		return rc;
	}
	/* Without memory the end is noticed when somebody looks. */
	if (!site->is_busy)
		site->is_busy = fifo_push(&w->busy, site) == 0;
	return 0;
}

int
world_deploy_add(struct world *w, struct world_site *site,
		 enum world_deploy_status outcome, const char *type,
		 const struct world_commit *labels,
		 struct world_deployment **ret_deployment)
{
	int rc = make_room(w);
	if (rc < 0)
		return rc;
	world_deploy_advance(w, site);
	struct world_deployment *d = x_new(struct world_deployment);
	if (!d)
		return -ENOMEM;
	d->id = w->last_deployment + 1;
	d->site = site;
	d->outcome = outcome;
	d->type = type;
	d->created_us = d->updated_us = world_now(w);
	rc = labels ? world_commit_copy(&d->commit, labels) : 0;
	if (rc == 0)
		rc = world_append(w, d);
	if (rc < 0) {
		world_deploy_free(d);
		return rc;
	}
	w->last_deployment = d->id;
	site->deployments_created++;
	*ret_deployment = d;
	return 0;
}

void
world_deploy_reset(struct world *w, struct world_site *site)
{
	world_deploy_advance(w, site);
	struct world_deployment *d = world_deploy_current(site);
	if (d)
		set_status(w, d, WORLD_DEPLOY_CANCELLED, world_now(w));
}
