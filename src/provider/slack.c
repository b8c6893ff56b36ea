/*
 * Slack: slash commands, interactivity (buttons, dialogs, shortcuts) and events. All are
 * signed in the same way:
 * https://docs.slack.dev/authentication/verifying-requests-from-slack Only the
 * certificate check (ssl_check) may come without; it is answered, not kept.
 */
#include <errno.h>
#include <string.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "provider/chat.h"
#include "provider/common.h"
#include "provider/content.h"
#include "provider/kinds.h"
#include "provider/signature.h"
#include "provider/source.h"

#define SIGNATURE_HEADER "X-Slack-Signature"
#define TIME_HEADER	 "X-Slack-Request-Timestamp"
#define VERSION		 "v0"

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	(void)diags;
	src->data = hmac_key_new(HMAC_SHA256, conf->secrets, conf->n_secrets);
	return src->data ? 0 : -ENOMEM;
}

static void
release(void *data)
{
	hmac_key_free(data);
}

/* --- the certificate check -------------------------------------------------------------
 */

/* Whether form asks for nothing but that an answer comes over TLS. */
static bool
is_ssl_check(struct slice form)
{
	return form_count(form.data, form.len, "ssl_check") == 1 &&
	       form_count(form.data, form.len, "command") == 0 &&
	       form_count(form.data, form.len, "payload") == 0;
}

/* The older form of it, a GET. */
static enum provider_action
handshake(const struct provider_source *src, const struct provider_request *rq,
	  struct provider_answer *answer)
{
	(void)src;
	if (is_ssl_check(rq->query))
		return chat_answer_now(answer, NULL);
	return common_refuse(answer, 400, "a GET is for ssl_check only");
}

/* --- verification ----------------------------------------------------------------------
 */

/* The state of a request without a signature. */
static char not_signed;

static void *
begin(const struct provider_source *src, const struct provider_request *rq,
      enum provider_verdict *ret_early)
{
	char at[32]; /* a header's text need not outlive the next look-up */
	struct signature_mac mac;
	if (rq->header_count(rq->arg, SIGNATURE_HEADER) == 0 && content_is_form(rq))
		return &not_signed;
	const char *text = common_header(rq, TIME_HEADER, ret_early);
	if (!text)
		return NULL;
	*ret_early = VERDICT_MALFORMED;
	if (strlen(text) >= sizeof(at))
		return NULL;
	memcpy(at, text, strlen(text) + 1);
	text = common_header(rq, SIGNATURE_HEADER, ret_early);
	if (!text)
		return NULL;
	*ret_early =
		signature_from_hex(text, VERSION "=", hmac_length(HMAC_SHA256), &mac);
	if (*ret_early == VERDICT_GENUINE)
		*ret_early = signature_time(at, rq->now_us);
	void *state = *ret_early == VERDICT_GENUINE
			      ? signature_begin(src->data, &mac, ret_early)
			      : NULL;
	if (!state)
		return NULL;
	signature_feed(state, VERSION ":", strlen(VERSION ":"));
	signature_feed(state, at, strlen(at));
	signature_feed(state, ":", 1);
	return state;
}

static void
feed(void *state, const void *data, size_t len)
{
	if (state != &not_signed)
		signature_feed(state, data, len);
}

static enum provider_verdict
end(void *state, const struct provider_request *rq)
{
	if (state != &not_signed)
		return signature_end(state, rq);
	return is_ssl_check(rq->body) ? VERDICT_GENUINE : VERDICT_NO_SIGNATURE;
}

static void
abort_state(void *state)
{
	if (state != &not_signed)
		signature_abort(state);
}

/* --- reading ---------------------------------------------------------------------------
 */

/* The text goes back as it came. */
static enum provider_action
answer_challenge(struct json_value payload, struct provider_answer *answer)
{
	struct json_value challenge = json_member(payload, "challenge");
	if (challenge.kind != JSON_STRING)
		return common_refuse(answer, 400, "the payload has no \"challenge\"");
	auto_buf json = BUF_INIT(LIMIT_ANSWER_BYTES);
	struct json_writer w;
	json_begin(&w, &json);
	json_open_object(&w, NULL);
	json_raw_slice(&w, "challenge", challenge.raw);
	json_close_object(&w);
	if (buf_failed(&json))
		return json.error == -EMSGSIZE
			       ? common_refuse(answer, 400, "the challenge is too long")
			       : PROVIDER_ERROR;
	return chat_answer_now(answer, buf_str(&json));
}

static enum provider_action
read_event(struct json_value payload, struct delivery *d, struct provider_answer *answer)
{
	auto_str inner = json_dup_text(json_find(payload, "event.type"));
	if (str_is_empty(inner))
		return common_refuse(answer, 400, "the payload has no \"event.type\"");
	auto_str type = str_format("event.%s", inner);
	if (!type)
		return PROVIDER_ERROR;
	enum provider_action action = chat_set_type(d, type, "event.type", answer);
	return action == PROVIDER_KEEP ? chat_read_id(d, payload, "event_id", answer)
				       : action;
}

static enum provider_action
read_command(struct json_value payload, struct delivery *d,
	     struct provider_answer *answer)
{
	enum provider_action action = chat_set_type(d, "command", "command", answer);
	if (action == PROVIDER_KEEP)
		action = chat_read_id(d, payload, "trigger_id", answer);
	if (action == PROVIDER_KEEP)
		action = chat_answer(
			answer,
			"{\"response_type\":\"ephemeral\",\"text\":\"" CHAT_ACCEPTED
			"\"}");
	return action;
}

/* Buttons, dialogs, shortcuts; anything but an empty 200 would mean something to Slack.
 */
static enum provider_action
read_interaction(struct json_value payload, struct delivery *d,
		 struct provider_answer *answer)
{
	enum provider_action action =
		common_read_members(d, "type", "trigger_id", answer);
	if (action != PROVIDER_KEEP)
		return action;
	if (json_is_text(json_member(payload, "type"), "block_suggestion"))
		return chat_answer_now(answer, "{\"options\":[]}");
	return chat_answer(answer, NULL);
}

static enum provider_action
read_payload(const struct provider_request *rq, struct json_value payload,
	     struct delivery *d, struct provider_answer *answer)
{
	bool is_form = content_is_form(rq);
	struct json_value type = json_member(payload, "type");
	if (is_form && json_member(payload, "command").kind == JSON_STRING)
		return read_command(payload, d, answer);
	if (is_form)
		return read_interaction(payload, d, answer);
	if (json_is_text(type, "url_verification"))
		return answer_challenge(payload, answer);
	if (json_is_text(type, "event_callback"))
		return read_event(payload, d, answer);
	return common_read_members(d, "type", "event_id", answer);
}

static enum provider_action
read_request(const struct provider_source *src, const struct provider_request *rq,
	     struct delivery *d, struct provider_answer *answer)
{
	(void)src;
	auto_json_doc doc = NULL;
	if (content_is_form(rq) && is_ssl_check(buf_slice(&d->body)))
		return chat_answer_now(answer, NULL);
	enum provider_action action = content_read_fields(rq, d, answer);
	if (action == PROVIDER_KEEP)
		action = chat_parse(d, &doc, answer);
	if (action == PROVIDER_KEEP)
		action = read_payload(rq, json_root(doc), d, answer);
	if (action == PROVIDER_KEEP)
		action = common_set_dedupe_key(d);
	return action;
}

/* --- fields ----------------------------------------------------------------------------
 */

static const struct chat_map command = {"command", "text", "user_id", "channel_id"};
static const struct chat_map event = {
	.text = "event.text",
	.user = "event.user.id|event.user",
	.channel = "event.channel.id|event.channel|event.item.channel",
};
static const struct chat_map interaction = {
	.text = "actions[0].value|actions[0].selected_option.value|actions[0].action_id|"
		"view.callback_id|callback_id",
	.user = "user.id",
	.channel = "channel.id|container.channel_id",
};

/* What follows the mention of the app, "<@U0LAN0Z89> deploy shop". */
static struct slice
behind_mention(struct slice text)
{
	text = chat_trim(text);
	const char *end = text.len > 2 && memcmp(text.data, "<@", 2) == 0
				  ? memchr(text.data, '>', text.len)
				  : NULL;
	if (!end)
		return text;
	size_t n = (size_t)(end + 1 - text.data);
	return chat_trim((struct slice){text.data + n, text.len - n});
}

static void
normalise(const struct delivery *d, struct json_value payload,
	  struct provider_fields *out)
{
	bool is_command = str_eq(d->type, "command");
	bool is_event = str_starts(d->type, "event.");
	auto_chat f = chat_find(is_command ? &command
				: is_event ? &event
					   : &interaction,
				payload);
	if (str_eq(d->type, "event.app_mention"))
		f.facts.text = behind_mention(f.facts.text);
	if (f.facts.text.len > 0 && (is_command || is_event)) {
		char *text = f.texts[1].data + (f.facts.text.data - f.texts[1].data);
		f.facts.text = chat_unescape(text, f.facts.text.len);
	}
	chat_put(&out->chat, &f.facts);
}

/* The id and the type stand in the body. */
static int
sign(const struct provider_source *src, const char *type, const char *id,
     struct slice body, int64_t now_us, struct buf *out)
{
	(void)type;
	(void)id;
	uint8_t mac[HMAC_MAX_BYTES];
	long long at_s = now_us / 1000000;
	auto_str head = str_format(VERSION ":%lld:", at_s);
	struct hmac *h = head ? hmac_new(src->data) : NULL;
	if (!h)
		return -ENOMEM;
	hmac_update(h, head, strlen(head));
	hmac_update(h, body.data, body.len);
	int n = hmac_final(h, mac);
	hmac_free(h);
	if (n < 0)
		return n;
	buf_printf(out, TIME_HEADER ": %lld\n" SIGNATURE_HEADER ": " VERSION "=", at_s);
	hex_encode(out, mac, (size_t)n);
	return buf_putc(out, '\n');
}

const struct provider provider_slack = {
	.kind = "slack",
	.summary = "Slack: slash commands, interactivity, events",
	.needs_secret = true,
	.headers = SIGNATURE_HEADER ", " TIME_HEADER,
	.algorithm = "HMAC-SHA256 over \"v0:timestamp:body\", hex, behind "
		     "\"v0=\", within 5 minutes",
	.deadline = "3 s; the first answer does not wait for Forge",
	.fields = "chat; args of a command are its words, the text of a button "
		  "is its value",
	.example = "slack: {kind: slack, secret: \"${SLACK_SIGNING_SECRET}\"}",
	.setup = "At the app, the signing secret of Basic Information is the "
		 "secret. The same URL, which ends with `/hooks/slack`, serves "
		 "Slash Commands, Interactivity & Shortcuts and Event "
		 "Subscriptions. Types: `command`; the payload's own for "
		 "interactivity (`block_actions`, `view_submission`, `shortcut` "
		 "...); `event.` and the event's for events "
		 "(`event.app_mention`). `chat.user` and `chat.channel` are ids "
		 "as `U024BE7LH`: let rules name people by id, names can be "
		 "changed. In texts `&amp;` and the like are turned back, and a "
		 "leading mention of the app is left out. A command is answered "
		 "\"" CHAT_ACCEPTED "\" to its user alone when it is kept, "
		 "before rules are tried. `payload.response_url` takes later "
		 "answers for 30 minutes. url_verification and ssl_check are "
		 "answered.",
	.prepare = prepare,
	.release = release,
	.handshake = handshake,
	.handshake_methods = "GET",
	.begin = begin,
	.feed = feed,
	.end = end,
	.abort = abort_state,
	.read = read_request,
	.normalise = normalise,
	.sign = sign,
};
