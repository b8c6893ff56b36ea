/*
 * Amazon SNS: notifications and confirmations of HTTP(S) subscriptions.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
 * The signature stands in the body and covers its members, not its bytes. The certificate
 * is pinned: what SigningCertURL points to is never fetched, but a message that points
 * elsewhere than SNS is refused.
 */
#include <errno.h>
#include <string.h>

#include "base/codec.h"
#include "base/json_doc.h"
#include "base/limits.h"
#include "base/mem.h"
#include "provider/common.h"
#include "provider/content.h"
#include "provider/kinds.h"
#include "provider/source.h"
#include "provider/whole.h"
#include "verify/key.h"

struct sns_source {
	struct key *keys[LIMIT_SECRETS]; /* owned */
	size_t n;
	const char *topics; /* borrowed of the source; NULL: any */
};

static const struct provider_option options[] = {
	{"topics", false, NULL, NULL,
	 "the topics' ARNs that are taken, separated by blanks; without it every topic "
	 "whose messages SNS signs, also of other accounts",
	 SHAPE_TEXT},
	{0},
};

static void
release(void *data)
{
	struct sns_source *s = data;
	for (size_t i = 0; s && i < s->n; i++)
		key_free(s->keys[i]);
	mem_free(s);
}

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	struct sns_source *s = x_new(struct sns_source);
	if (!s)
		return -ENOMEM;
	src->data = s;
	s->topics = source_option(src, "topics");
	for (; s->n < conf->n_secrets; s->n++) {
		const struct secret *text = &conf->secrets[s->n];
		int rc = 0;
		struct key *key =
			key_from_pem((struct slice){text->data, text->len}, &rc);
		if (key && key_takes(key, SCHEME_RSA_SHA256)) {
			s->keys[s->n] = key;
			continue;
		}
		key_free(key);
		if (rc != -ENOMEM)
			diag_error(diags, conf->at,
				   "a secret is not the PEM of a certificate with an RSA "
				   "key");
		return rc == -ENOMEM ? rc : -EINVAL;
	}
	if (!s->topics)
		diag_warning(diags, conf->at,
			     "without \"topics\" messages of any AWS account are taken");
	return 0;
}

/* --- verification ----------------------------------------------------------------------
 */

static const char *const notification[] = {"Message",	"MessageId", "Subject",
					   "Timestamp", "TopicArn",  "Type"};
static const char *const confirmation[] = {
	"Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"};

/* "Key\nValue\n" for each; only a Subject need not be there. */
static enum provider_verdict
put_signed(struct json_value message, const char *const *names, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n; i++) {
		struct json_value v = json_member(message, names[i]);
		if (str_eq(names[i], "Subject") &&
		    (v.kind == JSON_NONE || v.kind == JSON_NULL))
			continue;
		if (v.kind != JSON_STRING)
			return VERDICT_MALFORMED;
		buf_printf(out, "%s\n", names[i]);
		if (json_text(v, out) < 0 || buf_putc(out, '\n') < 0)
			return VERDICT_ERROR;
	}
	return VERDICT_GENUINE;
}

static bool
is_confirmation(struct json_value message)
{
	struct json_value type = json_member(message, "Type");
	return json_is_text(type, "SubscriptionConfirmation") ||
	       json_is_text(type, "UnsubscribeConfirmation");
}

static enum provider_verdict
signed_text(struct json_value message, struct buf *out)
{
	if (is_confirmation(message))
		return put_signed(message, confirmation, ARRAY_LEN(confirmation), out);
	if (json_is_text(json_member(message, "Type"), "Notification"))
		return put_signed(message, notification, ARRAY_LEN(notification), out);
	return VERDICT_MALFORMED;
}

/* https://sns.REGION.amazonaws.com[.cn]/..., the region of three letters at least. */
static bool
is_sns_url(const char *url, const char *path_end)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
	static const char start[] = "https://sns.";
	static const char domain[] = ".amazonaws.com";
	if (!url || !str_starts(url, start))
		return false;
	const char *p = url + sizeof(start) - 1;
	size_t region = strspn(p, letters);
	p += region;
	if (region < 3 || !str_starts(p, domain))
		return false;
	p += sizeof(domain) - 1;
	p += str_starts(p, ".cn/") ? 3 : 0;
	return *p == '/' && str_ends(p, path_end);
}

/* Newer senders call the member SigningCertUrl. */
static bool
urls_are_of_sns(struct json_value message)
{
	struct json_value v = json_member(message, "SigningCertURL");
	if (v.kind == JSON_NONE)
		v = json_member(message, "SigningCertUrl");
	auto_str cert = v.kind == JSON_STRING ? json_dup_text(v) : NULL;
	if (!is_sns_url(cert, ".pem"))
		return false;
	if (!is_confirmation(message))
		return true;
	auto_str subscribe = json_dup_text(json_member(message, "SubscribeURL"));
	return is_sns_url(subscribe, "");
}

static enum provider_verdict
verify_with_keys(const struct sns_source *s, enum key_scheme scheme, struct slice text,
		 struct json_value given)
{
	auto_buf base64 = BUF_INIT(LIMIT_SIGNED_BYTES);
	auto_buf signature = BUF_INIT(LIMIT_SIGNED_BYTES);
	if (given.kind != JSON_STRING)
		return VERDICT_NO_SIGNATURE;
	int rc = json_text(given, &base64);
	if (rc == 0)
		rc = base64_decode(&signature, buf_str(&base64), base64.len);
	if (rc < 0)
		return rc == -ENOMEM ? VERDICT_ERROR : VERDICT_MALFORMED;
	for (size_t i = 0; i < s->n; i++) {
		rc = key_verify(s->keys[i], scheme, text, buf_slice(&signature));
		if (rc != -EBADMSG)
			return rc == 0 ? VERDICT_GENUINE : VERDICT_ERROR;
	}
	return VERDICT_MISMATCH;
}

static bool
is_wanted(const char *topics, struct json_value topic)
{
	auto_str arn = json_dup_text(topic);
	for (const char *p = topics; arn && *p;) {
		size_t n = strcspn(p, " ");
		if (n > 0 && strlen(arn) == n && memcmp(arn, p, n) == 0)
			return true;
		p += n + strspn(p + n, " ");
	}
	return false;
}

static enum provider_verdict
verify_message(const struct sns_source *s, struct json_value message)
{
	auto_buf text = BUF_INIT(SIZE_MAX / 2);
	struct json_value version = json_member(message, "SignatureVersion");
	struct json_value given = json_member(message, "Signature");
	bool sha1 = json_is_text(version, "1");
	if (given.kind == JSON_NONE)
		return VERDICT_NO_SIGNATURE;
	if (!sha1 && !json_is_text(version, "2"))
		return VERDICT_MALFORMED;
	enum provider_verdict verdict = signed_text(message, &text);
	if (verdict == VERDICT_GENUINE)
		verdict = verify_with_keys(s, sha1 ? SCHEME_RSA_SHA1 : SCHEME_RSA_SHA256,
					   buf_slice(&text), given);
	if (verdict != VERDICT_GENUINE)
		return verdict;
	if (!urls_are_of_sns(message))
		return VERDICT_MISMATCH;
	if (s->topics && !is_wanted(s->topics, json_member(message, "TopicArn")))
		return VERDICT_MISMATCH;
	return VERDICT_GENUINE;
}

static enum provider_verdict
end(void *state, const struct provider_request *rq)
{
	const struct sns_source *s = whole_end(state)->data;
	auto_json_doc doc = NULL;
	int rc = json_doc_parse(rq->body, &doc, NULL);
	if (rc == -ENOMEM)
		return VERDICT_ERROR;
	return rc < 0 ? VERDICT_NO_SIGNATURE : verify_message(s, json_root(doc));
}

/* --- reading ---------------------------------------------------------------------------
 */

/* Type and id are those of the body, which are signed; the headers are not. */
static enum provider_action
read_request(const struct provider_source *src, const struct provider_request *rq,
	     struct delivery *d, struct provider_answer *answer)
{
	(void)src;
	enum provider_action action = content_read_any_json(rq, d, answer);
	if (action == PROVIDER_KEEP)
		action = common_read_members(d, "Type", "MessageId", answer);
	if (action == PROVIDER_KEEP)
		action = common_set_dedupe_key(d);
	return action;
}

/* The signature stands in the body, so only one that is signed already can be sent. */
static int
sign(const struct provider_source *src, const char *type, const char *id,
     struct slice body, int64_t now_us, struct buf *out)
{
	(void)type;
	(void)id;
	(void)now_us;
	auto_json_doc doc = NULL;
	int rc = json_doc_parse(body, &doc, NULL);
	if (rc < 0)
		return rc == -ENOMEM ? rc : -EINVAL;
	if (verify_message(src->data, json_root(doc)) != VERDICT_GENUINE)
		return -EINVAL;
	auto_str kind = json_dup_text(json_member(json_root(doc), "Type"));
	return kind ? common_put_header(out, "x-amz-sns-message-type", kind) : -ENOMEM;
}

const struct provider provider_sns = {
	.kind = "sns",
	.summary = "Amazon SNS, subscriptions over HTTPS",
	.options = options,
	.needs_secret = true,
	.headers = "none that count: what is signed stands in the body",
	.algorithm = "RSA with SHA-1 (SignatureVersion 1) or SHA-256 (2) over members of "
		     "the message, base64",
	.deadline = "15 s",
	.example = "alarms: {kind: sns, secret: \"${file:secrets/sns.pem}\", topics: "
		   "\"arn:aws:sns:eu-west-1:123456789012:alarms\"}",
	.setup =
		"The secret is the signing certificate of the region in PEM: the "
		"`SigningCertURL` of a message says where it is "
		"(`https://sns.REGION.amazonaws.com/SimpleNotificationService-....pem`); "
		"the bridge never fetches it. AWS renews it now and then: give both for "
		"a while. Subscribe `/hooks/alarms` by HTTPS without raw message "
		"delivery, which signs nothing. The first delivery has the type "
		"`SubscriptionConfirmation`: open its `SubscribeURL` (`forgebridge "
		"deliveries show`) to confirm. Then types are `Notification` and "
		"`UnsubscribeConfirmation`; what was published is the text "
		"`payload.Message`. Set the topic's SignatureVersion to 2. The time of "
		"a message is not held against the clock, because SNS tries again for "
		"long; one that comes again is known by its id. `send` sends bodies that "
		"are signed already.",
	.prepare = prepare,
	.release = release,
	.begin = whole_begin,
	.feed = whole_feed,
	.end = end,
	.abort = whole_abort,
	.read = read_request,
	.sign = sign,
};
