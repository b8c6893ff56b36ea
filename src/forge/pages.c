#include "forge/pages.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "forge/call.h"
#include "forge/inner.h"
#include "forge/page.h"
#include "forge/tree.h"

struct forge_pages {
	struct forge_client *client;
	struct forge_request rq; /* its texts are copies below */
	char *texts[4];		 /* operation, organization, server, site */
	char *body;
	json_t *params; /* as given; NULL: not an object */
	char *given;	/* params as text, for the message of a bad one */
	char *cursor;	/* of the next page; NULL: the first */
	bool ended;
	bool busy;
	forge_result_fn *on_result;
	void *arg;
	/* of forge_pages_item */
	json_t *page;
	size_t at;
	struct buf item;
	struct forge_result *failure;
	bool out_of_memory;
};

static const struct forge_result out_of_memory = {
	.kind = FORGE_NETWORK, .message = "out of memory", .body = ""};

static int
copy_request(struct forge_pages *p, const struct forge_request *rq)
{
	const char *given[] = {rq->operation, rq->organization, rq->server, rq->site};
	for (size_t i = 0; i < ARRAY_LEN(given); i++) {
		if (str_set(&p->texts[i], given[i]) < 0)
			return -1;
	}
	if (str_set(&p->body, rq->body) < 0 || str_set(&p->given, rq->params) < 0)
		return -1;
	p->rq = (struct forge_request){.operation = p->texts[0],
				       .organization = p->texts[1],
				       .server = p->texts[2],
				       .site = p->texts[3],
				       .body = p->body,
				       .deadline_ms = rq->deadline_ms};
	if (str_is_empty(p->given)) {
		p->params = json_object();
		return p->params ? 0 : -1;
	}
	p->params = tree_parse(p->given, strlen(p->given));
	return 0;
}

struct forge_pages *
forge_pages_new(struct forge_client *c, const struct forge_request *rq)
{
	struct forge_pages *p = x_new(struct forge_pages);
	if (!p)
		return NULL;
	p->client = c;
	buf_init(&p->item, LIMIT_FORGE_ANSWER_BYTES);
	if (copy_request(p, rq) == 0)
		return p;
	forge_pages_free(p);
	return NULL;
}

void
forge_pages_free(struct forge_pages *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < ARRAY_LEN(p->texts); i++)
		str_free(p->texts[i]);
	str_free(p->body);
	str_free(p->given);
	str_free(p->cursor);
	json_decref(p->params);
	json_decref(p->page);
	buf_done(&p->item);
	forge_result_free(p->failure);
	mem_free(p);
}

bool
forge_pages_more(const struct forge_pages *p)
{
	return !p->ended;
}

/* --- pages ---------------------------------------------------------------------------
 */

/* Takes the cursor out of the page. Returns 0 or -ENOMEM; then it may be asked for again.
 */
static int
learn_cursor(struct forge_pages *p, const json_t *page)
{
	char *cursor = NULL;
	if (page_next(page, &cursor) < 0)
		return -ENOMEM;
	/* a cursor that leads to where it came from would never end */
	p->ended = !cursor || str_eq(cursor, p->cursor);
	str_free(p->cursor);
	p->cursor = cursor;
	return 0;
}

/* The body of a good answer, which was parsed once: only memory can be short. "" is NULL,
 * as an empty page. */
static int
parse(const struct forge_result *r, json_t **ret_page)
{
	*ret_page = r->body_len > 0 ? tree_parse(r->body, r->body_len) : NULL;
	return r->body_len > 0 && !*ret_page ? -ENOMEM : 0;
}

/* The request of the next page; params is filled with its text. Returns 0 or -1. */
static int
next_request(struct forge_pages *p, struct forge_request *rq, struct buf *params)
{
	*rq = p->rq;
	/* What is no object goes as it is, for the check to say so. */
	if (!p->cursor || !json_is_object(p->params)) {
		rq->params = p->given;
		return 0;
	}
	if (json_object_set_new(p->params, "page[cursor]", json_string(p->cursor)) < 0 ||
	    tree_put(params, p->params) < 0)
		return -1;
	rq->params = buf_str(params);
	return 0;
}

static void
on_page(const struct forge_result *r, void *arg)
{
	struct forge_pages *p = arg;
	p->busy = false;
	auto_tree page = NULL;
	bool good = r->kind == FORGE_OK;
	if (good && (parse(r, &page) < 0 || learn_cursor(p, page) < 0))
		p->on_result(&out_of_memory, p->arg);
	else
		p->on_result(r, p->arg);
}

struct forge_call *
forge_pages_next(struct forge_pages *p, forge_result_fn *on_result, void *arg)
{
	struct forge_request rq;
	auto_buf params = BUF_INIT(LIMIT_FORGE_ANSWER_BYTES);
	if (p->ended || p->busy || next_request(p, &rq, &params) < 0)
		return NULL;
	struct forge_call *call = forge_call(p->client, &rq, on_page, p);
	p->busy = call != NULL;
	p->on_result = on_result;
	p->arg = arg;
	return call;
}

static struct forge_result *
next_page(struct forge_pages *p, json_t **ret_tree)
{
	struct forge_request rq;
	auto_buf params = BUF_INIT(LIMIT_FORGE_ANSWER_BYTES);
	if (p->ended || p->busy || next_request(p, &rq, &params) < 0)
		return NULL;
	struct forge_result *r = forge_call_sync(p->client, &rq);
	if (!r || r->kind != FORGE_OK)
		return r;
	if (parse(r, ret_tree) == 0 && learn_cursor(p, *ret_tree) == 0)
		return r;
	forge_result_free(r);
	return NULL;
}

struct forge_result *
forge_pages_next_sync(struct forge_pages *p)
{
	auto_tree tree = NULL;
	return next_page(p, &tree);
}

/* --- items ---------------------------------------------------------------------------
 */

static bool
turn_page(struct forge_pages *p)
{
	json_decref(p->page);
	p->page = NULL;
	p->at = 0;
	forge_result_free(p->failure);
	p->failure = next_page(p, &p->page);
	p->out_of_memory = p->failure == NULL;
	if (p->out_of_memory) {
		json_decref(p->page);
		p->page = NULL;
	}
	if (p->out_of_memory || p->failure->kind != FORGE_OK)
		return false;
	forge_result_free(steal_ptr(&p->failure));
	return true;
}

const char *
forge_pages_item(struct forge_pages *p)
{
	const json_t *item = NULL;
	p->out_of_memory = false;
	while ((item = page_item(p->page, p->at)) == NULL) {
		if (p->ended || !turn_page(p))
			return NULL;
	}
	p->at++;
	buf_reset(&p->item);
	p->out_of_memory = tree_put(&p->item, item) < 0;
	return p->out_of_memory ? NULL : buf_str(&p->item);
}

const struct forge_result *
forge_pages_failure(const struct forge_pages *p)
{
	return p->out_of_memory ? &out_of_memory : p->failure;
}
