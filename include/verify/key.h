/*
 * Keys that prove who signed a text: a shared secret, or one half of a key pair. What a
 * key is decides which schemes it takes, whatever the text claims.
 */
#ifndef VERIFY_KEY_H
#define VERIFY_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

enum key_kind { KEY_SHARED, KEY_RSA, KEY_P256, KEY_P384, KEY_P521, KEY_ED25519 };

/* ECDSA signatures are r and s, each of the curve's length (RFC 7518, RFC 9421). */
enum key_scheme {
	SCHEME_HMAC_SHA256,
	SCHEME_HMAC_SHA384,
	SCHEME_HMAC_SHA512,
	SCHEME_RSA_SHA1, /* PKCS #1 v1.5; SNS only */
	SCHEME_RSA_SHA256,
	SCHEME_RSA_SHA384,
	SCHEME_RSA_SHA512,
	SCHEME_PSS_SHA256, /* the salt is as long as the hash */
	SCHEME_PSS_SHA384,
	SCHEME_PSS_SHA512,
	SCHEME_P256_SHA256,
	SCHEME_P384_SHA384,
	SCHEME_P521_SHA512,
	SCHEME_ED25519
};

struct key; /* immutable */
typedef struct evp_pkey_st EVP_PKEY;

/* Constructors return NULL with -EINVAL or -ENOMEM in *ret_rc. */
struct key *key_from_secret(struct slice secret, int *ret_rc) MUST_CHECK;
/* A PUBLIC KEY, a CERTIFICATE, or a PRIVATE KEY, which also signs. */
struct key *key_from_pem(struct slice pem, int *ret_rc) MUST_CHECK;
/* 32 bytes: the public key, or the seed of a private one. */
struct key *key_from_ed25519(struct slice bytes, bool is_seed, int *ret_rc) MUST_CHECK;
/* Takes what the library made. */
struct key *key_from_pkey(EVP_PKEY *pkey, bool signs, int *ret_rc) MUST_CHECK;
void key_free(struct key *key);

enum key_kind key_kind(const struct key *key);
/* Whether the text can be taken for PEM. */
bool key_is_pem(struct slice text);
bool key_takes(const struct key *key, enum key_scheme scheme);
/* The shared secret; the public key as PEM. */
struct slice key_material(const struct key *key);

/* Returns 0, -EBADMSG (also when the key does not take the scheme), -ENOMEM. */
int key_verify(const struct key *key, enum key_scheme scheme, struct slice message,
	       struct slice signature) MUST_CHECK;
/* Appends the signature. Returns 0, -EPERM when the key cannot sign so, -ENOMEM, -EIO. */
int key_sign(const struct key *key, enum key_scheme scheme, struct slice message,
	     struct buf *out) MUST_CHECK;

#endif
