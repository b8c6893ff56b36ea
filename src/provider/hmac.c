/* Any sender that puts an HMAC over the raw body into one header. */
#include <errno.h>

#include "base/codec.h"
#include "base/mem.h"
#include "provider/common.h"
#include "provider/generic.h"
#include "provider/kinds.h"
#include "provider/signature.h"
#include "provider/source.h"

struct hmac_source {
	struct hmac_key *key; /* owned */
	const char *header;   /* borrowed from the source */
	const char *prefix;
	struct generic_names names;
	size_t mac_bytes;
	bool is_hex;
	bool is_url; /* base64url */
};

static const struct provider_option options[] = {
	{"header", false, NULL, "X-Signature", "the header that holds the signature",
	 SHAPE_HEADER},
	{"algorithm", false, "sha1|sha256|sha384|sha512", "sha256",
	 "the hash of the HMAC", SHAPE_TEXT},
	{"encoding", false, "hex|base64|base64url", "hex",
	 "how the signature is written; hex in either case, base64 in either alphabet",
	 SHAPE_TEXT},
	{"prefix", false, NULL, "",
	 "what stands before the signature, for example \"sha256=\"", SHAPE_TEXT},
	GENERIC_OPTIONS,
	{0},
};

static void
release(void *data)
{
	struct hmac_source *h = data;
	if (!h)
		return;
	hmac_key_free(h->key);
	mem_free(h);
}

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	(void)diags;
	struct hmac_source *h = x_new(struct hmac_source);
	if (!h)
		return -ENOMEM;
	src->data = h;
	enum hmac_algorithm algorithm = HMAC_SHA256;
	if (hmac_algorithm_from(source_option(src, "algorithm"), &algorithm) < 0)
		return -EINVAL;
	h->key = hmac_key_new(algorithm, conf->secrets, conf->n_secrets);
	h->mac_bytes = hmac_length(algorithm);
	h->is_hex = str_eq(source_option(src, "encoding"), "hex");
	h->is_url = str_eq(source_option(src, "encoding"), "base64url");
	h->header = source_option(src, "header");
	h->prefix = source_option(src, "prefix");
	generic_names_init(&h->names, src);
	return h->key ? 0 : -ENOMEM;
}

static void *
begin(const struct provider_source *src, const struct provider_request *rq,
      enum provider_verdict *ret_early)
{
	const struct hmac_source *h = src->data;
	const char *text = common_header(rq, h->header, ret_early);
	if (!text)
		return NULL;
	struct signature_mac mac;
	*ret_early = h->is_hex
			     ? signature_from_any_hex(text, h->prefix, h->mac_bytes, &mac)
			     : signature_from_base64(text, h->prefix, h->mac_bytes, &mac);
	if (*ret_early != VERDICT_GENUINE)
		return NULL;
	return signature_begin(h->key, &mac, ret_early);
}

static enum provider_action
read_request(const struct provider_source *src, const struct provider_request *rq,
	     struct delivery *d, struct provider_answer *answer)
{
	const struct hmac_source *h = src->data;
	return generic_read(&h->names, rq, d, answer);
}

static int
sign(const struct provider_source *src, const char *type, const char *id,
     struct slice body, int64_t now_us, struct buf *out)
{
	(void)now_us;
	const struct hmac_source *h = src->data;
	struct signature_mac mac;
	int rc = signature_make(h->key, body, &mac);
	if (rc == 0)
		rc = generic_put(&h->names, type, id, out);
	if (rc < 0)
		return rc;
	buf_printf(out, "%s: %s", h->header, h->prefix);
	if (h->is_hex)
		hex_encode(out, mac.bytes, mac.len);
	else if (h->is_url)
		base64url_encode(out, mac.bytes, mac.len);
	else
		base64_encode(out, mac.bytes, mac.len);
	return buf_putc(out, '\n');
}

const struct provider provider_hmac = {
	.kind = "hmac",
	.summary = "any sender that signs the body with an HMAC",
	.options = options,
	.needs_secret = true,
	.headers = "as configured",
	.algorithm = "HMAC-SHA1, -SHA256, -SHA384 or -SHA512 over the raw body",
	.example = "forum: {kind: hmac, secret: \"${FORUM_SECRET}\", header: "
		   "X-Discourse-Event-Signature, prefix: \"sha256=\", id_header: "
		   "X-Discourse-Event-Id, type_header: X-Discourse-Event}",
	.setup = "The sender's documentation says what it signs and how it writes the "
		 "signature. Capture one request with its headers, and `forgebridge "
		 "verify "
		 "--kind hmac --option header=...` says whether the options are right.",
	.prepare = prepare,
	.release = release,
	.begin = begin,
	.feed = signature_feed,
	.end = signature_end,
	.abort = signature_abort,
	.read = read_request,
	.sign = sign,
};
