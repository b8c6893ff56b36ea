/* Any sender that puts an HMAC over the raw body into one header. */
#include <ctype.h>
#include <errno.h>

#include "base/codec.h"
#include "base/mem.h"
#include "provider/common.h"
#include "provider/generic.h"
#include "provider/kinds.h"
#include "provider/signature.h"
#include "provider/source.h"

enum hmac_encoding {
	ENCODING_HEX,
	ENCODING_UPPER_HEX,
	ENCODING_BASE64,
	ENCODING_BASE64URL
};
static const char *const encodings[] = {"hex", "upper-hex", "base64", "base64url"};

struct hmac_source {
	struct hmac_key *key; /* owned */
	const char *header;   /* borrowed from the source */
	const char *prefix;
	struct generic_names names;
	size_t mac_bytes;
	enum hmac_encoding encoding;
};

static const struct provider_option options[] = {
	{"header", false, NULL, "X-Signature", "the header that holds the signature",
	 SHAPE_HEADER},
	{"algorithm", false, "sha1|sha256|sha384|sha512", "sha256",
	 "the hash of the HMAC", SHAPE_TEXT},
	{"encoding", false, "hex|upper-hex|base64|base64url", "hex",
	 "how the signature is written: hex in lower case, or in upper case; base64 is "
	 "read "
	 "in either alphabet",
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

static enum hmac_encoding
encoding_of(const char *name)
{
	size_t i = 0;
	while (i + 1 < ARRAY_LEN(encodings) && !str_eq(encodings[i], name))
		i++;
	return (enum hmac_encoding)i;
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
	h->encoding = encoding_of(source_option(src, "encoding"));
	h->header = source_option(src, "header");
	h->prefix = source_option(src, "prefix");
	generic_names_init(&h->names, src);
	return h->key ? 0 : -ENOMEM;
}

static enum provider_verdict
read_mac(const struct hmac_source *h, const char *text, struct signature_mac *ret_mac)
{
	switch (h->encoding) {
	case ENCODING_HEX:
		return signature_from_hex(text, h->prefix, h->mac_bytes, ret_mac);
	case ENCODING_UPPER_HEX:
		return signature_from_upper_hex(text, h->prefix, h->mac_bytes, ret_mac);
	case ENCODING_BASE64:
	case ENCODING_BASE64URL:
		break;
	}
	return signature_from_base64(text, h->prefix, h->mac_bytes, ret_mac);
}

static void
put_mac(const struct hmac_source *h, const struct signature_mac *mac, struct buf *out)
{
	size_t begin = out->len;
	switch (h->encoding) {
	case ENCODING_HEX:
	case ENCODING_UPPER_HEX:
		hex_encode(out, mac->bytes, mac->len);
		break;
	case ENCODING_BASE64:
		base64_encode(out, mac->bytes, mac->len);
		break;
	case ENCODING_BASE64URL:
		base64url_encode(out, mac->bytes, mac->len);
		break;
	}
	for (size_t i = begin; h->encoding == ENCODING_UPPER_HEX && i < out->len; i++)
		out->data[i] = (char)toupper((unsigned char)out->data[i]);
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
	*ret_early = read_mac(h, text, &mac);
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
	put_mac(h, &mac, out);
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
