#include "cli/forge_ask.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "forge/arguments.h"
#include "forge/tree.h"

int
ask_open(struct forge_ask *a, const struct cli_args *args)
{
	*a = (struct forge_ask){.args = args};
	buf_init(&a->body, LIMIT_FORGE_ANSWER_BYTES);
	return cli_forge_open(args, &a->forge);
}

void
ask_done(struct forge_ask *a)
{
	live_end(&a->live);
	cli_forge_close(&a->forge);
	str_free(a->message);
	str_free(a->resource);
	buf_done(&a->body);
}

/* --- calls ---------------------------------------------------------------------------
 */

void
ask_on_result(const struct forge_result *r, void *arg)
{
	struct forge_ask *a = arg;
	a->kind = r->kind;
	a->accepted_only = r->accepted_only;
	a->is_away = forge_is_away(r);
	buf_reset(&a->body);
	if (str_set(&a->message, r->message) < 0 ||
	    str_set(&a->resource, r->resource) < 0 ||
	    buf_append(&a->body, r->body, r->body_len) < 0) {
		a->kind = FORGE_CANCELLED;
		(void)!str_set(&a->message, NULL);
	}
}

void
ask_on_progress(const char *status, void *arg)
{
	struct forge_ask *a = arg;
	live_say(&a->live, status);
}

int
ask_finish(struct forge_ask *a, struct forge_call *call)
{
	if (!call) {
		a->kind = FORGE_CANCELLED;
		(void)!str_set(&a->message, NULL);
		return CLI_FAILED;
	}
	forge_run(a->forge.client);
	return cli_forge_status(a->kind);
}

int
ask_fail(const struct forge_ask *a)
{
	return cli_fail(a->args, (enum cli_status)cli_forge_status(a->kind), "%s",
			a->message ? a->message : "out of memory");
}

static struct forge_call *
start(struct forge_ask *a, enum ask_how how, struct forge_request *rq)
{
	rq->all_pages = how == ASK_ALL_PAGES;
	if (how == ASK_TO_THE_END)
		return forge_wait(a->forge.client, rq, ask_on_progress, ask_on_result, a);
	return forge_call(a->forge.client, rq, ask_on_result, a);
}

static int
call_with(struct forge_ask *a, enum ask_how how, struct forge_request *rq)
{
	rq->deadline_ms = cli_forge_timeout(a->args, how == ASK_TO_THE_END);
	if (how == ASK_TO_THE_END) {
		auto_str what = str_format("%s%s%s", a->doing ? a->doing : "waiting",
					   a->of ? " " : "", a->of ? a->of : "");
		live_begin(&a->live, a->forge.base, what ? what : "");
	}
	int rc = ask_finish(a, start(a, how, rq));
	live_end(&a->live);
	return rc;
}

static int
add_words(struct forge_arguments *arguments, const struct ask_word *words,
	  struct buf *why)
{
	int rc = 0;
	for (; words && words->name && rc == 0; words++) {
		if (words->value)
			rc = forge_arguments_add(arguments, words->name, words->value,
						 why);
	}
	return rc;
}

static void
take_answer(const struct forge_ask *a, json_t **ret_answer)
{
	if (ret_answer)
		*ret_answer = a->body.len > 0 ? tree_parse(a->body.data, a->body.len)
					      : NULL;
}

static void
arguments_free_p(struct forge_arguments **a)
{
	forge_arguments_free(*a);
}

int
ask_quietly(struct forge_ask *a, enum ask_how how, const char *operation,
	    const struct ask_word *words, json_t **ret_answer)
{
	struct forge_request rq = {0};
	auto_buf why = BUF_INIT(LIMIT_TEXT_BYTES);
	CLEANUP(arguments_free_p)
	struct forge_arguments *arguments =
		forge_arguments_new(forge_operation_find(operation));
	int rc = arguments ? add_words(arguments, words, &why) : -1;
	if (rc == 0)
		rc = forge_arguments_fill(arguments, &rq);
	if (rc == 0) {
		rc = call_with(a, how, &rq);
		take_answer(a, ret_answer);
		return rc;
	}
	if (ret_answer)
		*ret_answer = NULL;
	a->kind = FORGE_REFUSED;
	(void)!str_set(&a->message, why.len > 0 ? buf_str(&why) : NULL);
	return CLI_USAGE;
}

int
ask(struct forge_ask *a, enum ask_how how, const char *operation,
    const struct ask_word *words, json_t **ret_answer)
{
	int rc = ask_quietly(a, how, operation, words, ret_answer);
	return rc == CLI_OK ? CLI_OK : ask_fail(a);
}

/* --- names ---------------------------------------------------------------------------
 */

void
ask_place_done(struct ask_place *p)
{
	str_free(p->server_id);
	str_free(p->server);
	str_free(p->site_id);
	str_free(p->site);
	*p = (struct ask_place){0};
}

int
ask_where(struct forge_ask *a, const char *server, const char *site,
	  struct ask_place *ret_place)
{
	struct forge_request rq = {
		.operation = site ? "deployments" : "server",
		.server = server,
		.site = site,
		.deadline_ms = cli_forge_timeout(a->args, false),
	};
	int rc = ask_finish(a, forge_resolve(a->forge.client, &rq, ask_on_result, a));
	if (rc != CLI_OK)
		return rc;
	auto_tree answer = tree_parse(a->body.data, a->body.len);
	*ret_place = (struct ask_place){
		.server_id = str_dup(tree_text(answer, "server.id")),
		.server = str_dup(tree_text(answer, "server.name")),
		.site_id = str_dup(tree_text(answer, "site.id")),
		.site = str_dup(tree_text(answer, "site.name")),
	};
	return CLI_OK;
}

static bool
is_called(const json_t *item, const char *name)
{
	return !name || str_eq(tree_text(item, "id"), name) ||
	       str_eq(tree_text(item, "attributes.name"), name);
}

static int
say_unknown(const struct forge_ask *a, const json_t *list, const char *what,
	    const char *name)
{
	size_t n = json_array_size(list);
	const char **names = x_new_array(const char *, n + 1);
	size_t known = 0;
	for (size_t i = 0; names && i < n; i++) {
		const char *one = tree_text(json_array_get(list, i), "attributes.name");
		if (one)
			names[known++] = one;
	}
	const char *near = name && names ? str_nearest(name, names, known) : NULL;
	if (!name)
		cli_fail(a->args, CLI_FAILED, "there is no %s", what);
	else
		cli_fail(a->args, CLI_FAILED, "no %s \"%s\"%s%s%s", what, name,
			 near ? " (nearest: " : "", near ? near : "", near ? ")" : "");
	mem_free(names);
	return CLI_FAILED;
}

int
ask_pick(const struct forge_ask *a, const json_t *list, const char *what,
	 const char *name, const json_t **ret_item)
{
	const json_t *found = NULL;
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);
		if (!is_called(item, name))
			continue;
		if (found)
			return cli_fail(a->args, CLI_FAILED,
					"there are several; name the %s by its id", what);
		found = item;
	}
	if (!found)
		return say_unknown(a, list, what, name);
	*ret_item = found;
	return CLI_OK;
}
