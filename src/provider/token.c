/* Any sender that shows a secret as it is, in a header or in the query. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/codec.h"
#include "base/mem.h"
#include "provider/common.h"
#include "provider/generic.h"
#include "provider/kinds.h"
#include "provider/source.h"
#include "verify/token.h"

struct token_source {
	struct token_set *tokens; /* owned */
	struct secret first;	  /* owned; what signing shows */
	const char *header;	  /* borrowed from the source; NULL: only the query */
	const char *query;	  /* NULL: only the header */
	struct generic_names names;
};

static const struct provider_option options[] = {
	{"header", false, NULL, "Authorization",
	 "the header that holds the token, with or without a scheme Bearer before it",
	 SHAPE_HEADER},
	{"query", false, NULL, NULL,
	 "the query parameter that holds the token; then a header counts only when it is "
	 "named too",
	 SHAPE_NAME},
	GENERIC_OPTIONS,
	{0},
};

static void
release(void *data)
{
	struct token_source *t = data;
	if (!t)
		return;
	token_set_free(t->tokens);
	secret_done(&t->first);
	mem_free(t);
}

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	(void)diags;
	struct token_source *t = x_new(struct token_source);
	if (!t)
		return -ENOMEM;
	src->data = t;
	t->query = source_option(src, "query");
	if (!t->query || source_has_option(src, "header"))
		t->header = source_option(src, "header");
	generic_names_init(&t->names, src);
	t->tokens = token_set_new(conf->secrets, conf->n_secrets);
	if (!t->tokens)
		return -ENOMEM;
	return secret_copy(&t->first, &conf->secrets[0]);
}

/* What stands behind "Bearer " (RFC 6750; the scheme's case is free). */
static const char *
without_scheme(const char *value)
{
	if (strncasecmp(value, "Bearer ", 7) != 0)
		return value;
	return value + 7 + strspn(value + 7, " ");
}

/* Values of that name in the query. */
static size_t
count_in_query(struct slice query, const char *name)
{
	size_t n = 0;
	const char *end = query.data + query.len;
	for (const char *p = query.data; p && p < end;) {
		const char *amp = memchr(p, '&', (size_t)(end - p));
		const char *stop = amp ? amp : end;
		auto_buf value = BUF_INIT(DEFAULT_URI_BYTES);
		int rc = form_get(&value, p, (size_t)(stop - p), name);
		n += rc == -ENOENT ? 0 : 1;
		p = stop + 1;
	}
	return n;
}

static enum provider_verdict
verdict_of(const struct token_source *t, const void *given, size_t len)
{
	switch (token_set_compare(t->tokens, given, len)) {
	case 0:
		return VERDICT_GENUINE;
	case -EBADMSG:
		return VERDICT_MISMATCH;
	default:
		return VERDICT_ERROR;
	}
}

/* The secret may be the whole value, its scheme among it. */
static enum provider_verdict
check_value(const struct token_source *t, const char *value)
{
	enum provider_verdict verdict = verdict_of(t, value, strlen(value));
	const char *token = without_scheme(value);
	if (verdict == VERDICT_MISMATCH && token != value)
		verdict = verdict_of(t, token, strlen(token));
	return verdict;
}

static enum provider_verdict
check_query(const struct token_source *t, struct slice query)
{
	if (count_in_query(query, t->query) > 1)
		return VERDICT_AMBIGUOUS;
	auto_buf value = BUF_INIT(DEFAULT_URI_BYTES);
	int rc = form_get(&value, query.data, query.len, t->query);
	if (rc == -ENOENT || (rc == 0 && value.len == 0))
		return VERDICT_NO_SIGNATURE;
	if (rc < 0)
		return rc == -ENOMEM ? VERDICT_ERROR : VERDICT_MALFORMED;
	enum provider_verdict verdict = verdict_of(t, value.data, value.len);
	explicit_bzero(value.data, value.len);
	return verdict;
}

static enum provider_verdict
check(const struct token_source *t, const struct provider_request *rq)
{
	enum provider_verdict verdict = VERDICT_NO_SIGNATURE;
	const char *value = t->header ? common_header(rq, t->header, &verdict) : NULL;
	if (value)
		return check_value(t, value);
	if (verdict == VERDICT_NO_SIGNATURE && t->query)
		verdict = check_query(t, rq->query);
	return verdict;
}

/* The headers decide; the state only says that they did. */
static char seen_genuine;

static void *
begin(const struct provider_source *src, const struct provider_request *rq,
      enum provider_verdict *ret_early)
{
	*ret_early = check(src->data, rq);
	return *ret_early == VERDICT_GENUINE ? &seen_genuine : NULL;
}

static void
feed(void *state, const void *data, size_t len)
{
	(void)state;
	(void)data;
	(void)len;
}

static enum provider_verdict
end(void *state, const struct provider_request *rq)
{
	(void)rq;
	return state == &seen_genuine ? VERDICT_GENUINE : VERDICT_ERROR;
}

static void
abort_state(void *state)
{
	(void)state;
}

static enum provider_action
read_request(const struct provider_source *src, const struct provider_request *rq,
	     struct delivery *d, struct provider_answer *answer)
{
	const struct token_source *t = src->data;
	return generic_read(&t->names, rq, d, answer);
}

static int
sign(const struct provider_source *src, const char *type, const char *id,
     struct slice body, int64_t now_us, struct buf *out)
{
	(void)body;
	(void)now_us;
	const struct token_source *t = src->data;
	int rc = generic_put(&t->names, type, id, out);
	if (rc < 0 || !t->header)
		return rc;
	bool adds_scheme = str_case_eq(t->header, "Authorization") &&
			   !strchr(t->first.data, ' ');
	auto_str value = str_format("%s%s", adds_scheme ? "Bearer " : "", t->first.data);
	if (!value)
		return -ENOMEM;
	rc = strlen(t->first.data) == t->first.len
		     ? common_put_header(out, t->header, value)
		     : -EINVAL;
	explicit_bzero(value, strlen(value));
	return rc;
}

static int
sign_query(const struct provider_source *src, struct buf *out)
{
	const struct token_source *t = src->data;
	if (!t->query || t->header)
		return 0;
	url_encode(out, t->query, strlen(t->query));
	buf_putc(out, '=');
	return url_encode(out, t->first.data, t->first.len);
}

const struct provider provider_token = {
	.kind = "token",
	.summary = "any sender that shows a secret token",
	.options = options,
	.needs_secret = true,
	.headers = "as configured",
	.algorithm = "a secret in a header or query parameter, compared in constant time",
	.example = "scripts: {kind: token, secret: \"${SCRIPT_TOKEN}\", type: script}",
	.setup = "Anything that can send a header will do: `curl -H \"Authorization: "
		 "Bearer "
		 "$SCRIPT_TOKEN\" --json '{\"branch\": \"main\"}' .../hooks/scripts`. A "
		 "token "
		 "proves the sender, not the body: use it over TLS or on loopback only.",
	.prepare = prepare,
	.release = release,
	.begin = begin,
	.feed = feed,
	.end = end,
	.abort = abort_state,
	.read = read_request,
	.sign = sign,
	.sign_query = sign_query,
};
