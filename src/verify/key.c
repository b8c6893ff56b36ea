#include "verify/key.h"

#include <errno.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/secret.h"

struct key {
	enum key_kind kind;
	bool signs;
	EVP_PKEY *pkey;		/* owned; NULL: a shared secret */
	struct secret material; /* owned */
};

static const struct scheme {
	enum key_kind kind;
	const char *hash; /* NULL: the scheme has its own */
	int padding;	  /* of RSA */
	size_t half;	  /* bytes of each half of an ECDSA signature */
} schemes[] = {
	[SCHEME_HMAC_SHA256] = {KEY_SHARED, "SHA256", 0, 0},
	[SCHEME_HMAC_SHA384] = {KEY_SHARED, "SHA384", 0, 0},
	[SCHEME_HMAC_SHA512] = {KEY_SHARED, "SHA512", 0, 0},
	[SCHEME_RSA_SHA1] = {KEY_RSA, "SHA1", RSA_PKCS1_PADDING, 0},
	[SCHEME_RSA_SHA256] = {KEY_RSA, "SHA256", RSA_PKCS1_PADDING, 0},
	[SCHEME_RSA_SHA384] = {KEY_RSA, "SHA384", RSA_PKCS1_PADDING, 0},
	[SCHEME_RSA_SHA512] = {KEY_RSA, "SHA512", RSA_PKCS1_PADDING, 0},
	[SCHEME_PSS_SHA256] = {KEY_RSA, "SHA256", RSA_PKCS1_PSS_PADDING, 0},
	[SCHEME_PSS_SHA384] = {KEY_RSA, "SHA384", RSA_PKCS1_PSS_PADDING, 0},
	[SCHEME_PSS_SHA512] = {KEY_RSA, "SHA512", RSA_PKCS1_PSS_PADDING, 0},
	[SCHEME_P256_SHA256] = {KEY_P256, "SHA256", 0, 32},
	[SCHEME_P384_SHA384] = {KEY_P384, "SHA384", 0, 48},
	[SCHEME_P521_SHA512] = {KEY_P521, "SHA512", 0, 66},
	[SCHEME_ED25519] = {KEY_ED25519, NULL, 0, 0},
};

/* --- making ----------------------------------------------------------------------------
 */

/* false: not a key that any scheme takes. */
static bool
kind_of(const EVP_PKEY *pkey, enum key_kind *ret_kind)
{
	static const struct {
		const char *name;
		enum key_kind kind;
	} curves[] = {{"prime256v1", KEY_P256},
		      {"secp384r1", KEY_P384},
		      {"secp521r1", KEY_P521}};
	char group[32] = "";
	size_t len = 0;
	int id = EVP_PKEY_get_base_id(pkey);
	if (id == EVP_PKEY_ED25519 ||
	    (id == EVP_PKEY_RSA && EVP_PKEY_get_bits(pkey) >= LIMIT_RSA_LEAST_BITS &&
	     EVP_PKEY_get_bits(pkey) <= LIMIT_RSA_MOST_BITS)) {
		*ret_kind = id == EVP_PKEY_RSA ? KEY_RSA : KEY_ED25519;
		return true;
	}
	if (id != EVP_PKEY_EC ||
	    EVP_PKEY_get_group_name(pkey, group, sizeof(group), &len) != 1)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(curves); i++) {
		if (!str_eq(group, curves[i].name))
			continue;
		*ret_kind = curves[i].kind;
		return true;
	}
	return false;
}

static int
keep_public_pem(struct key *key)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	int rc = -ENOMEM;
	if (bio && PEM_write_bio_PUBKEY(bio, key->pkey) == 1) {
		long len = BIO_get_mem_data(bio, &text);
		rc = len > 0 ? secret_set(&key->material, text, (size_t)len) : -ENOMEM;
	}
	BIO_free(bio);
	return rc;
}

struct key *
key_from_pkey(EVP_PKEY *pkey, bool signs, int *ret_rc)
{
	enum key_kind kind = KEY_RSA;
	*ret_rc = -EINVAL;
	if (!pkey || !kind_of(pkey, &kind)) {
		EVP_PKEY_free(pkey);
		ERR_clear_error();
		return NULL;
	}
	struct key *key = x_new(struct key);
	*ret_rc = -ENOMEM;
	if (!key) {
		EVP_PKEY_free(pkey);
		return NULL;
	}
	key->kind = kind;
	key->signs = signs;
	key->pkey = pkey;
	*ret_rc = keep_public_pem(key);
	if (*ret_rc == 0)
		return key;
	key_free(key);
	return NULL;
}

struct key *
key_from_secret(struct slice secret, int *ret_rc)
{
	*ret_rc = secret.len == 0 ? -EINVAL : -ENOMEM;
	struct key *key = secret.len == 0 ? NULL : x_new(struct key);
	if (!key)
		return NULL;
	key->kind = KEY_SHARED;
	key->signs = true;
	*ret_rc = secret_set(&key->material, secret.data, secret.len);
	if (*ret_rc == 0)
		return key;
	key_free(key);
	return NULL;
}

struct key *
key_from_ed25519(struct slice bytes, bool is_seed, int *ret_rc)
{
	const unsigned char *raw = (const unsigned char *)bytes.data;
	*ret_rc = -EINVAL;
	if (bytes.len != 32)
		return NULL;
	EVP_PKEY *pkey =
		is_seed ? EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, raw, 32)
			: EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw, 32);
	return key_from_pkey(pkey, is_seed, ret_rc);
}

/* An encrypted key has no passphrase here; without this the library asks the terminal. */
static int
no_passphrase(char *out, int size, int rw, void *arg)
{
	(void)out;
	(void)size;
	(void)rw;
	(void)arg;
	return -1;
}

static EVP_PKEY *
read_pem(const char *type, BIO *bio)
{
	if (str_eq(type, "PUBLIC KEY"))
		return PEM_read_bio_PUBKEY(bio, NULL, no_passphrase, NULL);
	if (!str_eq(type, "CERTIFICATE"))
		return PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
	X509 *cert = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL);
	EVP_PKEY *pkey = cert ? X509_get_pubkey(cert) : NULL;
	X509_free(cert);
	return pkey;
}

bool
key_is_pem(struct slice text)
{
	static const char start[] = "-----BEGIN ";
	return memmem(text.data, text.len, start, sizeof(start) - 1) != NULL;
}

struct key *
key_from_pem(struct slice pem, int *ret_rc)
{
	static const char *const types[] = {"CERTIFICATE", "PUBLIC KEY", "PRIVATE KEY"};
	*ret_rc = -EINVAL;
	if (pem.len == 0 || pem.len > LIMIT_SECRET_BYTES)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		BIO *bio = BIO_new_mem_buf(pem.data, (int)pem.len);
		EVP_PKEY *pkey = bio ? read_pem(types[i], bio) : NULL;
		BIO_free(bio);
		ERR_clear_error();
		if (pkey)
			return key_from_pkey(pkey, str_eq(types[i], "PRIVATE KEY"),
					     ret_rc);
	}
	return NULL;
}

void
key_free(struct key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	secret_done(&key->material);
	mem_free(key);
}

enum key_kind
key_kind(const struct key *key)
{
	return key->kind;
}

bool
key_takes(const struct key *key, enum key_scheme scheme)
{
	return schemes[scheme].kind == key->kind;
}

struct slice
key_material(const struct key *key)
{
	return (struct slice){key->material.data, key->material.len};
}

/* --- verifying and signing -------------------------------------------------------------
 */

static const unsigned char *
bytes_of(struct slice s)
{
	static const unsigned char none[1];
	return s.data ? (const unsigned char *)s.data : none;
}

static int
make_hmac(const struct key *key, const struct scheme *s, struct slice message,
	  struct buf *out)
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	if (!HMAC(EVP_get_digestbyname(s->hash), key->material.data,
		  (int)key->material.len, bytes_of(message), message.len, mac, &len))
		return -ENOMEM;
	return buf_append(out, mac, len);
}

/* r and s become the DER form that the library takes; *ret_der is OPENSSL_free'd. */
static int
der_from_halves(size_t half, struct slice halves, unsigned char **ret_der)
{
	const unsigned char *raw = bytes_of(halves);
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw, (int)half, NULL);
	BIGNUM *s = BN_bin2bn(raw + half, (int)half, NULL);
	int len = -1;
	if (sig && r && s && ECDSA_SIG_set0(sig, r, s) == 1) {
		r = NULL;
		s = NULL;
		len = i2d_ECDSA_SIG(sig, ret_der);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(sig);
	return len > 0 ? len : -ENOMEM;
}

static int
halves_from_der(size_t half, struct slice der, struct buf *out)
{
	const unsigned char *p = bytes_of(der);
	unsigned char raw[2 * 66];
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &p, (long)der.len);
	bool ok = sig &&
		  BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, (int)half) == (int)half &&
		  BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + half, (int)half) == (int)half;
	ECDSA_SIG_free(sig);
	return ok ? buf_append(out, raw, 2 * half) : -EIO;
}

static bool
set_padding(EVP_PKEY_CTX *ctx, const struct scheme *s)
{
	if (s->padding == 0)
		return true;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, s->padding) == 1 &&
	       (s->padding != RSA_PKCS1_PSS_PADDING ||
		EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1);
}

static int
verify_pkey(const struct key *key, const struct scheme *s, struct slice message,
	    struct slice signature)
{
	EVP_PKEY_CTX *pctx = NULL;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int rc = -ENOMEM;
	if (ctx &&
	    EVP_DigestVerifyInit_ex(ctx, &pctx, s->hash, NULL, NULL, key->pkey, NULL) ==
		    1 &&
	    set_padding(pctx, s))
		rc = EVP_DigestVerify(ctx, bytes_of(signature), signature.len,
				      bytes_of(message), message.len) == 1
			     ? 0
			     : -EBADMSG;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return rc;
}

static int
verify_halves(const struct key *key, const struct scheme *s, struct slice message,
	      struct slice signature)
{
	unsigned char *der = NULL;
	if (signature.len != 2 * s->half)
		return -EBADMSG;
	int len = der_from_halves(s->half, signature, &der);
	if (len < 0)
		return len;
	int rc = verify_pkey(key, s, message,
			     (struct slice){(const char *)der, (size_t)len});
	OPENSSL_free(der);
	return rc;
}

int
key_verify(const struct key *key, enum key_scheme scheme, struct slice message,
	   struct slice signature)
{
	const struct scheme *s = &schemes[scheme];
	if (s->kind != key->kind)
		return -EBADMSG;
	if (s->half > 0)
		return verify_halves(key, s, message, signature);
	if (key->kind != KEY_SHARED)
		return verify_pkey(key, s, message, signature);
	auto_buf mac = BUF_INIT(EVP_MAX_MD_SIZE);
	int rc = make_hmac(key, s, message, &mac);
	if (rc < 0)
		return rc;
	return secret_equal(mac.data, mac.len, bytes_of(signature), signature.len)
		       ? 0
		       : -EBADMSG;
}

static int
sign_pkey(const struct key *key, const struct scheme *s, struct slice message,
	  struct buf *out)
{
	unsigned char raw[LIMIT_RSA_MOST_BITS / 8];
	size_t len = sizeof(raw);
	EVP_PKEY_CTX *pctx = NULL;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx &&
		  EVP_DigestSignInit_ex(ctx, &pctx, s->hash, NULL, NULL, key->pkey,
					NULL) == 1 &&
		  set_padding(pctx, s) &&
		  EVP_DigestSign(ctx, raw, &len, bytes_of(message), message.len) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	if (!ok)
		return -EIO;
	return s->half > 0 ? halves_from_der(s->half,
					     (struct slice){(const char *)raw, len}, out)
			   : buf_append(out, raw, len);
}

int
key_sign(const struct key *key, enum key_scheme scheme, struct slice message,
	 struct buf *out)
{
	const struct scheme *s = &schemes[scheme];
	if (s->kind != key->kind || !key->signs)
		return -EPERM;
	return key->kind == KEY_SHARED ? make_hmac(key, s, message, out)
				       : sign_pkey(key, s, message, out);
}
