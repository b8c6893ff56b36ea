/*
 * Notifications of the Distribution registry (registry:2 and 3, and what is built on it):
 * https://distribution.github.io/distribution/about/notifications/
 * An envelope with one event or several is one delivery.
 */
#include <errno.h>

#include "base/limits.h"
#include "provider/common.h"
#include "provider/content.h"
#include "provider/fields.h"
#include "provider/kinds.h"
#include "provider/shown.h"
#include "provider/source.h"

#define SEVERAL "several"

static const struct provider_option options[] = {
	{"header", false, NULL, "Authorization",
	 "the header that holds the secret, behind Bearer, as basic authentication, or "
	 "as it is",
	 SHAPE_HEADER},
	{0},
};

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	(void)diags;
	struct shown_place place = {.header = source_option(src, "header"),
				    .schemes = SHOWN_PLAIN | SHOWN_BEARER | SHOWN_BASIC |
					       SHOWN_PASSWORD};
	src->data = shown_new(conf, &place);
	return src->data ? 0 : -ENOMEM;
}

/* Whether all events have the same text at path. */
static bool
is_common(struct json_value events, const char *path)
{
	struct json_value first = json_find(json_item(events, 0), path);
	struct json_value e = json_item(events, 0);
	for (; e.kind != JSON_NONE; e = json_after(events, e)) {
		if (!slice_eq(json_find(e, path).raw, first.raw))
			return false;
	}
	return first.kind == JSON_STRING;
}

/* "acme/shop:TAG" of one event, "acme/shop" of several for it. */
static enum provider_action
set_subject(struct json_value events, struct delivery *d)
{
	struct json_value target = json_member(json_item(events, 0), "target");
	if (!is_common(events, "target.repository"))
		return PROVIDER_KEEP;
	auto_str name = json_dup_text(json_member(target, "repository"));
	auto_str tag = is_common(events, "target.tag")
			       ? json_dup_text(json_member(target, "tag"))
			       : NULL;
	auto_str both = name && tag ? str_format("%s:%s", name, tag) : NULL;
	return common_set_subject(d, both ? both : name);
}

static enum provider_action
read_events(struct json_value events, struct delivery *d, struct provider_answer *answer)
{
	enum provider_action action = PROVIDER_KEEP;
	struct json_value first = json_item(events, 0);
	if (events.kind != JSON_ARRAY || first.kind != JSON_OBJECT)
		return common_refuse(answer, 400, "the payload has no \"events\"");
	if (json_length(events) > 1 && !is_common(events, "action"))
		action = str_set(&d->type, SEVERAL) < 0 ? PROVIDER_ERROR : PROVIDER_KEEP;
	if (action == PROVIDER_KEEP)
		action = common_take_member(first, "action", LIMIT_TYPE_BYTES, &d->type,
					    answer);
	if (action == PROVIDER_KEEP && str_is_empty(d->type))
		return common_refuse(answer, 400, "an event has no \"action\"");
	if (action == PROVIDER_KEEP && json_length(events) == 1)
		action = common_take_member(first, "id", LIMIT_SENDER_ID_BYTES,
					    &d->sender_id, answer);
	return action == PROVIDER_KEEP ? set_subject(events, d) : action;
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
	if (action == PROVIDER_KEEP)
		action = read_events(json_member(json_root(doc), "events"), d, answer);
	if (action == PROVIDER_KEEP)
		action = common_set_dedupe_key(d);
	return action;
}

const struct provider provider_registry = {
	.kind = "registry",
	.summary = "a Distribution registry's notifications",
	.options = options,
	.needs_secret = true,
	.headers = "Authorization, or as configured",
	.algorithm = "none: a secret in a header, compared in constant time. The type is "
		     "the events' action (push, pull, delete, mount), or \"" SEVERAL "\" "
		     "where they differ; the subject is `repository:tag`",
	.deadline = "as the registry's `timeout` says (500 ms in its documentation)",
	.example = "registry: {kind: registry, secret: \"${REGISTRY_TOKEN}\"}",
	.setup = "In the registry's configuration, notifications.endpoints: `url` ends "
		 "with `/hooks/registry`, and `headers` has `Authorization: [Bearer "
		 "SECRET]`. `ignore: {actions: [pull]}` spares the bridge every pull.",
	.prepare = prepare,
	.release = shown_release,
	.begin = shown_begin,
	.feed = shown_feed,
	.end = shown_end,
	.abort = shown_abort,
	.read = read_request,
	.sign = shown_sign,
};
