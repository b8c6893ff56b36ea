/*
 * Telegram bots: https://core.telegram.org/bots/api#setwebhook
 * Nothing is signed; the secret_token of setWebhook is shown in a header. An update holds
 * its id and one member, whose name is the type. The answer's body may call a method.
 */
#include <errno.h>

#include "base/json.h"
#include "base/limits.h"
#include "provider/chat.h"
#include "provider/common.h"
#include "provider/content.h"
#include "provider/kinds.h"
#include "provider/shown.h"
#include "provider/source.h"

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	static const struct shown_place place = {
		.header = "X-Telegram-Bot-Api-Secret-Token",
		.schemes = SHOWN_PLAIN,
	};
	(void)diags;
	src->data = shown_new(conf, &place);
	return src->data ? 0 : -ENOMEM;
}

/* What an update may hold; of others the type is "update". */
static const char *const members[] = {
	"message",
	"edited_message",
	"channel_post",
	"edited_channel_post",
	"business_connection",
	"business_message",
	"edited_business_message",
	"deleted_business_messages",
	"message_reaction",
	"message_reaction_count",
	"inline_query",
	"chosen_inline_result",
	"callback_query",
	"shipping_query",
	"pre_checkout_query",
	"purchased_paid_media",
	"poll",
	"poll_answer",
	"my_chat_member",
	"chat_member",
	"chat_join_request",
	"chat_boost",
	"removed_chat_boost",
};

static const char *
type_of(struct json_value payload)
{
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		if (json_member(payload, members[i]).kind == JSON_OBJECT)
			return members[i];
	}
	return "update";
}

/* Where the texts stand inside an update's member. */
static const struct chat_map inner = {
	.text = "text|caption|data|query",
	.user = "from.id|user.id",
	.channel = "chat.id|message.chat.id",
};

/* Whether f, of a member that may be one, is a command of the chat: "/deploy shop". */
static bool
is_command(const char *type, const struct chat_facts *f)
{
	bool may_be = str_eq(type, "message") || str_eq(type, "channel_post") ||
		      str_eq(type, "business_message");
	struct slice text = chat_trim(f->text);
	return may_be && text.len > 1 && text.data[0] == '/';
}

/* The method that says the first answer, with the id of whom it goes to. */
static enum provider_action
call(struct provider_answer *answer, const char *method, const char *id_name,
     struct json_value id)
{
	auto_buf json = BUF_INIT(LIMIT_ANSWER_BYTES);
	struct json_writer w;
	if (id.kind != JSON_STRING && id.kind != JSON_NUMBER)
		return chat_answer(answer, NULL);
	json_begin(&w, &json);
	json_open_object(&w, NULL);
	json_str(&w, "method", method);
	json_raw_slice(&w, id_name, id.raw);
	json_str(&w, "text", CHAT_ACCEPTED);
	json_close_object(&w);
	if (json.error == -EMSGSIZE)
		return common_refuse(answer, 400, "%s is too long", id_name);
	return buf_failed(&json) ? PROVIDER_ERROR : chat_answer(answer, buf_str(&json));
}

static enum provider_action
answer_update(const char *type, struct json_value member, struct provider_answer *answer)
{
	auto_chat f = chat_find(&inner, member);
	if (str_eq(type, "callback_query"))
		return call(answer, "answerCallbackQuery", "callback_query_id",
			    json_member(member, "id"));
	if (is_command(type, &f.facts))
		return call(answer, "sendMessage", "chat_id",
			    json_find(member, "chat.id"));
	return chat_answer(answer, NULL);
}

static enum provider_action
read_request(const struct provider_source *src, const struct provider_request *rq,
	     struct delivery *d, struct provider_answer *answer)
{
	(void)src;
	auto_json_doc doc = NULL;
	enum provider_action action = content_read_json(rq, d, answer);
	if (action == PROVIDER_KEEP)
		action = chat_parse(d, &doc, answer);
	if (action != PROVIDER_KEEP)
		return action;
	struct json_value payload = json_root(doc);
	const char *type = type_of(payload);
	action = chat_set_type(d, type, type, answer);
	if (action == PROVIDER_KEEP)
		action = chat_read_id(d, payload, "update_id", answer);
	if (action == PROVIDER_KEEP)
		action = answer_update(type, json_member(payload, type), answer);
	if (action == PROVIDER_KEEP)
		action = common_set_dedupe_key(d);
	return action;
}

/* In groups a command names its bot: "/deploy@acme_bot". */
static void
normalise(const struct delivery *d, struct json_value payload,
	  struct provider_fields *out)
{
	auto_chat f = chat_find(&inner, json_member(payload, d->type));
	if (is_command(d->type, &f.facts)) {
		chat_split_command(&f.facts);
		for (size_t i = 0; i < f.facts.command.len; i++) {
			if (f.facts.command.data[i] == '@')
				f.facts.command.len = i;
		}
	}
	chat_put(&out->chat, &f.facts);
}

const struct provider provider_telegram = {
	.kind = "telegram",
	.summary = "Telegram bots",
	.needs_secret = true,
	.headers = "X-Telegram-Bot-Api-Secret-Token",
	.algorithm = "the secret token as it is",
	.fields = "chat; a command without the bot's name, the text of a button "
		  "is its callback data",
	.example = "telegram: {kind: telegram, secret: \"${TELEGRAM_SECRET}\"}",
	.setup = "Call `setWebhook` with a `url` that ends with "
		 "`/hooks/telegram` and a `secret_token` of your own, 1 to 256 "
		 "of A-Z, a-z, 0-9, _ and -. The type is what the update holds: "
		 "`message`, `callback_query` ... `chat.user` and `chat.channel` "
		 "are the numbers of the user and the chat: anybody can write to "
		 "a bot, so let rules name them. A command is answered "
		 "\"" CHAT_ACCEPTED "\" in its chat, a button to whoever pressed "
		 "it. A token proves the sender, not the body: Telegram sends "
		 "over TLS only.",
	.prepare = prepare,
	.release = shown_release,
	.begin = shown_begin,
	.feed = shown_feed,
	.end = shown_end,
	.abort = shown_abort,
	.read = read_request,
	.normalise = normalise,
	.sign = shown_sign,
};
