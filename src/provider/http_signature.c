/*
 * HTTP Message Signatures (RFC 9421) with Content-Digest (RFC 9530). A signature covers
 * the body only by covering Content-Digest, so that one must be there for every body and
 * is computed again; whether it has to be covered is the source's `covered` to say.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "base/mem.h"
#include "provider/common.h"
#include "provider/generic.h"
#include "provider/kinds.h"
#include "provider/sf.h"
#include "provider/source.h"
#include "provider/whole.h"
#include "verify/digest.h"
#include "verify/key.h"

#define SIGNED_BY_US "\"@method\" \"content-digest\""

struct http_source {
	struct key *keys[LIMIT_SECRETS]; /* owned */
	size_t n;
	const char *key_id; /* as is what follows borrowed of the source; NULL: any */
	const char *covered;
	const char *scheme;
	struct generic_names names;
};

static const struct provider_option options[] = {
	{"covered", false, NULL, NULL,
	 "components that every signature has to cover, separated by blanks; without "
	 "`content-digest` among them the body is not protected",
	 SHAPE_TEXT},
	{"key_id", false, NULL, NULL,
	 "the `keyid` of signatures that count; others are passed over", SHAPE_NAME},
	{"scheme", false, "https|http", "https",
	 "of the URL that senders use, for `@scheme` and `@target-uri`", SHAPE_NAME},
	GENERIC_OPTIONS,
	{0},
};

static const struct {
	const char *name;
	enum key_scheme scheme;
} algorithms[] = {
	{"rsa-pss-sha512", SCHEME_PSS_SHA512}, /* of RSA keys, when none is named */
	{"rsa-v1_5-sha256", SCHEME_RSA_SHA256},	   {"hmac-sha256", SCHEME_HMAC_SHA256},
	{"ecdsa-p256-sha256", SCHEME_P256_SHA256}, {"ed25519", SCHEME_ED25519},
};

/* --- keys ------------------------------------------------------------------------------
 */

static void
release(void *data)
{
	struct http_source *s = data;
	for (size_t i = 0; s && i < s->n; i++)
		key_free(s->keys[i]);
	mem_free(s);
}

/* "ed25519:BASE64" is a public key; PEM is PEM; anything else is a shared secret. */
static struct key *
read_key(const struct secret *secret, int *ret_rc)
{
	static const char prefix[] = "ed25519:";
	struct slice text = {secret->data, secret->len};
	if (key_is_pem(text))
		return key_from_pem(text, ret_rc);
	if (!str_starts(secret->data, prefix))
		return key_from_secret(text, ret_rc);
	auto_buf raw = BUF_INIT(KIB);
	size_t skip = sizeof(prefix) - 1;
	int rc = base64_decode(&raw, text.data + skip, text.len - skip);
	*ret_rc = rc == -ENOMEM ? rc : -EINVAL;
	return rc < 0 ? NULL : key_from_ed25519(buf_slice(&raw), false, ret_rc);
}

/* The algorithm of that name that the key takes; without a name the first. */
static bool
choose(const struct key *key, struct slice name, size_t *ret_i)
{
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
		if (!key_takes(key, algorithms[i].scheme) ||
		    (name.data && !slice_eq_str(name, algorithms[i].name)))
			continue;
		*ret_i = i;
		return true;
	}
	return false;
}

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	struct http_source *s = x_new(struct http_source);
	size_t any = 0;
	if (!s)
		return -ENOMEM;
	src->data = s;
	s->covered = source_option(src, "covered");
	s->key_id = source_option(src, "key_id");
	s->scheme = source_option(src, "scheme");
	generic_names_init(&s->names, src);
	for (; s->n < conf->n_secrets; s->n++) {
		int rc = 0;
		struct key *key = read_key(&conf->secrets[s->n], &rc);
		if (key && choose(key, (struct slice){0}, &any)) {
			s->keys[s->n] = key;
			continue;
		}
		key_free(key);
		if (rc != -ENOMEM)
			diag_error(diags, conf->at,
				   "a secret is a key that is malformed, too weak or of "
				   "a kind that signs no requests");
		return rc == -ENOMEM ? rc : -EINVAL;
	}
	if (!s->covered)
		diag_warning(diags, conf->at,
			     "without \"covered\" signatures need not cover the body; "
			     "set it to \"@method @path content-digest\"");
	return 0;
}

/* --- Content-Digest --------------------------------------------------------------------
 */

/* Every digest of a kind that is known must fit, and there must be one. */
static enum provider_verdict
check_digest(const struct provider_request *rq)
{
	enum provider_verdict verdict = VERDICT_NO_SIGNATURE;
	const char *text = common_header(rq, "Content-Digest", &verdict);
	if (!text && verdict == VERDICT_NO_SIGNATURE && rq->body.len == 0)
		return VERDICT_GENUINE;
	if (!text)
		return verdict;
	struct slice rest = slice_of(text);
	struct sf_member m;
	bool found = false;
	int rc = 0;
	while ((rc = sf_next_member(&rest, &m)) == 1) {
		uint8_t due[DIGEST_MAX_BYTES];
		auto_buf given = BUF_INIT(KIB);
		bool is_512 = slice_eq_str(m.key, "sha-512");
		if (!is_512 && !slice_eq_str(m.key, "sha-256"))
			continue;
		size_t len = is_512 ? DIGEST_MAX_BYTES : DIGEST_BYTES;
		if (sf_bytes(m.value, &given) < 0)
			return VERDICT_MALFORMED;
		rc = is_512 ? digest_sha512(rq->body.data, rq->body.len, due)
			    : digest_sha256(rq->body.data, rq->body.len, due);
		if (rc < 0)
			return VERDICT_ERROR;
		if (!secret_equal(given.data, given.len, due, len))
			return VERDICT_MISMATCH;
		found = true;
	}
	return rc == 0 && found ? VERDICT_GENUINE : VERDICT_MALFORMED;
}

/* --- the signature base ----------------------------------------------------------------
 */

/* In lower case, without the port that the scheme has anyway. */
static bool
put_authority(const struct http_source *s, const struct provider_request *rq,
	      struct buf *out)
{
	enum provider_verdict verdict = VERDICT_ERROR;
	const char *host = common_header(rq, "Host", &verdict);
	if (!host)
		return false;
	size_t len = strlen(host);
	const char *port = str_eq(s->scheme, "https") ? ":443" : ":80";
	if (str_ends(host, port))
		len -= strlen(port);
	for (size_t i = 0; i < len; i++)
		buf_putc(out, (char)tolower((unsigned char)host[i]));
	return true;
}

static void
put_target(const struct provider_request *rq, struct buf *out)
{
	buf_append(out, rq->path.data, rq->path.len);
	if (rq->query.len > 0) {
		buf_putc(out, '?');
		buf_append(out, rq->query.data, rq->query.len);
	}
}

static bool
put_query_param(const struct provider_request *rq, struct slice params, struct buf *out)
{
	struct slice name;
	auto_buf plain = BUF_INIT(DEFAULT_URI_BYTES);
	auto_buf value = BUF_INIT(DEFAULT_URI_BYTES);
	if (sf_parameter(params, "name", &name) < 0 || !name.data ||
	    url_decode(&plain, name.data, name.len, false) < 0 ||
	    form_count(rq->query.data, rq->query.len, buf_str(&plain)) != 1 ||
	    form_get(&value, rq->query.data, rq->query.len, buf_str(&plain)) < 0)
		return false;
	return url_encode(out, buf_str(&value), value.len) == 0;
}

/* false: not a component that is known here, or not in the request. */
static bool
put_derived(const struct http_source *s, const struct provider_request *rq,
	    struct slice name, struct buf *out)
{
	if (slice_eq_str(name, "@method"))
		return buf_puts(out, rq->method) == 0;
	if (slice_eq_str(name, "@authority"))
		return put_authority(s, rq, out);
	if (slice_eq_str(name, "@scheme"))
		return buf_puts(out, s->scheme) == 0;
	if (slice_eq_str(name, "@path"))
		return buf_append(out, rq->path.data, rq->path.len) == 0;
	if (slice_eq_str(name, "@query")) {
		buf_putc(out, '?');
		buf_append(out, rq->query.data, rq->query.len);
		return true;
	}
	bool whole = slice_eq_str(name, "@target-uri");
	if (!whole && !slice_eq_str(name, "@request-target"))
		return false;
	if (whole)
		buf_printf(out, "%s://", s->scheme);
	if (whole && !put_authority(s, rq, out))
		return false;
	put_target(rq, out);
	return true;
}

static enum provider_verdict
put_component(const struct http_source *s, const struct provider_request *rq,
	      struct slice name, struct slice params, struct buf *out)
{
	enum provider_verdict verdict = VERDICT_MALFORMED;
	buf_printf(out, "\"%.*s\"%.*s: ", (int)name.len, name.data, (int)params.len,
		   params.data ? params.data : "");
	if (slice_eq_str(name, "@query-param"))
		return put_query_param(rq, params, out) ? VERDICT_GENUINE : verdict;
	if (params.len > 0)
		return verdict; /* sf, bs, key, req, tr: not known here */
	if (name.data[0] == '@')
		return put_derived(s, rq, name, out) ? VERDICT_GENUINE : verdict;
	auto_str header = str_ndup(name.data, name.len);
	for (char *p = header; p && *p; p++) {
		if (isupper((unsigned char)*p))
			return VERDICT_MALFORMED;
	}
	const char *value = header ? common_header(rq, header, &verdict) : NULL;
	if (!value)
		return header ? verdict : VERDICT_ERROR;
	struct slice text = {value, strlen(value)};
	while (text.len > 0 &&
	       (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t'))
		text.len--;
	return buf_append(out, text.data, text.len) == 0 ? VERDICT_GENUINE
							 : VERDICT_ERROR;
}

/* Whether the lines of base begin with one of that component. */
static bool
has_line(const struct buf *base, const char *name, size_t len)
{
	for (const char *p = buf_str(base); *p; p += strcspn(p, "\n"), p += *p == '\n') {
		if (*p == '"' && strncmp(p + 1, name, len) == 0 &&
		    strncmp(p + 1 + len, "\": ", 3) == 0)
			return true;
	}
	return false;
}

static bool
covers_enough(const char *covered, const struct buf *base)
{
	for (const char *p = covered ? covered : ""; *p;) {
		size_t n = strcspn(p, " ");
		if (n > 0 && !has_line(base, p, n))
			return false;
		p += n + strspn(p + n, " ");
	}
	return true;
}

/* The base of what input covers; *ret_params are what stands behind its list. */
static enum provider_verdict
make_base(const struct http_source *s, const struct provider_request *rq,
	  struct slice input, struct buf *out, struct slice *ret_params)
{
	struct slice rest = {input.data + 1, input.len - 1};
	struct slice name;
	struct slice params;
	int rc = 0;
	if (input.data[0] != '(')
		return VERDICT_MALFORMED;
	while ((rc = sf_next_item(&rest, &name, &params)) == 1) {
		if (params.len == 0 && has_line(out, name.data, name.len))
			return VERDICT_MALFORMED;
		enum provider_verdict v = put_component(s, rq, name, params, out);
		if (v != VERDICT_GENUINE)
			return v;
		buf_putc(out, '\n');
	}
	if (rc < 0)
		return VERDICT_MALFORMED;
	if (!covers_enough(s->covered, out))
		return VERDICT_MISMATCH;
	*ret_params = rest;
	buf_printf(out, "\"@signature-params\": %.*s", (int)input.len, input.data);
	return buf_failed(out) ? VERDICT_ERROR : VERDICT_GENUINE;
}

/* --- verification ----------------------------------------------------------------------
 */

static int
read_time(struct slice params, const char *name, int64_t *ret_s)
{
	struct slice v;
	int rc = sf_parameter(params, name, &v);
	if (rc < 0)
		return rc;
	auto_str text = str_ndup(v.data ? v.data : "", v.len);
	if (!text)
		return -ENOMEM;
	return parse_i64(text, 0, LIMIT_UNIX_SECONDS, ret_s) < 0 ? -EINVAL : 0;
}

static enum provider_verdict
check_times(struct slice params, int64_t now_us)
{
	int64_t now_s = now_us / 1000000;
	int64_t created = 0;
	int64_t expires = INT64_MAX;
	int rc = read_time(params, "expires", &expires);
	if (read_time(params, "created", &created) < 0 || (rc < 0 && rc != -ENOENT))
		return VERDICT_MALFORMED;
	if (created < now_s - SIGNATURE_WINDOW_S ||
	    created > now_s + SIGNATURE_WINDOW_S || expires < now_s)
		return VERDICT_STALE;
	return VERDICT_GENUINE;
}

static enum provider_verdict
verify_with_keys(const struct http_source *s, struct slice alg, struct slice base,
		 struct slice signature)
{
	for (size_t i = 0; i < s->n; i++) {
		size_t a = 0;
		if (!choose(s->keys[i], alg, &a))
			continue;
		int rc = key_verify(s->keys[i], algorithms[a].scheme, base, signature);
		if (rc != -EBADMSG)
			return rc == 0 ? VERDICT_GENUINE : VERDICT_ERROR;
	}
	return VERDICT_MISMATCH;
}

/* One signature: what it covers, and the bytes of the same label. */
static enum provider_verdict
verify_one(const struct http_source *s, const struct provider_request *rq,
	   struct slice input, struct slice bytes)
{
	auto_buf base = BUF_INIT(LIMIT_HEADER_BYTES);
	auto_buf signature = BUF_INIT(LIMIT_SIGNED_BYTES);
	struct slice params = {0};
	struct slice alg = {0};
	struct slice id = {0};
	enum provider_verdict v = make_base(s, rq, input, &base, &params);
	if (v != VERDICT_GENUINE)
		return v;
	int rc = sf_parameter(params, "alg", &alg);
	if (rc == -EINVAL || (rc == 0 && !alg.data) || sf_bytes(bytes, &signature) < 0)
		return VERDICT_MALFORMED;
	if (s->key_id &&
	    (sf_parameter(params, "keyid", &id) < 0 || !slice_eq_str(id, s->key_id)))
		return VERDICT_MISMATCH;
	v = verify_with_keys(s, alg, buf_slice(&base), buf_slice(&signature));
	return v == VERDICT_GENUINE ? check_times(params, rq->now_us) : v;
}

/* The value of the only member of that key; false: not there, or not the only one. */
static bool
find_member(const char *text, struct slice key, struct slice *ret_value)
{
	struct slice rest = slice_of(text);
	struct sf_member m;
	size_t n = 0;
	int rc = 0;
	while ((rc = sf_next_member(&rest, &m)) == 1) {
		if (slice_eq(m.key, key) && n++ == 0)
			*ret_value = m.value;
	}
	return rc == 0 && n == 1;
}

/* Proxies add signatures of their own: one that is right is enough. */
static enum provider_verdict
verify_any(const struct http_source *s, const struct provider_request *rq,
	   const char *inputs, const char *signatures)
{
	struct slice rest = slice_of(inputs);
	struct sf_member m;
	enum provider_verdict verdict = VERDICT_MALFORMED;
	size_t n = 0;
	int rc = 0;
	while ((rc = sf_next_member(&rest, &m)) == 1 && n++ < LIMIT_SIGNATURES) {
		struct slice bytes;
		struct slice only;
		if (!find_member(signatures, m.key, &bytes) ||
		    !find_member(inputs, m.key, &only))
			return VERDICT_MALFORMED;
		verdict = verify_one(s, rq, m.value, bytes);
		if (verdict == VERDICT_GENUINE || verdict == VERDICT_ERROR)
			return verdict;
	}
	return rc < 0 ? VERDICT_MALFORMED : verdict;
}

static enum provider_verdict
end(void *state, const struct provider_request *rq)
{
	const struct http_source *s = whole_end(state)->data;
	enum provider_verdict verdict = VERDICT_ERROR;
	if (rq->header_count(rq->arg, "Signature-Input") > 1)
		return VERDICT_AMBIGUOUS;
	auto_str inputs = str_dup(common_header(rq, "Signature-Input", &verdict));
	if (!inputs)
		return verdict;
	auto_str signatures = str_dup(common_header(rq, "Signature", &verdict));
	if (!signatures)
		return verdict;
	verdict = verify_any(s, rq, inputs, signatures);
	return verdict == VERDICT_GENUINE ? check_digest(rq) : verdict;
}

static enum provider_action
read_request(const struct provider_source *src, const struct provider_request *rq,
	     struct delivery *d, struct provider_answer *answer)
{
	const struct http_source *s = src->data;
	return generic_read(&s->names, rq, d, answer);
}

/* --- signing ---------------------------------------------------------------------------
 */

/* Of the request only the method and the body are known here. */
static int
sign(const struct provider_source *src, const char *type, const char *id,
     struct slice body, int64_t now_us, struct buf *out)
{
	const struct http_source *s = src->data;
	uint8_t digest[DIGEST_BYTES];
	auto_buf digest_text = BUF_INIT(KIB);
	auto_buf params = BUF_INIT(KIB);
	auto_buf base = BUF_INIT(4 * KIB);
	auto_buf signature = BUF_INIT(LIMIT_SIGNED_BYTES);
	size_t a = 0;
	int rc = generic_put(&s->names, type, id, out);
	if (rc < 0)
		return rc;
	rc = digest_sha256(body.data, body.len, digest);
	if (rc < 0 || !choose(s->keys[0], (struct slice){0}, &a))
		return -EIO;
	base64_encode(&digest_text, digest, sizeof(digest));
	buf_printf(&params, "(" SIGNED_BY_US ");created=%lld",
		   (long long)(now_us / 1000000));
	if (s->key_id)
		buf_printf(&params, ";keyid=\"%s\"", s->key_id);
	buf_printf(&base,
		   "\"@method\": POST\n\"content-digest\": sha-256=:%s:\n"
		   "\"@signature-params\": %s",
		   buf_str(&digest_text), buf_str(&params));
	rc = key_sign(s->keys[0], algorithms[a].scheme, buf_slice(&base), &signature);
	if (rc < 0)
		return rc == -EPERM ? -EINVAL : rc;
	buf_printf(out, "Content-Digest: sha-256=:%s:\nSignature-Input: sig=%s\n",
		   buf_str(&digest_text), buf_str(&params));
	buf_puts(out, "Signature: sig=:");
	base64_encode(out, signature.data, signature.len);
	return buf_puts(out, ":\n");
}

const struct provider provider_http_signature = {
	.kind = "http-signature",
	.summary = "any sender that signs requests by RFC 9421",
	.options = options,
	.needs_secret = true,
	.headers = "Signature-Input, Signature, Content-Digest",
	.algorithm = "HTTP Message Signatures: hmac-sha256, ed25519, rsa-pss-sha512, "
		     "rsa-v1_5-sha256, ecdsa-p256-sha256, each only with a key of its "
		     "type; created within 5 minutes",
	.example = "peers: {kind: http-signature, secret: \"${PEERS_KEY}\", covered: "
		   "\"@method content-digest\", type: peer}",
	.setup = "The secret is a public key in PEM, `ed25519:` and a public key of 32 "
		 "bytes in base64, or else a shared secret. `created` must be there, "
		 "`expires` is kept to. A body needs a Content-Digest (sha-256 or "
		 "sha-512) that fits; name `content-digest` in `covered`, or anybody in "
		 "between may change both. Behind a proxy that changes Host or the path, "
		 "do not let senders cover `@authority`, `@target-uri` or `@path`. "
		 "Components with the parameters sf, bs, key, req and tr are refused. "
		 "`send` signs the method and Content-Digest, with a private key in PEM "
		 "or a shared secret.",
	.prepare = prepare,
	.release = release,
	.begin = whole_begin,
	.feed = whole_feed,
	.end = end,
	.abort = whole_abort,
	.read = read_request,
	.sign = sign,
};
