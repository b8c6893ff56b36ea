/*
 * Forgejo, also Codeberg. https://forgejo.org/docs/latest/user/webhooks/
 * It also sends the headers of Gitea, Gogs and GitHub; only its own count.
 */
#include "provider/kinds.h"
#include "provider/payload_hmac.h"

static const struct plain_hmac scheme = {
	.signature_header = "X-Forgejo-Signature",
	.prefix = "",
	.type_header = "X-Forgejo-Event",
	.id_header = "X-Forgejo-Delivery",
	.type = "push",
};

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	(void)diags;
	return plain_hmac_prepare(src, conf, &scheme);
}

const struct provider provider_forgejo = {
	.kind = "forgejo",
	.summary = "Forgejo, also Codeberg",
	.needs_secret = true,
	.methods = PAYLOAD_HMAC_METHODS,
	.headers = "X-Forgejo-Signature, X-Forgejo-Event, X-Forgejo-Delivery",
	.algorithm = PAYLOAD_HMAC_ALGORITHM,
	.deadline = "5 s",
	.fields = PAYLOAD_HMAC_FIELDS,
	.example = "forgejo: {kind: forgejo, secret: \"${FORGEJO_SECRET}\"}",
	.setup = "At the repository or organization, Settings, Webhooks, Forgejo: the "
		 "target URL ends with `/hooks/forgejo`; POST with application/json (a "
		 "form and GET are taken, too; a GET only as long as its payload fits "
		 "into a URL of 8 KiB).",
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
