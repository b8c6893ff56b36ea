/*
 * Shopify: https://shopify.dev/docs/apps/build/webhooks/subscribe/https
 * The HMAC is written in base64. X-Shopify-Webhook-Id stays over the repeats.
 */
#include "provider/common.h"
#include "provider/kinds.h"
#include "provider/plain_hmac.h"
#include "provider/signature.h"

static const struct plain_hmac scheme = {
	.signature_header = "X-Shopify-Hmac-SHA256",
	.prefix = "",
	.type_header = "X-Shopify-Topic",
	.id_header = "X-Shopify-Webhook-Id",
	.type = "orders/create",
	.base64 = true,
};

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	(void)diags;
	return plain_hmac_prepare(src, conf, &scheme);
}

static enum provider_action
read_request(const struct provider_source *src, const struct provider_request *rq,
	     struct delivery *d, struct provider_answer *answer)
{
	enum provider_action action = plain_hmac_read(src, rq, d, answer);
	if (action == PROVIDER_KEEP)
		action = common_set_subject(d,
					    rq->header(rq->arg, "X-Shopify-Shop-Domain"));
	return action;
}

const struct provider provider_shopify = {
	.kind = "shopify",
	.summary = "Shopify",
	.needs_secret = true,
	.headers = "X-Shopify-Hmac-SHA256, X-Shopify-Topic, X-Shopify-Webhook-Id; "
		   "X-Shopify-Shop-Domain is the subject",
	.algorithm = "HMAC-SHA256 over the raw body, base64",
	.deadline = "5 s",
	.example = "shop: {kind: shopify, secret: \"${SHOPIFY_SECRET}\"}",
	.setup = "The subscription's URI, in the app's configuration or through the "
		 "Admin API, ends with `/hooks/shop`. The secret is the app's client "
		 "secret; for webhooks made in the shop's admin it is shown below their "
		 "list.",
	.prepare = prepare,
	.release = plain_hmac_release,
	.begin = plain_hmac_begin,
	.feed = signature_feed,
	.end = signature_end,
	.abort = signature_abort,
	.read = read_request,
	.sign = plain_hmac_sign,
};
