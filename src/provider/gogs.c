/*
 * Gogs. https://gogs.io/docs/features/webhook
 * It sends one delivery of a repository after the other, so a slow answer holds up the
 * next.
 */
#include "provider/kinds.h"
#include "provider/payload_hmac.h"

static const struct plain_hmac scheme = {
	.signature_header = "X-Gogs-Signature",
	.prefix = "",
	.type_header = "X-Gogs-Event",
	.id_header = "X-Gogs-Delivery",
	.type = "push",
};

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	(void)diags;
	return plain_hmac_prepare(src, conf, &scheme);
}

const struct provider provider_gogs = {
	.kind = "gogs",
	.summary = "Gogs",
	.needs_secret = true,
	.headers = "X-Gogs-Signature, X-Gogs-Event, X-Gogs-Delivery",
	.algorithm = PAYLOAD_HMAC_ALGORITHM,
	.fields = PAYLOAD_HMAC_FIELDS,
	.example = "gogs: {kind: gogs, secret: \"${GOGS_SECRET}\"}",
	.setup = "At the repository or organization, Settings, Webhooks, Gogs: the "
		 "payload URL ends with `/hooks/gogs`, the content type is "
		 "application/json (a form is taken, too).",
	.prepare = prepare,
	.release = plain_hmac_release,
	.begin = payload_hmac_begin,
	.feed = payload_hmac_feed,
	.end = payload_hmac_end,
	.abort = payload_hmac_abort,
	.read = payload_hmac_read,
	.normalise = payload_hmac_normalise,
	.sign = payload_hmac_sign,
};
