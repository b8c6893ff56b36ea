/*
 * Svix: https://docs.svix.com/receiving/verifying-payloads/how-manual
 * Its libraries take the names of Standard Webhooks, too, and so does this.
 */
#include "provider/id_signature.h"
#include "provider/kinds.h"

static const struct id_headers names[] = {
	{"svix-id", "svix-timestamp", "svix-signature"},
	{"webhook-id", "webhook-timestamp", "webhook-signature"},
	{0},
};

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	return id_signature_prepare(src, conf, names, diags);
}

const struct provider provider_svix = {
	.kind = "svix",
	.summary = "senders that send through Svix",
	.needs_secret = true,
	.headers = "svix-id, svix-timestamp, svix-signature, or webhook-id, "
		   "webhook-timestamp, webhook-signature",
	.algorithm = ID_SIGNATURE_ALGORITHM,
	.example = "svix: {kind: svix, secret: \"${SVIX_SECRET}\"}",
	.setup = "At the sender's page of webhooks: the endpoint URL ends with "
		 "`/hooks/svix`. Its signing secret begins with `whsec_`.",
	.prepare = prepare,
	.release = id_signature_release,
	.begin = id_signature_begin,
	.feed = id_signature_feed,
	.end = id_signature_end,
	.abort = id_signature_abort,
	.read = id_signature_read,
	.sign = id_signature_sign,
};
