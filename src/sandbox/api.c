/* What happens to every request of the API, in the order of Laravel's middleware. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "forge/operation.h"
#include "sandbox/family.h"
#include "sandbox/inner.h"
#include "sandbox/laravel.h"

#define TEXT_BYTES 4096

static void
refuse_method(struct sandbox *box, struct visit *v, const char *method, struct slice path)
{
	auto_buf text = BUF_INIT(TEXT_BYTES);
	buf_printf(
		&text,
		"The %s method is not supported for route api%.*s. Supported methods: ",
		method, (int)path.len, path.data);
	opmap_methods(box->opmap, path, &text);
	buf_putc(&text, '.');
	visit_error(v, 405, buf_str(&text));
}

static void
refuse_route(struct visit *v, struct slice path)
{
	auto_buf text = BUF_INIT(TEXT_BYTES);
	buf_printf(&text, "The route api%.*s could not be found.", (int)path.len,
		   path.data);
	visit_error(v, 404, buf_str(&text));
}

bool
sandbox_api_route(struct sandbox *box, struct visit *v, const char *method,
		  struct slice path)
{
	struct opmap_match match = {0};
	if (!opmap_find(box->opmap, method, path, &match)) {
		refuse_route(v, path);
		return false;
	}
	if (!match.operation) {
		refuse_method(box, v, method, path);
		return false;
	}
	v->operation = match.operation;
	for (size_t i = 0; i < match.n_params; i++) {
		if (visit_add_path(v, match.params[i].name, match.params[i].value) == 0)
			continue;
		visit_not_found(v);
		return false;
	}
	return true;
}

bool
sandbox_api_admit(struct sandbox *box, struct visit *v, const char *authorization,
		  struct access_budget *ret_budget)
{
	static const char scheme[] = "Bearer ";
	size_t len = sizeof(scheme) - 1;
	if (authorization && strncasecmp(authorization, scheme, len) == 0)
		v->token =
			access_token_ref(access_find(box->access, authorization + len));
	if (!v->token) {
		visit_error(v, 401, "Unauthenticated.");
		return false;
	}
	if (access_take(box->access, v->token, ret_budget))
		return true;
	visit_error(v, 429, "Too Many Attempts.");
	return false;
}

static bool
has_scopes(const struct visit *v)
{
	for (const char *const *s = v->operation->scopes; s && *s; s++) {
		if (!access_has_scope(v->token, *s))
			return false;
	}
	return true;
}

void
sandbox_api_answer(struct visit *v)
{
	world_sweep(v->world);
	if (!has_scopes(v)) {
		visit_error(v, 403, "This action is unauthorized.");
		return;
	}
	if (!visit_resolve(v) || !laravel_check_query(v) || !laravel_check_body(v))
		return;
	struct family_match match = family_find(v->operation);
	v->kind = match.kind;
	v->document = match.document;
	assert(match.answer); /* a unit test asks for every operation */
	match.answer(v);
	/* A server goes only in world_sweep, so it is still there. */
	if (v->server && v->status < 300 && forge_operation_changes(v->operation))
		family_note_event(v);
}
