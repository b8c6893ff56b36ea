/* forge_mark and forge_adopt: what a call made, found in a list. */
#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "forge/call.h"
#include "forge/inner.h"
#include "forge/page.h"
#include "forge/schema.h"
#include "forge/tree.h"

static const struct forge_schema *
query_of(const struct forge_operation *list, const char *name)
{
	for (size_t i = 0; i < list->n_query_params; i++) {
		if (str_eq(list->query_params[i].name, name))
			return list->query_params[i].schema;
	}
	return NULL;
}

/* Newest first where the list can be sorted so; then the first page is enough. */
static bool
sorts_by_age(const struct forge_operation *list)
{
	const struct forge_schema *sort = query_of(list, "sort");
	if (!sort || !sort->items || !sort->items->values)
		return false;
	for (const char *const *v = sort->items->values; *v; v++) {
		if (strcmp(*v, "-created_at") == 0)
			return true;
	}
	return false;
}

static const struct forge_operation *
list_of(const struct forge_call *call)
{
	return forge_operation_find(call->row->list);
}

/* Path parameters that the list has in common with the operation, and the page's. */
static json_t *
list_params(const struct forge_call *call, const char *cursor)
{
	const struct forge_operation *list = list_of(call);
	bool paged = query_of(list, "page[size]") != NULL;
	json_t *params = json_pack("{s:s*, s:s*}", "page[size]", paged ? PAGE_SIZE : NULL,
				   "page[cursor]", cursor);
	int failed = params == NULL;
	if (params && sorts_by_age(list))
		failed += json_object_set_new(params, "sort", json_string("-created_at"));
	for (size_t i = 0; params && i < list->n_path_params; i++) {
		const char *name = list->path_params[i].name;
		json_t *value = json_object_get(call->params, name);
		if (value)
			failed += json_object_set(params, name, value);
	}
	if (failed == 0)
		return params;
	json_decref(params);
	return NULL;
}

static void
send_list(struct forge_call *call, const char *cursor, exchange_fn *on_done)
{
	auto_tree params = list_params(call, cursor);
	if (!params) {
		call_out_of_memory(call);
		return;
	}
	struct call_send s = {
		.op = list_of(call), .params = params, .priority = FORGE_LOOKUP};
	call_send(call, &s, on_done);
}

/* False after the call has ended: the operation makes nothing that can be found. */
static bool
find_row(struct forge_call *call)
{
	call->row = follow_find(call->op);
	if (call->row && call->row->list)
		return true;
	call_fail(call, FORGE_REFUSED, "%s makes nothing that a list shows",
		  call->op->id);
	return false;
}

/* --- forge_mark ----------------------------------------------------------------------
 */

static void
end_mark(struct forge_call *call, struct answer *a)
{
	auto_tree mark = json_pack("{s:s?}", "last", call->last);
	buf_reset(&a->body);
	json_decref(a->json);
	a->json = NULL;
	if (!mark || tree_put(&a->body, mark) < 0)
		call_out_of_memory(call);
	else
		call_end(call, a);
}

static void
on_mark_page(struct answer *a, void *arg)
{
	struct forge_call *call = arg;
	call->exchange = NULL;
	if (a->kind != FORGE_OK) {
		call_end(call, a);
		return;
	}
	auto_str cursor = NULL;
	if (follow_greatest(a->json, &call->last) < 0 ||
	    page_next(a->json, &cursor) < 0) {
		call_out_of_memory(call);
		return;
	}
	bool enough = sorts_by_age(list_of(call)) && call->last;
	if (!cursor || enough)
		end_mark(call, a);
	else if (++call->looks >= LIMIT_FORGE_PAGES)
		call_fail(call, FORGE_SERVER, "the list has more than %d pages",
			  LIMIT_FORGE_PAGES);
	else
		send_list(call, cursor, on_mark_page);
}

void
call_begin_mark(struct forge_call *call)
{
	call->looks = 0;
	if (find_row(call))
		send_list(call, NULL, on_mark_page);
}

static const struct call_kind mark_kind = {.begin = call_begin_mark};

struct forge_call *
forge_mark(struct forge_client *c, const struct forge_request *rq,
	   forge_result_fn *on_result, void *arg)
{
	return call_new(c, &mark_kind, rq, on_result, arg);
}

/* --- forge_adopt ---------------------------------------------------------------------
 */

static const char *
oldest_of(const json_t *found)
{
	const char *oldest = NULL;
	for (size_t i = 0; i < json_array_size(found); i++) {
		const char *id = json_string_value(json_array_get(found, i));
		if (!oldest || follow_id_greater(oldest, id))
			oldest = id;
	}
	return oldest;
}

/* The ids that were found, where one call makes several. */
static int
put_found(struct buf *out, const struct forge_call *call)
{
	if (!call->row->each)
		return buf_puts(out, oldest_of(call->pages));
	return tree_put_plain(out, call->pages);
}

static void
end_adopt(struct forge_call *call, struct answer *a)
{
	size_t n = json_array_size(call->pages);
	if (n == 0) {
		call_fail(call, FORGE_NOT_FOUND, "nothing new in %s", call->row->list);
		return;
	}
	if (n > follow_expected(call->row, call->body) && !call->row->any_new) {
		call_fail(call, FORGE_UNCERTAIN,
			  "%zu new ones in %s, which cannot be told apart", n,
			  call->row->list);
		return;
	}
	auto_buf ids = BUF_INIT(LIMIT_TEXT_BYTES);
	json_decref(a->json);
	a->json = NULL;
	if (put_found(&ids, call) < 0 || str_set(&call->resource, buf_str(&ids)) < 0)
		call_out_of_memory(call);
	else
		call_end(call, a);
}

static void
on_adopt_page(struct answer *a, void *arg)
{
	struct forge_call *call = arg;
	call->exchange = NULL;
	if (a->kind != FORGE_OK) {
		call_end(call, a);
		return;
	}
	auto_str cursor = NULL;
	int reached =
		follow_collect(call->row, a->json, call->body, call->last, call->pages);
	if (reached >= 0 && page_next(a->json, &cursor) < 0)
		reached = -ENOMEM;
	bool more = cursor && !(reached > 0 && sorts_by_age(list_of(call)));
	size_t wanted = follow_expected(call->row, call->body);
	if (reached < 0)
		call_out_of_memory(call);
	else if (more && ++call->looks < LIMIT_FORGE_PAGES)
		send_list(call, cursor, on_adopt_page);
	else if (json_array_size(call->pages) < wanted && !call->looked_twice)
		/* Forge may still be at it. */
		call_sleep(call,
			   budget_pace_ms(&call->client->budget, DEFAULT_POLL_MS) * 1000);
	else
		end_adopt(call, a);
}

static void
look_again(struct forge_call *call)
{
	call->looked_twice = true;
	call->looks = 0;
	(void)json_array_clear(call->pages);
	send_list(call, NULL, on_adopt_page);
}

static const struct call_kind adopt_kind = {.begin = call_begin_adopt,
					    .on_timer = look_again};

void
call_begin_adopt(struct forge_call *call)
{
	call->kind = &adopt_kind;
	call->looks = 0;
	if (!find_row(call))
		return;
	call->pages = json_array();
	if (!call->pages)
		call_out_of_memory(call);
	else if (!call->has_mark)
		call_fail(call, FORGE_REFUSED, "without a mark nothing can be found");
	else
		send_list(call, NULL, on_adopt_page);
}

/* Reads {"last":"12"}; 1 when text is a mark, 0 when not, or -ENOMEM. */
static int
read_mark(struct forge_call *call, const char *mark)
{
	auto_tree tree = mark ? tree_parse(mark, strlen(mark)) : NULL;
	if (!json_object_get(tree, "last"))
		return 0;
	int rc = str_set(&call->last, tree_text(tree, "last"));
	return rc < 0 ? rc : 1;
}

struct forge_call *
forge_adopt(struct forge_client *c, const struct forge_request *rq, const char *mark,
	    forge_result_fn *on_result, void *arg)
{
	struct forge_call *call = call_new(c, &adopt_kind, rq, on_result, arg);
	if (!call)
		return NULL;
	int rc = read_mark(call, mark);
	call->has_mark = rc == 1;
	if (rc >= 0)
		return call;
	call_drop(call);
	return NULL;
}
