#include "forge/tree.h"

#include <errno.h>
#include <string.h>

void
tree_unref_p(json_t **tree)
{
	json_decref(*tree);
	*tree = NULL;
}

json_t *
tree_parse(const char *text, size_t len)
{
	return json_loadb(text, len, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
}

const json_t *
tree_find(const json_t *tree, const char *path)
{
	while (tree && *path) {
		char key[64];
		size_t n = strcspn(path, ".");
		if (n >= sizeof(key))
			return NULL;
		memcpy(key, path, n);
		key[n] = '\0';
		tree = json_object_get(tree, key);
		path += n + (path[n] == '.');
	}
	return tree;
}

const char *
tree_text(const json_t *tree, const char *path)
{
	return json_string_value(tree_find(tree, path));
}

int
tree_put_plain(struct buf *out, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_STRING:
		return buf_append(out, json_string_value(value),
				  json_string_length(value));
	case JSON_INTEGER:
		return buf_printf(out, "%lld", (long long)json_integer_value(value));
	case JSON_REAL:
		return buf_printf(out, "%.17g", json_real_value(value));
	case JSON_TRUE: /* Laravel's boolean rule takes 1 and 0, not "true" */
		return buf_puts(out, "1");
	case JSON_FALSE:
		return buf_puts(out, "0");
	case JSON_NULL:
		return 0;
	case JSON_ARRAY:
		for (size_t i = 0; i < json_array_size(value); i++) {
			if (i > 0)
				buf_putc(out, ',');
			tree_put_plain(out, json_array_get(value, i));
		}
		break;
	case JSON_OBJECT:
		return tree_put(out, value);
	}
	return out->error;
}

static int
put_chunk(const char *data, size_t len, void *arg)
{
	struct buf *out = arg;
	return buf_append(out, data, len) < 0 ? -1 : 0;
}

int
tree_put(struct buf *out, const json_t *value)
{
	if (json_dump_callback(value, put_chunk, out, JSON_COMPACT | JSON_ENCODE_ANY) < 0)
		return out->error ? out->error : -ENOMEM;
	return 0;
}

bool
text_is_digits(const char *text)
{
	return !str_is_empty(text) && strspn(text, "0123456789") == strlen(text);
}

void
message_put(struct buf *out, const char *text, size_t max)
{
	for (size_t i = 0; text && text[i]; i++) {
		unsigned char c = (unsigned char)text[i];
		/* never in the middle of a UTF-8 character */
		if (i >= max && (c & 0xC0) != 0x80) {
			buf_puts(out, "...");
			return;
		}
		buf_putc(out, c < 0x20 || c == 0x7f ? ' ' : (char)c);
	}
}
