#include "sandbox/sandbox.h"

#include <errno.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "forge/operation.h"
#include "listen/server.h"
#include "sandbox/inner.h"
#include "sandbox/keeper.h"
#include "sandbox/notifier.h"
#include "sandbox/seed.h"

static int64_t
real_time(void *arg)
{
	(void)arg;
	return clock_wall_us();
}

void
sandbox_free(struct sandbox *box)
{
	if (!box)
		return;
	http_server_free(box->server);
	notifier_free(box->notifier);
	keeper_free(box->keeper);
	for (size_t i = 0; i < ARRAY_LEN(box->last); i++)
		str_free(box->last[i].text);
	opmap_free(box->opmap);
	faults_free(box->faults);
	access_free(box->access);
	world_free(box->world);
	mem_free(box->counts);
	str_free(box->url);
	mem_free(box);
}

static struct sandbox *
make(uint64_t speed)
{
	struct sandbox *box = x_new(struct sandbox);
	if (!box)
		return NULL;
	box->world = world_new(real_time, NULL, speed);
	box->faults = faults_new();
	box->opmap = opmap_new();
	box->counts = x_new_array(struct sandbox_count, forge_n_operations);
	if (box->world)
		box->access = access_new(box->world, speed, DEFAULT_FORGE_PER_MINUTE);
	if (!box->world || !box->faults || !box->opmap || !box->counts || !box->access) {
		sandbox_free(box);
		return NULL;
	}
	return box;
}

/* From the state file, else from the seed, else the default. */
static int
fill_world(struct sandbox *box, const struct sandbox_options *o, struct diag_list *diags,
	   char **ret_error)
{
	if (o->state) {
		box->keeper = keeper_new(o->state, box->world, box->access);
		int rc = box->keeper ? keeper_load(box->keeper, ret_error) : -ENOMEM;
		if (rc != -ENOENT)
			return rc;
	}
	return o->seed ? seed_read(o->seed, box->world, box->access, diags)
		       : world_fill_default(box->world);
}

static int
fill(struct sandbox *box, const struct sandbox_options *o, struct diag_list *diags,
     char **ret_error)
{
	int rc = fill_world(box, o, diags, ret_error);
	if (rc == 0 && o->token)
		rc = access_add(box->access, o->token, "sandbox", NULL, NULL);
	/* The seed may give the same token with scopes of its own. */
	return rc == -EEXIST ? 0 : rc;
}

int
sandbox_new(const struct sandbox_options *options, struct diag_list *diags,
	    char **ret_error, struct sandbox **ret_box)
{
	struct sandbox *box = make(options->speed);
	if (!box)
		return -ENOMEM;
	int rc = fill(box, options, diags, ret_error);
	for (const char *const *spec = options->faults; rc == 0 && spec && *spec; spec++)
		rc = faults_add(box->faults, box->world, *spec, ret_error);
	if (rc < 0) {
		sandbox_free(box);
		return rc;
	}
	*ret_box = box;
	return 0;
}

int
sandbox_listen(struct sandbox *box, struct event_base *base, const char *host,
	       uint16_t port, const char *unix_path, char **ret_error)
{
	struct http_server_options options = {
		.name = "sandbox",
		.host = host,
		.port = port,
		.unix_path = unix_path,
	};
	box->base = base;
	box->notifier = notifier_new(base, box->world);
	if (!box->notifier || (box->keeper && keeper_start(box->keeper, base) < 0))
		return -ENOMEM;
	notifier_wake(box->notifier);
	box->server =
		http_server_new(base, &options, &sandbox_http_handler, box, ret_error);
	if (!box->server)
		return -EADDRNOTAVAIL;
	const char *address = http_server_address(box->server);
	box->url = unix_path ? str_dup(address) : str_format("http://%s", address);
	return box->url ? 0 : -ENOMEM;
}

int
sandbox_save(struct sandbox *box)
{
	return box->keeper ? keeper_save(box->keeper) : 0;
}

void
sandbox_changed(struct sandbox *box)
{
	notifier_wake(box->notifier);
	if (box->keeper)
		keeper_note_change(box->keeper);
}

void
sandbox_remember(struct sandbox *box, const char *method, struct slice path, int status)
{
	struct sandbox_last *one = &box->last[box->n_last++ % LIMIT_SANDBOX_LAST];
	str_free(one->text);
	*one = (struct sandbox_last){
		.at_us = world_now(box->world),
		.text = str_format("%s %.*s", method, (int)path.len, path.data),
		.status = status,
	};
}

const char *
sandbox_url(const struct sandbox *box)
{
	return box->url;
}

static void
count(struct sandbox_count *c, int status)
{
	c->calls++;
	if (status >= 100 && status < 600)
		c->answers[status / 100]++;
	else
		c->lost++;
}

void
sandbox_count_answer(struct sandbox *box, const struct forge_operation *op, int status)
{
	count(&box->all, status);
	if (op)
		count(&box->counts[op - forge_operations], status);
	if (status >= 400 && status < 600)
		box->refused[status]++;
}
