/*
 * The things that the sandbox holds beside its sites and deployments: databases, rules,
 * keys, events ... Each is a node of one tree, of a kind (sandbox/kind.h), with its
 * values as JSON. What it goes through (installing, installed ...) follows from its
 * sequence and the time; nothing runs in between.
 */
#ifndef SANDBOX_THING_H
#define SANDBOX_THING_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "sandbox/fifo.h"

struct kind;
struct sequence;
struct sequence_step;
struct world;

/* The children of one kind. */
struct thing_list {
	const struct kind *kind;
	struct fifo things; /* ascending ids; owns them */
};

struct thing {
	uint64_t id; /* first: sandbox/world.h looks records up by it */
	const struct kind *kind;
	struct thing *parent; /* borrowed; NULL: the root */
	json_t *values;	      /* owned; attributes of the resource, and what none shows */
	int64_t created_us;
	int64_t updated_us;
	const struct sequence *sequence; /* NULL: has no states */
	int64_t since_us;		 /* when the sequence began */
	struct thing_list *lists;	 /* owned */
	size_t n_lists;
	size_t cap_lists;
};

/*
 * A new thing at its parent (NULL: a root, owned by the caller). id 0: the next free one
 * of the kind. NULL when memory is short or LIMIT_SANDBOX_THINGS are there.
 */
struct thing *thing_new(struct world *w, const struct kind *kind, struct thing *parent,
			uint64_t id);
/* Frees it with everything below, and takes it from its parent. */
void thing_free(struct world *w, struct thing *t);

/* Frees everything below. */
void thing_clear(struct world *w, struct thing *t);

/* Those that have gone by now are dropped first. */
size_t thing_count(struct world *w, struct thing *parent, const struct kind *kind);
/* i < thing_count(); valid until the next call of it. */
struct thing *thing_at(struct thing *parent, const struct kind *kind, size_t i);
/* NULL when it is not there or has gone. */
struct thing *thing_find(struct world *w, struct thing *parent, const struct kind *kind,
			 uint64_t id);
/* By the kind's key, or by the id where it has none. */
struct thing *thing_find_text(struct world *w, struct thing *parent,
			      const struct kind *kind, const char *text);
/* The first whose value is that text. */
struct thing *thing_find_value(struct world *w, struct thing *parent,
			       const struct kind *kind, const char *name,
			       const char *text);

/* NULL when it was never set. Borrowed. */
json_t *thing_get(const struct thing *t, const char *name);
const char *thing_text(const struct thing *t, const char *name);
/* Takes over value. Without memory the value stays as it was. */
void thing_set(struct thing *t, const char *name, json_t *value);
void thing_set_text(struct thing *t, const char *name, const char *text);
/* Notes the time of a change. */
void thing_touch(struct world *w, struct thing *t);

/* NULL: leaves its present state. */
void thing_begin(struct world *w, struct thing *t, const struct sequence *sequence);
/* Where it is now; NULL without a sequence. */
const struct sequence_step *thing_step(const struct world *w, const struct thing *t);
/* When its sequence came or will come to that value; 0: it is not on the way. */
int64_t thing_reaches_us(const struct world *w, const struct thing *t, const char *value);
bool thing_is_gone(const struct world *w, const struct thing *t);
/* When it last changed, by a call or by its sequence. */
int64_t thing_updated_us(const struct world *w, const struct thing *t);

#endif
