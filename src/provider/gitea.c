/*
 * Gitea. https://docs.gitea.com/usage/webhooks
 * It also sends the headers of Gogs and GitHub; only its own count. Without a secret they
 * are there and empty.
 */
#include "provider/kinds.h"
#include "provider/payload_hmac.h"

static const struct plain_hmac scheme = {
	.signature_header = "X-Gitea-Signature",
	.prefix = "",
	.type_header = "X-Gitea-Event",
	.id_header = "X-Gitea-Delivery",
	.type = "push",
};

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	(void)diags;
	return plain_hmac_prepare(src, conf, &scheme);
}

const struct provider provider_gitea = {
	.kind = "gitea",
	.summary = "Gitea",
	.needs_secret = true,
	.methods = PAYLOAD_HMAC_METHODS,
	.headers = "X-Gitea-Signature, X-Gitea-Event, X-Gitea-Delivery",
	.algorithm = PAYLOAD_HMAC_ALGORITHM,
	.deadline = "5 s",
	.fields = PAYLOAD_HMAC_FIELDS,
	.example = "gitea: {kind: gitea, secret: \"${GITEA_SECRET}\"}",
	.setup = "At the repository or organization, Settings, Webhooks, Gitea: the "
		 "target URL ends with `/hooks/gitea`; POST with application/json (a "
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
