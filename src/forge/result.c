/* Results: made from answers, and kept for callers that block. */
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "forge/call.h"
#include "forge/tree.h"

/* --- telling -------------------------------------------------------------------------
 */

static size_t
count_errors(json_t *errors)
{
	size_t n = 0;
	void *iter = json_object_iter(errors);
	for (; iter; iter = json_object_iter_next(errors, iter)) {
		const json_t *texts = json_object_iter_value(iter);
		n += json_is_array(texts) ? json_array_size(texts) : 1;
	}
	return n;
}

static size_t
add_error(struct forge_field_error *list, size_t n, const char *field, const json_t *text)
{
	if (!json_is_string(text))
		return n;
	list[n] = (struct forge_field_error){field, json_string_value(text)};
	return n + 1;
}

/* What is no text in Laravel's form is left out. */
static size_t
flatten(struct forge_field_error *list, json_t *errors)
{
	size_t n = 0;
	void *iter = json_object_iter(errors);
	for (; iter; iter = json_object_iter_next(errors, iter)) {
		const char *field = json_object_iter_key(iter);
		const json_t *texts = json_object_iter_value(iter);
		n = add_error(list, n, field, texts);
		for (size_t i = 0; i < json_array_size(texts); i++)
			n = add_error(list, n, field, json_array_get(texts, i));
	}
	return n;
}

void
result_hand_over(struct forge_call *call, const struct answer *a)
{
	size_t n = count_errors(a->errors);
	struct forge_field_error *errors =
		n > 0 ? x_new_array(struct forge_field_error, n) : NULL;
	struct forge_result r = {
		.kind = a->kind,
		.status = a->status,
		.message = buf_str(&a->message),
		.said = a->kind == FORGE_OK ? NULL : tree_text(a->json, "message"),
		.body = buf_str(&a->body),
		.body_len = a->body.len,
		.resource = call->resource,
		.retry_at_us = a->retry_at_us,
		.scopes = a->scopes,
		.errors = errors,
		.n_errors = errors ? flatten(errors, a->errors) : 0,
		.accepted_only = call->accepted_only && a->kind == FORGE_OK,
	};
	call->on_result(&r, call->arg);
	mem_free(errors);
}

/* --- keeping -------------------------------------------------------------------------
 */

/* All texts of a result, one behind the other, behind the struct itself. */
static char *
keep(char **at, const char *text, size_t len)
{
	if (!text)
		return NULL;
	char *kept = *at;
	memcpy(kept, text, len);
	kept[len] = '\0';
	*at += len + 1;
	return kept;
}

static size_t
room(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

struct forge_result *
result_copy(const struct forge_result *r)
{
	size_t size = sizeof(*r) + r->n_errors * sizeof(*r->errors) + room(r->message) +
		      room(r->said) + r->body_len + 1 + room(r->resource);
	for (size_t i = 0; i < r->n_errors; i++)
		size += room(r->errors[i].field) + room(r->errors[i].text);
	struct forge_result *copy = mem_alloc(size);
	if (!copy)
		return NULL;
	*copy = *r;
	struct forge_field_error *errors = (struct forge_field_error *)(copy + 1);
	char *at = (char *)(errors + r->n_errors);
	copy->errors = r->n_errors > 0 ? errors : NULL;
	copy->message = keep(&at, r->message, strlen(r->message));
	copy->said = keep(&at, r->said, r->said ? strlen(r->said) : 0);
	copy->body = keep(&at, r->body, r->body_len);
	copy->resource = keep(&at, r->resource, r->resource ? strlen(r->resource) : 0);
	for (size_t i = 0; i < r->n_errors; i++) {
		const struct forge_field_error *e = &r->errors[i];
		errors[i].field = keep(&at, e->field, strlen(e->field));
		errors[i].text = keep(&at, e->text, strlen(e->text));
	}
	return copy;
}

void
forge_result_free(struct forge_result *result)
{
	mem_free(result);
}
