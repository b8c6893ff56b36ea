/* What tests want to know afterwards: /sandbox/state. */
#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "forge/operation.h"
#include "sandbox/inner.h"
#include "sandbox/notifier.h"
#include "sandbox/world_command.h"
#include "sandbox/world_deploy.h"

static void
put_time(struct json_writer *w, const char *key, int64_t us)
{
	char text[CLOCK_TEXT_SIZE];
	json_str(w, key, us > 0 ? clock_format(us, text) : NULL);
}

static void
put_count(struct json_writer *w, const char *key, const struct sandbox_count *c)
{
	static const char *const names[] = {NULL, "1xx", "2xx", "3xx", "4xx", "5xx"};
	json_open_object(w, key);
	json_int(w, "calls", (int64_t)c->calls);
	json_int(w, "lost", (int64_t)c->lost);
	for (size_t i = 2; i < ARRAY_LEN(names); i++)
		json_int(w, names[i], (int64_t)c->answers[i]);
	json_close_object(w);
}

static void
put_counts(struct json_writer *w, const struct sandbox *box)
{
	put_count(w, "requests", &box->all);
	json_open_object(w, "refused");
	for (size_t status = 400; status < ARRAY_LEN(box->refused); status++) {
		char key[8];
		snprintf(key, sizeof(key), "%zu", status);
		if (box->refused[status] > 0)
			json_int(w, key, (int64_t)box->refused[status]);
	}
	json_close_object(w);
	json_open_object(w, "operations");
	for (size_t i = 0; i < forge_n_operations; i++) {
		if (box->counts[i].calls > 0)
			put_count(w, forge_operations[i].id, &box->counts[i]);
	}
	json_close_object(w);
}

static void
put_fault(const char *item, uint64_t fired, void *arg)
{
	json_int(arg, item, (int64_t)fired);
}

static void
put_deployment(struct json_writer *w, const struct world_deployment *d)
{
	json_open_object(w, NULL);
	json_int(w, "id", (int64_t)d->id);
	json_str(w, "status", world_deploy_status_name(d->status));
	json_str(w, "type", d->type);
	json_str(w, "commit", d->commit.hash[0] ? d->commit.hash : NULL);
	put_time(w, "created_at", d->created_us);
	put_time(w, "started_at", d->started_us);
	put_time(w, "ended_at", d->ended_us);
	json_close_object(w);
}

static void
put_command(struct json_writer *w, const struct world_command *c)
{
	json_open_object(w, NULL);
	json_int(w, "id", (int64_t)c->id);
	json_str(w, "command", c->text);
	json_str(w, "status", world_command_status_name(c->status));
	put_time(w, "created_at", c->created_us);
	put_time(w, "ended_at", c->ended_us);
	json_close_object(w);
}

static void
put_site(struct json_writer *w, struct world *world, struct world_site *site)
{
	world_deploy_advance(world, site);
	json_open_object(w, NULL);
	json_int(w, "id", (int64_t)site->id);
	json_str(w, "name", site->name);
	json_int(w, "server", (int64_t)site->server->id);
	json_str(w, "organization", site->server->org->slug);
	json_int(w, "deployments_created", (int64_t)site->deployments_created);
	json_int(w, "commands_created", (int64_t)site->commands_created);
	json_open_array(w, "deployments");
	for (size_t i = 0; i < fifo_count(&site->deployments); i++)
		put_deployment(w, fifo_at(&site->deployments, i));
	json_close_array(w);
	json_open_array(w, "commands");
	for (size_t i = 0; i < fifo_count(&site->commands); i++) {
		struct world_command *c = fifo_at(&site->commands, i);
		world_command_advance(world, c);
		put_command(w, c);
	}
	json_close_array(w);
	json_close_object(w);
}

void
sandbox_write_state(struct sandbox *box, struct buf *out)
{
	struct world *world = box->world;
	struct json_writer w;
	json_begin(&w, out);
	json_open_object(&w, NULL);
	put_time(&w, "now", world_now(world));
	put_counts(&w, box);
	json_open_object(&w, "faults");
	faults_each(box->faults, put_fault, &w);
	json_close_object(&w);
	struct notifier_counts sent = notifier_counts(box->notifier);
	json_open_object(&w, "webhooks");
	json_int(&w, "sent", (int64_t)sent.sent);
	json_int(&w, "failed", (int64_t)sent.failed);
	json_int(&w, "dropped", (int64_t)sent.dropped);
	json_close_object(&w);
	json_int(&w, "forgotten_deployments", (int64_t)world->forgotten_deployments);
	json_int(&w, "forgotten_commands", (int64_t)world->forgotten_commands);
	json_open_array(&w, "sites");
	for (size_t i = 0; i < fifo_count(&world->sites); i++)
		put_site(&w, world, fifo_at(&world->sites, i));
	json_close_array(&w);
	json_close_object(&w);
}
