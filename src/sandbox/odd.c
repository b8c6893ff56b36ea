#include "sandbox/odd.h"

#include "base/limits.h"

/* One bit of SplitMix64. */
static bool
toss(uint64_t *random)
{
	uint64_t n = *random += 0x9e3779b97f4a7c15U;
	n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9U;
	n = (n ^ (n >> 27)) * 0x94d049bb133111ebU;
	return (n ^ (n >> 31)) & 1;
}

static json_t *
of_another_type(const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		return json_integer(-1);
	case JSON_INTEGER:
	case JSON_REAL:
		return json_string("many");
	case JSON_TRUE:
	case JSON_FALSE:
		return json_array();
	case JSON_OBJECT:
		return json_true();
	case JSON_ARRAY:
	case JSON_NULL:
		return json_object();
	}
	return json_null();
}

static void
change_attributes(enum odd_kind kind, uint64_t *random, json_t *attributes)
{
	const char *name = NULL;
	json_t *value = NULL;
	void *next = NULL;
	json_object_foreach_safe(attributes, next, name, value)
	{
		if (!toss(random))
			continue;
		if (kind == ODD_ABSENT)
			json_object_del(attributes, name);
		else if (kind == ODD_NULLS)
			json_object_set_new(attributes, name, json_null());
		else
			json_object_set_new(attributes, name, of_another_type(value));
	}
}

void
odd_change(enum odd_kind kind, uint64_t random, json_t *document)
{
	json_t *data = json_object_get(document, "data");
	if (kind == ODD_NONE || kind == ODD_DEEP || kind == ODD_HUGE)
		return;
	change_attributes(kind, &random, json_object_get(data, "attributes"));
	for (size_t i = 0; i < json_array_size(data); i++)
		change_attributes(kind, &random,
				  json_object_get(json_array_get(data, i), "attributes"));
}

static void
put_many(struct buf *out, char c, size_t n)
{
	while (n-- > 0)
		buf_putc(out, c);
}

void
odd_extend(enum odd_kind kind, struct buf *text)
{
	if ((kind != ODD_DEEP && kind != ODD_HUGE) || text->len == 0 ||
	    text->data[text->len - 1] != '}')
		return;
	buf_truncate(text, text->len - 1);
	if (kind == ODD_DEEP) {
		buf_puts(text, ",\"deep\":");
		put_many(text, '[', SANDBOX_ODD_DEPTH);
		put_many(text, ']', SANDBOX_ODD_DEPTH);
	} else {
		buf_puts(text, ",\"huge\":\"");
		put_many(text, 'x', SANDBOX_ODD_BYTES);
		buf_putc(text, '"');
	}
	buf_putc(text, '}');
}
