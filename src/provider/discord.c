/*
 * Discord: interactions (commands, buttons, dialogs) and webhook events.
 * https://discord.com/developers/docs/interactions/overview
 * The key is the application's public one, 32 bytes in hex, so the bridge cannot sign.
 * With the seed of the private key before it (64 bytes, as libsodium keeps them) it can,
 * for tests with a key pair of one's own.
 */
#include <errno.h>
#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "base/mem.h"
#include "provider/chat.h"
#include "provider/common.h"
#include "provider/content.h"
#include "provider/kinds.h"
#include "provider/signature.h"
#include "provider/source.h"
#include "provider/whole.h"
#include "verify/ed25519.h"

#define SIGNATURE_HEADER "X-Signature-Ed25519"
#define TIME_HEADER	 "X-Signature-Timestamp"

struct discord_source {
	struct ed25519_key *keys[LIMIT_SECRETS]; /* owned */
	size_t n;
};

static void
release(void *data)
{
	struct discord_source *s = data;
	for (size_t i = 0; s && i < s->n; i++)
		ed25519_key_free(s->keys[i]);
	mem_free(s);
}

/* NULL when the text is no key; *ret_rc is -EINVAL or -ENOMEM then. */
static struct ed25519_key *
read_key(const struct secret *text, int *ret_rc)
{
	uint8_t bytes[2 * ED25519_KEY_BYTES];
	uint8_t own[ED25519_KEY_BYTES] = {0};
	int n = hex_decode(text->data, text->len, bytes, sizeof(bytes));
	*ret_rc = -EINVAL;
	if (n != ED25519_KEY_BYTES && n != 2 * ED25519_KEY_BYTES)
		return NULL;
	bool signs = n == 2 * ED25519_KEY_BYTES;
	struct ed25519_key *key = signs ? ed25519_key_from_seed(bytes)
					: ed25519_key_new(bytes);
	bool fits = key && (!signs ||
			    (ed25519_public(key, own) == 0 &&
			     memcmp(own, bytes + ED25519_KEY_BYTES, sizeof(own)) == 0));
	explicit_bzero(bytes, sizeof(bytes));
	if (fits)
		return key;
	*ret_rc = key ? -EINVAL : -ENOMEM;
	ed25519_key_free(key);
	return NULL;
}

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	struct discord_source *s = x_new(struct discord_source);
	if (!s)
		return -ENOMEM;
	src->data = s;
	for (; s->n < conf->n_secrets; s->n++) {
		int rc = 0;
		s->keys[s->n] = read_key(&conf->secrets[s->n], &rc);
		if (s->keys[s->n])
			continue;
		if (rc == -EINVAL)
			diag_error(diags, conf->at,
				   "a secret is not the application's public key, 64 hex "
				   "digits");
		return rc;
	}
	return 0;
}

/* --- verification ----------------------------------------------------------------------
 */

static enum provider_verdict
verify(const struct discord_source *s, struct slice message,
       const struct signature_mac *signature)
{
	for (size_t i = 0; i < s->n; i++) {
		int rc = ed25519_verify(s->keys[i], message.data, message.len,
					signature->bytes);
		if (rc != -EBADMSG)
			return rc == 0 ? VERDICT_GENUINE : VERDICT_ERROR;
	}
	return VERDICT_MISMATCH;
}

static enum provider_verdict
end(void *state, const struct provider_request *rq)
{
	const struct discord_source *s = whole_end(state)->data;
	auto_buf message = BUF_INIT(SIZE_MAX / 2);
	enum provider_verdict verdict = VERDICT_ERROR;
	struct signature_mac signature;
	const char *text = common_header(rq, SIGNATURE_HEADER, &verdict);
	if (!text)
		return verdict;
	verdict = signature_from_hex(text, "", ED25519_SIGNATURE_BYTES, &signature);
	if (verdict != VERDICT_GENUINE)
		return verdict;
	text = common_header(rq, TIME_HEADER, &verdict);
	if (!text)
		return verdict;
	verdict = signature_time(text, rq->now_us);
	if (verdict != VERDICT_GENUINE)
		return verdict;
	if (buf_puts(&message, text) < 0 ||
	    buf_append(&message, rq->body.data, rq->body.len) < 0)
		return VERDICT_ERROR;
	return verify(s, buf_slice(&message), &signature);
}

/* --- reading ---------------------------------------------------------------------------
 */

/* Interactions by their number. What is asked while somebody types is not kept. */
static const struct {
	const char *number;
	const char *type;
	const char *answer;
	bool keep;
} interactions[] = {
	{"1", "ping", "{\"type\":1}", false},
	{"2", "command", "{\"type\":5}", true},
	{"3", "component", "{\"type\":6}", true},
	{"4", "autocomplete", "{\"type\":8,\"data\":{\"choices\":[]}}", false},
	{"5", "modal", "{\"type\":5}", true},
};

static enum provider_action
read_interaction(struct json_value payload, struct delivery *d,
		 struct provider_answer *answer)
{
	struct json_value number = json_member(payload, "type");
	for (size_t i = 0; i < ARRAY_LEN(interactions); i++) {
		if (number.kind != JSON_NUMBER ||
		    !slice_eq_str(number.raw, interactions[i].number))
			continue;
		enum provider_action action =
			chat_set_type(d, interactions[i].type, "type", answer);
		if (action == PROVIDER_KEEP)
			action = chat_read_id(d, payload, "id", answer);
		if (action != PROVIDER_KEEP)
			return action;
		return interactions[i].keep
			       ? chat_answer(answer, interactions[i].answer)
			       : chat_answer_now(answer, interactions[i].answer);
	}
	return common_read_members(d, "type", "id", answer);
}

/* Webhook events; they have no id. */
static enum provider_action
read_event(struct json_value payload, struct delivery *d, struct provider_answer *answer)
{
	auto_str name = json_dup_text(json_find(payload, "event.type"));
	auto_str type = str_is_empty(name) ? NULL : str_format("event.%s", name);
	answer->status = 204;
	if (!type)
		return common_refuse(answer, 400, "the payload has no \"event.type\"");
	return chat_set_type(d, type, "event.type", answer);
}

static enum provider_action
read_payload(struct json_value payload, struct delivery *d,
	     struct provider_answer *answer)
{
	struct json_value type = json_member(payload, "type");
	if (type.kind == JSON_NUMBER && slice_eq_str(type.raw, "0")) {
		answer->status = 204;
		return PROVIDER_ANSWER;
	}
	if (json_member(payload, "event").kind == JSON_OBJECT)
		return read_event(payload, d, answer);
	return read_interaction(payload, d, answer);
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

/* --- fields ----------------------------------------------------------------------------
 */

static const struct chat_map interaction = {
	.command = "data.name",
	.text = "data.custom_id",
	.user = "member.user.id|user.id",
	.channel = "channel_id|channel.id",
};
static const struct chat_map event = {
	.user = "event.data.user.id|event.data.user_id",
};

static void
put_word(struct json_value v, struct buf *out)
{
	auto_buf word = BUF_INIT(SIZE_MAX / 2);
	if (v.kind == JSON_NONE || json_text(v, &word) < 0)
		return;
	if (out->len > 0)
		buf_putc(out, ' ');
	buf_append(out, word.data, word.len);
}

/*
 * What was typed behind the command: values, and the names of the subcommands that lead
 * to them. Two levels of those are all that Discord has; the payload's depth is not used.
 */
static void
put_options(struct json_value options, unsigned levels, struct buf *out)
{
	if (options.kind != JSON_ARRAY)
		return;
	struct json_value o = json_item(options, 0);
	for (; o.kind != JSON_NONE; o = json_after(options, o)) {
		struct json_value value = json_member(o, "value");
		put_word(value.kind == JSON_NONE ? json_member(o, "name") : value, out);
		if (levels > 0)
			put_options(json_member(o, "options"), levels - 1, out);
	}
}

static void
normalise(const struct delivery *d, struct json_value payload,
	  struct provider_fields *out)
{
	bool is_event = str_starts(d->type, "event.");
	auto_buf name = BUF_INIT(SIZE_MAX / 2);
	auto_buf text = BUF_INIT(SIZE_MAX / 2);
	auto_chat f = chat_find(is_event ? &event : &interaction, payload);
	if (f.facts.command.data) {
		put_options(json_find(payload, "data.options"), 2, &text);
		buf_printf(&name, "/%.*s", (int)f.facts.command.len,
			   f.facts.command.data);
		f.facts.command = buf_slice(&name);
		f.facts.text = (struct slice){buf_str(&text), text.len};
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
	const struct discord_source *s = src->data;
	uint8_t signature[ED25519_SIGNATURE_BYTES];
	auto_buf message = BUF_INIT(SIZE_MAX / 2);
	long long at_s = now_us / 1000000;
	buf_printf(&message, "%lld", at_s);
	int rc = buf_append(&message, body.data, body.len);
	if (rc == 0)
		rc = ed25519_sign(s->keys[0], message.data, message.len, signature);
	if (rc < 0)
		return rc == -EPERM ? -EINVAL : rc;
	buf_printf(out, TIME_HEADER ": %lld\n" SIGNATURE_HEADER ": ", at_s);
	hex_encode(out, signature, sizeof(signature));
	return buf_putc(out, '\n');
}

const struct provider provider_discord = {
	.kind = "discord",
	.summary = "Discord: interactions and webhook events",
	.needs_secret = true,
	.headers = SIGNATURE_HEADER ", " TIME_HEADER,
	.algorithm = "Ed25519 over the timestamp and the raw body, hex, within 5 "
		     "minutes; the secret is the application's public key, 64 "
		     "hex digits",
	.deadline = "3 s; the first answer does not wait for Forge",
	.fields = "chat; text and args of a command are the values of its "
		  "options and the names of its subcommands, the text of a "
		  "button or dialog is its custom_id",
	.example = "discord: {kind: discord, secret: \"${DISCORD_PUBLIC_KEY}\"}",
	.setup = "At the application, General Information: the public key is the "
		 "secret, the Interactions Endpoint URL ends with "
		 "`/hooks/discord`; the Webhooks page takes the same URL for "
		 "events. Types: `command`, `component`, `modal`; `event.` and "
		 "the event's (`event.APPLICATION_AUTHORIZED`). A command and a "
		 "dialog are answered with a deferred message, a button with a "
		 "deferred update; `payload.token` and `payload.application_id` "
		 "serve later answers for 15 minutes. Pings are answered, and so "
		 "is autocompletion, with no choices. Discord itself names no "
		 "time window; the bridge takes no request older than 5 minutes. "
		 "The public key cannot sign: for `send` give a key pair of your "
		 "own, 128 hex digits, the seed and then the public key.",
	.prepare = prepare,
	.release = release,
	.begin = whole_begin,
	.feed = whole_feed,
	.end = end,
	.abort = whole_abort,
	.read = read_request,
	.normalise = normalise,
	.sign = sign,
};
