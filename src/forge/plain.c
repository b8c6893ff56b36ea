/* forge_call and forge_resolve. */
#include "base/json.h"
#include "base/limits.h"
#include "base/str.h"
#include "forge/call.h"
#include "forge/inner.h"
#include "forge/page.h"
#include "forge/tree.h"

static void send_page(struct forge_call *call, const char *cursor);

/* --- pages ---------------------------------------------------------------------------
 */

/* All pages are to be one answer. */
static bool
is_paged(const struct forge_call *call)
{
	return call->all_pages && call->op->resource_list;
}

static int
extend(json_t *all, const char *member, const json_t *page)
{
	json_t *items = json_object_get(page, member);
	json_t *known = json_object_get(all, member);
	if (!json_is_array(items))
		return 0;
	if (!known)
		return json_object_set(all, member, items);
	return json_array_extend(known, items);
}

/* True when a further page is on its way; else a's body is the whole. */
static bool
take_page(struct forge_call *call, struct answer *a)
{
	if (!call->pages)
		call->pages = json_object();
	auto_str cursor = NULL;
	if (!call->pages || extend(call->pages, "data", a->json) < 0 ||
	    extend(call->pages, "included", a->json) < 0 ||
	    page_next(a->json, &cursor) < 0) {
		answer_set(a, FORGE_SERVER, "out of memory");
		return false;
	}
	if (cursor && ++call->looks < LIMIT_FORGE_PAGES) {
		send_page(call, cursor);
		return true;
	}
	buf_reset(&a->body);
	if (cursor)
		answer_set(a, FORGE_SERVER, "more than %d pages", LIMIT_FORGE_PAGES);
	else if (tree_put(&a->body, call->pages) < 0)
		answer_set(a, FORGE_SERVER, "all pages together have more than %u bytes",
			   LIMIT_FORGE_ANSWER_BYTES);
	return false;
}

/* --- forge_call ----------------------------------------------------------------------
 */

static void
on_answer(struct answer *a, void *arg)
{
	struct forge_call *call = arg;
	call->exchange = NULL;
	/* Names may have moved to other ids since they were looked up; a 404 has changed
	 * nothing, so one more try does no harm. */
	if (a->kind == FORGE_NOT_FOUND && !call->asked_anew && target_forget(call)) {
		call->asked_anew = true;
		call_advance(call);
		return;
	}
	if (a->kind == FORGE_OK && is_paged(call) && take_page(call, a))
		return;
	call_end(call, a);
}

static void
send_page(struct forge_call *call, const char *cursor)
{
	auto_tree with_cursor = cursor ? json_copy(call->params) : NULL;
	if (cursor && (!with_cursor || json_object_set_new(with_cursor, "page[cursor]",
							   json_string(cursor)) < 0)) {
		call_out_of_memory(call);
		return;
	}
	bool changes = forge_operation_changes(call->op);
	struct call_send s = {.op = call->op,
			      .params = with_cursor ? with_cursor : call->params,
			      .body = call->body,
			      .priority = changes ? FORGE_CHANGE : FORGE_LOOKUP,
			      .skim = !is_paged(call)};
	call_send(call, &s, on_answer);
}

void
call_begin_plain(struct forge_call *call)
{
	send_page(call, NULL);
}

static const struct call_kind plain = {.checks = true, .begin = call_begin_plain};

struct forge_call *
forge_call(struct forge_client *c, const struct forge_request *rq,
	   forge_result_fn *on_result, void *arg)
{
	return call_new(c, &plain, rq, on_result, arg);
}

/* --- forge_resolve -------------------------------------------------------------------
 */

static void
put_place(struct json_writer *w, const char *key, const char *id, const char *name)
{
	if (!id) {
		json_str(w, key, NULL);
		return;
	}
	json_open_object(w, key);
	json_str(w, "id", id);
	json_str(w, "name", name);
	json_close_object(w);
}

static void
begin_resolve(struct forge_call *call)
{
	const struct call_target *t = &call->target;
	struct json_writer w;
	auto_answer a = {0};
	answer_init(&a);
	json_begin(&w, &a.body);
	json_open_object(&w, NULL);
	json_str(&w, "organization", t->slug);
	put_place(&w, "server", t->server_id, t->server_name);
	put_place(&w, "site", t->site_id, t->site_name);
	json_close_object(&w);
	if (buf_failed(&a.body))
		call_out_of_memory(call);
	else
		call_end(call, &a);
}

static const struct call_kind resolve = {.names = true, .begin = begin_resolve};

struct forge_call *
forge_resolve(struct forge_client *c, const struct forge_request *rq,
	      forge_result_fn *on_result, void *arg)
{
	return call_new(c, &resolve, rq, on_result, arg);
}
