/*
 * What is done where:
 * - libjwt verifies HS, RS and ES with the key that was chosen here, and refuses headers
 *   and claims with duplicate members. (jwt_add_headers_json and jwt_add_grants_json do,
 *   whatever the algorithm.) It knows neither PS nor EdDSA nor key sets, and its base64
 *   skips over what is no base64.
 * - OpenSSL verifies PS and EdDSA (verify/key.h) and makes keys of JWKs (verify/jwk.h).
 * - This file checks the form before any of them sees the token: three parts, canonical
 *   base64url, an algorithm that the table knows and the key's type takes; and the claims
 *   after them.
 */
#include "verify/jwt.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jwt.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/json_doc.h"
#include "base/limits.h"

/* There is no "none". The secret of an HMAC is at least as long as its hash (RFC 7518
 * section 3.2). */
static const struct algorithm {
	const char *name;
	enum key_scheme scheme;
	jwt_alg_t libjwt; /* JWT_ALG_NONE: it does not know this one */
	size_t least;	  /* bytes of a shared secret */
} algorithms[] = {
	{"HS256", SCHEME_HMAC_SHA256, JWT_ALG_HS256, 32},
	{"HS384", SCHEME_HMAC_SHA384, JWT_ALG_HS384, 48},
	{"HS512", SCHEME_HMAC_SHA512, JWT_ALG_HS512, 64},
	{"RS256", SCHEME_RSA_SHA256, JWT_ALG_RS256, 0},
	{"RS384", SCHEME_RSA_SHA384, JWT_ALG_RS384, 0},
	{"RS512", SCHEME_RSA_SHA512, JWT_ALG_RS512, 0},
	{"PS256", SCHEME_PSS_SHA256, JWT_ALG_NONE, 0},
	{"PS384", SCHEME_PSS_SHA384, JWT_ALG_NONE, 0},
	{"PS512", SCHEME_PSS_SHA512, JWT_ALG_NONE, 0},
	{"ES256", SCHEME_P256_SHA256, JWT_ALG_ES256, 0},
	{"ES384", SCHEME_P384_SHA384, JWT_ALG_ES384, 0},
	{"ES512", SCHEME_P521_SHA512, JWT_ALG_ES512, 0},
	{"EdDSA", SCHEME_ED25519, JWT_ALG_NONE, 0},
};

struct token {
	struct slice whole;   /* borrowed */
	struct slice covered; /* header and payload with the point between */
	struct buf header;    /* owned, as is what follows */
	struct buf payload;
	struct buf signature;
	struct json_doc *header_doc;
	struct json_doc *payload_doc;
	const struct algorithm *algorithm;
	char *kid; /* NULL: none */
};

static void
token_done(struct token *t)
{
	json_doc_free(t->header_doc);
	json_doc_free(t->payload_doc);
	buf_done(&t->header);
	buf_done(&t->payload);
	buf_done(&t->signature);
	str_free(t->kid);
}
#define auto_token CLEANUP(token_done) struct token

/* --- the form --------------------------------------------------------------------------
 */

/* Only what encoding the result gives again: no padding, no stray bits, one alphabet. */
static int
decode_part(struct slice part, struct buf *out)
{
	auto_buf again = BUF_INIT(LIMIT_JWT_BYTES);
	int rc = part.len > 0 ? base64_decode(out, part.data, part.len) : -EINVAL;
	if (rc == 0)
		rc = base64url_encode(&again, out->data, out->len);
	if (rc == 0 && !slice_eq(buf_slice(&again), part))
		rc = -EINVAL;
	return rc == -ENOMEM ? rc : rc < 0 ? -EINVAL : 0;
}

static int
split(struct slice text, struct token *t)
{
	if (text.len == 0 || text.len > LIMIT_JWT_BYTES)
		return -EINVAL;
	const char *first = memchr(text.data, '.', text.len);
	const char *last = memrchr(text.data, '.', text.len);
	if (!first || first == last || memchr(first + 1, '.', (size_t)(last - first - 1)))
		return -EINVAL;
	const char *end = text.data + text.len;
	t->whole = text;
	t->covered = (struct slice){text.data, (size_t)(last - text.data)};
	int rc = decode_part((struct slice){text.data, (size_t)(first - text.data)},
			     &t->header);
	if (rc == 0)
		rc = decode_part((struct slice){first + 1, (size_t)(last - first - 1)},
				 &t->payload);
	if (rc == 0)
		rc = decode_part((struct slice){last + 1, (size_t)(end - last - 1)},
				 &t->signature);
	return rc;
}

/* An object without duplicate members, at any depth. */
static int
parse_object(const struct buf *text, int (*add)(jwt_t *, const char *),
	     struct json_doc **ret_doc)
{
	struct json_doc *doc = NULL;
	int rc = json_doc_parse(buf_slice(text), &doc, NULL);
	if (rc < 0)
		return rc == -ENOMEM ? rc : -EINVAL;
	*ret_doc = doc;
	if (json_root(doc).kind != JSON_OBJECT || strlen(text->data) != text->len)
		return -EINVAL;
	jwt_t *jwt = NULL;
	rc = jwt_new(&jwt) == 0 ? 0 : -ENOMEM;
	if (rc == 0)
		rc = add(jwt, text->data) == 0 ? 0 : -EINVAL;
	jwt_free(jwt);
	return rc;
}

/* Of the header only alg, typ and kid are understood; what the others bring (jku, jwk,
 * x5c ...) is not looked at, and so brings no key in. */
static int
read_header(struct token *t)
{
	int rc = parse_object(&t->header, jwt_add_headers_json, &t->header_doc);
	if (rc < 0)
		return rc;
	struct json_value header = json_root(t->header_doc);
	struct json_value typ = json_member(header, "typ");
	struct json_value kid = json_member(header, "kid");
	auto_str type = typ.kind == JSON_STRING ? json_dup_text(typ) : NULL;
	if (typ.kind != JSON_NONE && !str_case_eq(type, "JWT"))
		return -EINVAL;
	if (json_member(header, "crit").kind != JSON_NONE ||
	    json_member(header, "b64").kind != JSON_NONE)
		return -EINVAL;
	if (kid.kind != JSON_NONE && kid.kind != JSON_STRING)
		return -EINVAL;
	if (kid.kind == JSON_STRING && !(t->kid = json_dup_text(kid)))
		return -ENOMEM;
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
		if (json_is_text(json_member(header, "alg"), algorithms[i].name))
			t->algorithm = &algorithms[i];
	}
	return t->algorithm ? 0 : -EINVAL;
}

/* --- the signature ---------------------------------------------------------------------
 */

static bool
fits(const struct algorithm *a, const char *kid, const struct jwk *jwk)
{
	if (jwk->kid && kid && !str_eq(jwk->kid, kid))
		return false;
	if (jwk->alg && !str_eq(jwk->alg, a->name))
		return false;
	return key_takes(jwk->key, a->scheme) && key_material(jwk->key).len >= a->least;
}

static int
verify_with_libjwt(const struct token *t, const struct key *key)
{
	auto_str text = str_ndup(t->whole.data, t->whole.len);
	struct slice material = key_material(key);
	jwt_t *jwt = NULL;
	if (!text)
		return -ENOMEM;
	int rc = jwt_decode(&jwt, text, (const unsigned char *)material.data,
			    (int)material.len);
	bool right = rc == 0 && jwt_get_alg(jwt) == t->algorithm->libjwt;
	jwt_free(jwt);
	if (rc == ENOMEM)
		return -ENOMEM;
	return right ? 0 : -EBADMSG;
}

static int
verify_signature(const struct jwk_set *set, const struct token *t)
{
	for (size_t i = 0; i < set->n; i++) {
		const struct jwk *jwk = &set->keys[i];
		if (!fits(t->algorithm, t->kid, jwk))
			continue;
		int rc = t->algorithm->libjwt != JWT_ALG_NONE
				 ? verify_with_libjwt(t, jwk->key)
				 : key_verify(jwk->key, t->algorithm->scheme, t->covered,
					      buf_slice(&t->signature));
		if (rc != -EBADMSG)
			return rc;
	}
	return -EBADMSG;
}

/* --- the claims ------------------------------------------------------------------------
 */

/* Seconds; a fraction is cut off. Returns 0, -ENOENT, -EINVAL. */
static int
read_date(struct json_value claims, const char *name, int64_t *ret_s)
{
	struct json_value v = json_member(claims, name);
	char digits[16] = "";
	size_t n = 0;
	if (v.kind == JSON_NONE)
		return -ENOENT;
	while (n < v.raw.len && v.raw.data[n] >= '0' && v.raw.data[n] <= '9')
		n++;
	if (v.kind != JSON_NUMBER || n == 0 || n >= sizeof(digits) ||
	    memchr(v.raw.data, 'e', v.raw.len) || memchr(v.raw.data, 'E', v.raw.len))
		return -EINVAL;
	memcpy(digits, v.raw.data, n);
	return parse_i64(digits, 0, LIMIT_UNIX_SECONDS, ret_s) == 0 ? 0 : -EINVAL;
}

static int
check_times(struct json_value claims, int64_t now_us)
{
	int64_t now_s = now_us / 1000000;
	int64_t exp = 0;
	int64_t nbf = 0;
	int64_t iat = 0;
	int nbf_rc = read_date(claims, "nbf", &nbf);
	int iat_rc = read_date(claims, "iat", &iat);
	if (read_date(claims, "exp", &exp) < 0 || nbf_rc == -EINVAL || iat_rc == -EINVAL)
		return -EINVAL;
	if (now_s >= exp + JWT_LEEWAY_S || now_s < nbf - JWT_LEEWAY_S ||
	    now_s < iat - JWT_LEEWAY_S)
		return -ETIME;
	return 0;
}

/* A list holds each of its texts. */
static bool
claim_is(struct json_value v, const char *text)
{
	struct json_value item = v.kind == JSON_ARRAY ? json_item(v, 0) : v;
	while (item.kind != JSON_NONE) {
		bool scalar = item.kind == JSON_NUMBER || item.kind == JSON_TRUE ||
			      item.kind == JSON_FALSE;
		if (json_is_text(item, text) || (scalar && slice_eq_str(item.raw, text)))
			return true;
		if (v.kind != JSON_ARRAY)
			return false;
		item = json_after(v, item);
	}
	return false;
}

static int
check_claims(struct json_value claims, const struct jwt_rules *rules)
{
	struct json_value aud = json_member(claims, "aud");
	if (rules->issuer && !json_is_text(json_member(claims, "iss"), rules->issuer))
		return -EPERM;
	if (rules->audience ? !claim_is(aud, rules->audience) : aud.kind != JSON_NONE)
		return -EPERM;
	for (size_t i = 0; i < rules->n_claims; i++) {
		const struct jwt_claim *c = &rules->claims[i];
		if (!claim_is(json_member(claims, c->name), c->value))
			return -EPERM;
	}
	return 0;
}

int
jwt_verify(const struct jwk_set *set, const struct jwt_rules *rules, struct slice token,
	   int64_t now_us)
{
	auto_token t = {.header = BUF_INIT(LIMIT_JWT_BYTES),
			.payload = BUF_INIT(LIMIT_JWT_BYTES),
			.signature = BUF_INIT(LIMIT_JWT_BYTES)};
	int rc = split(token, &t);
	if (rc == 0)
		rc = read_header(&t);
	if (rc == 0)
		rc = parse_object(&t.payload, jwt_add_grants_json, &t.payload_doc);
	if (rc == 0)
		rc = verify_signature(set, &t);
	if (rc == 0)
		rc = check_times(json_root(t.payload_doc), now_us);
	if (rc == 0)
		rc = check_claims(json_root(t.payload_doc), rules);
	return rc;
}

/* --- making ----------------------------------------------------------------------------
 */

static const struct algorithm *
algorithm_of(const struct jwk *jwk)
{
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
		if (fits(&algorithms[i], NULL, jwk))
			return &algorithms[i];
	}
	return NULL;
}

static void
put_header(const struct algorithm *a, const char *kid, struct buf *out)
{
	auto_buf json = BUF_INIT(LIMIT_JWT_BYTES);
	struct json_writer w;
	json_begin(&w, &json);
	json_open_object(&w, NULL);
	json_str(&w, "alg", a->name);
	json_str(&w, "typ", "JWT");
	json_opt_str(&w, "kid", kid);
	json_close_object(&w);
	base64url_encode(out, json.data, json.len);
}

static void
put_payload(const struct jwt_rules *rules, int64_t now_us, struct buf *out)
{
	auto_buf json = BUF_INIT(LIMIT_JWT_BYTES);
	struct json_writer w;
	json_begin(&w, &json);
	json_open_object(&w, NULL);
	json_opt_str(&w, "iss", rules->issuer);
	json_opt_str(&w, "aud", rules->audience);
	json_int(&w, "iat", now_us / 1000000);
	json_int(&w, "exp", now_us / 1000000 + JWT_LIFE_S);
	for (size_t i = 0; i < rules->n_claims; i++)
		json_str(&w, rules->claims[i].name, rules->claims[i].value);
	json_close_object(&w);
	base64url_encode(out, json.data, json.len);
}

int
jwt_make(const struct jwk_set *set, const struct jwt_rules *rules, int64_t now_us,
	 struct buf *out)
{
	const struct algorithm *a = algorithm_of(&set->keys[0]);
	auto_buf text = BUF_INIT(LIMIT_JWT_BYTES);
	auto_buf signature = BUF_INIT(LIMIT_JWT_BYTES);
	if (!a)
		return -EPERM;
	put_header(a, set->keys[0].kid, &text);
	buf_putc(&text, '.');
	put_payload(rules, now_us, &text);
	if (buf_failed(&text))
		return -ENOMEM;
	int rc = key_sign(set->keys[0].key, a->scheme, buf_slice(&text), &signature);
	if (rc < 0)
		return rc;
	buf_append(out, text.data, text.len);
	buf_putc(out, '.');
	return base64url_encode(out, signature.data, signature.len);
}
