#include "provider/id_signature.h"

#include <errno.h>
#include <string.h>

#include "base/codec.h"
#include "base/mem.h"
#include "provider/common.h"
#include "provider/content.h"
#include "provider/signature.h"
#include "provider/source.h"
#include "verify/ed25519.h"

#define SECRET_PREFIX  "whsec_"
#define PUBLIC_PREFIX  "whpk_"
#define PRIVATE_PREFIX "whsk_"
/* What the specification wants of a secret. */
#define MIN_SECRET_BYTES 24
#define MAX_SECRET_BYTES 64

struct id_source {
	const struct id_headers *sets;		   /* static */
	struct hmac_key *key;			   /* owned; NULL: no secret is for v1 */
	struct ed25519_key *public[LIMIT_SECRETS]; /* owned; for v1a */
	size_t n_public;
	struct ed25519_key *private; /* owned; the first that can sign, NULL: none */
};

struct checking {
	const struct id_source *source; /* borrowed */
	void *signature;		/* owned; NULL: none of v1 to be checked */
	struct signature_list list;	/* of v1a */
	struct buf signed_text;		/* what they cover; empty without any */
};

void
id_signature_release(void *data)
{
	struct id_source *s = data;
	if (!s)
		return;
	hmac_key_free(s->key);
	for (size_t i = 0; i < s->n_public; i++)
		ed25519_key_free(s->public[i]);
	ed25519_key_free(s->private);
	mem_free(s);
}

/* --- secrets ---------------------------------------------------------------------------
 */

/* The bytes of base64. Returns 0, -EINVAL, -ENOMEM. */
static int
decode(const char *base64, struct secret *bytes)
{
	auto_buf out = BUF_INIT(LIMIT_SECRET_BYTES);
	int rc = base64_decode(&out, base64, strlen(base64));
	if (rc == 0 && out.len == 0)
		rc = -EINVAL;
	if (rc == 0)
		rc = secret_set(bytes, out.data, out.len);
	if (out.data)
		explicit_bzero(out.data, out.len);
	return rc;
}

/* whsk_ holds the seed, then the public key. */
static int
add_private(struct id_source *s, const struct secret *bytes)
{
	uint8_t public[ED25519_KEY_BYTES];
	if (bytes->len != ED25519_KEY_BYTES && bytes->len != 2 * ED25519_KEY_BYTES)
		return -EINVAL;
	struct ed25519_key *key = ed25519_key_from_seed((const uint8_t *)bytes->data);
	if (!key)
		return -ENOMEM;
	int rc = ed25519_public(key, public);
	bool is_pair = bytes->len == ED25519_KEY_BYTES ||
		       secret_equal(public, sizeof(public),
				    bytes->data + ED25519_KEY_BYTES, ED25519_KEY_BYTES);
	if (rc == 0 && !is_pair)
		rc = -EINVAL;
	if (rc < 0) {
		ed25519_key_free(key);
		return rc;
	}
	if (!s->private)
		s->private = key;
	else
		ed25519_key_free(key);
	s->public[s->n_public] = ed25519_key_new(public);
	return s->public[s->n_public] ? (s->n_public++, 0) : -ENOMEM;
}

static int
add_public(struct id_source *s, const struct secret *bytes)
{
	if (bytes->len != ED25519_KEY_BYTES)
		return -EINVAL;
	struct ed25519_key *key = ed25519_key_new((const uint8_t *)bytes->data);
	if (!key)
		return -EINVAL;
	s->public[s->n_public++] = key;
	return 0;
}

/* Takes one secret of the configuration; those of v1 are added to keys. */
static int
take_secret(struct id_source *s, const struct secret *given, struct secret *keys,
	    size_t *n_keys)
{
	auto_secret bytes = {0};
	const char *text = given->data;
	bool is_public = str_starts(text, PUBLIC_PREFIX);
	bool is_private = str_starts(text, PRIVATE_PREFIX);
	if (strlen(text) != given->len)
		return -EINVAL;
	if (is_public || is_private)
		text += strlen(PUBLIC_PREFIX);
	else if (str_starts(text, SECRET_PREFIX))
		text += strlen(SECRET_PREFIX);
	int rc = decode(text, &bytes);
	if (rc < 0)
		return rc;
	if (is_public)
		return add_public(s, &bytes);
	if (is_private)
		return add_private(s, &bytes);
	keys[(*n_keys)++] = bytes;
	bytes = (struct secret){0};
	return 0;
}

static void
warn_of_length(const struct conf_source *conf, const struct secret *key,
	       struct diag_list *diags)
{
	if (key->len < MIN_SECRET_BYTES || key->len > MAX_SECRET_BYTES)
		diag_warning(diags, conf->at,
			     "a secret has %zu bytes; Standard Webhooks wants %d to %d",
			     key->len, MIN_SECRET_BYTES, MAX_SECRET_BYTES);
}

int
id_signature_prepare(struct provider_source *src, const struct conf_source *conf,
		     const struct id_headers *sets, struct diag_list *diags)
{
	struct secret keys[LIMIT_SECRETS] = {{0}};
	size_t n = 0;
	struct id_source *s = x_new(struct id_source);
	src->data = s;
	int rc = s ? 0 : -ENOMEM;
	for (size_t i = 0; rc == 0 && i < conf->n_secrets; i++)
		rc = take_secret(s, &conf->secrets[i], keys, &n);
	if (rc == -EINVAL)
		diag_error(diags, conf->at,
			   "a secret is neither \"" SECRET_PREFIX "\" and base64, nor "
			   "base64 alone, nor a key behind \"" PUBLIC_PREFIX
			   "\" or \"" PRIVATE_PREFIX "\"");
	if (rc == 0) {
		s->sets = sets;
		s->key = n > 0 ? hmac_key_new(HMAC_SHA256, keys, n) : NULL;
		rc = n > 0 && !s->key ? -ENOMEM : 0;
	}
	for (size_t i = 0; i < n; i++) {
		warn_of_length(conf, &keys[i], diags);
		secret_done(&keys[i]);
	}
	return rc;
}

/* --- verifying -------------------------------------------------------------------------
 */

static const struct id_headers *
names_in(const struct id_source *s, const struct provider_request *rq)
{
	const struct id_headers *h = s->sets;
	while (h[1].id && rq->header_count(rq->arg, h->id) == 0)
		h++;
	return h;
}

/* Appends "id.time."; a header's text need not outlive the next look-up. */
static enum provider_verdict
put_begin(const struct id_headers *names, const struct provider_request *rq,
	  struct buf *out)
{
	enum provider_verdict verdict = VERDICT_GENUINE;
	const char *id = common_header(rq, names->id, &verdict);
	if (!id)
		return verdict;
	if (strlen(id) > LIMIT_SENDER_ID_BYTES)
		return VERDICT_MALFORMED;
	buf_printf(out, "%s.", id);
	const char *at = common_header(rq, names->time, &verdict);
	if (!at)
		return verdict;
	verdict = signature_time(at, rq->now_us);
	if (verdict == VERDICT_GENUINE && buf_printf(out, "%s.", at) < 0)
		verdict = VERDICT_ERROR;
	return verdict;
}

/* An Ed25519 signature has as many bytes as the longest MAC. */
_Static_assert(ED25519_SIGNATURE_BYTES <= HMAC_MAX_BYTES, "fits into a signature_list");

/* Which signatures there are for the source's keys. */
static enum provider_verdict
read_lists(const struct id_source *s, const char *text, struct signature_list *macs,
	   struct signature_list *signatures)
{
	enum provider_verdict v1 = VERDICT_MALFORMED;
	enum provider_verdict v1a = VERDICT_MALFORMED;
	macs->len = hmac_length(HMAC_SHA256);
	signatures->len = ED25519_SIGNATURE_BYTES;
	if (s->key)
		v1 = signature_list_from(text, " ", "v1,", signature_from_base64, macs);
	if (s->n_public > 0)
		v1a = signature_list_from(text, " ", "v1a,", signature_from_base64,
					  signatures);
	if (v1 == VERDICT_ERROR || v1a == VERDICT_ERROR)
		return VERDICT_ERROR;
	if (signatures->n > LIMIT_KEY_SIGNATURES)
		return VERDICT_MALFORMED;
	if (v1 != VERDICT_GENUINE)
		macs->n = 0;
	if (v1a != VERDICT_GENUINE)
		signatures->n = 0;
	return v1 == VERDICT_GENUINE ? v1 : v1a;
}

static enum provider_verdict
start(struct checking *c, const struct provider_request *rq)
{
	struct signature_list macs = {.n = 0};
	const struct id_headers *names = names_in(c->source, rq);
	enum provider_verdict verdict = put_begin(names, rq, &c->signed_text);
	if (verdict != VERDICT_GENUINE)
		return verdict;
	const char *text = common_header(rq, names->signature, &verdict);
	if (!text)
		return verdict;
	verdict = read_lists(c->source, text, &macs, &c->list);
	if (verdict != VERDICT_GENUINE || macs.n == 0)
		return verdict;
	c->signature = signature_begin_any(c->source->key, &macs, &verdict);
	if (c->signature)
		signature_feed(c->signature, c->signed_text.data, c->signed_text.len);
	return verdict;
}

void *
id_signature_begin(const struct provider_source *src, const struct provider_request *rq,
		   enum provider_verdict *ret_early)
{
	struct checking *c = x_new(struct checking);
	*ret_early = VERDICT_ERROR;
	if (!c)
		return NULL;
	c->source = src->data;
	buf_init(&c->signed_text, SIZE_MAX / 2); /* the body is bounded */
	*ret_early = start(c, rq);
	if (*ret_early == VERDICT_GENUINE)
		return c;
	id_signature_abort(c);
	return NULL;
}

void
id_signature_feed(void *state, const void *data, size_t len)
{
	struct checking *c = state;
	if (c->signature)
		signature_feed(c->signature, data, len);
}

void
id_signature_abort(void *state)
{
	struct checking *c = state;
	if (!c)
		return;
	signature_abort(c->signature);
	buf_done(&c->signed_text);
	mem_free(c);
}

static enum provider_verdict
check_public(struct checking *c, struct slice body)
{
	enum provider_verdict verdict = VERDICT_MISMATCH;
	const struct id_source *s = c->source;
	if (buf_append(&c->signed_text, body.data, body.len) < 0)
		return VERDICT_ERROR;
	for (size_t i = 0; i < c->list.n * s->n_public; i++) {
		const uint8_t *signature =
			c->list.bytes + i / s->n_public * ED25519_SIGNATURE_BYTES;
		int rc = ed25519_verify(s->public[i % s->n_public], c -> signed_text.data,
					c->signed_text.len, signature);
		if (rc == 0)
			return VERDICT_GENUINE;
		if (rc != -EBADMSG)
			verdict = VERDICT_ERROR;
	}
	return verdict;
}

enum provider_verdict
id_signature_end(void *state, const struct provider_request *rq)
{
	struct checking *c = state;
	enum provider_verdict verdict = VERDICT_MISMATCH;
	if (c->signature)
		verdict = signature_end(steal_ptr(&c->signature), rq);
	if (verdict == VERDICT_MISMATCH && c->list.n > 0)
		verdict = check_public(c, rq->body);
	id_signature_abort(c);
	return verdict;
}

/* --- reading and signing ---------------------------------------------------------------
 */

enum provider_action
id_signature_read(const struct provider_source *src, const struct provider_request *rq,
		  struct delivery *d, struct provider_answer *answer)
{
	const struct id_headers *names = names_in(src->data, rq);
	enum provider_action action = common_read_id(rq, names->id, d, answer);
	if (action == PROVIDER_KEEP)
		action = content_read_json(rq, d, answer);
	if (action == PROVIDER_KEEP)
		action =
			common_find_members(d, "type|eventType|event_type", NULL, answer);
	if (action == PROVIDER_KEEP)
		action = common_set_dedupe_key(d);
	return action;
}

static int
put_mac(const struct hmac_key *key, const struct buf *text, struct buf *out)
{
	struct signature_mac mac;
	int rc = signature_make(key, buf_slice(text), &mac);
	if (rc < 0)
		return rc;
	buf_puts(out, " v1,");
	return base64_encode(out, mac.bytes, mac.len);
}

static int
put_ed25519(const struct ed25519_key *key, const struct buf *text, struct buf *out)
{
	uint8_t signature[ED25519_SIGNATURE_BYTES];
	int rc = ed25519_sign(key, text->data, text->len, signature);
	if (rc < 0)
		return rc;
	buf_puts(out, " v1a,");
	return base64_encode(out, signature, sizeof(signature));
}

int
id_signature_sign(const struct provider_source *src, const char *type, const char *id,
		  struct slice body, int64_t now_us, struct buf *out)
{
	(void)type;
	const struct id_source *s = src->data;
	auto_buf text = BUF_INIT(SIZE_MAX / 2);
	auto_str made_up = id ? NULL : common_uuid();
	auto_str at = str_format("%lld", (long long)(now_us / 1000000));
	if ((!id && !made_up) || !at)
		return -ENOMEM;
	if (!s->key && !s->private)
		return -EINVAL; /* a public key signs nothing */
	id = id ? id : made_up;
	buf_printf(&text, "%s.%s.", id, at);
	buf_append(&text, body.data, body.len);
	int rc = buf_failed(&text) ? text.error : common_put_header(out, s->sets->id, id);
	if (rc == 0)
		rc = common_put_header(out, s->sets->time, at);
	buf_printf(out, "%s:", s->sets->signature);
	if (rc == 0 && s->key)
		rc = put_mac(s->key, &text, out);
	if (rc == 0 && s->private)
		rc = put_ed25519(s->private, &text, out);
	return rc < 0 ? rc : buf_putc(out, '\n');
}
