#include "verify/token.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/mem.h"
#include "verify/digest.h"

struct token_set {
	size_t n;
	uint8_t digests[LIMIT_SECRETS][DIGEST_BYTES];
};

struct token_set *
token_set_new(const struct secret *secrets, size_t n)
{
	if (n == 0 || n > LIMIT_SECRETS)
		return NULL;
	struct token_set *set = x_new(struct token_set);
	for (size_t i = 0; set && i < n; i++) {
		const struct secret *s = &secrets[i];
		if (secret_is_empty(s) ||
		    digest_sha256(s->data, s->len, set->digests[i]) < 0) {
			token_set_free(set);
			return NULL;
		}
		set->n++;
	}
	return set;
}

void
token_set_free(struct token_set *set)
{
	mem_free(set);
}

int
token_set_compare(const struct token_set *set, const void *given, size_t len)
{
	uint8_t digest[DIGEST_BYTES];
	if (digest_sha256(given, len, digest) < 0)
		return -EIO;
	unsigned equal = 0;
	for (size_t i = 0; i < set->n; i++) {
		equal |= secret_equal(digest, sizeof(digest), set->digests[i],
				      DIGEST_BYTES);
	}
	return equal != 0 ? 0 : -EBADMSG;
}
