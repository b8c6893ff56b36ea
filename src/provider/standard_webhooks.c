/* Any sender that follows https://www.standardwebhooks.com */
#include "provider/id_signature.h"
#include "provider/kinds.h"

static const struct id_headers names[] = {
	{"webhook-id", "webhook-timestamp", "webhook-signature"},
	{0},
};

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	return id_signature_prepare(src, conf, names, diags);
}

const struct provider provider_standard_webhooks = {
	.kind = "standard-webhooks",
	.summary = "any sender that follows Standard Webhooks",
	.needs_secret = true,
	.headers = "webhook-id, webhook-timestamp, webhook-signature",
	.algorithm = ID_SIGNATURE_ALGORITHM,
	.example = "events: {kind: standard-webhooks, secret: \"${EVENTS_SECRET}\"}",
	.setup = "The type of an event is the body's type (or eventType, event_type); an "
		 "event without one has the type \"\".",
	.prepare = prepare,
	.release = id_signature_release,
	.begin = id_signature_begin,
	.feed = id_signature_feed,
	.end = id_signature_end,
	.abort = id_signature_abort,
	.read = id_signature_read,
	.sign = id_signature_sign,
};
