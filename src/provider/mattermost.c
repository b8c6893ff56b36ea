/*
 * Mattermost: slash commands, outgoing webhooks, and buttons of posts that the bridge's
 * owner made. Nothing is signed; each shows a token.
 * https://developers.mattermost.com/integrate/slash-commands/custom/
 */
#include "provider/body_token.h"
#include "provider/chat.h"
#include "provider/common.h"
#include "provider/content.h"
#include "provider/kinds.h"

static const struct body_token scheme = {
	.header = "Authorization",
	.scheme = "Token ",
	.field = "token",
	.members = "token|context.token",
};

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	(void)diags;
	return body_token_prepare(src, conf, &scheme);
}

/* --- reading ---------------------------------------------------------------------------
 */

/*
 * A trigger id is long, and for some seconds whoever has it may open a dialog: as an id a
 * digest of it does.
 */
static enum provider_action
read_command(struct json_value payload, struct delivery *d,
	     struct provider_answer *answer)
{
	enum provider_action action = chat_set_type(d, "command", "command", answer);
	if (action == PROVIDER_KEEP)
		action = chat_read_digest_id(d, json_member(payload, "trigger_id"));
	if (action == PROVIDER_KEEP)
		action = chat_answer(
			answer,
			"{\"response_type\":\"ephemeral\",\"text\":\"" CHAT_ACCEPTED
			"\"}");
	return action;
}

static enum provider_action
read_button(struct json_value payload, struct delivery *d, struct provider_answer *answer)
{
	enum provider_action action = chat_set_type(d, "action", "context", answer);
	if (action == PROVIDER_KEEP)
		action = chat_read_digest_id(d, json_member(payload, "trigger_id"));
	if (action == PROVIDER_KEEP)
		action =
			chat_answer(answer, "{\"ephemeral_text\":\"" CHAT_ACCEPTED "\"}");
	return action;
}

/* A post without a trigger word is one of many in its channel: nothing is said to it. */
static enum provider_action
read_message(struct json_value payload, struct delivery *d,
	     struct provider_answer *answer)
{
	struct json_value word = json_member(payload, "trigger_word");
	bool is_called = word.kind == JSON_STRING && word.raw.len > 2;
	enum provider_action action = chat_set_type(d, "message", "text", answer);
	if (action == PROVIDER_KEEP)
		action = chat_read_id(d, payload, "post_id", answer);
	if (action == PROVIDER_KEEP)
		action = chat_answer(
			answer, is_called ? "{\"text\":\"" CHAT_ACCEPTED "\"}" : "{}");
	return action;
}

static enum provider_action
read_payload(struct json_value payload, struct delivery *d,
	     struct provider_answer *answer)
{
	if (json_member(payload, "command").kind == JSON_STRING)
		return read_command(payload, d, answer);
	if (json_member(payload, "context").kind == JSON_OBJECT)
		return read_button(payload, d, answer);
	return read_message(payload, d, answer);
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

/* --- fields ----------------------------------------------------------------------------
 */

static const struct chat_map command = {"command", "text", "user_id", "channel_id"};
static const struct chat_map message = {"trigger_word", "text", "user_id", "channel_id"};
static const struct chat_map button = {NULL, "context.action|context.text", "user_id",
				       "channel_id"};

static void
normalise(const struct delivery *d, struct json_value payload,
	  struct provider_fields *out)
{
	bool is_message = str_eq(d->type, "message");
	auto_chat f = chat_find(is_message		     ? &message
				: str_eq(d->type, "command") ? &command
							     : &button,
				payload);
	if (is_message)
		chat_drop_command(&f.facts);
	chat_put(&out->chat, &f.facts);
}

const struct provider provider_mattermost = {
	.kind = "mattermost",
	.summary = "Mattermost: slash commands, outgoing webhooks, buttons",
	.needs_secret = true,
	.headers = "Authorization (Token ...), or none",
	.algorithm = "the token as it is: behind \"Token \" in Authorization; "
		     "without that header in the body's `token` or a button's "
		     "`context.token`, of a body of at most 1 MiB",
	.fields = "chat; a trigger word counts as the command, the text of a "
		  "button is its `context.action`",
	.example = "mattermost: {kind: mattermost, secret: [\"${MM_COMMAND_TOKEN}\", "
		   "\"${MM_BUTTON_TOKEN}\"]}",
	.setup = "At Integrations, make a slash command (request method POST) or "
		 "an outgoing webhook; the URL ends with `/hooks/mattermost`, "
		 "and the token that Mattermost shows is the secret. A button's "
		 "integration URL is the same, with a secret of your own as "
		 "`token` in its context. List the tokens of all of them. Types: "
		 "`command`, `message` (outgoing webhook), `action` (button). "
		 "`chat.user` and `chat.channel` are ids. The user of a command "
		 "or button is told \"" CHAT_ACCEPTED "\", and so is the channel "
		 "of an outgoing webhook's trigger word. `payload.response_url` "
		 "takes later answers for 30 minutes. A token proves the sender, "
		 "not the body: use it over TLS.",
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
