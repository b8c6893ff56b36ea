/*
 * Google Chat: apps with an HTTP endpoint, as interaction events and as a Workspace
 * add-on. https://developers.google.com/workspace/chat/verify-requests-from-chat
 */
#include <errno.h>
#include <string.h>

#include "provider/bearer.h"
#include "provider/chat.h"
#include "provider/common.h"
#include "provider/content.h"
#include "provider/kinds.h"
#include "provider/shown.h"
#include "provider/source.h"

#define GOOGLE_CHAT "chat@system.gserviceaccount.com"

static const struct provider_option options[] = {
	{"audience", true, NULL, NULL,
	 "as chosen at the app: the project's number, or the endpoint's URL", SHAPE_NAME},
	BEARER_JWKS_OPTION,
	{0},
};

/* A number is signed for by Chat itself, a URL by Google for the account of Chat. */
static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	static const struct jwt_claim account[] = {{"email", GOOGLE_CHAT},
						   {"email_verified", "true"}};
	int rc = bearer_prepare(src, conf, diags);
	if (rc < 0)
		return rc;
	struct jwt_rules *rules = &((struct bearer *)src->data)->rules;
	bool is_number = rules->audience[strspn(rules->audience, "0123456789")] == '\0';
	rules->issuer = is_number ? GOOGLE_CHAT : "https://accounts.google.com";
	rules->claims = is_number ? NULL : account;
	rules->n_claims = is_number ? 0 : ARRAY_LEN(account);
	return 0;
}

/* Events of an add-on have no type; what the payload is called tells it. */
static const struct {
	const char *path;
	const char *type;
} addon_types[] = {
	{"chat.messagePayload", "MESSAGE"},
	{"chat.appCommandPayload", "APP_COMMAND"},
	{"chat.buttonClickedPayload", "CARD_CLICKED"},
	{"chat.addedToSpacePayload", "ADDED_TO_SPACE"},
	{"chat.removedFromSpacePayload", "REMOVED_FROM_SPACE"},
};

static enum provider_action
read_type(struct json_value payload, struct delivery *d, struct provider_answer *answer)
{
	for (size_t i = 0; i < ARRAY_LEN(addon_types); i++) {
		if (json_find(payload, addon_types[i].path).kind == JSON_OBJECT)
			return chat_set_type(d, addon_types[i].type, addon_types[i].path,
					     answer);
	}
	return common_read_members(d, "type", NULL, answer);
}

/* A click repeats the name of the message that the button stands in: it is no id then. */
static enum provider_action
read_payload(struct json_value payload, struct delivery *d,
	     struct provider_answer *answer)
{
	bool is_addon = json_member(payload, "chat").kind == JSON_OBJECT;
	enum provider_action action = read_type(payload, d, answer);
	if (action != PROVIDER_KEEP)
		return action;
	bool is_message = str_eq(d->type, "MESSAGE");
	if (is_message)
		action = chat_read_digest_id(
			d, fields_find(payload, "message.name|"
						"chat.messagePayload.message.name"));
	if (action != PROVIDER_KEEP)
		return action;
	return chat_answer(answer, is_message && !is_addon ? "{\"text\":\"" CHAT_ACCEPTED
							     "\"}"
							   : "{}");
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
	if (action == PROVIDER_KEEP)
		action = read_payload(json_root(doc), d, answer);
	if (action == PROVIDER_KEEP)
		action = common_set_dedupe_key(d);
	return action;
}

static const struct chat_map map = {
	.text = "message.argumentText|message.text|"
		"chat.messagePayload.message.argumentText|"
		"chat.messagePayload.message.text|"
		"chat.appCommandPayload.message.argumentText|"
		"common.invokedFunction|action.actionMethodName",
	.user = "user.name|chat.user.name",
	.channel = "space.name|chat.messagePayload.space.name|"
		   "chat.appCommandPayload.space.name|"
		   "chat.buttonClickedPayload.space.name|"
		   "chat.addedToSpacePayload.space.name|"
		   "chat.removedFromSpacePayload.space.name",
};
/* With its command before it. */
static const struct chat_map whole_text = {
	.text = "message.text|chat.messagePayload.message.text|"
		"chat.appCommandPayload.message.text",
};

static void
normalise(const struct delivery *d, struct json_value payload,
	  struct provider_fields *out)
{
	(void)d;
	auto_chat f = chat_find(&map, payload);
	auto_chat whole = chat_find(&whole_text, payload);
	struct slice text = chat_trim(whole.facts.text);
	if (text.len > 0 && text.data[0] == '/') {
		chat_split_command(&whole.facts);
		f.facts.command = whole.facts.command;
		f.facts.text = whole.facts.text;
	}
	f.facts.text = chat_trim(f.facts.text);
	chat_put(&out->chat, &f.facts);
}

const struct provider provider_google_chat = {
	.kind = "google-chat",
	.summary = "Google Chat apps",
	.options = options,
	.needs_secret = true,
	.headers = "Authorization",
	.algorithm = "a JWT as bearer token (RS256), checked as that of kind jwt",
	.deadline = "30 s; the answer does not wait for Forge",
	.fields = "chat; the text without the app's mention, a command is what begins "
		  "with a slash, the text of a button is its function",
	.example = "googlechat: {kind: google-chat, secret: "
		   "\"${file:secrets/chat.jwks}\", audience: "
		   "\"https://bridge.example.com/hooks/googlechat\"}",
	.setup = "At the app, Connection settings: an HTTP endpoint URL that ends with "
		 "`/hooks/googlechat`, and the authentication audience. The secret is "
		 "a JWKS: for the endpoint's URL that of "
		 "`https://www.googleapis.com/oauth2/v3/certs`, for the project's number "
		 "`https://www.googleapis.com/service_accounts/v1/jwk/" GOOGLE_CHAT "`. "
		 "Google replaces these keys every few days: fetch the file again and "
		 "reload. Types: `MESSAGE`, `ADDED_TO_SPACE`, `REMOVED_FROM_SPACE`, "
		 "`CARD_CLICKED`, `APP_COMMAND`. A message is answered "
		 "\"" CHAT_ACCEPTED "\", one to an add-on with nothing to show. A token "
		 "proves the sender, not the body: use it over TLS only.",
	.prepare = prepare,
	.release = bearer_release,
	.begin = bearer_begin,
	.feed = shown_feed,
	.end = shown_end,
	.abort = shown_abort,
	.read = read_request,
	.normalise = normalise,
	.sign = bearer_sign,
};
