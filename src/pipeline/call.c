#include "pipeline/call.h"

#include <errno.h>

#include "base/json.h"
#include "base/json_doc.h"
#include "base/limits.h"
#include "match/template.h"

void
call_done(struct call *c)
{
	str_free(c->operation);
	str_free(c->account);
	str_free(c->organization);
	str_free(c->server);
	str_free(c->site);
	str_free(c->params);
	str_free(c->body);
	*c = (struct call){0};
}

static int
render_text(const char *text, struct place at, const struct match_event *scope,
	    char **ret, char **ret_error)
{
	auto_buf out = BUF_INIT(LIMIT_TEMPLATE_BYTES);
	if (!text)
		return 0;
	int rc = template_render_text(text, at, scope, &out, ret_error);
	if (rc < 0)
		return rc;
	*ret = buf_take(&out);
	return *ret ? 0 : -ENOMEM;
}

static int
render_tree(const struct node *tree, const struct match_event *scope, char **ret,
	    char **ret_error)
{
	auto_buf out = BUF_INIT(LIMIT_TEMPLATE_BYTES);
	if (!tree)
		return 0;
	int rc = template_render(tree, scope, &out, ret_error);
	if (rc < 0)
		return rc;
	*ret = buf_take(&out);
	return *ret ? 0 : -ENOMEM;
}

int
call_render(const struct rule_step *step, const struct match_event *scope,
	    struct call *ret_call, char **ret_error)
{
	struct call c = {.operation = str_dup(step->operation)};
	int rc = c.operation ? 0 : -ENOMEM;
	if (rc == 0)
		rc = render_text(step->account, step->account_at, scope, &c.account,
				 ret_error);
	if (rc == 0)
		rc = render_text(step->server, step->server_at, scope, &c.server,
				 ret_error);
	if (rc == 0)
		rc = render_text(step->site, step->site_at, scope, &c.site, ret_error);
	if (rc == 0)
		rc = render_tree(step->params, scope, &c.params, ret_error);
	if (rc == 0)
		rc = render_tree(step->body, scope, &c.body, ret_error);
	if (rc == 0) {
		*ret_call = c;
		return 0;
	}
	call_done(&c);
	return rc == -ENOMEM ? rc : -EINVAL;
}

char *
call_format(const struct call *c)
{
	auto_buf out = BUF_INIT(4 * LIMIT_TEMPLATE_BYTES);
	struct json_writer w;
	json_begin(&w, &out);
	json_open_object(&w, NULL);
	json_str(&w, "operation", c->operation);
	json_opt_str(&w, "account", c->account);
	json_opt_str(&w, "organization", c->organization);
	json_opt_str(&w, "server", c->server);
	json_opt_str(&w, "site", c->site);
	if (c->params)
		json_raw(&w, "params", c->params);
	if (c->body)
		json_raw(&w, "body", c->body);
	json_close_object(&w);
	return buf_take(&out);
}

/* The text of a string member; a member that is not there is left NULL. */
static int
take_text(struct json_value root, const char *name, char **ret)
{
	struct json_value v = json_member(root, name);
	if (v.kind == JSON_NONE || v.kind == JSON_NULL)
		return 0;
	*ret = json_dup_text(v);
	return *ret ? 0 : -ENOMEM;
}

static int
take_raw(struct json_value root, const char *name, char **ret)
{
	struct json_value v = json_member(root, name);
	if (v.kind == JSON_NONE)
		return 0;
	*ret = str_ndup(v.raw.data, v.raw.len);
	return *ret ? 0 : -ENOMEM;
}

int
call_parse(const char *text, struct call *ret_call)
{
	auto_json_doc doc = NULL;
	int rc = json_doc_parse(slice_of(text), &doc, NULL);
	if (rc < 0)
		return rc;
	struct json_value root = json_root(doc);
	struct call c = {0};
	if (take_text(root, "operation", &c.operation) == 0 &&
	    take_text(root, "account", &c.account) == 0 &&
	    take_text(root, "organization", &c.organization) == 0 &&
	    take_text(root, "server", &c.server) == 0 &&
	    take_text(root, "site", &c.site) == 0 &&
	    take_raw(root, "params", &c.params) == 0 &&
	    take_raw(root, "body", &c.body) == 0 && c.operation) {
		*ret_call = c;
		return 0;
	}
	call_done(&c);
	return -ENOMEM;
}

struct forge_request
call_request(const struct call *c, unsigned deadline_ms)
{
	return (struct forge_request){
		.operation = c->operation,
		.organization = c->organization,
		.server = c->server,
		.site = c->site,
		.params = c->params,
		.body = c->body,
		.deadline_ms = deadline_ms,
	};
}

/* Puts the id in place of what stood there; gives the name. */
static int
take_resolved(struct json_value v, char **id, char **ret_name)
{
	if (v.kind != JSON_OBJECT)
		return 0;
	char *found = NULL;
	int rc = take_text(v, "id", &found);
	if (rc == 0 && found) {
		str_free(*id);
		*id = found;
	}
	return rc == 0 ? take_text(v, "name", ret_name) : rc;
}

int
call_set_resolved(struct call *c, const char *answer, char **ret_server, char **ret_site)
{
	auto_json_doc doc = NULL;
	*ret_server = NULL;
	*ret_site = NULL;
	int rc = json_doc_parse(slice_of(answer), &doc, NULL);
	if (rc < 0)
		return rc;
	struct json_value root = json_root(doc);
	char *organization = NULL;
	rc = take_text(root, "organization", &organization);
	if (rc == 0 && organization) {
		str_free(c->organization);
		c->organization = organization;
	}
	if (rc == 0)
		rc = take_resolved(json_member(root, "server"), &c->server, ret_server);
	if (rc == 0)
		rc = take_resolved(json_member(root, "site"), &c->site, ret_site);
	return rc;
}
