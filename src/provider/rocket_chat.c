/*
 * Rocket.Chat: outgoing webhooks, whose token stands in the body, and those of its
 * Omnichannel, which show it in a header.
 * https://docs.rocket.chat/docs/integrations, https://docs.rocket.chat/docs/webhooks
 */
#include "provider/body_token.h"
#include "provider/chat.h"
#include "provider/common.h"
#include "provider/content.h"
#include "provider/kinds.h"

static const struct body_token scheme = {
	.header = "X-RocketChat-Livechat-Token",
	.scheme = "",
	.field = "token",
	.members = "token",
};

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	(void)diags;
	return body_token_prepare(src, conf, &scheme);
}

/* A message that was changed has the id of what it was: it is known by its body. */
static enum provider_action
read_message(struct json_value payload, struct delivery *d,
	     struct provider_answer *answer)
{
	struct json_value word = json_member(payload, "trigger_word");
	bool is_called = word.kind == JSON_STRING && word.raw.len > 2;
	enum provider_action action = chat_set_type(d, "message", "text", answer);
	if (action == PROVIDER_KEEP && json_member(payload, "isEdited").kind != JSON_TRUE)
		action = chat_read_id(d, payload, "message_id", answer);
	if (action == PROVIDER_KEEP)
		action = chat_answer(
			answer, is_called ? "{\"text\":\"" CHAT_ACCEPTED "\"}" : "{}");
	return action;
}

/* Omnichannel's say what they are; their _id is that of the room. */
static enum provider_action
read_payload(struct json_value payload, struct delivery *d,
	     struct provider_answer *answer)
{
	if (json_member(payload, "type").kind != JSON_STRING)
		return read_message(payload, d, answer);
	enum provider_action action = common_read_members(d, "type", NULL, answer);
	return action == PROVIDER_KEEP ? chat_answer(answer, "{}") : action;
}

static enum provider_action
read_request(const struct provider_source *src, const struct provider_request *rq,
	     struct delivery *d, struct provider_answer *answer)
{
	(void)src;
	auto_json_doc doc = NULL;
	enum provider_action action = content_read_fields(rq, d, answer);
	if (action == PROVIDER_KEEP)
		action = chat_parse(d, &doc, answer);
	if (action == PROVIDER_KEEP)
		action = read_payload(json_root(doc), d, answer);
	if (action == PROVIDER_KEEP)
		action = common_set_dedupe_key(d);
	return action;
}

static const struct chat_map message = {"trigger_word", "text", "user_id", "channel_id"};
static const struct chat_map livechat = {
	.text = "messages[0].msg|message",
	.user = "visitor._id",
	.channel = "_id",
};

static void
normalise(const struct delivery *d, struct json_value payload,
	  struct provider_fields *out)
{
	bool is_message = str_eq(d->type, "message");
	auto_chat f = chat_find(is_message ? &message : &livechat, payload);
	if (is_message)
		chat_drop_command(&f.facts);
	chat_put(&out->chat, &f.facts);
}

const struct provider provider_rocket_chat = {
	.kind = "rocket.chat",
	.summary = "Rocket.Chat: outgoing webhooks, also those of Omnichannel",
	.needs_secret = true,
	.headers = "X-RocketChat-Livechat-Token (Omnichannel), or none",
	.algorithm = "the token as it is: in the body's `token`, of a body of at "
		     "most 1 MiB, or in the header",
	.fields = "chat; a trigger word counts as the command",
	.example = "chat: {kind: rocket.chat, secret: \"${ROCKET_TOKEN}\"}",
	.setup = "At Workspace, Integrations, make an outgoing integration for "
		 "messages, with trigger words; the URL ends with `/hooks/chat`, "
		 "and the token that is shown is the secret. Type: `message`; of "
		 "Omnichannel's webhooks the payload's own (`LivechatSession` "
		 "...). `chat.user` and `chat.channel` are ids. A message with a "
		 "trigger word is answered \"" CHAT_ACCEPTED "\" in its channel. "
		 "A token proves the sender, not the body: use it over TLS. "
		 "`send` shows the token in the header.",
	.prepare = prepare,
	.release = body_token_release,
	.begin = whole_begin,
	.feed = whole_feed,
	.end = body_token_end,
	.abort = whole_abort,
	.read = read_request,
	.normalise = normalise,
	.sign = body_token_sign,
};
