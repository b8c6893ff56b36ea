/* /sandbox/tokens: what Forge has a page for, and no operation. */
#include <string.h>
#include <sys/random.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/codec.h"
#include "base/limits.h"
#include "base/mem.h"
#include "forge/schema.h"
#include "sandbox/check.h"
#include "sandbox/inner.h"
#include "sandbox/laravel.h"
#include "sandbox/resource.h"

#define TOKEN_BYTES 24

static void
answer(struct visit *v, int status, json_t *document)
{
	visit_answer(v, status, document);
	if (v->status == status)
		v->type = "application/json";
}

/* with_value: only the answer to its making tells the token itself. */
static json_t *
describe(const struct access_token *t, bool with_value)
{
	struct access_grant g = access_token_grant(t);
	json_t *scopes = g.scopes ? json_array() : json_null();
	for (const char *const *one = g.scopes; one && *one; one++)
		json_array_append_new(scopes, json_string(*one));
	return json_pack("{s:I, s:s, s:s, s:o, s:o, s:o, s:s*}", "id", (json_int_t)g.id,
			 "name", g.name, "user", g.user, "scopes", scopes, "created_at",
			 resource_time(g.created_us), "expires_at",
			 resource_time(g.expires_us), "token",
			 with_value ? g.token : NULL);
}

static bool
is_scope(const char *text)
{
	for (const char *const *one = forge_scopes; *one; one++) {
		if (str_eq(*one, text))
			return true;
	}
	return false;
}

/* The body's scopes, borrowed from it (mem_free); NULL: all. false: answered. */
static bool
read_scopes(struct visit *v, const char ***ret_scopes)
{
	const json_t *list = json_object_get(v->body, "scopes");
	size_t n = json_array_size(list);
	*ret_scopes = NULL;
	if (!list || json_is_null(list))
		return true;
	const char **scopes = x_new_array(const char *, n + 1);
	for (size_t i = 0; scopes && i < n; i++) {
		scopes[i] = json_string_value(json_array_get(list, i));
		if (scopes[i] && is_scope(scopes[i]))
			continue;
		auto_str field = str_format("scopes.%zu", i);
		mem_free(scopes);
		return check_refuse(v, field ? field : "scopes");
	}
	*ret_scopes = scopes;
	if (!scopes)
		visit_server_error(v);
	return scopes != NULL;
}

static bool
read_expiry(struct visit *v, int64_t *ret_us)
{
	const char *text = check_text(v, "expires_at");
	*ret_us = 0;
	if (!text || clock_parse(text, ret_us) == 0)
		return true;
	laravel_refuse(v, "expires_at", "The expires at field must be a valid date.");
	return false;
}

static int
make_value(struct buf *out)
{
	unsigned char random[TOKEN_BYTES];
	if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return -1;
	buf_puts(out, "sandbox_");
	return hex_encode(out, random, sizeof(random));
}

static void
store(struct visit *v)
{
	auto_buf value = BUF_INIT(LIMIT_WORD_BYTES);
	const char **scopes = NULL;
	struct access_grant grant = {.name = check_text(v, "name"),
				     .user = check_text(v, "user")};
	if (str_is_empty(grant.name)) {
		check_missing(v, "name");
		return;
	}
	if (access_count(v->access) >= LIMIT_SANDBOX_TOKENS) {
		visit_error(v, 503, "The sandbox has no room for more tokens.");
		return;
	}
	if (!read_expiry(v, &grant.expires_us) || !read_scopes(v, &scopes))
		return;
	grant.scopes = scopes;
	bool made = make_value(&value) == 0;
	grant.token = buf_str(&value);
	const struct access_token *t = made ? access_grant(v->access, &grant) : NULL;
	mem_free(scopes);
	if (t)
		answer(v, 201, describe(t, true));
	else
		visit_server_error(v);
}

static void
list_all(struct visit *v)
{
	json_t *tokens = json_array();
	for (size_t i = 0; i < access_count(v->access); i++)
		json_array_append_new(tokens, describe(access_at(v->access, i), false));
	answer(v, 200, json_pack("{s:o}", "tokens", tokens));
}

static void
destroy(struct visit *v, const char *id_text)
{
	uint64_t id = 0;
	struct access_token *t = parse_u64(id_text, 1, INT64_MAX, &id) == 0
					 ? access_find_id(v->access, id)
					 : NULL;
	if (!t) {
		visit_not_found(v);
		return;
	}
	access_revoke(v->access, t);
	v->status = 204;
}

bool
sandbox_tokens(struct visit *v, const char *method, struct slice path)
{
	static const char base[] = "/sandbox/tokens";
	size_t len = sizeof(base) - 1;
	auto_str text = str_ndup(path.data, path.len);
	if (!text || !str_starts(text, base) || (text[len] && text[len] != '/'))
		return false;
	bool has_id = text[len] == '/';
	if (!has_id && str_eq(method, "GET"))
		list_all(v);
	else if (!has_id && str_eq(method, "POST"))
		store(v);
	else if (has_id && str_eq(method, "DELETE"))
		destroy(v, text + len + 1);
	else
		visit_error(v, 405, "Supported: GET and POST of tokens, DELETE of one.");
	return true;
}
