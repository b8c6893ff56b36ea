/* Things and what hangs below them, to JSON and back. */
#include <errno.h>

#include "base/str.h"
#include "sandbox/kind.h"
#include "sandbox/snapshot.h"

int
snapshot_refuse(char **ret_error, const char *what, const char *text)
{
	if (!*ret_error)
		*ret_error = str_format("%s: %s", what, text);
	return -EINVAL;
}

/* Servers, sites and organisations have records of their own. */
static bool
is_record(const struct kind *kind)
{
	return kind == &kind_organization || kind == &kind_server || kind == &kind_site;
}

static json_t *
children_of(const struct thing *t)
{
	json_t *children = json_array();
	for (size_t i = 0; i < t->n_lists; i++) {
		const struct thing_list *list = &t->lists[i];
		if (is_record(list->kind))
			continue;
		for (size_t k = 0; k < fifo_count(&list->things); k++)
			json_array_append_new(children,
					      snapshot_thing(fifo_at(&list->things, k)));
	}
	return children;
}

json_t *
snapshot_thing(const struct thing *t)
{
	json_t *children = children_of(t);
	if (json_array_size(children) == 0) {
		json_decref(children);
		children = NULL;
	}
	return json_pack("{s:s, s:I, s:O, s:I, s:I, s:s*, s:I, s:o*}", "kind",
			 t->kind->name, "id", (json_int_t)t->id, "values", t->values,
			 "created", (json_int_t)t->created_us, "updated",
			 (json_int_t)t->updated_us, "sequence",
			 t->sequence ? t->sequence->name : NULL, "since",
			 (json_int_t)t->since_us, "children", children);
}

/* All but the kind and the id. */
static int
read_content(const json_t *object, struct world *w, struct thing *t, char **ret_error)
{
	json_error_t error;
	json_int_t created = 0;
	json_int_t updated = 0;
	json_int_t since = 0;
	json_t *values = NULL;
	const json_t *children = NULL;
	const char *name = NULL;
	if (json_unpack_ex((json_t *)(uintptr_t)object, &error, 0,
			   "{s:o, s:I, s:I, s?s, s:I, s?o}", "values", &values, "created",
			   &created, "updated", &updated, "sequence", &name, "since",
			   &since, "children", &children) < 0)
		return snapshot_refuse(ret_error, t->kind->name, error.text);
	if (!json_is_object(values) || (name && !sequence_find(name)))
		return snapshot_refuse(ret_error, t->kind->name,
				       "values or sequence are not as they should be");
	json_object_clear(t->values);
	json_object_update(t->values, values);
	t->created_us = created;
	t->updated_us = updated;
	t->since_us = since;
	t->sequence = name ? sequence_find(name) : NULL;
	int rc = 0;
	for (size_t i = 0; i < json_array_size(children) && rc == 0; i++)
		rc = snapshot_read_thing(json_array_get(children, i), w, t, ret_error);
	return rc;
}

int
snapshot_read_node(const json_t *object, struct world *w, struct thing *node,
		   char **ret_error)
{
	return read_content(object, w, node, ret_error);
}

int
snapshot_read_thing(const json_t *object, struct world *w, struct thing *parent,
		    char **ret_error)
{
	const char *name = json_string_value(json_object_get(object, "kind"));
	json_int_t id = json_integer_value(json_object_get(object, "id"));
	const struct kind *kind = name ? kind_find(name) : NULL;
	if (!kind || id <= 0 || kind->parent != parent->kind || is_record(kind) ||
	    thing_find(w, parent, kind, (uint64_t)id))
		return snapshot_refuse(ret_error, name ? name : "a thing",
				       "is no kind that belongs there, or has no id");
	struct thing *t = thing_new(w, kind, parent, (uint64_t)id);
	return t ? read_content(object, w, t, ret_error) : -ENOMEM;
}
