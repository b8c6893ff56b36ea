/*
 * Docker Hub: https://docs.docker.com/docker-hub/repos/manage/webhooks/
 * It signs nothing and sends no header of its own, so the secret stands in the URL.
 */
#include <errno.h>

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

/* The subject is "acme/shop:TAG". */
static enum provider_action
set_subject(struct json_value root, struct delivery *d)
{
	auto_str name = json_dup_text(json_find(root, "repository.repo_name"));
	auto_str tag = json_dup_text(json_find(root, "push_data.tag"));
	auto_str both = name && tag ? str_format("%s:%s", name, tag) : NULL;
	return common_set_subject(d, both ? both : name);
}

static enum provider_action
read_request(const struct provider_source *src, const struct provider_request *rq,
	     struct delivery *d, struct provider_answer *answer)
{
	(void)src;
	auto_json_doc doc = NULL;
	enum provider_action action = content_read_json(rq, d, answer);
	if (action == PROVIDER_KEEP)
		action = common_parse(d, &doc, answer);
	if (action == PROVIDER_KEEP && str_set(&d->type, "push") < 0)
		action = PROVIDER_ERROR;
	if (action == PROVIDER_KEEP)
		action = set_subject(json_root(doc), d);
	if (action == PROVIDER_KEEP)
		action = common_set_dedupe_key(d);
	return action;
}

const struct provider provider_docker_hub = {
	.kind = "docker-hub",
	.summary = "Docker Hub, a pushed image",
	.options = options,
	.needs_secret = true,
	.headers = "none; `?token=` in the URL",
	.algorithm =
		"none: a secret in the query, compared in constant time; the type is "
		"push, the subject `repository:tag`",
	.example = "images: {kind: docker-hub, secret: \"${IMAGES_TOKEN}\"}",
	.setup = "At the repository, Webhooks: the URL is "
		 "`https://.../hooks/images?token=SECRET`, with a long random secret. "
		 "Whoever sees the URL can send, so use TLS. The payload's callback_url "
		 "is not called.",
	.prepare = prepare,
	.release = shown_release,
	.begin = shown_begin,
	.feed = shown_feed,
	.end = shown_end,
	.abort = shown_abort,
	.read = read_request,
	.sign = shown_sign,
	.sign_query = shown_sign_query,
};
