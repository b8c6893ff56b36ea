/*
 * CloudEvents 1.0 over HTTP, structured and binary, and its webhook handshake:
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/
 * http-protocol-binding.md
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md
 * Rules see the event in its structured form either way.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "provider/common.h"
#include "provider/content.h"
#include "provider/fields.h"
#include "provider/kinds.h"
#include "provider/shown.h"
#include "provider/source.h"
#include "verify/digest.h"

#define VERSION	  "1.0"
#define MEDIATYPE "application/cloudevents"

static const struct provider_option options[] = {
	{"origin", false, NULL, NULL,
	 "the only WebHook-Request-Origin that the handshake grants; without it any",
	 SHAPE_NAME},
	{"rate", false, NULL, "*",
	 "WebHook-Allowed-Rate of the handshake: requests a minute, or * for any",
	 SHAPE_NAME},
	{0},
};

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	static const struct shown_place place = {.header = "Authorization",
						 .query = "access_token",
						 .schemes = SHOWN_BEARER};
	uint32_t n = 0;
	const char *rate = source_option(src, "rate");
	if (!str_eq(rate, "*") && parse_u32(rate, 1, UINT32_MAX, &n) < 0) {
		diag_error(diags, conf->at,
			   "rate must be a number of requests a minute, or *");
		return -EINVAL;
	}
	src->data = shown_new(conf, &place);
	return src->data ? 0 : -ENOMEM;
}

/*
 * A sender that is not granted is told so by the lack of the headers. The answer is given
 * at once, so WebHook-Request-Callback is not needed.
 */
static enum provider_action
handshake(const struct provider_source *src, const struct provider_request *rq,
	  struct provider_answer *answer)
{
	enum provider_verdict verdict = VERDICT_GENUINE;
	const char *only = source_option(src, "origin");
	const char *origin = common_header(rq, "WebHook-Request-Origin", &verdict);
	if (!origin)
		return common_refuse(answer, 400,
				     "WebHook-Request-Origin must be given once");
	answer->status = 200;
	if (!only || str_case_eq(only, origin)) {
		int rc = common_put_header(&answer->headers, "WebHook-Allowed-Origin",
					   origin);
		if (rc == -EINVAL)
			return common_refuse(answer, 400,
					     "WebHook-Request-Origin is malformed");
		buf_printf(&answer->headers, "WebHook-Allowed-Rate: %s\n",
			   source_option(src, "rate"));
	}
	buf_puts(&answer->headers, "Allow: POST\n");
	return buf_failed(&answer->headers) ? PROVIDER_ERROR : PROVIDER_ANSWER;
}

/* --- binary mode -----------------------------------------------------------------------
 */

/* Attributes that are not taken from among the extensions. */
static bool
is_known(const char *name)
{
	static const char *const known[] = {"specversion", "id",   "source",
					    "type",	   "data", "datacontenttype"};
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (str_eq(known[i], name))
			return true;
	}
	return false;
}

/* Writes an attribute's value, which is percent-encoded in a header. */
static enum provider_action
put_value(struct json_writer *w, const char *name, const char *value,
	  struct provider_answer *answer)
{
	auto_buf text = BUF_INIT(DEFAULT_URI_BYTES);
	int rc = url_decode(&text, value, strlen(value), false);
	if (rc == -ENOMEM)
		return PROVIDER_ERROR;
	if (rc < 0 || !utf8_is_valid(text.data, text.len))
		return common_refuse(answer, 400, "ce-%s is malformed", name);
	json_slice(w, name, buf_slice(&text));
	return PROVIDER_KEEP;
}

static enum provider_action
put_required(struct json_writer *w, const struct provider_request *rq, const char *name,
	     struct provider_answer *answer)
{
	enum provider_verdict verdict = VERDICT_GENUINE;
	auto_str header = str_format("ce-%s", name);
	if (!header)
		return PROVIDER_ERROR;
	const char *value = common_header(rq, header, &verdict);
	if (!value)
		return common_refuse(answer, 400, "%s must be given once", header);
	return put_value(w, name, value, answer);
}

/* The attribute's name of a header line; false when it is none of an event. */
static bool
attribute_of(const char *line, size_t len, char *name, size_t size)
{
	size_t n = 0;
	if (len < 4 || strncasecmp(line, "ce-", 3) != 0)
		return false;
	for (size_t i = 3; i < len && line[i] != ':'; i++) {
		unsigned char c = (unsigned char)line[i];
		if (!isalnum(c) || n + 1 >= size)
			return false;
		name[n++] = (char)tolower(c);
	}
	name[n] = '\0';
	return n > 0;
}

/* All other headers that begin with "ce-": optional attributes and extensions. */
static enum provider_action
put_extensions(struct json_writer *w, const struct provider_request *rq,
	       const struct delivery *d, struct provider_answer *answer)
{
	enum provider_action action = PROVIDER_KEEP;
	const char *end = buf_str(&d->headers) + d->headers.len;
	for (const char *p = buf_str(&d->headers); action == PROVIDER_KEEP && p < end;) {
		char name[LIMIT_WORD_BYTES];
		char header[LIMIT_WORD_BYTES + 4];
		size_t len = strcspn(p, "\n");
		bool is_one = attribute_of(p, len, name, sizeof(name));
		p += len + 1;
		if (!is_one || is_known(name))
			continue;
		snprintf(header, sizeof(header), "ce-%s", name);
		enum provider_verdict verdict = VERDICT_GENUINE;
		const char *value = common_header(rq, header, &verdict);
		if (verdict == VERDICT_AMBIGUOUS)
			action = common_refuse(answer, 400, "%s is given more than once",
					       header);
		else if (value)
			action = put_value(w, name, value, answer);
	}
	return action;
}

/* JSON as it is, other text as a string, the rest as base64. */
static enum provider_action
put_data(struct json_writer *w, const struct provider_request *rq,
	 const struct delivery *d, struct provider_answer *answer)
{
	struct slice data = delivery_payload(d);
	const char *type = rq->header(rq->arg, "Content-Type");
	if (!str_is_empty(type) && utf8_is_valid(type, strlen(type)))
		json_str(w, "datacontenttype", type);
	if (data.len == 0)
		return PROVIDER_KEEP;
	if (d->form == PAYLOAD_TEXT) {
		auto_buf base64 = BUF_INIT(SIZE_MAX / 2);
		if (utf8_is_valid(data.data, data.len)) {
			json_slice(w, "data", data);
			return PROVIDER_KEEP;
		}
		if (base64_encode(&base64, data.data, data.len) < 0)
			return PROVIDER_ERROR;
		json_slice(w, "data_base64", buf_slice(&base64));
		return PROVIDER_KEEP;
	}
	int rc = json_check(data, NULL);
	if (rc == -ENOMEM)
		return PROVIDER_ERROR;
	if (rc < 0)
		return common_refuse(answer, 400, "The payload is not JSON.");
	json_raw_slice(w, "data", data);
	return PROVIDER_KEEP;
}

/* Makes the structured form of a binary event. */
static enum provider_action
read_binary(const struct provider_request *rq, struct delivery *d,
	    struct provider_answer *answer)
{
	static const char *const required[] = {"specversion", "id", "source", "type"};
	struct json_writer w;
	auto_buf event = BUF_INIT(SIZE_MAX / 2);
	enum provider_action action = content_read_any(rq, d, answer);
	json_begin(&w, &event);
	json_open_object(&w, NULL);
	for (size_t i = 0; action == PROVIDER_KEEP && i < ARRAY_LEN(required); i++)
		action = put_required(&w, rq, required[i], answer);
	if (action == PROVIDER_KEEP)
		action = put_extensions(&w, rq, d, answer);
	if (action == PROVIDER_KEEP)
		action = put_data(&w, rq, d, answer);
	json_close_object(&w);
	if (action != PROVIDER_KEEP)
		return action;
	if (buf_failed(&event))
		return PROVIDER_ERROR;
	buf_done(&d->payload);
	d->payload = event;
	event = BUF_INIT(0);
	d->form = PAYLOAD_FORM;
	return PROVIDER_KEEP;
}

/* --- both ------------------------------------------------------------------------------
 */

static enum provider_action
read_content(const struct provider_request *rq, struct delivery *d,
	     struct provider_answer *answer)
{
	const char *type = rq->header(rq->arg, "Content-Type");
	if (!type || strncasecmp(type, MEDIATYPE, strlen(MEDIATYPE)) != 0)
		return read_binary(rq, d, answer);
	size_t n = strcspn(type, "; \t");
	if (n != strlen(MEDIATYPE "+json") ||
	    strncasecmp(type, MEDIATYPE "+json", n) != 0)
		return common_refuse(answer, 415,
				     "of the structured formats only " MEDIATYPE
				     "+json is known");
	return content_read_any_json(rq, d, answer);
}

/* An id is unique for its source. */
static enum provider_action
set_key(struct json_value event, struct delivery *d)
{
	uint8_t digest[DIGEST_BYTES];
	auto_str source = json_dup_text(json_member(event, "source"));
	auto_str both = source ? str_format("%s\n%s", source, d->sender_id) : NULL;
	auto_buf key = BUF_INIT(LIMIT_SENDER_ID_BYTES);
	if (!both || digest_sha256(both, strlen(both), digest) < 0)
		return PROVIDER_ERROR;
	buf_puts(&key, "id:");
	if (hex_encode(&key, digest, sizeof(digest)) < 0)
		return PROVIDER_ERROR;
	return str_set(&d->dedupe_key, buf_str(&key)) < 0 ? PROVIDER_ERROR
							  : PROVIDER_KEEP;
}

static bool
has_text(struct json_value event, const char *name)
{
	struct json_value v = json_member(event, name);
	return v.kind == JSON_STRING && v.raw.len > 2;
}

static enum provider_action
read_event(struct json_value event, struct delivery *d, struct provider_answer *answer)
{
	static const char *const required[] = {"id", "source", "type"};
	if (!json_is_text(json_member(event, "specversion"), VERSION))
		return common_refuse(answer, 400, "specversion must be " VERSION);
	for (size_t i = 0; i < ARRAY_LEN(required); i++) {
		if (!has_text(event, required[i]))
			return common_refuse(answer, 400, "the event has no \"%s\"",
					     required[i]);
	}
	auto_str subject = json_dup_text(json_member(event, "subject"));
	enum provider_action action =
		common_take_member(event, "type", LIMIT_TYPE_BYTES, &d->type, answer);
	if (action == PROVIDER_KEEP)
		action = common_take_member(event, "id", LIMIT_SENDER_ID_BYTES,
					    &d->sender_id, answer);
	if (action == PROVIDER_KEEP && (!d->type || !d->sender_id))
		action = common_refuse(answer, 400, "type or id is malformed");
	if (action == PROVIDER_KEEP)
		action = common_set_subject(d, subject);
	return action == PROVIDER_KEEP ? set_key(event, d) : action;
}

static enum provider_action
read_request(const struct provider_source *src, const struct provider_request *rq,
	     struct delivery *d, struct provider_answer *answer)
{
	(void)src;
	auto_json_doc doc = NULL;
	enum provider_action action = read_content(rq, d, answer);
	if (action == PROVIDER_KEEP)
		action = common_parse(d, &doc, answer);
	return action == PROVIDER_KEEP ? read_event(json_root(doc), d, answer) : action;
}

/* The headers of a binary event; the structured form does not look at them. */
static int
sign(const struct provider_source *src, const char *type, const char *id,
     struct slice body, int64_t now_us, struct buf *out)
{
	(void)body;
	(void)now_us;
	auto_str made_up = id ? NULL : common_uuid();
	if (!id && !made_up)
		return -ENOMEM;
	int rc = common_put_header(out, "ce-specversion", VERSION);
	if (rc == 0)
		rc = common_put_header(out, "ce-id", id ? id : made_up);
	if (rc == 0)
		rc = common_put_header(out, "ce-source", "forgebridge/send");
	if (rc == 0)
		rc = common_put_header(out, "ce-type", type ? type : "forgebridge.test");
	return rc < 0 ? rc : shown_put(src->data, out);
}

const struct provider provider_cloudevents = {
	.kind = "cloudevents",
	.summary = "any sender of CloudEvents 1.0 over HTTP",
	.options = options,
	.needs_secret = true,
	.headers = "Authorization or `?access_token=`; ce-id, ce-source, ce-type ... in "
		   "binary mode; WebHook-Request-Origin of the handshake",
	.algorithm = "none: a bearer token, compared in constant time. Rules see the "
		     "event as in structured mode (`payload.data`), whichever mode it "
		     "came in; source and id together make a duplicate; batches are "
		     "refused with 415",
	.example = "events: {kind: cloudevents, secret: \"${EVENTS_TOKEN}\", origin: "
		   "eventemitter.example.com}",
	.setup = "The sender's URL ends with `/hooks/events`; its token goes into the "
		 "Authorization header or, where it cannot send one (Azure Event Grid), "
		 "into `?access_token=`. A sender that asks first, with OPTIONS, is "
		 "granted what `origin` and `rate` say.",
	.prepare = prepare,
	.release = shown_release,
	.handshake = handshake,
	.handshake_methods = "OPTIONS",
	.begin = shown_begin,
	.feed = shown_feed,
	.end = shown_end,
	.abort = shown_abort,
	.read = read_request,
	.sign = sign,
	.sign_query = shown_sign_query,
};
