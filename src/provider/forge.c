/*
 * Laravel Forge's deployment webhooks: https://forge.laravel.com/docs/sites/deployments
 * Nothing is signed and no header is documented, so the secret stands in the URL. The
 * payload has neither an id nor a time, and the same commit may be deployed twice within
 * a minute: no delivery is taken for a repeat of another.
 */
#include <errno.h>

#include "base/limits.h"
#include "provider/common.h"
#include "provider/content.h"
#include "provider/fields.h"
#include "provider/kinds.h"
#include "provider/shown.h"
#include "provider/source.h"

static const struct provider_option options[] = {
	{"query", false, NULL, "token", "the query parameter that holds the secret",
	 SHAPE_NAME},
	{"header", false, NULL, NULL,
	 "a header that holds the secret, where a proxy adds one; then it counts first",
	 SHAPE_HEADER},
	{0},
};

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	(void)diags;
	struct shown_place place = {.header = source_option(src, "header"),
				    .query = source_option(src, "query"),
				    .schemes = SHOWN_PLAIN | SHOWN_BEARER};
	src->data = shown_new(conf, &place);
	return src->data ? 0 : -ENOMEM;
}

/* Of a nested member; a form names it "server[name]". */
static char *
name_of(struct json_value root, const char *in_json, const char *in_form)
{
	struct json_value v = json_find(root, in_json);
	if (v.kind == JSON_NONE)
		v = json_member(root, in_form);
	return json_dup_text(v);
}

static enum provider_action
set_subject(struct json_value root, struct delivery *d)
{
	auto_str server = name_of(root, "server.name", "server[name]");
	auto_str site = name_of(root, "site.name", "site[name]");
	auto_str both = server && site ? str_format("%s/%s", server, site) : NULL;
	return common_set_subject(d, both);
}

/* "failure" and "failed" are both seen for the same. */
static enum provider_action
set_type(struct json_value root, struct delivery *d, struct provider_answer *answer)
{
	auto_str status = json_dup_text(json_member(root, "status"));
	if (str_is_empty(status))
		return common_refuse(answer, 400, "the payload has no \"status\"");
	auto_str type = str_format("deployment.%s",
				   str_eq(status, "failure") ? "failed" : status);
	if (!type)
		return PROVIDER_ERROR;
	return common_take_text("status", type, LIMIT_TYPE_BYTES, &d->type, answer);
}

static enum provider_action
set_key(struct delivery *d)
{
	auto_str once = common_uuid();
	auto_str key = once ? str_format("once:%s", once) : NULL;
	if (!key)
		return PROVIDER_ERROR;
	return str_set(&d->dedupe_key, key) < 0 ? PROVIDER_ERROR : PROVIDER_KEEP;
}

static enum provider_action
read_request(const struct provider_source *src, const struct provider_request *rq,
	     struct delivery *d, struct provider_answer *answer)
{
	(void)src;
	auto_json_doc doc = NULL;
	enum provider_action action = content_read_fields(rq, d, answer);
	if (action == PROVIDER_KEEP)
		action = common_parse(d, &doc, answer);
	if (action == PROVIDER_KEEP)
		action = set_type(json_root(doc), d, answer);
	if (action == PROVIDER_KEEP)
		action = set_subject(json_root(doc), d);
	if (action == PROVIDER_KEEP)
		action = set_key(d);
	return action;
}

static const struct git_map maps[] = {
	{.commit = "commit_hash",
	 .author = "commit_author",
	 .message = "commit_message",
	 .url = "commit_url"},
};

static void
normalise(const struct delivery *d, struct json_value payload,
	  struct provider_fields *out)
{
	(void)d;
	struct git_facts f = git_find(maps, NULL, payload);
	git_put(&out->git, &f);
}

const struct provider provider_forge = {
	.kind = "forge",
	.summary = "Laravel Forge's deployment webhooks",
	.options = options,
	.needs_secret = true,
	.headers = "none; `?token=` in the URL",
	.algorithm =
		"none: a secret in the query, compared in constant time. The type is "
		"`deployment.success`, `deployment.failed` or `deployment.` and "
		"another status, the subject `server/site`",
	.fields = "git: commit, author, message, url",
	.example = "forge: {kind: forge, secret: \"${FORGE_HOOK_TOKEN}\"}",
	.setup = "At the site's deployment settings, Webhooks: the URL is "
		 "`https://.../hooks/forge?token=SECRET`, with a long random secret. "
		 "Every "
		 "notice is taken, also one equal to an earlier one: Forge tells neither "
		 "an id nor a time.",
	.prepare = prepare,
	.release = shown_release,
	.begin = shown_begin,
	.feed = shown_feed,
	.end = shown_end,
	.abort = shown_abort,
	.read = read_request,
	.normalise = normalise,
	.sign = shown_sign,
	.sign_query = shown_sign_query,
};
