/*
 * Linear: https://linear.app/developers/webhooks
 * The body is signed with its time in it, webhookTimestamp in milliseconds. A body
 * without one is taken, as Linear's own library does.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"
#include "provider/common.h"
#include "provider/fields.h"
#include "provider/kinds.h"
#include "provider/plain_hmac.h"
#include "provider/signature.h"
#include "provider/source.h"

#define MAX_WINDOW_S 86400 /* as long as a delivery is known by its body */

struct checking {
	void *signature; /* owned; signature_begin */
	uint32_t window_s;
};

static const struct plain_hmac scheme = {
	.signature_header = "Linear-Signature",
	.prefix = "",
	.type_header = "Linear-Event",
	.id_header = "Linear-Delivery",
	.type = "Issue",
};

static const struct provider_option options[] = {
	{"window", false, NULL, "60",
	 "seconds that webhookTimestamp may be away from now, either way, at most 86400. "
	 "Linear repeats after 1 min, 1 h and 6 h, and its documentation does not say "
	 "whether with a new time",
	 SHAPE_NAME},
	{0},
};

static int
window_of(const struct provider_source *src, uint32_t *ret_s)
{
	return parse_u32(source_option(src, "window"), 1, MAX_WINDOW_S, ret_s);
}

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	uint32_t window_s = 0;
	if (window_of(src, &window_s) < 0) {
		diag_error(diags, conf->at,
			   "window must be a number of seconds from 1 to %d",
			   MAX_WINDOW_S);
		return -EINVAL;
	}
	return plain_hmac_prepare(src, conf, &scheme);
}

static void
abort_state(void *state)
{
	struct checking *c = state;
	if (!c)
		return;
	signature_abort(c->signature);
	mem_free(c);
}

static void *
begin(const struct provider_source *src, const struct provider_request *rq,
      enum provider_verdict *ret_early)
{
	void *signature = plain_hmac_begin(src, rq, ret_early);
	if (!signature)
		return NULL;
	struct checking *c = x_new(struct checking);
	if (!c || window_of(src, &c->window_s) < 0) {
		signature_abort(signature);
		mem_free(c);
		*ret_early = VERDICT_ERROR;
		return NULL;
	}
	c->signature = signature;
	return c;
}

static void
feed(void *state, const void *data, size_t len)
{
	struct checking *c = state;
	signature_feed(c->signature, data, len);
}

/* What is no JSON has no time; reading refuses it. */
static enum provider_verdict
check_time(struct slice body, int64_t now_us, uint32_t window_s)
{
	auto_json_doc doc = NULL;
	int rc = json_doc_parse(body, &doc, NULL);
	if (rc < 0)
		return rc == -ENOMEM ? VERDICT_ERROR : VERDICT_GENUINE;
	struct json_value at = json_member(json_root(doc), "webhookTimestamp");
	if (at.kind == JSON_NONE)
		return VERDICT_GENUINE;
	int64_t at_ms = 0;
	auto_str text = at.kind == JSON_NUMBER ? json_dup_text(at) : NULL;
	if (!text || parse_i64(text, 0, LIMIT_UNIX_SECONDS * 1000, &at_ms) < 0)
		return VERDICT_MALFORMED;
	int64_t drift_us = now_us - at_ms * 1000;
	return llabs(drift_us) <= window_s * 1000000LL ? VERDICT_GENUINE : VERDICT_STALE;
}

static enum provider_verdict
end(void *state, const struct provider_request *rq)
{
	struct checking *c = state;
	enum provider_verdict verdict = signature_end(steal_ptr(&c->signature), rq);
	if (verdict == VERDICT_GENUINE)
		verdict = check_time(rq->body, rq->now_us, c->window_s);
	abort_state(c);
	return verdict;
}

/* Anything but 200 is a failure to Linear. */
static enum provider_action
read_request(const struct provider_source *src, const struct provider_request *rq,
	     struct delivery *d, struct provider_answer *answer)
{
	enum provider_action action = plain_hmac_read(src, rq, d, answer);
	if (action == PROVIDER_KEEP)
		answer->status = 200;
	return action;
}

const struct provider provider_linear = {
	.kind = "linear",
	.summary = "Linear",
	.options = options,
	.needs_secret = true,
	.headers = "Linear-Signature, Linear-Event, Linear-Delivery",
	.algorithm = "HMAC-SHA256 over the raw body, hex; the body's webhookTimestamp "
		     "within a minute. Answered 200",
	.deadline = "5 s",
	.example = "linear: {kind: linear, secret: \"${LINEAR_SECRET}\"}",
	.setup = "At Settings, API, Webhooks: the URL ends with `/hooks/linear`; the "
		 "signing secret is shown on the webhook's page.",
	.prepare = prepare,
	.release = plain_hmac_release,
	.begin = begin,
	.feed = feed,
	.end = end,
	.abort = abort_state,
	.read = read_request,
	.sign = plain_hmac_sign,
};
