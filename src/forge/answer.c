#include "forge/answer.h"

#include <stdarg.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/str.h"
#include "forge/page.h"
#include "forge/skim.h"
#include "forge/tree.h"

void
answer_init(struct answer *a)
{
	*a = (struct answer){.message = BUF_INIT(LIMIT_FORGE_MESSAGE_BYTES)};
	buf_init(&a->body, LIMIT_FORGE_ANSWER_BYTES);
}

void
answer_done(struct answer *a)
{
	buf_done(&a->message);
	buf_done(&a->body);
	json_decref(a->json);
	json_decref(a->errors);
	str_free(a->id);
	*a = (struct answer){0};
}

void
answer_set(struct answer *a, enum forge_kind kind, const char *fmt, ...)
{
	a->kind = kind;
	auto_buf text = BUF_INIT(LIMIT_TEXT_BYTES);
	va_list ap;
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	buf_reset(&a->message);
	message_put(&a->message, buf_str(&text), LIMIT_FORGE_MESSAGE_BYTES - 8);
}

static void
answer_set_good(struct answer *a)
{
	a->kind = FORGE_OK;
	buf_reset(&a->message);
}

/* Forge's own words, or "" when the body is none of Forge's. */
static const char *
forge_says(const struct answer *a)
{
	const char *text = tree_text(a->json, "message");
	return text ? text : "";
}

/* " (text)" or nothing. */
static void
put_said(struct buf *out, const struct answer *a)
{
	const char *said = forge_says(a);
	if (!*said)
		return;
	buf_puts(out, " (");
	message_put(out, said, 300);
	buf_putc(out, ')');
}

static void
refused_token(struct answer *a)
{
	auto_buf said = BUF_INIT(LIMIT_TEXT_BYTES);
	put_said(&said, a);
	answer_set(a, FORGE_UNAUTHENTICATED, "the token was refused: 401%s",
		   buf_str(&said));
}

static void
forbidden(struct answer *a, const struct forge_operation *op)
{
	auto_buf text = BUF_INIT(LIMIT_TEXT_BYTES);
	buf_printf(&text, "forbidden: 403");
	put_said(&text, a);
	for (size_t i = 0; op->scopes[i]; i++) {
		if (i == 0)
			buf_printf(&text, "; %s needs the scope ", op->id);
		buf_printf(&text, "%s%s", i > 0 ? " and " : "", op->scopes[i]);
	}
	answer_set(a, FORGE_FORBIDDEN, "%s", buf_str(&text));
	a->scopes = op->scopes;
}

static void
put_field_errors(struct buf *out, const char *field, const json_t *texts)
{
	if (json_is_string(texts)) {
		buf_printf(out, "%s%s: ", out->len > 0 ? "; " : "", field);
		message_put(out, json_string_value(texts), 300);
		return;
	}
	for (size_t i = 0; i < json_array_size(texts); i++) {
		const json_t *text = json_array_get(texts, i);
		if (json_is_string(text))
			put_field_errors(out, field, text);
	}
}

/* {"message","errors":{"field":["text"]}} as "field: text; field: text". */
static void
invalid(struct answer *a)
{
	auto_buf text = BUF_INIT(LIMIT_TEXT_BYTES);
	json_t *errors = json_object_get(a->json, "errors");
	void *iter = json_object_iter(errors);
	for (; iter; iter = json_object_iter_next(errors, iter))
		put_field_errors(&text, json_object_iter_key(iter),
				 json_object_iter_value(iter));
	if (text.len == 0 && *forge_says(a))
		buf_puts(&text, forge_says(a));
	if (text.len == 0)
		buf_printf(&text, "Forge refused the request: %ld", a->status);
	answer_set(a, FORGE_INVALID, "%s", buf_str(&text));
	a->errors = json_incref(errors);
}

static void
other_status(struct answer *a, const char *what)
{
	auto_buf said = BUF_INIT(LIMIT_TEXT_BYTES);
	put_said(&said, a);
	answer_set(a, FORGE_SERVER, "%s: %ld%s", what, a->status, buf_str(&said));
}

/*
 * "Forge is offline for maintenance." comes before anything is done. A 503 of the CDN in
 * front of Forge, or one from deeper inside, says nothing about that.
 */
static bool
is_maintenance(const struct answer *a)
{
	return a->status == 503 && strcasestr(forge_says(a), "maintenance") != NULL;
}

static enum answer_step
judge_5xx(struct answer *a, const struct forge_operation *op)
{
	if (a->status == 501) {
		other_status(a, "Forge does not do this");
		return ANSWER_FINAL;
	}
	if (is_maintenance(a)) {
		answer_set(a, FORGE_MAINTENANCE, "Forge is offline for maintenance");
		return ANSWER_LATER;
	}
	if (!forge_operation_changes(op)) {
		other_status(a, "Forge has an error");
		if (a->status == 503)
			a->kind = FORGE_MAINTENANCE;
		return ANSWER_LATER;
	}
	auto_buf said = BUF_INIT(LIMIT_TEXT_BYTES);
	put_said(&said, a);
	answer_set(a, FORGE_UNCERTAIN,
		   "Forge answered %ld%s: it may or may not have taken place", a->status,
		   buf_str(&said));
	return forge_operation_repeatable(op) ? ANSWER_LATER : ANSWER_FINAL;
}

static enum answer_step
judge_4xx(struct answer *a, const struct forge_operation *op, bool doubt)
{
	switch (a->status) {
	case 401:
		refused_token(a);
		break;
	case 403:
		forbidden(a, op);
		break;
	case 404:
		/* What an earlier attempt may have deleted is gone: that was the wish. */
		if (doubt && str_eq(op->method, "DELETE")) {
			answer_set_good(a);
			break;
		}
		other_status(a, "not found");
		a->kind = FORGE_NOT_FOUND;
		break;
	case 400:
	case 422:
		invalid(a);
		break;
	case 429:
		other_status(a, "too many requests");
		a->kind = FORGE_RATE_LIMITED;
		return ANSWER_WAIT;
	default:
		other_status(a, "Forge refused the request");
		break;
	}
	return ANSWER_FINAL;
}

static bool
promises_json(const struct forge_operation *op)
{
	return op->success_type && strstr(op->success_type, "json") != NULL;
}

static enum answer_step
judge_2xx(struct answer *a, const struct forge_operation *op)
{
	/* Some accepted actions answer without a body where one was promised. */
	if (!promises_json(op) || a->body.len == 0 || a->json || a->skimmed) {
		answer_set_good(a);
		return ANSWER_FINAL;
	}
	if (forge_operation_changes(op)) {
		answer_set(a, FORGE_UNCERTAIN,
			   "the answer (%ld) is no JSON: it may or may not have taken "
			   "place",
			   a->status);
		return ANSWER_FINAL;
	}
	answer_set(a, FORGE_SERVER, "the answer (%ld) is no JSON", a->status);
	return ANSWER_LATER;
}

static enum answer_step
judge_status(struct answer *a, const struct forge_operation *op, bool doubt)
{
	if (a->status >= 200 && a->status < 300)
		return judge_2xx(a, op);
	if (a->status >= 500)
		return judge_5xx(a, op);
	if (a->status >= 400)
		return judge_4xx(a, op, doubt);
	other_status(a, "Forge answered with a redirect, which is not followed");
	return ANSWER_FINAL;
}

static enum answer_step
judge_lost(struct answer *a, const struct forge_operation *op, const char *why)
{
	if (!forge_operation_changes(op)) {
		answer_set(a, FORGE_NETWORK, "no answer: %s", why);
		return ANSWER_LATER;
	}
	answer_set(a, FORGE_UNCERTAIN,
		   "sent, but the answer was lost (%s): it may or may not have taken "
		   "place",
		   why);
	return ANSWER_FINAL;
}

static enum answer_step
judge_too_large(struct answer *a, const struct forge_operation *op)
{
	enum forge_kind kind = forge_operation_changes(op) ? FORGE_UNCERTAIN
							   : FORGE_SERVER;
	answer_set(a, kind, "the answer has more than %u bytes",
		   LIMIT_FORGE_ANSWER_BYTES);
	return ANSWER_FINAL;
}

/* Short memory shows as a body that is no JSON, or as no id. */
static void
read_body(struct answer *a, bool skim_only)
{
	struct slice id = {0};
	if (a->body.len == 0)
		return;
	if (!skim_only) {
		a->json = tree_parse(a->body.data, a->body.len);
		return;
	}
	a->skimmed = skim(a->body.data, a->body.len, &id);
	if (id.len > 0)
		a->id = str_ndup(id.data, id.len);
}

int
answer_id(const struct answer *a, char **ret_id)
{
	return a->skimmed ? str_set(ret_id, a->id)
			  : page_id(json_object_get(a->json, "data"), ret_id);
}

enum answer_step
answer_judge(struct answer *a, const struct forge_operation *op, struct wire_answer *w,
	     bool doubt)
{
	answer_done(a);
	answer_init(a);
	a->status = w->status;
	switch (w->outcome) {
	case WIRE_ANSWERED:
		buf_done(&a->body);
		a->body = w->body;
		w->body = (struct buf){0};
		read_body(a, w->skim && a->status >= 200 && a->status < 300);
		return judge_status(a, op, doubt);
	case WIRE_NOT_SENT:
		answer_set(a, FORGE_NETWORK, "cannot reach Forge: %s", w->error);
		return ANSWER_LATER;
	case WIRE_REFUSED:
		answer_set(a, FORGE_NETWORK, "cannot reach Forge: %s", w->error);
		return ANSWER_FINAL;
	case WIRE_LOST:
		return judge_lost(a, op, w->error);
	case WIRE_TOO_LARGE:
		return judge_too_large(a, op);
	}
	return ANSWER_FINAL;
}
