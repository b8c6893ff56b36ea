#include "forge/route.h"

#include <errno.h>
#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "base/str.h"
#include "forge/tree.h"

static const char *
known_id(const struct route *r, const char *name)
{
	if (str_eq(name, "organization"))
		return r->organization;
	if (str_eq(name, "server"))
		return r->server;
	if (str_eq(name, "site"))
		return r->site;
	return NULL;
}

/* Appends the value of {name}; a text from outside stays one segment. */
static int
put_segment(struct buf *out, const struct route *r, const char *name)
{
	auto_buf value = BUF_INIT(LIMIT_TEXT_BYTES);
	const char *id = known_id(r, name);
	const json_t *given = json_object_get(r->params, name);
	if (id)
		buf_puts(&value, id);
	else if (json_is_string(given) || json_is_integer(given))
		tree_put_plain(&value, given);
	const char *text = buf_str(&value);
	if (str_is_empty(text) || str_eq(text, ".") || str_eq(text, ".."))
		return -EINVAL;
	return url_encode(out, value.data, value.len);
}

static int
put_path(struct buf *out, const char *path, const struct route *r)
{
	while (*path) {
		size_t plain = strcspn(path, "{");
		buf_append(out, path, plain);
		path += plain;
		size_t len = strcspn(path, "}");
		if (len < 2)
			break;
		auto_str name = str_ndup(path + 1, len - 1);
		int rc = name ? put_segment(out, r, name) : -ENOMEM;
		if (rc < 0)
			return rc;
		path += len + 1;
	}
	return out->error;
}

static int
put_query_value(struct buf *out, const char *name, const json_t *value, char separator)
{
	auto_buf text = BUF_INIT(LIMIT_TEXT_BYTES);
	tree_put_plain(&text, value);
	if (text.error)
		return text.error;
	buf_putc(out, separator);
	url_encode(out, name, strlen(name));
	buf_putc(out, '=');
	return url_encode(out, buf_str(&text), text.len);
}

int
route_put(struct buf *out, const struct forge_operation *op, const struct route *r)
{
	int rc = put_path(out, op->path, r);
	char separator = '?';
	/* Sorted by nothing but the order given; a query's order has no meaning. */
	json_t *params = (json_t *)(uintptr_t)r->params;
	void *iter = rc == 0 ? json_object_iter(params) : NULL;
	for (; iter && rc == 0; iter = json_object_iter_next(params, iter)) {
		const char *name = json_object_iter_key(iter);
		const json_t *value = json_object_iter_value(iter);
		bool elsewhere = forge_operation_needs(op, name) ||
				 str_eq(name, "organization") || str_eq(name, "server") ||
				 str_eq(name, "site");
		if (elsewhere || json_is_null(value))
			continue;
		rc = put_query_value(out, name, value, separator);
		separator = '&';
	}
	return rc;
}
