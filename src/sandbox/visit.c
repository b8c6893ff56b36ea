#include "sandbox/visit.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/codec.h"
#include "forge/operation.h"

#define TYPE_JSON_API "application/vnd.api+json"
#define TYPE_JSON     "application/json"

static void
drop_answer(struct visit *v)
{
	json_decref(v->answer);
	str_free(v->text);
	v->answer = NULL;
	v->text = NULL;
	v->type = NULL;
	v->status = 0;
}

static void
params_done(struct visit_param *params, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		str_free(params[i].name);
		str_free(params[i].value);
	}
}

void
visit_done(struct visit *v)
{
	drop_answer(v);
	params_done(v->path, v->n_path);
	params_done(v->query, v->n_query);
	json_decref(v->body);
	access_token_unref(v->token);
	*v = (struct visit){0};
}

/* Decoded text, in *ret_text. */
static int
decode(struct slice text, bool form, char **ret_text)
{
	auto_buf out = BUF_INIT(LIMIT_TEXT_BYTES);
	int rc = url_decode(&out, text.data, text.len, form);
	if (rc < 0)
		return rc;
	char *copy = str_ndup(buf_str(&out), out.len);
	if (!copy)
		return -ENOMEM;
	*ret_text = copy;
	return 0;
}

int
visit_add_path(struct visit *v, struct slice name, struct slice value)
{
	if (v->n_path >= ARRAY_LEN(v->path))
		return -EINVAL;
	struct visit_param param = {.name = str_ndup(name.data, name.len)};
	int rc = param.name ? decode(value, false, &param.value) : -ENOMEM;
	if (rc < 0) {
		params_done(&param, 1);
		return rc;
	}
	v->path[v->n_path++] = param;
	return 0;
}

static int
add_query(struct visit *v, struct slice pair)
{
	if (pair.len == 0)
		return 0;
	if (v->n_query >= ARRAY_LEN(v->query))
		return -EINVAL;
	const char *eq = memchr(pair.data, '=', pair.len);
	size_t name_len = eq ? (size_t)(eq - pair.data) : pair.len;
	struct slice value = {.data = "", .len = 0};
	if (eq)
		value = (struct slice){eq + 1, pair.len - name_len - 1};
	struct visit_param param = {0};
	int rc = decode((struct slice){pair.data, name_len}, true, &param.name);
	if (rc == 0)
		rc = decode(value, true, &param.value);
	if (rc < 0) {
		params_done(&param, 1);
		return rc;
	}
	v->query[v->n_query++] = param;
	return 0;
}

int
visit_set_query(struct visit *v, struct slice query)
{
	int rc = 0;
	while (rc == 0 && query.len > 0) {
		const char *amp = memchr(query.data, '&', query.len);
		size_t len = amp ? (size_t)(amp - query.data) : query.len;
		rc = add_query(v, (struct slice){query.data, len});
		size_t used = amp ? len + 1 : len;
		query.data += used;
		query.len -= used;
	}
	return rc;
}

static bool
is_too_deep(struct slice text)
{
	unsigned depth = 0;
	bool in_string = false;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.data[i];
		if (in_string && c == '\\')
			i++;
		else if (c == '"')
			in_string = !in_string;
		else if (!in_string && (c == '[' || c == '{'))
			depth++;
		else if (!in_string && (c == ']' || c == '}') && depth > 0)
			depth--;
		if (depth > LIMIT_SANDBOX_DEPTH)
			return true;
	}
	return false;
}

void
visit_set_body(struct visit *v, struct slice text, const char *content_type)
{
	v->raw = text;
	v->content_type = content_type;
	if (text.len > 0 && !is_too_deep(text))
		v->body = json_loadb(text.data, text.len, 0, NULL);
}

static const char *
find_param(const struct visit_param *params, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq(params[i].name, name))
			return params[i].value;
	}
	return NULL;
}

const char *
visit_query(const struct visit *v, const char *name)
{
	return find_param(v->query, v->n_query, name);
}

const char *
visit_path(const struct visit *v, const char *name)
{
	return find_param(v->path, v->n_path, name);
}

uint64_t
visit_id(const struct visit *v, const char *name)
{
	uint64_t id = 0;
	const char *text = visit_path(v, name);
	return text && parse_u64(text, 1, INT64_MAX, &id) == 0 ? id : 0;
}

bool
visit_includes(const struct visit *v, const char *name)
{
	const char *p = visit_query(v, "include");
	size_t len = strlen(name);
	while (p && *p) {
		size_t word = strcspn(p, ",");
		if (word == len && strncmp(p, name, len) == 0)
			return true;
		p += word + (p[word] == ',');
	}
	return false;
}

struct fault_target
visit_target(const struct visit *v)
{
	return (struct fault_target){v->operation, v->site ? v->site->name : NULL};
}

void
visit_answer(struct visit *v, int status, json_t *document)
{
	drop_answer(v);
	if (!document) {
		visit_server_error(v);
		return;
	}
	v->status = status;
	v->answer = document;
	v->type = TYPE_JSON_API;
}

void
visit_answer_resource(struct visit *v, json_t *resource)
{
	json_t *document = resource ? json_pack("{s:o}", "data", resource) : NULL;
	visit_answer(v, v->operation->success_status, document);
}

void
visit_answer_empty(struct visit *v)
{
	drop_answer(v);
	v->status = v->operation->success_status;
}

void
visit_answer_text(struct visit *v, int status, const char *type, const char *text)
{
	drop_answer(v);
	v->status = status;
	v->type = type;
	v->text = str_dup(text);
	if (!v->text)
		visit_server_error(v);
}

void
visit_error(struct visit *v, int status, const char *text)
{
	drop_answer(v);
	v->status = status;
	v->answer = json_pack("{s:s}", "message", text);
	v->type = v->answer ? TYPE_JSON : NULL;
}

void
visit_not_found(struct visit *v)
{
	visit_error(v, 404, "Resource not found.");
}

void
visit_server_error(struct visit *v)
{
	visit_error(v, 500, "Server Error");
}
