/* Path and query of a call before its names are ids; declared in cli/rendering.h. */
#include <errno.h>
#include <string.h>

#include <jansson.h>

#include "base/limits.h"
#include "base/str.h"
#include "cli/rendering.h"
#include "forge/route.h"
#include "forge/tree.h"

/* Path parameters that are not given appear as {name}. */
static int
add_placeholders(json_t *params, const struct forge_operation *op)
{
	for (size_t i = 0; i < op->n_path_params; i++) {
		const char *name = op->path_params[i].name;
		if (json_object_get(params, name))
			continue;
		auto_str placeholder = str_format("{%s}", name);
		if (!placeholder ||
		    json_object_set_new(params, name, json_string(placeholder)) < 0)
			return -ENOMEM;
	}
	return 0;
}

/* The braces of placeholders were encoded like any text; people shall see braces. */
static int
put_readable(struct buf *out, const char *url)
{
	for (const char *p = url; *p; p++) {
		bool is_open = str_starts(p, "%7B");
		if (is_open || str_starts(p, "%7D")) {
			buf_putc(out, is_open ? '{' : '}');
			p += 2;
		} else {
			buf_putc(out, *p);
		}
	}
	return out->error;
}

int
rendering_put_url(struct buf *out, const struct forge_operation *op,
		  const char *organization, const char *server, const char *site,
		  const char *params)
{
	auto_tree given = params ? json_loads(params, 0, NULL) : json_object();
	if (!json_is_object(given) || add_placeholders(given, op) < 0)
		return -ENOMEM;
	auto_buf url = BUF_INIT(LIMIT_TEMPLATE_BYTES);
	struct route route = {organization, server, site, given};
	int rc = route_put(&url, op, &route);
	if (rc < 0) /* an empty name, say: the path's own placeholders tell as much */
		return rc == -ENOMEM ? rc : buf_puts(out, op->path);
	return put_readable(out, buf_str(&url));
}
