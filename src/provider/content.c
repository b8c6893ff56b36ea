#include "provider/content.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

#include <zlib.h>

#include "base/codec.h"
#include "base/json.h"
#include "base/limits.h"
#include "provider/common.h"

enum content_kind {
	CONTENT_NONE, /* no Content-Type */
	CONTENT_JSON,
	CONTENT_FORM,
	CONTENT_MULTIPART,
	CONTENT_OTHER
};

static bool
media_type_is(const char *type, size_t len, const char *name)
{
	return strlen(name) == len && strncasecmp(type, name, len) == 0;
}

static bool
media_type_ends(const char *type, size_t len, const char *suffix)
{
	size_t n = strlen(suffix);
	return len > n && strncasecmp(type + len - n, suffix, n) == 0;
}

/* By the media type alone: its parameters (charset) say nothing that matters here. */
static enum content_kind
kind_of(const char *type)
{
	if (!type || *type == '\0')
		return CONTENT_NONE;
	size_t len = strcspn(type, "; \t");
	if (media_type_is(type, len, "application/json") ||
	    media_type_is(type, len, "text/json") || media_type_ends(type, len, "+json"))
		return CONTENT_JSON;
	if (media_type_is(type, len, "application/x-www-form-urlencoded"))
		return CONTENT_FORM;
	if (strncasecmp(type, "multipart/", 10) == 0)
		return CONTENT_MULTIPART;
	return CONTENT_OTHER;
}

bool
content_is_form(const struct provider_request *rq)
{
	return kind_of(rq->header(rq->arg, "Content-Type")) == CONTENT_FORM;
}

static bool
looks_like_json(const struct buf *body)
{
	const char *text = buf_str(body);
	char first = text[strspn(text, " \t\r\n")];
	return first == '{' || first == '[';
}

/* gzip (RFC 1952) and zlib's window; inflate finds out which headers there are. */
#define GZIP_WINDOW_BITS (15 + 16)

/* Returns 0, -EBADMSG when it is no gzip, -EMSGSIZE, -ENOMEM. */
static int
unpack(const struct buf *packed, struct buf *out)
{
	unsigned char piece[16 * KIB];
	z_stream z = {.next_in = (unsigned char *)packed->data};
	if (packed->len > UINT_MAX || inflateInit2(&z, GZIP_WINDOW_BITS) != Z_OK)
		return -ENOMEM;
	z.avail_in = (unsigned)packed->len;
	int rc = Z_OK;
	while (rc == Z_OK && !buf_failed(out)) {
		z.next_out = piece;
		z.avail_out = sizeof(piece);
		rc = inflate(&z, Z_NO_FLUSH);
		buf_append(out, piece, sizeof(piece) - z.avail_out);
	}
	bool is_whole = rc == Z_STREAM_END && z.avail_in == 0;
	inflateEnd(&z);
	if (buf_failed(out))
		return out->error;
	return is_whole ? 0 : rc == Z_MEM_ERROR ? -ENOMEM : -EBADMSG;
}

/* Fills d->payload with the unpacked body when it came packed. */
static enum provider_action
undo_encoding(const struct provider_request *rq, struct delivery *d,
	      struct provider_answer *answer)
{
	const char *encoding = rq->header(rq->arg, "Content-Encoding");
	if (!encoding || *encoding == '\0' || str_case_eq(encoding, "identity"))
		return PROVIDER_KEEP;
	if (!str_case_eq(encoding, "gzip") ||
	    rq->header_count(rq->arg, "Content-Encoding") > 1)
		return common_refuse(answer, 415,
				     "Content-Encoding must be gzip or absent");
	d->payload.limit = LIMIT_UNPACKED_BYTES;
	switch (unpack(&d->body, &d->payload)) {
	case 0:
		return d->payload.len > 0
			       ? PROVIDER_KEEP
			       : common_refuse(answer, 400, "the body is empty");
	case -EBADMSG:
		return common_refuse(answer, 400, "the body is no gzip");
	case -EMSGSIZE:
		return common_refuse(answer, 413,
				     "the body is longer than %u bytes unpacked",
				     LIMIT_UNPACKED_BYTES);
	default:
		return PROVIDER_ERROR;
	}
}

/* The body without its Content-Encoding. */
static const struct buf *
plain_body(const struct delivery *d)
{
	return d->payload.len > 0 ? &d->payload : &d->body;
}

/* Refuses what no kind can read; finds the kind of the rest. */
static enum provider_action
find_kind(const struct provider_request *rq, struct delivery *d,
	  struct provider_answer *answer, enum content_kind *ret_kind)
{
	enum provider_action action = undo_encoding(rq, d, answer);
	if (action != PROVIDER_KEEP)
		return action;
	if (rq->header_count(rq->arg, "Content-Type") > 1)
		return common_refuse(answer, 400, "Content-Type is given more than once");
	*ret_kind = kind_of(rq->header(rq->arg, "Content-Type"));
	if (*ret_kind == CONTENT_MULTIPART)
		return common_refuse(answer, 415, "multipart bodies are not supported");
	return PROVIDER_KEEP;
}

/* Puts text in the place of the payload. */
static void
set_payload(struct delivery *d, struct buf *text)
{
	buf_done(&d->payload);
	d->payload = *text;
	*text = BUF_INIT(0);
	d->form = PAYLOAD_FORM;
}

/* Returns 0 with d->payload filled, -ENOENT without the field, -EINVAL, -ENOMEM. */
static int
read_form(struct delivery *d)
{
	const struct buf *body = plain_body(d);
	auto_buf field = BUF_INIT(SIZE_MAX / 2);
	int rc = form_get(&field, buf_str(body), body->len, "payload");
	if (rc == 0)
		set_payload(d, &field);
	return rc;
}

static enum provider_action
refuse_form(struct provider_answer *answer, int rc)
{
	switch (rc) {
	case 0:
		return PROVIDER_KEEP;
	case -ENOENT:
		return common_refuse(answer, 400, "the form has no field \"payload\"");
	case -EINVAL:
		return common_refuse(answer, 400, "the form is malformed");
	default:
		return PROVIDER_ERROR;
	}
}

static bool
is_json(const struct delivery *d, enum content_kind kind)
{
	return kind == CONTENT_JSON ||
	       (kind == CONTENT_NONE && looks_like_json(plain_body(d)));
}

enum provider_action
content_read_json(const struct provider_request *rq, struct delivery *d,
		  struct provider_answer *answer)
{
	enum content_kind kind = CONTENT_NONE;
	enum provider_action action = find_kind(rq, d, answer, &kind);
	if (action != PROVIDER_KEEP)
		return action;
	d->form = d->payload.len > 0 ? PAYLOAD_FORM : PAYLOAD_JSON;
	if (is_json(d, kind))
		return PROVIDER_KEEP;
	if (kind != CONTENT_FORM)
		return common_refuse(answer, 415,
				     "Content-Type must be application/json or "
				     "application/x-www-form-urlencoded");
	return refuse_form(answer, read_form(d));
}

enum provider_action
content_read_any_json(const struct provider_request *rq, struct delivery *d,
		      struct provider_answer *answer)
{
	enum content_kind kind = CONTENT_NONE;
	enum provider_action action = find_kind(rq, d, answer, &kind);
	if (action == PROVIDER_KEEP)
		d->form = d->payload.len > 0 ? PAYLOAD_FORM : PAYLOAD_JSON;
	return action;
}

/*
 * Fields of a form as a JSON object of strings. Of a name given twice the last counts for
 * whoever reads the object, as with PHP's and Rack's parsers.
 */
static int
write_fields(const struct buf *body, struct buf *out)
{
	struct json_writer w;
	json_begin(&w, out);
	json_open_object(&w, NULL);
	const char *end = buf_str(body) + body->len;
	for (const char *p = buf_str(body); p < end;) {
		const char *amp = memchr(p, '&', (size_t)(end - p));
		const char *stop = amp ? amp : end;
		const char *eq = memchr(p, '=', (size_t)(stop - p));
		const char *name_end = eq ? eq : stop;
		const char *value = eq ? eq + 1 : stop;
		auto_buf name = BUF_INIT(LIMIT_TEXT_BYTES);
		auto_buf text = BUF_INIT(SIZE_MAX / 2);
		int rc = url_decode(&name, p, (size_t)(name_end - p), true);
		if (rc == 0)
			rc = url_decode(&text, value, (size_t)(stop - value), true);
		if (rc < 0)
			return rc;
		if (name.len > 0 && strlen(buf_str(&name)) == name.len)
			json_slice(&w, buf_str(&name), buf_slice(&text));
		p = stop + 1;
	}
	json_close_object(&w);
	return out->error;
}

enum provider_action
content_read_fields(const struct provider_request *rq, struct delivery *d,
		    struct provider_answer *answer)
{
	enum content_kind kind = CONTENT_NONE;
	enum provider_action action = find_kind(rq, d, answer, &kind);
	if (action != PROVIDER_KEEP)
		return action;
	d->form = d->payload.len > 0 ? PAYLOAD_FORM : PAYLOAD_JSON;
	if (is_json(d, kind))
		return PROVIDER_KEEP;
	if (kind != CONTENT_FORM)
		return common_refuse(answer, 415,
				     "Content-Type must be application/json or "
				     "application/x-www-form-urlencoded");
	int rc = read_form(d);
	if (rc != -ENOENT)
		return refuse_form(answer, rc);
	auto_buf fields = BUF_INIT(SIZE_MAX / 2);
	rc = write_fields(plain_body(d), &fields);
	if (rc == 0)
		set_payload(d, &fields);
	return refuse_form(answer, rc == -EMSGSIZE ? -EINVAL : rc);
}

enum provider_action
content_read_any(const struct provider_request *rq, struct delivery *d,
		 struct provider_answer *answer)
{
	enum content_kind kind = CONTENT_NONE;
	enum provider_action action = find_kind(rq, d, answer, &kind);
	if (action != PROVIDER_KEEP)
		return action;
	if (is_json(d, kind))
		d->form = d->payload.len > 0 ? PAYLOAD_FORM : PAYLOAD_JSON;
	else
		d->form = PAYLOAD_TEXT;
	if (kind != CONTENT_FORM)
		return PROVIDER_KEEP;
	int rc = read_form(d);
	return rc == -ENOENT ? PROVIDER_KEEP : refuse_form(answer, rc);
}
