#include "provider/content.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/codec.h"
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

static bool
looks_like_json(const struct buf *body)
{
	const char *text = buf_str(body);
	char first = text[strspn(text, " \t\r\n")];
	return first == '{' || first == '[';
}

/* Refuses what no kind can read; finds the kind of the rest. */
static enum provider_action
find_kind(const struct provider_request *rq, struct provider_answer *answer,
	  enum content_kind *ret_kind)
{
	const char *encoding = rq->header(rq->arg, "Content-Encoding");
	if (encoding && *encoding && !str_case_eq(encoding, "identity"))
		return common_refuse(answer, 415, "Content-Encoding is not supported");
	if (rq->header_count(rq->arg, "Content-Type") > 1)
		return common_refuse(answer, 400, "Content-Type is given more than once");
	*ret_kind = kind_of(rq->header(rq->arg, "Content-Type"));
	if (*ret_kind == CONTENT_MULTIPART)
		return common_refuse(answer, 415, "multipart bodies are not supported");
	return PROVIDER_KEEP;
}

/* Returns 0 with d->payload filled, -ENOENT without the field, -EINVAL, -ENOMEM. */
static int
read_form(struct delivery *d)
{
	buf_reset(&d->payload);
	int rc = form_get(&d->payload, buf_str(&d->body), d->body.len, "payload");
	if (rc == 0)
		d->form = PAYLOAD_FORM;
	else
		buf_reset(&d->payload);
	return rc;
}

enum provider_action
content_read_json(const struct provider_request *rq, struct delivery *d,
		  struct provider_answer *answer)
{
	enum content_kind kind = CONTENT_NONE;
	enum provider_action action = find_kind(rq, answer, &kind);
	if (action != PROVIDER_KEEP)
		return action;
	d->form = PAYLOAD_JSON;
	if (kind == CONTENT_JSON || (kind == CONTENT_NONE && looks_like_json(&d->body)))
		return PROVIDER_KEEP;
	if (kind != CONTENT_FORM)
		return common_refuse(answer, 415,
				     "Content-Type must be application/json or "
				     "application/x-www-form-urlencoded");
	switch (read_form(d)) {
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

enum provider_action
content_read_any(const struct provider_request *rq, struct delivery *d,
		 struct provider_answer *answer)
{
	enum content_kind kind = CONTENT_NONE;
	enum provider_action action = find_kind(rq, answer, &kind);
	if (action != PROVIDER_KEEP)
		return action;
	bool is_json = kind == CONTENT_JSON ||
		       (kind == CONTENT_NONE && looks_like_json(&d->body));
	d->form = is_json ? PAYLOAD_JSON : PAYLOAD_TEXT;
	if (kind != CONTENT_FORM)
		return PROVIDER_KEEP;
	int rc = read_form(d);
	if (rc == -EINVAL)
		return common_refuse(answer, 400, "the form is malformed");
	return rc == 0 || rc == -ENOENT ? PROVIDER_KEEP : PROVIDER_ERROR;
}
