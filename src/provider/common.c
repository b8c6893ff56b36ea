#include "provider/common.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include <sys/random.h>

#include "base/codec.h"
#include "base/json_doc.h"
#include "base/limits.h"
#include "provider/fields.h"
#include "verify/digest.h"

const char *
common_header(const struct provider_request *rq, const char *name,
	      enum provider_verdict *ret_verdict)
{
	const char *value = rq->header(rq->arg, name);
	if (!value) {
		*ret_verdict = VERDICT_NO_SIGNATURE;
		return NULL;
	}
	if (rq->header_count(rq->arg, name) > 1) {
		*ret_verdict = VERDICT_AMBIGUOUS;
		return NULL;
	}
	if (*value == '\0') {
		*ret_verdict = VERDICT_NO_SIGNATURE;
		return NULL;
	}
	return value;
}

enum provider_action
common_refuse(struct provider_answer *answer, int status, const char *fmt, ...)
{
	auto_buf text = BUF_INIT(LIMIT_LOG_BYTES);
	va_list ap;
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	str_free(answer->error);
	answer->error = buf_take(&text);
	answer->status = status;
	return PROVIDER_MALFORMED;
}

static bool
is_printable(const char *text)
{
	for (const char *p = text; *p; p++) {
		if (*p < ' ' || *p > '~')
			return false;
	}
	return true;
}

enum provider_action
common_take_text(const char *name, const char *text, size_t max, char **dst,
		 struct provider_answer *answer)
{
	if (strlen(text) > max || !is_printable(text))
		return common_refuse(answer, 400,
				     "%s is not printable ASCII of at most %zu bytes",
				     name, max);
	return str_set(dst, text) < 0 ? PROVIDER_ERROR : PROVIDER_KEEP;
}

/* Copies a header of at most max bytes into *dst. */
static enum provider_action
read_text(const struct provider_request *rq, const char *name, size_t max, char **dst,
	  struct provider_answer *answer)
{
	enum provider_verdict verdict = VERDICT_GENUINE;
	const char *value = name ? common_header(rq, name, &verdict) : NULL;
	if (verdict == VERDICT_AMBIGUOUS)
		return common_refuse(answer, 400, "%s is given more than once", name);
	return value ? common_take_text(name, value, max, dst, answer) : PROVIDER_KEEP;
}

enum provider_action
common_read_type(const struct provider_request *rq, const char *name, struct delivery *d,
		 struct provider_answer *answer)
{
	return read_text(rq, name, LIMIT_TYPE_BYTES, &d->type, answer);
}

enum provider_action
common_read_id(const struct provider_request *rq, const char *name, struct delivery *d,
	       struct provider_answer *answer)
{
	return read_text(rq, name, LIMIT_SENDER_ID_BYTES, &d->sender_id, answer);
}

enum provider_action
common_parse(const struct delivery *d, struct json_doc **ret_doc,
	     struct provider_answer *answer)
{
	int rc = json_doc_parse(delivery_payload(d), ret_doc, NULL);
	if (rc == -ENOMEM)
		return PROVIDER_ERROR;
	if (rc < 0)
		return common_refuse(answer, 400, "The payload is not JSON.");
	return PROVIDER_KEEP;
}

enum provider_action
common_take_member(struct json_value payload, const char *paths, size_t max, char **dst,
		   struct provider_answer *answer)
{
	if (!paths || !str_is_empty(*dst))
		return PROVIDER_KEEP;
	struct json_value v = fields_find(payload, paths);
	if (v.kind != JSON_STRING && v.kind != JSON_NUMBER)
		return PROVIDER_KEEP;
	auto_str text = json_dup_text(v);
	if (!text)
		return PROVIDER_ERROR;
	if (*text == '\0')
		return PROVIDER_KEEP;
	return common_take_text(paths, text, max, dst, answer);
}

enum provider_action
common_set_subject(struct delivery *d, const char *text)
{
	if (str_is_empty(text) || strlen(text) > LIMIT_SUBJECT_BYTES)
		return PROVIDER_KEEP;
	return str_set(&d->subject, text) < 0 ? PROVIDER_ERROR : PROVIDER_KEEP;
}

enum provider_action
common_find_members(struct delivery *d, const char *type_paths, const char *id_paths,
		    struct provider_answer *answer)
{
	auto_json_doc doc = NULL;
	enum provider_action action = common_parse(d, &doc, answer);
	struct json_value root = {.kind = JSON_NONE};
	if (action == PROVIDER_KEEP)
		root = json_root(doc);
	if (action == PROVIDER_KEEP)
		action = common_take_member(root, type_paths, LIMIT_TYPE_BYTES, &d->type,
					    answer);
	if (action == PROVIDER_KEEP)
		action = common_take_member(root, id_paths, LIMIT_SENDER_ID_BYTES,
					    &d->sender_id, answer);
	if (action == PROVIDER_KEEP && !d->type && str_set(&d->type, "") < 0)
		action = PROVIDER_ERROR;
	return action;
}

enum provider_action
common_read_members(struct delivery *d, const char *type_path, const char *id_path,
		    struct provider_answer *answer)
{
	enum provider_action action = common_find_members(d, type_path, id_path, answer);
	if (action == PROVIDER_KEEP && str_is_empty(d->type))
		action = common_refuse(answer, 400, "the payload has no \"%s\"",
				       type_path ? type_path : "type");
	return action;
}

enum provider_action
common_set_dedupe_key(struct delivery *d)
{
	auto_buf key = BUF_INIT(LIMIT_SENDER_ID_BYTES + 16);
	if (d->sender_id) {
		buf_printf(&key, "id:%s", d->sender_id);
	} else {
		uint8_t digest[DIGEST_BYTES];
		if (digest_sha256(d->body.data, d->body.len, digest) < 0)
			return PROVIDER_ERROR;
		buf_puts(&key, "body:");
		hex_encode(&key, digest, sizeof(digest));
	}
	if (buf_failed(&key))
		return PROVIDER_ERROR;
	return str_set(&d->dedupe_key, buf_str(&key)) < 0 ? PROVIDER_ERROR
							  : PROVIDER_KEEP;
}

int
common_put_header(struct buf *out, const char *name, const char *value)
{
	if (!is_printable(value))
		return -EINVAL;
	return buf_printf(out, "%s: %s\n", name, value);
}

char *
common_uuid(void)
{
	uint8_t b[16];
	if (getrandom(b, sizeof(b), 0) != (ssize_t)sizeof(b))
		return NULL;
	b[6] = (uint8_t)((b[6] & 0x0f) | 0x40);
	b[8] = (uint8_t)((b[8] & 0x3f) | 0x80);
	return str_format("%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
			  "%02x%02x%02x%02x%02x%02x",
			  b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9],
			  b[10], b[11], b[12], b[13], b[14], b[15]);
}
