#include "verify/digest.h"

#include <errno.h>
#include <pthread.h>

#include <openssl/evp.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256; /* looked up once: EVP_sha256() is looked up at each use */

static void
fetch(void)
{
	sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
}

int
digest_sha256(const void *data, size_t len, uint8_t ret_digest[DIGEST_BYTES])
{
	pthread_once(&once, fetch);
	if (!sha256)
		return -EIO;
	unsigned n = 0;
	int ok = EVP_Digest(data ? data : "", data ? len : 0, ret_digest, &n, sha256,
			    NULL);
	return ok == 1 && n == DIGEST_BYTES ? 0 : -EIO;
}
