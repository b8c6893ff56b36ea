/*
 * Microsoft Teams outgoing webhooks: what a channel's members write to them.
 * https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-outgoing-webhook
 * The answer can only be given at once.
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

#define SIGNATURE_HEADER "Authorization"
#define SCHEME		 "HMAC "

/* The key is what the security token, which is base64, stands for. */
static int
decode_key(const struct secret *token, struct secret *key)
{
	auto_buf bytes = BUF_INIT(LIMIT_SECRET_BYTES);
	int rc = base64_decode(&bytes, token->data, token->len);
	if (rc == 0)
		rc = bytes.len > 0 ? secret_set(key, bytes.data, bytes.len) : -EINVAL;
	if (bytes.data)
		explicit_bzero(bytes.data, bytes.len);
	return rc;
}

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	struct secret keys[LIMIT_SECRETS] = {{0}};
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < conf->n_secrets; i++)
		rc = decode_key(&conf->secrets[i], &keys[i]);
	if (rc == -EINVAL)
		diag_error(diags, conf->at,
			   "a secret is not a security token of Teams, which is base64");
	if (rc == 0)
		src->data = hmac_key_new(HMAC_SHA256, keys, conf->n_secrets);
	for (size_t i = 0; i < conf->n_secrets; i++)
		secret_done(&keys[i]);
	if (rc == 0 && !src->data)
		rc = -ENOMEM;
	return rc;
}

static void
release(void *data)
{
	hmac_key_free(data);
}

static void *
begin(const struct provider_source *src, const struct provider_request *rq,
      enum provider_verdict *ret_early)
{
	const char *text = common_header(rq, SIGNATURE_HEADER, ret_early);
	if (!text)
		return NULL;
	struct signature_mac mac;
	*ret_early = signature_from_base64(text, SCHEME, hmac_length(HMAC_SHA256), &mac);
	if (*ret_early != VERDICT_GENUINE)
		return NULL;
	return signature_begin(src->data, &mac, ret_early);
}

/* An activity's id is one of its conversation. */
static enum provider_action
read_id(struct json_value payload, struct delivery *d)
{
	auto_buf text = BUF_INIT(SIZE_MAX / 2);
	struct json_value id = json_member(payload, "id");
	struct json_value conversation = json_find(payload, "conversation.id");
	if (id.kind != JSON_STRING || id.raw.len <= 2)
		return PROVIDER_KEEP;
	int rc = conversation.kind == JSON_STRING ? json_text(conversation, &text) : 0;
	if (rc == 0)
		rc = buf_putc(&text, '\n');
	if (rc == 0)
		rc = json_text(id, &text);
	return rc < 0 ? PROVIDER_ERROR : chat_set_digest_id(d, buf_slice(&text));
}

static enum provider_action
read_request(const struct provider_source *src, const struct provider_request *rq,
	     struct delivery *d, struct provider_answer *answer)
{
	(void)src;
	auto_json_doc doc = NULL;
	enum provider_action action = content_read_json(rq, d, answer);
	if (action == PROVIDER_KEEP)
		action = common_read_members(d, "type", NULL, answer);
	if (action == PROVIDER_KEEP)
		action = chat_parse(d, &doc, answer);
	if (action == PROVIDER_KEEP)
		action = read_id(json_root(doc), d);
	if (action == PROVIDER_KEEP)
		action = common_set_dedupe_key(d);
	if (action == PROVIDER_KEEP)
		action = chat_answer(
			answer, "{\"type\":\"message\",\"text\":\"" CHAT_ACCEPTED "\"}");
	return action;
}

/* --- fields ----------------------------------------------------------------------------
 */

static const struct chat_map activity = {
	.text = "text",
	.user = "from.aadObjectId|from.id",
	.channel = "channelData.channel.id|channelData.teamsChannelId|conversation.id",
};

/*
 * Leaves out the mention at the front, "<at>Contoso</at>", and the tags of the rest, each
 * of which parts words: what people type as "<" comes as an entity. In place.
 */
static struct slice
without_markup(char *text, size_t len)
{
	static const char end_of_mention[] = "</at>";
	const char *end = memmem(text, len, end_of_mention, strlen(end_of_mention));
	size_t out = 0;
	size_t i = end ? (size_t)(end - text) + strlen(end_of_mention) : 0;
	while (i < len) {
		const char *tag = text[i] == '<' ? memchr(text + i, '>', len - i) : NULL;
		text[out++] = tag ? ' ' : text[i];
		i = tag ? (size_t)(tag - text) + 1 : i + 1;
	}
	return (struct slice){text, out};
}

static void
normalise(const struct delivery *d, struct json_value payload,
	  struct provider_fields *out)
{
	(void)d;
	auto_chat f = chat_find(&activity, payload);
	if (f.facts.text.len > 0) {
		struct slice bare = without_markup(f.texts[1].data, f.facts.text.len);
		f.facts.text = chat_trim(chat_unescape(f.texts[1].data, bare.len));
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
	(void)now_us;
	struct signature_mac mac;
	int rc = signature_make(src->data, body, &mac);
	if (rc < 0)
		return rc;
	buf_puts(out, SIGNATURE_HEADER ": " SCHEME);
	base64_encode(out, mac.bytes, mac.len);
	return buf_putc(out, '\n');
}

const struct provider provider_teams = {
	.kind = "teams",
	.summary = "Microsoft Teams: outgoing webhooks",
	.needs_secret = true,
	.headers = "Authorization (HMAC ...)",
	.algorithm = "HMAC-SHA256 over the raw body, base64, behind \"HMAC \"; "
		     "the key is the security token decoded from base64",
	.deadline = "5 s; the answer does not wait for Forge",
	.fields = "chat; no command: text and args are what follows the mention",
	.example = "teams: {kind: teams, secret: \"${TEAMS_TOKEN}\"}",
	.setup = "At the team, Manage team, Apps, Create an outgoing webhook: "
		 "the callback URL ends with `/hooks/teams`, and the security "
		 "token that is shown is the secret. Type: the activity's, "
		 "`message`. `chat.user` is the user's object id in the "
		 "directory, `chat.channel` the channel's id. The answer is "
		 "\"" CHAT_ACCEPTED "\"; Teams takes no later one. The signature "
		 "holds no time: a request that comes again is known by its id.",
	.prepare = prepare,
	.release = release,
	.begin = begin,
	.feed = signature_feed,
	.end = signature_end,
	.abort = signature_abort,
	.read = read_request,
	.normalise = normalise,
	.sign = sign,
};
