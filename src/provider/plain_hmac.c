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

static enum hmac_algorithm
algorithm_of(const struct plain_hmac *scheme)
{
	return scheme->sha1 ? HMAC_SHA1 : HMAC_SHA256;
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
	p->key = hmac_key_new(algorithm_of(scheme), conf->secrets, conf->n_secrets);
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
	struct signature_list list = {.len = hmac_length(algorithm_of(p->scheme))};
	*ret_early = signature_list_from(
		text, p->scheme->several ? ", " : "", p->scheme->prefix,
		p->scheme->base64 ? signature_from_base64 : signature_from_hex, &list);
	if (*ret_early != VERDICT_GENUINE)
		return NULL;
	return signature_begin_any(p->key, &list, ret_early);
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
	const struct plain_source *p = src->data;
	const struct plain_hmac *s = p->scheme;
	enum provider_action action = PROVIDER_KEEP;
	if (s->type_header)
		action = plain_hmac_read_names(src, rq, d, answer);
	if (action == PROVIDER_KEEP)
		action = content_read_json(rq, d, answer);
	if (action == PROVIDER_KEEP && !s->type_header)
		action = common_read_members(d, s->type_path, s->id_path, answer);
	if (action == PROVIDER_KEEP)
		action = common_set_dedupe_key(d);
	return action;
}

/* What the payload tells needs no header. */
static int
put_names(const struct plain_hmac *s, const char *type, const char *id, struct buf *out)
{
	if (!s->type_header)
		return 0;
	auto_str made_up = id ? NULL : common_uuid();
	if (!id && !made_up)
		return -ENOMEM;
	int rc = common_put_header(out, s->type_header, type ? type : s->type);
	return rc < 0 ? rc : common_put_header(out, s->id_header, id ? id : made_up);
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
	if (rc == 0)
		rc = put_names(s, type, id, out);
	if (rc < 0)
		return rc;
	buf_printf(out, "%s: %s", s->signature_header, s->prefix);
	if (s->base64)
		base64_encode(out, mac.bytes, mac.len);
	else
		hex_encode(out, mac.bytes, mac.len);
	return buf_putc(out, '\n');
}
