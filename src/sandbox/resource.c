#include "sandbox/resource.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/codec.h"
#include "forge/operation.h"

#define URL_BYTES (64 * KIB)

json_t *
resource_new(const struct visit *v, const char *type, uint64_t id, json_t *attributes,
	     const char *path, ...)
{
	char number[24];
	auto_buf url = BUF_INIT(URL_BYTES);
	va_list ap;
	snprintf(number, sizeof(number), "%llu", (unsigned long long)id);
	buf_printf(&url, "%s/api", v->root);
	va_start(ap, path);
	buf_vprintf(&url, path, ap);
	va_end(ap);
	return json_pack("{s:s, s:s, s:o, s:{s:{s:s}}}", "id", number, "type", type,
			 "attributes", attributes, "links", "self", "href",
			 buf_str(&url));
}

json_t *
resource_time(int64_t us)
{
	if (us == 0)
		return json_null();
	char text[64];
	time_t seconds = (time_t)(us / 1000000);
	struct tm tm = {0};
	gmtime_r(&seconds, &tm);
	size_t n = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, sizeof(text) - n, ".%06dZ", (int)(us % 1000000));
	return json_string(text);
}

json_t *
resource_text(const char *text)
{
	return str_is_empty(text) ? json_null() : json_string(text);
}

void
resource_relate(json_t *resource, const char *name, const char *type, uint64_t id)
{
	char number[24];
	snprintf(number, sizeof(number), "%llu", (unsigned long long)id);
	json_t *relationships = json_object_get(resource, "relationships");
	if (!relationships) {
		json_object_set_new(resource, "relationships", json_object());
		relationships = json_object_get(resource, "relationships");
	}
	json_t *data = id > 0 ? json_pack("{s:s, s:s}", "type", type, "id", number)
			      : json_null();
	json_object_set_new(relationships, name, json_pack("{s:o}", "data", data));
}

void
resource_relate_all(json_t *resource, const char *name, json_t *data)
{
	resource_relate(resource, name, name, 0);
	json_t *relationships = json_object_get(resource, "relationships");
	json_t *relation = json_object_get(relationships, name);
	if (relation)
		json_object_set_new(relation, "data", data);
	else
		json_decref(data);
}

void
resource_include(json_t *included, json_t *resource)
{
	const char *type = json_string_value(json_object_get(resource, "type"));
	const char *id = json_string_value(json_object_get(resource, "id"));
	auto_str key = str_format("%s/%s", type ? type : "", id ? id : "");
	if (key && resource)
		json_object_set(included, key, resource);
	json_decref(resource);
}

/* Puts the collected resources into the document where include=... was given. */
static void
put_included(const struct visit *v, json_t *document, json_t *included)
{
	if (!visit_query(v, "include"))
		return;
	json_t *list = json_array();
	const char *key = NULL;
	json_t *resource = NULL;
	json_object_foreach(included, key, resource)
	{
		json_array_append(list, resource);
	}
	json_object_set_new(document, "included", list);
}

void
resource_put_path(const struct visit *v, struct buf *out)
{
	const char *p = v->operation->path;
	buf_printf(out, "%s/api", v->root);
	while (*p) {
		size_t word = strcspn(p, "{");
		buf_append(out, p, word);
		p += word;
		if (*p != '{')
			continue;
		size_t name = strcspn(p, "}");
		auto_str param = str_ndup(p + 1, name - 1);
		const char *value = visit_path(v, param ? param : "");
		url_encode(out, value ? value : "", value ? strlen(value) : 0);
		p += name + 1;
	}
}

/* The request's own URL with another cursor; null without one. */
static json_t *
page_url(const struct visit *v, const char *cursor)
{
	if (!cursor)
		return json_null();
	auto_buf url = BUF_INIT(URL_BYTES);
	resource_put_path(v, &url);
	buf_putc(&url, '?');
	for (size_t i = 0; i < v->n_query; i++) {
		const struct visit_param *q = &v->query[i];
		if (str_eq(q->name, "page[cursor]"))
			continue;
		url_encode(&url, q->name, strlen(q->name));
		buf_putc(&url, '=');
		url_encode(&url, q->value, strlen(q->value));
		buf_putc(&url, '&');
	}
	buf_printf(&url, "page%%5Bcursor%%5D=%s", cursor);
	return json_string(buf_str(&url));
}

static json_t *
page_meta(const struct visit *v, const struct page *page, size_t size)
{
	auto_buf path = BUF_INIT(URL_BYTES);
	resource_put_path(v, &path);
	return json_pack("{s:s, s:I, s:s?, s:s?}", "path", buf_str(&path), "per_page",
			 (json_int_t)size, "next_cursor", page->next, "prev_cursor",
			 page->prev);
}

void
resource_answer_list(struct visit *v, struct page_list *list, resource_render_fn *render)
{
	auto_page page = {0};
	size_t size = page_size(visit_query(v, "page[size]"));
	page_list_sort(list);
	if (page_cut(list, visit_query(v, "page[cursor]"), size, &page) < 0) {
		visit_server_error(v);
		return;
	}
	json_t *included = json_object();
	json_t *data = json_array();
	for (size_t i = page.from; i < page.to; i++)
		json_array_append_new(data, render(v, list->items[i].record, included));
	json_t *document =
		json_pack("{s:o, s:{s:n, s:n, s:o, s:o}, s:o}", "data", data, "links",
			  "first", "last", "prev", page_url(v, page.prev), "next",
			  page_url(v, page.next), "meta", page_meta(v, &page, size));
	put_included(v, document, included);
	json_decref(included);
	visit_answer(v, v->operation->success_status, document);
}

void
resource_answer_one(struct visit *v, void *record, resource_render_fn *render)
{
	json_t *included = json_object();
	visit_answer_resource(v, render(v, record, included));
	if (v->status < 400)
		put_included(v, v->answer, included);
	json_decref(included);
}

bool
resource_filter(const struct visit *v, const char *filter, const char *text)
{
	const char *wanted = visit_query(v, filter);
	return str_is_empty(wanted) || strcasestr(text ? text : "", wanted) != NULL;
}

struct slice
resource_sort(const struct visit *v, const char *fallback, bool *ret_descending)
{
	const char *sort = visit_query(v, "sort");
	if (str_is_empty(sort))
		sort = fallback;
	*ret_descending = *sort == '-';
	sort += *sort == '-';
	return (struct slice){sort, strcspn(sort, ",")};
}
