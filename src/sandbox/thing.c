#include "sandbox/thing.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "sandbox/kind.h"
#include "sandbox/world.h"

static struct thing_list *
find_list(const struct thing *t, const struct kind *kind)
{
	for (size_t i = 0; i < t->n_lists; i++) {
		if (t->lists[i].kind == kind)
			return &t->lists[i];
	}
	return NULL;
}

/* The list of that kind, made when it is the first of them; NULL without memory. */
static struct thing_list *
need_list(struct thing *t, const struct kind *kind)
{
	struct thing_list *list = find_list(t, kind);
	if (list || x_reserve(&t->lists, &t->cap_lists, t->n_lists) < 0)
		return list;
	list = &t->lists[t->n_lists++];
	*list = (struct thing_list){.kind = kind};
	return list;
}

static void
drop(struct world *w, struct thing *t)
{
	if (!t)
		return;
	thing_clear(w, t);
	mem_free(t->lists);
	json_decref(t->values);
	mem_free(t);
	w->n_things--;
}

void
thing_clear(struct world *w, struct thing *t)
{
	struct thing *child = NULL;
	for (size_t i = 0; i < t->n_lists; i++) {
		while ((child = fifo_shift(&t->lists[i].things)) != NULL)
			drop(w, child);
		fifo_done(&t->lists[i].things);
	}
	t->n_lists = 0;
}

static int
attach(struct thing *t)
{
	struct thing_list *list = need_list(t->parent, t->kind);
	if (!list)
		return -1;
	return fifo_insert(&list->things, world_index(&list->things, t->id), t);
}

struct thing *
thing_new(struct world *w, const struct kind *kind, struct thing *parent, uint64_t id)
{
	struct thing *t = w->n_things < LIMIT_SANDBOX_THINGS ? x_new(struct thing) : NULL;
	uint64_t *last = &w->last_things[kind_index(kind)];
	if (!t)
		return NULL;
	w->n_things++;
	t->id = id > 0 ? id : *last + 1;
	t->kind = kind;
	t->parent = parent;
	t->created_us = t->updated_us = world_now(w);
	t->values = kind->defaults ? json_loads(kind->defaults, 0, NULL) : json_object();
	if (!t->values || (parent && attach(t) < 0)) {
		drop(w, t);
		return NULL;
	}
	if (t->id > *last)
		*last = t->id;
	thing_begin(w, t, kind->create);
	return t;
}

void
thing_free(struct world *w, struct thing *t)
{
	struct thing_list *list = t && t->parent ? find_list(t->parent, t->kind) : NULL;
	if (list)
		fifo_remove(&list->things, world_index(&list->things, t->id));
	drop(w, t);
}

size_t
thing_count(struct world *w, struct thing *parent, const struct kind *kind)
{
	struct thing_list *list = find_list(parent, kind);
	for (size_t i = list ? fifo_count(&list->things) : 0; i > 0; i--) {
		struct thing *t = fifo_at(&list->things, i - 1);
		if (!thing_is_gone(w, t))
			continue;
		fifo_remove(&list->things, i - 1);
		drop(w, t);
	}
	return list ? fifo_count(&list->things) : 0;
}

struct thing *
thing_at(struct thing *parent, const struct kind *kind, size_t i)
{
	return fifo_at(&find_list(parent, kind)->things, i);
}

struct thing *
thing_find(struct world *w, struct thing *parent, const struct kind *kind, uint64_t id)
{
	struct thing_list *list = find_list(parent, kind);
	struct thing *t = list ? world_lookup(&list->things, id) : NULL;
	return t && !thing_is_gone(w, t) ? t : NULL;
}

struct thing *
thing_find_value(struct world *w, struct thing *parent, const struct kind *kind,
		 const char *name, const char *text)
{
	size_t n = thing_count(w, parent, kind);
	for (size_t i = 0; i < n; i++) {
		struct thing *t = thing_at(parent, kind, i);
		if (text && str_eq(thing_text(t, name), text))
			return t;
	}
	return NULL;
}

struct thing *
thing_find_text(struct world *w, struct thing *parent, const struct kind *kind,
		const char *text)
{
	uint64_t id = 0;
	if (kind->key)
		return thing_find_value(w, parent, kind, kind->key, text);
	if (!text || parse_u64(text, 1, INT64_MAX, &id) < 0)
		return NULL;
	return thing_find(w, parent, kind, id);
}

json_t *
thing_get(const struct thing *t, const char *name)
{
	return json_object_get(t->values, name);
}

const char *
thing_text(const struct thing *t, const char *name)
{
	return json_string_value(thing_get(t, name));
}

void
thing_set(struct thing *t, const char *name, json_t *value)
{
	if (value)
		json_object_set_new(t->values, name, value);
}

void
thing_set_text(struct thing *t, const char *name, const char *text)
{
	thing_set(t, name, text ? json_string(text) : json_null());
}

void
thing_touch(struct world *w, struct thing *t)
{
	t->updated_us = world_now(w);
}

void
thing_begin(struct world *w, struct thing *t, const struct sequence *sequence)
{
	if (!sequence)
		return;
	t->sequence = sequence;
	t->since_us = world_now(w);
}

/* The present step, and when it began. */
static const struct sequence_step *
present(const struct world *w, const struct thing *t, int64_t *ret_since_us)
{
	int64_t at_us = t->since_us;
	*ret_since_us = at_us;
	if (!t->sequence)
		return NULL;
	const struct sequence_step *step = t->sequence->steps;
	while (step->value && step->ms > 0 &&
	       world_now(w) >= at_us + world_scaled_us(w, step->ms)) {
		at_us += world_scaled_us(w, step->ms);
		step++;
	}
	*ret_since_us = at_us;
	return step;
}

const struct sequence_step *
thing_step(const struct world *w, const struct thing *t)
{
	int64_t since_us = 0;
	return present(w, t, &since_us);
}

int64_t
thing_reaches_us(const struct world *w, const struct thing *t, const char *value)
{
	int64_t at_us = t->since_us;
	const struct sequence_step *step = t->sequence ? t->sequence->steps : NULL;
	for (; step && step->value; step++) {
		if (str_eq(step->value, value))
			return at_us;
		if (step->ms == 0)
			break;
		at_us += world_scaled_us(w, step->ms);
	}
	return 0;
}

bool
thing_is_gone(const struct world *w, const struct thing *t)
{
	const struct sequence_step *step = thing_step(w, t);
	return step && !step->value;
}

int64_t
thing_updated_us(const struct world *w, const struct thing *t)
{
	int64_t since_us = 0;
	present(w, t, &since_us);
	return since_us > t->updated_us ? since_us : t->updated_us;
}
