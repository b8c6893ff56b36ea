#include "provider/body_token.h"

#include <errno.h>
#include <string.h>

#include "base/codec.h"
#include "base/limits.h"
#include "base/mem.h"
#include "provider/common.h"
#include "provider/content.h"
#include "provider/fields.h"
#include "provider/source.h"
#include "verify/token.h"

struct body_token_source {
	const struct body_token *scheme; /* static */
	struct token_set *tokens;	 /* owned */
	struct secret first;		 /* owned; what signing shows */
};

void
body_token_release(void *data)
{
	struct body_token_source *s = data;
	if (!s)
		return;
	token_set_free(s->tokens);
	secret_done(&s->first);
	mem_free(s);
}

int
body_token_prepare(struct provider_source *src, const struct conf_source *conf,
		   const struct body_token *scheme)
{
	struct body_token_source *s = x_new(struct body_token_source);
	if (!s)
		return -ENOMEM;
	src->data = s;
	s->scheme = scheme;
	s->tokens = token_set_new(conf->secrets, conf->n_secrets);
	if (!s->tokens)
		return -ENOMEM;
	return secret_copy(&s->first, &conf->secrets[0]);
}

static enum provider_verdict
check(const struct body_token_source *s, const char *given, size_t len)
{
	if (len == 0)
		return VERDICT_NO_SIGNATURE;
	switch (token_set_compare(s->tokens, given, len)) {
	case 0:
		return VERDICT_GENUINE;
	case -EBADMSG:
		return VERDICT_MISMATCH;
	default:
		return VERDICT_ERROR;
	}
}

static enum provider_verdict
check_header(const struct body_token_source *s, const struct provider_request *rq)
{
	enum provider_verdict verdict = VERDICT_ERROR;
	const char *value = common_header(rq, s->scheme->header, &verdict);
	if (!value)
		return verdict;
	if (!str_starts(value, s->scheme->scheme))
		return VERDICT_MALFORMED;
	value += strlen(s->scheme->scheme);
	return check(s, value, strlen(value));
}

/* Returns 0 with the token in out, -ENOENT, -EINVAL, -EEXIST for several, -ENOMEM. */
static int
find_in_form(const struct body_token *scheme, struct slice body, struct buf *out)
{
	if (form_count(body.data, body.len, scheme->field) > 1)
		return -EEXIST;
	return form_get(out, body.data, body.len, scheme->field);
}

/* The same; of a member given twice the last counts, for rules as well. */
static int
find_in_json(const struct body_token *scheme, struct slice body, struct buf *out)
{
	auto_json_doc doc = NULL;
	int rc = json_doc_parse(body, &doc, NULL);
	if (rc < 0)
		return rc == -ENOMEM ? rc : -ENOENT;
	struct json_value v = fields_find(json_root(doc), scheme->members);
	return v.kind == JSON_STRING ? json_text(v, out) : -ENOENT;
}

static enum provider_verdict
check_body(const struct body_token_source *s, const struct provider_request *rq)
{
	auto_buf token = BUF_INIT(LIMIT_SHOWN_BYTES);
	if (rq->body.len == 0 || rq->body.len > LIMIT_SHOWN_BYTES)
		return VERDICT_NO_SIGNATURE;
	int rc = content_is_form(rq) ? find_in_form(s->scheme, rq->body, &token)
				     : find_in_json(s->scheme, rq->body, &token);
	enum provider_verdict verdict = VERDICT_NO_SIGNATURE;
	if (rc == 0)
		verdict = check(s, token.data, token.len);
	else if (rc == -EEXIST)
		verdict = VERDICT_AMBIGUOUS;
	else if (rc != -ENOENT)
		verdict = rc == -ENOMEM ? VERDICT_ERROR : VERDICT_MALFORMED;
	if (token.data)
		explicit_bzero(token.data, token.len);
	return verdict;
}

enum provider_verdict
body_token_end(void *state, const struct provider_request *rq)
{
	const struct provider_source *src = whole_end(state);
	const struct body_token_source *s = src->data;
	return rq->header_count(rq->arg, s->scheme->header) > 0 ? check_header(s, rq)
								: check_body(s, rq);
}

int
body_token_sign(const struct provider_source *src, const char *type, const char *id,
		struct slice body, int64_t now_us, struct buf *out)
{
	(void)type;
	(void)id;
	(void)body;
	(void)now_us;
	const struct body_token_source *s = src->data;
	if (strlen(s->first.data) != s->first.len)
		return -EINVAL;
	auto_str value = str_format("%s%s", s->scheme->scheme, s->first.data);
	if (!value)
		return -ENOMEM;
	int rc = common_put_header(out, s->scheme->header, value);
	explicit_bzero(value, strlen(value));
	return rc;
}
