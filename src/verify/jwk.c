#include "verify/jwk.h"

#include <errno.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "base/codec.h"
#include "base/json_doc.h"
#include "base/limits.h"
#include "base/mem.h"

#define LIMIT_NUMBER_BYTES (LIMIT_RSA_MOST_BITS / 8)

void
jwk_set_done(struct jwk_set *set)
{
	for (size_t i = 0; i < set->n; i++) {
		key_free(set->keys[i].key);
		str_free(set->keys[i].kid);
		str_free(set->keys[i].alg);
	}
	mem_free(set->keys);
	*set = (struct jwk_set){0};
}

static int
read_bytes(struct json_value jwk, const char *name, struct buf *out)
{
	auto_buf text = BUF_INIT(LIMIT_SECRET_BYTES);
	struct json_value v = json_member(jwk, name);
	if (v.kind != JSON_STRING)
		return -EINVAL;
	int rc = json_text(v, &text);
	if (rc == 0)
		rc = base64_decode(out, buf_str(&text), text.len);
	if (text.data)
		explicit_bzero(text.data, text.len);
	return rc == 0 && out->len == 0 ? -EINVAL : rc;
}

/* --- the library's form ----------------------------------------------------------------
 */

struct parts {
	OSSL_PARAM_BLD *build; /* owned */
	BIGNUM *numbers[3];    /* owned; the builder borrows them */
	size_t n;
};

static void
parts_done(struct parts *p)
{
	OSSL_PARAM_BLD_free(p->build);
	for (size_t i = 0; i < p->n; i++)
		BN_clear_free(p->numbers[i]);
}
#define auto_parts CLEANUP(parts_done) struct parts

static int
push_number(struct parts *p, struct json_value jwk, const char *member, const char *name)
{
	auto_buf bytes = BUF_INIT(LIMIT_NUMBER_BYTES);
	int rc = read_bytes(jwk, member, &bytes);
	if (rc < 0)
		return rc == -ENOMEM ? rc : -EINVAL;
	BIGNUM *number =
		BN_bin2bn((const unsigned char *)buf_str(&bytes), (int)bytes.len, NULL);
	explicit_bzero(bytes.data, bytes.len);
	if (!number)
		return -ENOMEM;
	p->numbers[p->n++] = number;
	return OSSL_PARAM_BLD_push_BN(p->build, name, number) == 1 ? 0 : -ENOMEM;
}

static struct key *
key_of(struct parts *p, const char *type, bool signs, int *ret_rc)
{
	EVP_PKEY *pkey = NULL;
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(p->build);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	if (params && ctx && EVP_PKEY_fromdata_init(ctx) == 1)
		EVP_PKEY_fromdata(ctx, &pkey,
				  signs ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params);
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	ERR_clear_error();
	return key_from_pkey(pkey, signs, ret_rc);
}

static bool
has_private(struct json_value jwk)
{
	return json_member(jwk, "d").kind != JSON_NONE;
}

static struct key *
rsa_key(struct json_value jwk, int *ret_rc)
{
	auto_parts p = {.build = OSSL_PARAM_BLD_new()};
	bool signs = has_private(jwk);
	int rc = p.build ? push_number(&p, jwk, "n", OSSL_PKEY_PARAM_RSA_N) : -ENOMEM;
	if (rc == 0)
		rc = push_number(&p, jwk, "e", OSSL_PKEY_PARAM_RSA_E);
	if (rc == 0 && (BN_is_one(p.numbers[1]) || !BN_is_odd(p.numbers[1])))
		rc = -EINVAL; /* anything would be its own signature */
	if (rc == 0 && signs)
		rc = push_number(&p, jwk, "d", OSSL_PKEY_PARAM_RSA_D);
	*ret_rc = rc;
	return rc < 0 ? NULL : key_of(&p, "RSA", signs, ret_rc);
}

/* The library checks that the point is on the curve. */
static struct key *
ec_key(struct json_value jwk, int *ret_rc)
{
	static const struct {
		const char *crv;
		const char *group;
		size_t bytes;
	} curves[] = {{"P-256", "prime256v1", 32},
		      {"P-384", "secp384r1", 48},
		      {"P-521", "secp521r1", 66}};
	auto_parts p = {.build = OSSL_PARAM_BLD_new()};
	auto_buf point = BUF_INIT(1 + 2 * 66);
	bool signs = has_private(jwk);
	size_t i = 0;
	while (i < ARRAY_LEN(curves) &&
	       !json_is_text(json_member(jwk, "crv"), curves[i].crv))
		i++;
	*ret_rc = p.build ? -EINVAL : -ENOMEM;
	if (i == ARRAY_LEN(curves) || !p.build)
		return NULL;
	auto_buf y = BUF_INIT(66);
	buf_putc(&point, 4); /* not compressed */
	int rc = read_bytes(jwk, "x", &point);
	if (rc == 0)
		rc = read_bytes(jwk, "y", &y);
	if (rc < 0 || point.len != 1 + curves[i].bytes || y.len != curves[i].bytes)
		return NULL;
	if (buf_append(&point, y.data, y.len) < 0 ||
	    !OSSL_PARAM_BLD_push_utf8_string(p.build, OSSL_PKEY_PARAM_GROUP_NAME,
					     curves[i].group, 0) ||
	    !OSSL_PARAM_BLD_push_octet_string(p.build, OSSL_PKEY_PARAM_PUB_KEY,
					      point.data, point.len))
		rc = -ENOMEM;
	if (rc == 0 && signs)
		rc = push_number(&p, jwk, "d", OSSL_PKEY_PARAM_PRIV_KEY);
	*ret_rc = rc;
	return rc < 0 ? NULL : key_of(&p, "EC", signs, ret_rc);
}

static struct key *
okp_key(struct json_value jwk, int *ret_rc)
{
	auto_buf bytes = BUF_INIT(32);
	bool signs = has_private(jwk);
	*ret_rc = -EINVAL;
	if (!json_is_text(json_member(jwk, "crv"), "Ed25519") ||
	    read_bytes(jwk, signs ? "d" : "x", &bytes) < 0)
		return NULL;
	struct key *key = key_from_ed25519(buf_slice(&bytes), signs, ret_rc);
	explicit_bzero(bytes.data, bytes.len);
	return key;
}

static struct key *
oct_key(struct json_value jwk, int *ret_rc)
{
	auto_buf bytes = BUF_INIT(LIMIT_SECRET_BYTES);
	*ret_rc = -EINVAL;
	if (read_bytes(jwk, "k", &bytes) < 0)
		return NULL;
	struct key *key = key_from_secret(buf_slice(&bytes), ret_rc);
	explicit_bzero(bytes.data, bytes.len);
	return key;
}

/* --- sets ------------------------------------------------------------------------------
 */

static const struct {
	const char *kty;
	const char *only_crv; /* NULL: all are known */
	struct key *(*make)(struct json_value jwk, int *ret_rc);
} types[] = {
	{"RSA", NULL, rsa_key},
	{"EC", NULL, ec_key},
	{"OKP", "Ed25519", okp_key},
	{"oct", NULL, oct_key},
};

/* Whether the key is for signatures, as far as it says so. */
static bool
is_for_signing(struct json_value jwk)
{
	struct json_value use = json_member(jwk, "use");
	struct json_value ops = json_member(jwk, "key_ops");
	if (use.kind != JSON_NONE && !json_is_text(use, "sig"))
		return false;
	if (ops.kind == JSON_NONE)
		return true;
	if (ops.kind != JSON_ARRAY)
		return false;
	struct json_value op = json_item(ops, 0);
	for (; op.kind != JSON_NONE; op = json_after(ops, op)) {
		if (json_is_text(op, "verify") || json_is_text(op, "sign"))
			return true;
	}
	return false;
}

/* Takes key. */
static int
keep(struct jwk_set *set, struct key *key, struct json_value jwk)
{
	struct jwk entry = {.key = key};
	struct json_value kid = json_member(jwk, "kid");
	struct json_value alg = json_member(jwk, "alg");
	bool texts = true;
	if (kid.kind == JSON_STRING)
		texts = (entry.kid = json_dup_text(kid)) != NULL;
	if (alg.kind == JSON_STRING)
		texts = (entry.alg = json_dup_text(alg)) != NULL && texts;
	if (texts && set->n < LIMIT_KEYS &&
	    x_reserve(&set->keys, &set->cap, set->n) == 0) {
		set->keys[set->n++] = entry;
		return 0;
	}
	key_free(key);
	str_free(entry.kid);
	str_free(entry.alg);
	return texts && set->n == LIMIT_KEYS ? -E2BIG : -ENOMEM;
}

static int
add_jwk(struct jwk_set *set, struct json_value jwk)
{
	struct json_value kty = json_member(jwk, "kty");
	if (jwk.kind != JSON_OBJECT || kty.kind != JSON_STRING)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		if (!json_is_text(kty, types[i].kty) || !is_for_signing(jwk))
			continue;
		if (types[i].only_crv &&
		    !json_is_text(json_member(jwk, "crv"), types[i].only_crv))
			continue;
		int rc = 0;
		struct key *key = types[i].make(jwk, &rc);
		return key ? keep(set, key, jwk) : rc;
	}
	return 0;
}

static int
add_json(struct jwk_set *set, struct slice text)
{
	auto_json_doc doc = NULL;
	int rc = json_doc_parse(text, &doc, NULL);
	if (rc < 0)
		return rc == -ENOMEM ? rc : -EINVAL;
	struct json_value root = json_root(doc);
	struct json_value keys = json_member(root, "keys");
	if (keys.kind == JSON_NONE)
		return add_jwk(set, root);
	if (keys.kind != JSON_ARRAY)
		return -EINVAL;
	struct json_value jwk = json_item(keys, 0);
	for (; rc == 0 && jwk.kind != JSON_NONE; jwk = json_after(keys, jwk))
		rc = add_jwk(set, jwk);
	return rc;
}

int
jwk_set_add(struct jwk_set *set, struct slice text, const char **ret_problem)
{
	size_t before = set->n;
	int rc = 0;
	if (key_is_pem(text)) {
		struct key *key = key_from_pem(text, &rc);
		rc = key ? keep(set, key, (struct json_value){0}) : rc;
	} else {
		rc = add_json(set, text);
	}
	if (rc == -ENOMEM)
		return rc;
	if (rc == 0 && set->n > before)
		return 0;
	*ret_problem = "holds a key that is malformed or too weak, or is neither a JWKS "
		       "nor a key in PEM";
	if (rc == 0)
		*ret_problem = "holds no key for signatures";
	if (rc == -E2BIG)
		*ret_problem = "holds too many keys";
	return -EINVAL;
}
