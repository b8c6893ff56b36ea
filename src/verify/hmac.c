#include "verify/hmac.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

static const struct {
	const char *name;
	const char *digest; /* OpenSSL's name */
	size_t length;	    /* bytes */
} algorithms[] = {
	[HMAC_SHA1] = {"sha1", "SHA1", 20},
	[HMAC_SHA256] = {"sha256", "SHA256", 32},
	[HMAC_SHA384] = {"sha384", "SHA384", 48},
	[HMAC_SHA512] = {"sha512", "SHA512", 64},
};

struct hmac_key {
	enum hmac_algorithm algorithm;
	size_t n;
	EVP_MAC_CTX *keyed[LIMIT_SECRETS]; /* owned; ready for the first byte */
};

struct hmac {
	const struct hmac_key *key; /* borrowed */
	bool failed;
	EVP_MAC_CTX *running[]; /* owned; one a secret */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MAC *hmac_method;

static void
fetch(void)
{
	hmac_method = EVP_MAC_fetch(NULL, "HMAC", NULL);
}

int
hmac_algorithm_from(const char *name, enum hmac_algorithm *ret_algorithm)
{
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
		if (str_eq(name, algorithms[i].name)) {
			*ret_algorithm = (enum hmac_algorithm)i;
			return 0;
		}
	}
	return -ENOENT;
}

size_t
hmac_length(enum hmac_algorithm algorithm)
{
	return algorithms[algorithm].length;
}

/* A context that holds the secret and waits for the first byte. */
static EVP_MAC_CTX *
keyed_context(enum hmac_algorithm algorithm, const struct secret *s)
{
	char digest[16];
	snprintf(digest, sizeof(digest), "%s", algorithms[algorithm].digest);
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	if (secret_is_empty(s))
		return NULL;
	EVP_MAC_CTX *ctx = EVP_MAC_CTX_new(hmac_method);
	if (ctx &&
	    EVP_MAC_init(ctx, (const unsigned char *)s->data, s->len, params) != 1) {
		EVP_MAC_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}

struct hmac_key *
hmac_key_new(enum hmac_algorithm algorithm, const struct secret *secrets, size_t n)
{
	pthread_once(&once, fetch);
	if (!hmac_method || n == 0 || n > LIMIT_SECRETS)
		return NULL;
	struct hmac_key *key = x_new(struct hmac_key);
	if (!key)
		return NULL;
	key->algorithm = algorithm;
	for (; key->n < n; key->n++) {
		key->keyed[key->n] = keyed_context(algorithm, &secrets[key->n]);
		if (!key->keyed[key->n]) {
			hmac_key_free(key);
			return NULL;
		}
	}
	return key;
}

void
hmac_key_free(struct hmac_key *key)
{
	for (size_t i = 0; key && i < key->n; i++)
		EVP_MAC_CTX_free(key->keyed[i]);
	mem_free(key);
}

struct hmac *
hmac_new(const struct hmac_key *key)
{
	struct hmac *h = mem_alloc(sizeof(*h) + key->n * sizeof(h->running[0]));
	if (!h)
		return NULL;
	h->key = key;
	for (size_t i = 0; i < key->n; i++) {
		h->running[i] = EVP_MAC_CTX_dup(key->keyed[i]);
		if (!h->running[i]) {
			hmac_free(h);
			return NULL;
		}
	}
	return h;
}

void
hmac_free(struct hmac *h)
{
	for (size_t i = 0; h && i < h->key->n; i++)
		EVP_MAC_CTX_free(h->running[i]);
	mem_free(h);
}

void
hmac_update(struct hmac *h, const void *data, size_t len)
{
	for (size_t i = 0; len > 0 && i < h->key->n; i++) {
		if (EVP_MAC_update(h->running[i], data, len) != 1)
			h->failed = true;
	}
}

/* The MAC of secret number i. Returns its length or -EIO. */
static int
final_of(struct hmac *h, size_t i, uint8_t mac[HMAC_MAX_BYTES])
{
	size_t len = 0;
	if (h->failed || EVP_MAC_final(h->running[i], mac, &len, HMAC_MAX_BYTES) != 1 ||
	    len != algorithms[h->key->algorithm].length)
		return -EIO;
	return (int)len;
}

int
hmac_compare_any(struct hmac *h, const void *macs, size_t n, size_t len)
{
	const uint8_t *given = macs;
	unsigned equal = 0;
	for (size_t i = 0; i < h->key->n; i++) {
		uint8_t right[HMAC_MAX_BYTES];
		int bytes = final_of(h, i, right);
		if (bytes < 0)
			return bytes;
		for (size_t j = 0; j < n; j++)
			equal |= secret_equal(given + j * len, len, right, (size_t)bytes);
	}
	return equal != 0 ? 0 : -EBADMSG;
}

int
hmac_compare(struct hmac *h, const void *mac, size_t len)
{
	return hmac_compare_any(h, mac, 1, len);
}

int
hmac_final(struct hmac *h, uint8_t ret_mac[HMAC_MAX_BYTES])
{
	return final_of(h, 0, ret_mac);
}
