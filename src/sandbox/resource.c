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

/* The request's own URL with another place; null without one. */
static json_t *
page_url(const struct visit *v, const char *param, const char *place)
{
	if (!place)
		return json_null();
	auto_buf url = BUF_INIT(URL_BYTES);
	resource_put_path(v, &url);
	buf_putc(&url, '?');
	for (size_t i = 0; i < v->n_query; i++) {
		const struct visit_param *q = &v->query[i];
		if (str_eq(q->name, param))
			continue;
		url_encode(&url, q->name, strlen(q->name));
		buf_putc(&url, '=');
		url_encode(&url, q->value, strlen(q->value));
		buf_putc(&url, '&');
	}
	url_encode(&url, param, strlen(param));
	buf_printf(&url, "=%s", place);
	return json_string(buf_str(&url));
}

/* Takes over data. */
static void
answer_page(struct visit *v, json_t *data, json_t *links, json_t *meta, json_t *included)
{
	json_t *document = json_pack("{s:o, s:o*, s:o*}", "data", data, "links", links,
				     "meta", meta);
	put_included(v, document, included);
	json_decref(included);
	visit_answer(v, v->operation->success_status, document);
}

static json_t *
render_range(struct visit *v, const struct page_list *list, const struct page *page,
	     resource_render_fn *render, json_t *included)
{
	json_t *data = json_array();
	for (size_t i = page->from; i < page->to; i++)
		json_array_append_new(data, render(v, list->items[i].record, included));
	return data;
}

static json_t *
make_links(const struct visit *v, const char *param, const char *first, const char *prev,
	   const char *next)
{
	return json_pack("{s:o, s:n, s:o, s:o}", "first", page_url(v, param, first),
			 "last", "prev", page_url(v, param, prev), "next",
			 page_url(v, param, next));
}

static void
answer_by_cursor(struct visit *v, const struct page_list *list,
		 resource_render_fn *render)
{
	static const char param[] = "page[cursor]";
	auto_page page = {0};
	auto_buf path = BUF_INIT(URL_BYTES);
	size_t size = page_size(visit_query(v, "page[size]"));
	if (page_cut(list, visit_query(v, param), size, &page) < 0) {
		visit_server_error(v);
		return;
	}
	json_t *included = json_object();
	json_t *data = render_range(v, list, &page, render, included);
	resource_put_path(v, &path);
	answer_page(v, data, make_links(v, param, NULL, page.prev, page.next),
		    json_pack("{s:s, s:I, s:s?, s:s?}", "path", buf_str(&path),
			      "per_page", (json_int_t)size, "next_cursor", page.next,
			      "prev_cursor", page.prev),
		    included);
}

/* Laravel's pages of before cursors: ?page=2. */
static void
answer_by_number(struct visit *v, const struct page_list *list,
		 resource_render_fn *render)
{
	const char *wanted = visit_query(v, "page");
	uint32_t n = 1;
	if (wanted && parse_u32(wanted, 1, UINT32_MAX, &n) < 0)
		n = 1;
	size_t from = (size_t)(n - 1) * LIMIT_SANDBOX_PAGE;
	struct page page = {.from = from < list->len ? from : list->len};
	page.to = page.from + LIMIT_SANDBOX_PAGE < list->len
			  ? page.from + LIMIT_SANDBOX_PAGE
			  : list->len;
	bool is_empty = page.from == page.to;
	auto_str prev = n > 1 ? str_format("%u", n - 1) : NULL;
	auto_str next = page.to < list->len ? str_format("%u", n + 1) : NULL;
	auto_buf path = BUF_INIT(URL_BYTES);
	json_t *included = json_object();
	json_t *data = render_range(v, list, &page, render, included);
	resource_put_path(v, &path);
	answer_page(v, data, make_links(v, "page", "1", prev, next),
		    json_pack("{s:I, s:o, s:s, s:i, s:o}", "current_page", (json_int_t)n,
			      "from",
			      is_empty ? json_null()
				       : json_integer((json_int_t)page.from + 1),
			      "path", buf_str(&path), "per_page", LIMIT_SANDBOX_PAGE,
			      "to",
			      is_empty ? json_null() : json_integer((json_int_t)page.to)),
		    included);
}

static void
answer_whole(struct visit *v, const struct page_list *list, resource_render_fn *render)
{
	struct page page = {.to = list->len};
	json_t *included = json_object();
	json_t *data = render_range(v, list, &page, render, included);
	answer_page(v, data, NULL, NULL, included);
}

/* Lists of these have numbered pages; the catalogue does not tell. */
static bool
has_numbers(const struct forge_operation *op)
{
	static const char *const resources[] = {
		"VpcResource", "ComposerCredentialResource", "NpmCredentialResource"};
	for (size_t i = 0; i < ARRAY_LEN(resources); i++) {
		if (str_eq(op->resource, resources[i]))
			return true;
	}
	return false;
}

static bool
has_cursor(const struct forge_operation *op)
{
	for (size_t i = 0; i < op->n_query_params; i++) {
		if (str_eq(op->query_params[i].name, "page[cursor]"))
			return true;
	}
	return false;
}

void
resource_answer_list(struct visit *v, struct page_list *list, resource_render_fn *render)
{
	page_list_sort(list);
	if (has_cursor(v->operation))
		answer_by_cursor(v, list, render);
	else if (has_numbers(v->operation))
		answer_by_number(v, list, render);
	else
		answer_whole(v, list, render);
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
