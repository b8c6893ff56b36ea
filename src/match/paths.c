/* Paths of fields, kept once a set, so that two conditions on one compare as pointers. */
#include <string.h>

#include "base/mem.h"
#include "match/pattern.h"

void
path_table_done(struct path_table *t)
{
	mem_free(t->chains);
	*t = (struct path_table){0};
}

/* FNV-1a with a final mix; the table is not attackable: only rules fill it. */
uint32_t
match_hash(struct slice text)
{
	uint32_t hash = 2166136261U;
	for (size_t i = 0; i < text.len; i++)
		hash = (hash ^ (unsigned char)text.data[i]) * 16777619U;
	return hash ^ hash >> 15;
}

static bool
grow(struct path_table *t)
{
	size_t n = t->n_chains > 0 ? t->n_chains * 2 : 64;
	struct pattern_path **chains = x_new_array(struct pattern_path *, n);
	if (!chains)
		return false;
	for (size_t i = 0; i < t->n_chains; i++) {
		while (t->chains[i]) {
			struct pattern_path *p = t->chains[i];
			t->chains[i] = p->next;
			p->next = chains[p->hash & (n - 1)];
			chains[p->hash & (n - 1)] = p;
		}
	}
	mem_free(t->chains);
	t->chains = chains;
	t->n_chains = n;
	return true;
}

static char *
join(struct arena *arena, const struct slice *steps, size_t len)
{
	size_t total = len - 1;
	for (size_t i = 0; i < len; i++)
		total += steps[i].len;
	char *text = arena_array(arena, total + 1, 1);
	char *p = text;
	for (size_t i = 0; text && i < len; i++) {
		if (i > 0)
			*p++ = '.';
		if (steps[i].len > 0)
			memcpy(p, steps[i].data, steps[i].len);
		p += steps[i].len;
	}
	return text;
}

static struct pattern_path *
make(struct arena *arena, struct slice name, const struct slice *steps, size_t len)
{
	struct pattern_path *path = arena_array(arena, 1, sizeof(*path));
	struct slice *own = arena_array(arena, len, sizeof(*own));
	if (!path || !own)
		return NULL;
	const char *p = name.data;
	for (size_t i = 0; i < len; i++) {
		own[i] = (struct slice){p, steps[i].len};
		p += steps[i].len + 1;
	}
	path->name = name;
	path->steps = own;
	path->len = (uint32_t)len;
	path->hash = match_hash(name);
	return path;
}

const struct pattern_path *
path_intern(struct path_table *t, struct arena *arena, const struct slice *steps,
	    size_t len)
{
	if (t->len >= t->n_chains && !grow(t))
		return NULL;
	char *name_memory = join(arena, steps, len);
	if (!name_memory)
		return NULL;
	struct slice name = slice_of(name_memory);
	uint32_t hash = match_hash(name);
	struct pattern_path **chain = &t->chains[hash & (t->n_chains - 1)];
	for (struct pattern_path *p = *chain; p; p = p->next) {
		if (p->hash == hash && slice_eq(p->name, name)) {
			arena_undo(arena, name_memory);
			return p;
		}
	}
	struct pattern_path *path = make(arena, name, steps, len);
	if (!path)
		return NULL;
	path->next = *chain;
	*chain = path;
	path->number = (uint32_t)t->len++;
	return path;
}
