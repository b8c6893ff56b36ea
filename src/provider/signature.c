#include "provider/signature.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "base/mem.h"

struct signature {
	struct hmac *hmac; /* owned */
	struct signature_list list;
};

/* What follows prefix, NULL when text does not begin with it. */
static const char *
behind(const char *text, const char *prefix)
{
	return str_starts(text, prefix) ? text + strlen(prefix) : NULL;
}

static enum provider_verdict
from_hex(const char *text, const char *prefix, size_t len, const char *digits,
	 struct signature_mac *ret_mac)
{
	const char *hex = behind(text, prefix);
	if (!hex || strspn(hex, digits) != len * 2 || hex[len * 2] != '\0')
		return VERDICT_MALFORMED;
	struct signature_mac mac = {.len = len};
	if (hex_decode(hex, len * 2, mac.bytes, sizeof(mac.bytes)) < 0)
		return VERDICT_MALFORMED;
	*ret_mac = mac;
	return VERDICT_GENUINE;
}

enum provider_verdict
signature_from_hex(const char *text, const char *prefix, size_t len,
		   struct signature_mac *ret_mac)
{
	return from_hex(text, prefix, len, "0123456789abcdef", ret_mac);
}

enum provider_verdict
signature_from_upper_hex(const char *text, const char *prefix, size_t len,
			 struct signature_mac *ret_mac)
{
	return from_hex(text, prefix, len, "0123456789ABCDEF", ret_mac);
}

enum provider_verdict
signature_from_base64(const char *text, const char *prefix, size_t len,
		      struct signature_mac *ret_mac)
{
	const char *base64 = behind(text, prefix);
	auto_buf bytes = BUF_INIT(HMAC_MAX_BYTES);
	if (!base64 || base64_decode(&bytes, base64, strlen(base64)) < 0 ||
	    bytes.len != len)
		return bytes.error == -ENOMEM ? VERDICT_ERROR : VERDICT_MALFORMED;
	ret_mac->len = len;
	memcpy(ret_mac->bytes, bytes.data, len);
	return VERDICT_GENUINE;
}

enum provider_verdict
signature_time(const char *text, int64_t now_us)
{
	int64_t at_s = 0;
	if (parse_i64(text, 0, LIMIT_UNIX_SECONDS, &at_s) < 0)
		return VERDICT_MALFORMED;
	int64_t drift_us = now_us - at_s * 1000000;
	return llabs(drift_us) <= SIGNATURE_WINDOW_S * 1000000LL ? VERDICT_GENUINE
								 : VERDICT_STALE;
}

enum provider_verdict
signature_list_from(const char *text, const char *separators, const char *prefix,
		    signature_from_fn *from, struct signature_list *list)
{
	list->n = 0;
	for (const char *p = text; *p; p += strspn(p, separators)) {
		size_t n = strcspn(p, separators);
		struct signature_mac mac;
		auto_str entry = str_ndup(p, n);
		if (!entry)
			return VERDICT_ERROR;
		p += n;
		enum provider_verdict verdict = from(entry, prefix, list->len, &mac);
		if (verdict == VERDICT_ERROR)
			return VERDICT_ERROR;
		if (verdict != VERDICT_GENUINE)
			continue;
		if (list->n == LIMIT_SIGNATURES) {
			list->n = 0;
			return VERDICT_MALFORMED;
		}
		memcpy(list->bytes + list->n++ * list->len, mac.bytes, list->len);
	}
	return list->n > 0 ? VERDICT_GENUINE : VERDICT_MALFORMED;
}

void *
signature_begin(const struct hmac_key *key, const struct signature_mac *mac,
		enum provider_verdict *ret_early)
{
	struct signature_list list = {.n = 1, .len = mac->len};
	memcpy(list.bytes, mac->bytes, mac->len);
	return signature_begin_any(key, &list, ret_early);
}

void *
signature_begin_any(const struct hmac_key *key, const struct signature_list *list,
		    enum provider_verdict *ret_early)
{
	struct signature *s = x_new(struct signature);
	if (s)
		s->hmac = hmac_new(key);
	if (!s || !s->hmac) {
		mem_free(s);
		*ret_early = VERDICT_ERROR;
		return NULL;
	}
	s->list = *list;
	return s;
}

void
signature_feed(void *state, const void *data, size_t len)
{
	struct signature *s = state;
	hmac_update(s->hmac, data, len);
}

enum provider_verdict
signature_end(void *state, const struct provider_request *rq)
{
	(void)rq;
	struct signature *s = state;
	int rc = hmac_compare_any(s->hmac, s->list.bytes, s->list.n, s->list.len);
	signature_abort(s);
	if (rc == 0)
		return VERDICT_GENUINE;
	return rc == -EBADMSG ? VERDICT_MISMATCH : VERDICT_ERROR;
}

void
signature_abort(void *state)
{
	struct signature *s = state;
	if (!s)
		return;
	hmac_free(s->hmac);
	mem_free(s);
}

int
signature_make(const struct hmac_key *key, struct slice body,
	       struct signature_mac *ret_mac)
{
	struct hmac *h = hmac_new(key);
	if (!h)
		return -ENOMEM;
	hmac_update(h, body.data, body.len);
	int n = hmac_final(h, ret_mac->bytes);
	hmac_free(h);
	if (n < 0)
		return n;
	ret_mac->len = (size_t)n;
	return 0;
}
