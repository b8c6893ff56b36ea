#include "verify/ed25519.h"

#include <errno.h>
#include <stdbool.h>

#include <openssl/evp.h>

#include "base/mem.h"

struct ed25519_key {
	EVP_PKEY *key; /* owned */
	bool signs;
};

/* Takes what the library made. */
static struct ed25519_key *
key_of(EVP_PKEY *made, bool signs)
{
	struct ed25519_key *key = made ? x_new(struct ed25519_key) : NULL;
	if (!key) {
		EVP_PKEY_free(made);
		return NULL;
	}
	*key = (struct ed25519_key){made, signs};
	return key;
}

struct ed25519_key *
ed25519_key_new(const uint8_t public_key[ED25519_KEY_BYTES])
{
	return key_of(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, public_key,
						  ED25519_KEY_BYTES),
		      false);
}

struct ed25519_key *
ed25519_key_from_seed(const uint8_t seed[ED25519_KEY_BYTES])
{
	return key_of(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed,
						   ED25519_KEY_BYTES),
		      true);
}

void
ed25519_key_free(struct ed25519_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->key);
	mem_free(key);
}

int
ed25519_public(const struct ed25519_key *key, uint8_t ret_public[ED25519_KEY_BYTES])
{
	size_t len = ED25519_KEY_BYTES;
	int ok = EVP_PKEY_get_raw_public_key(key->key, ret_public, &len);
	return ok == 1 && len == ED25519_KEY_BYTES ? 0 : -EIO;
}

static const unsigned char *
bytes_of(const void *message)
{
	static const unsigned char none[1];
	return message ? message : none;
}

int
ed25519_verify(const struct ed25519_key *key, const void *message, size_t len,
	       const uint8_t signature[ED25519_SIGNATURE_BYTES])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	if (!ctx || EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key->key) != 1) {
		EVP_MD_CTX_free(ctx);
		return -ENOMEM;
	}
	int ok = EVP_DigestVerify(ctx, signature, ED25519_SIGNATURE_BYTES,
				  bytes_of(message), len);
	EVP_MD_CTX_free(ctx);
	return ok == 1 ? 0 : -EBADMSG;
}

int
ed25519_sign(const struct ed25519_key *key, const void *message, size_t len,
	     uint8_t ret_signature[ED25519_SIGNATURE_BYTES])
{
	if (!key->signs)
		return -EPERM;
	size_t n = ED25519_SIGNATURE_BYTES;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	if (!ctx || EVP_DigestSignInit(ctx, NULL, NULL, NULL, key->key) != 1) {
		EVP_MD_CTX_free(ctx);
		return -ENOMEM;
	}
	int ok = EVP_DigestSign(ctx, ret_signature, &n, bytes_of(message), len);
	EVP_MD_CTX_free(ctx);
	return ok == 1 && n == ED25519_SIGNATURE_BYTES ? 0 : -EIO;
}
