#include "provider/plain_hmac.h"

#include <errno.h>

#include "base/codec.h"
#include "base/mem.h"
#include "provider/common.h"
#include "provider/content.h"
#include "provider/signature.h"
#include "provider/source.h"

struct plain_source {
	const struct plain_hmac *scheme; /* static */
	struct hmac_key *key;		 /* owned */
};

void
plain_hmac_release(void *data)
{
	struct plain_source *p = data;
	if (!p)
		return;
	hmac_key_free(p->key);
	mem_free(p);
}

int
plain_hmac_prepare(struct provider_source *src, const struct conf_source *conf,
		   const struct plain_hmac *scheme)
{
	struct plain_source *p = x_new(struct plain_source);
	if (!p)
		return -ENOMEM;
	src->data = p;
	p->scheme = scheme;
	p->key = hmac_key_new(HMAC_SHA256, conf->secrets, conf->n_secrets);
	return p->key ? 0 : -ENOMEM;
}

const struct hmac_key *
plain_hmac_key(const struct provider_source *src)
{
	const struct plain_source *p = src->data;
	return p->key;
}

void *
plain_hmac_begin(const struct provider_source *src, const struct provider_request *rq,
		 enum provider_verdict *ret_early)
{
	const struct plain_source *p = src->data;
	const char *text = common_header(rq, p->scheme->signature_header, ret_early);
	if (!text)
		return NULL;
	struct signature_mac mac;
	*ret_early = signature_from_hex(text, p->scheme->prefix, hmac_length(HMAC_SHA256),
					&mac);
	if (*ret_early != VERDICT_GENUINE)
		return NULL;
	return signature_begin(p->key, &mac, ret_early);
}

enum provider_action
plain_hmac_read_names(const struct provider_source *src,
		      const struct provider_request *rq, struct delivery *d,
		      struct provider_answer *answer)
{
	const struct plain_source *p = src->data;
	const char *header = p->scheme->type_header;
	enum provider_action action = common_read_type(rq, header, d, answer);
	if (action == PROVIDER_KEEP && str_is_empty(d->type))
		action = common_refuse(answer, 400, "%s is missing", header);
	if (action == PROVIDER_KEEP)
		action = common_read_id(rq, p->scheme->id_header, d, answer);
	return action;
}

enum provider_action
plain_hmac_read(const struct provider_source *src, const struct provider_request *rq,
		struct delivery *d, struct provider_answer *answer)
{
	enum provider_action action = plain_hmac_read_names(src, rq, d, answer);
	if (action == PROVIDER_KEEP)
		action = content_read_json(rq, d, answer);
	if (action == PROVIDER_KEEP)
		action = common_set_dedupe_key(d);
	return action;
}

int
plain_hmac_sign(const struct provider_source *src, const char *type, const char *id,
		struct slice body, int64_t now_us, struct buf *out)
{
	(void)now_us;
	const struct plain_source *p = src->data;
	const struct plain_hmac *s = p->scheme;
	struct signature_mac mac;
	int rc = signature_make(p->key, body, &mac);
	if (rc < 0)
		return rc;
	auto_str made_up = id ? NULL : common_uuid();
	if (!id && !made_up)
		return -ENOMEM;
	rc = common_put_header(out, s->type_header, type ? type : s->type);
	if (rc == 0)
		rc = common_put_header(out, s->id_header, id ? id : made_up);
	if (rc < 0)
		return rc;
	buf_printf(out, "%s: %s", s->signature_header, s->prefix);
	hex_encode(out, mac.bytes, mac.len);
	return buf_putc(out, '\n');
}
