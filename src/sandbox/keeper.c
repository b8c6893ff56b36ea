#include "sandbox/keeper.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "sandbox/snapshot.h"

/* Saving a large state takes its time; then it is done less often. */
#define COST_FACTOR 20

struct keeper {
	char *path;
	struct world *world;   /* borrowed */
	struct access *access; /* borrowed */
	struct event *timer;   /* NULL before it has started */
	uint64_t cost_us;      /* of the last save */
	int error;
};

struct keeper *
keeper_new(const char *path, struct world *w, struct access *a)
{
	struct keeper *k = x_new(struct keeper);
	if (!k)
		return NULL;
	k->world = w;
	k->access = a;
	k->path = str_dup(path);
	if (k->path)
		return k;
	keeper_free(k);
	return NULL;
}

void
keeper_free(struct keeper *k)
{
	if (!k)
		return;
	if (k->timer)
		event_free(k->timer);
	str_free(k->path);
	mem_free(k);
}

int
keeper_load(struct keeper *k, char **ret_error)
{
	auto_buf text = BUF_INIT(LIMIT_SANDBOX_STATE_BYTES);
	json_error_t error;
	auto_str why = NULL;
	int rc = file_read(k->path, &text);
	if (rc < 0 && rc != -ENOENT && rc != -ENOMEM) {
		*ret_error = str_format("%s: %s", k->path, strerror(-rc));
		return -EBADMSG;
	}
	if (rc < 0)
		return rc;
	json_t *tree =
		json_loadb(buf_str(&text), text.len, JSON_REJECT_DUPLICATES, &error);
	if (!tree) {
		*ret_error = str_format("%s:%d:%d: %s", k->path, error.line, error.column,
					error.text);
		return -EBADMSG;
	}
	rc = snapshot_restore(tree, k->world, k->access, &why);
	json_decref(tree);
	if (rc == -EINVAL) {
		*ret_error = str_format("%s: %s", k->path, why ? why : "");
		return -EBADMSG;
	}
	return rc;
}

static int
append(const char *data, size_t len, void *arg)
{
	return buf_append(arg, data, len);
}

static int
save(struct keeper *k)
{
	auto_buf text = BUF_INIT(LIMIT_SANDBOX_STATE_BYTES);
	json_t *tree = snapshot_take(k->world, k->access);
	if (!tree)
		return -ENOMEM;
	json_dump_callback(tree, append, &text, JSON_COMPACT);
	json_decref(tree);
	buf_putc(&text, '\n');
	return buf_failed(&text) ? text.error : file_replace(k->path, buf_slice(&text));
}

int
keeper_save(struct keeper *k)
{
	uint64_t began_us = clock_mono_us();
	k->error = save(k);
	k->cost_us = clock_mono_us() - began_us;
	return k->error;
}

static void
on_timer(evutil_socket_t fd, short events, void *arg)
{
	struct keeper *k = arg;
	(void)fd;
	(void)events;
	if (keeper_save(k) < 0)
		keeper_note_change(k); /* perhaps there is room later */
}

int
keeper_start(struct keeper *k, struct event_base *base)
{
	k->timer = evtimer_new(base, on_timer, k);
	return k->timer ? 0 : -ENOMEM;
}

void
keeper_note_change(struct keeper *k)
{
	uint64_t us = SANDBOX_SAVE_MS * 1000ULL;
	if (!k->timer || evtimer_pending(k->timer, NULL))
		return;
	if (k->cost_us * COST_FACTOR > us)
		us = k->cost_us * COST_FACTOR;
	struct timeval tv = {.tv_sec = (time_t)(us / 1000000),
			     .tv_usec = (suseconds_t)(us % 1000000)};
	evtimer_add(k->timer, &tv);
}

int
keeper_error(const struct keeper *k)
{
	return k->error;
}
