#include "verify/digest.h"

#include <errno.h>
#include <pthread.h>

#include <openssl/evp.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
/* looked up once: EVP_sha256() is looked up at each use */
static EVP_MD *sha256;
static EVP_MD *sha512;

static void
fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
	sha512 = EVP_MD_fetch(NULL, "SHA512", NULL);
}

static int
digest(const EVP_MD *md, const void *data, size_t len, uint8_t *ret_digest, size_t due)
{
	unsigned n = 0;
	if (!md)
		return -EIO;
	int ok = EVP_Digest(data ? data : "", data ? len : 0, ret_digest, &n, md, NULL);
	return ok == 1 && n == due ? 0 : -EIO;
}

int
digest_sha256(const void *data, size_t len, uint8_t ret_digest[DIGEST_BYTES])
{
	pthread_once(&once, fetch);
	return digest(sha256, data, len, ret_digest, DIGEST_BYTES);
}

int
digest_sha512(const void *data, size_t len, uint8_t ret_digest[DIGEST_MAX_BYTES])
{
	pthread_once(&once, fetch);
	return digest(sha512, data, len, ret_digest, DIGEST_MAX_BYTES);
}
