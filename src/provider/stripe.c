/*
 * Stripe: https://docs.stripe.com/webhooks#verify-manually
 * "t=SECONDS,v1=HEX,v1=HEX,v0=..." over "t.body"; the secret counts with its "whsec_".
 * v0 is what Stripe adds to test events; it proves nothing.
 */
#include <errno.h>
#include <string.h>

#include "base/codec.h"
#include "provider/common.h"
#include "provider/content.h"
#include "provider/kinds.h"
#include "provider/signature.h"
#include "provider/source.h"

#define SIGNATURE_HEADER "Stripe-Signature"
#define SEPARATORS	 ", "

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

/* The one entry "t=..."; NULL when there is none, more than one, or no memory. */
static char *
find_time(const char *text)
{
	auto_str found = NULL;
	for (const char *p = text; *p; p += strspn(p, SEPARATORS)) {
		size_t n = strcspn(p, SEPARATORS);
		if (str_starts(p, "t=")) {
			if (found)
				return NULL;
			found = str_ndup(p + 2, n - 2);
		}
		p += n;
	}
	return steal_ptr(&found);
}

static void *
begin(const struct provider_source *src, const struct provider_request *rq,
      enum provider_verdict *ret_early)
{
	struct signature_list list = {.len = hmac_length(HMAC_SHA256)};
	const char *text = common_header(rq, SIGNATURE_HEADER, ret_early);
	if (!text)
		return NULL;
	auto_str at = find_time(text);
	*ret_early = at ? signature_list_from(text, SEPARATORS, "v1=", signature_from_hex,
					      &list)
			: VERDICT_MALFORMED;
	if (*ret_early == VERDICT_GENUINE)
		*ret_early = signature_time(at, rq->now_us);
	void *state = *ret_early == VERDICT_GENUINE
			      ? signature_begin_any(src->data, &list, ret_early)
			      : NULL;
	if (!state)
		return NULL;
	signature_feed(state, at, strlen(at));
	signature_feed(state, ".", 1);
	return state;
}

static enum provider_action
read_request(const struct provider_source *src, const struct provider_request *rq,
	     struct delivery *d, struct provider_answer *answer)
{
	(void)src;
	enum provider_action action = content_read_json(rq, d, answer);
	if (action == PROVIDER_KEEP)
		action = common_read_members(d, "type", "id", answer);
	if (action == PROVIDER_KEEP)
		action = common_set_dedupe_key(d);
	return action;
}

/* Type and id stand in the body, so there is no place for other ones. */
static int
sign(const struct provider_source *src, const char *type, const char *id,
     struct slice body, int64_t now_us, struct buf *out)
{
	(void)type;
	(void)id;
	uint8_t mac[HMAC_MAX_BYTES];
	auto_str begin = str_format("%lld.", (long long)(now_us / 1000000));
	struct hmac *h = begin ? hmac_new(src->data) : NULL;
	if (!h)
		return -ENOMEM;
	hmac_update(h, begin, strlen(begin));
	hmac_update(h, body.data, body.len);
	int n = hmac_final(h, mac);
	hmac_free(h);
	if (n < 0)
		return n;
	buf_printf(out, SIGNATURE_HEADER ": t=%lld,v1=", (long long)(now_us / 1000000));
	hex_encode(out, mac, (size_t)n);
	return buf_putc(out, '\n');
}

const struct provider provider_stripe = {
	.kind = "stripe",
	.summary = "Stripe",
	.needs_secret = true,
	.headers = SIGNATURE_HEADER,
	.algorithm =
		"HMAC-SHA256 over \"time.body\", hex, behind \"v1=\", one or several "
		"in a list, within 5 minutes; type and id are the body's",
	.example = "stripe: {kind: stripe, secret: \"${STRIPE_SECRET}\"}",
	.setup = "At Workbench, Webhooks, an event destination: the endpoint URL ends "
		 "with `/hooks/stripe`. Its signing secret begins with `whsec_` and is "
		 "taken as it is.",
	.prepare = prepare,
	.release = release,
	.begin = begin,
	.feed = signature_feed,
	.end = signature_end,
	.abort = signature_abort,
	.read = read_request,
	.sign = sign,
};
