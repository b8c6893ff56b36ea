#include "provider/bearer.h"

#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "provider/common.h"
#include "provider/shown.h"
#include "provider/source.h"

/* --- configuration ---------------------------------------------------------------------
 */

/* Cuts text, which is changed, at its commas. false: not of the form. */
static bool
cut_claims(char *text, struct jwt_claim *claims, size_t *ret_n)
{
	size_t n = 0;
	char *rest = text;
	while (rest) {
		char *entry = strsep(&rest, ",");
		entry += strspn(entry, " ");
		size_t len = strlen(entry);
		while (len > 0 && entry[len - 1] == ' ')
			entry[--len] = '\0';
		char *equals = strchr(entry, '=');
		if (!equals || equals == entry || equals[1] == '\0' || n == LIMIT_CLAIMS)
			return false;
		*equals = '\0';
		claims[n++] = (struct jwt_claim){entry, equals + 1};
	}
	*ret_n = n;
	return true;
}

/* What the rules have a place for already, and signing writes itself. */
static bool
is_own_claim(const char *name)
{
	static const char *const own[] = {"iss", "aud", "exp", "nbf", "iat"};
	for (size_t i = 0; i < ARRAY_LEN(own); i++) {
		if (str_eq(name, own[i]))
			return true;
	}
	return false;
}

static int
read_claims(struct bearer *b, const char *text, struct place at, struct diag_list *diags)
{
	if (!text)
		return 0;
	if (str_set(&b->claims_text, text) < 0)
		return -ENOMEM;
	b->rules.claims = b->claims;
	if (!cut_claims(b->claims_text, b->claims, &b->rules.n_claims)) {
		diag_error(diags, at,
			   "claims must be \"name=value, name=value\", at most %d",
			   LIMIT_CLAIMS);
		return -EINVAL;
	}
	for (size_t i = 0; i < b->rules.n_claims; i++) {
		if (!is_own_claim(b->claims[i].name))
			continue;
		diag_error(diags, at,
			   "claims cannot hold \"%s\"; issuer and audience are options "
			   "of their own, times are always checked",
			   b->claims[i].name);
		return -EINVAL;
	}
	return 0;
}

static int
read_keys(struct bearer *b, const struct conf_source *conf, struct diag_list *diags)
{
	for (size_t i = 0; i < conf->n_secrets; i++) {
		const struct secret *s = &conf->secrets[i];
		const char *problem = NULL;
		int rc = jwk_set_add(&b->keys, (struct slice){s->data, s->len}, &problem);
		if (rc == -EINVAL)
			diag_error(diags, conf->at, "a secret %s", problem);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int
bearer_prepare(struct provider_source *src, const struct conf_source *conf,
	       struct diag_list *diags)
{
	struct bearer *b = x_new(struct bearer);
	if (!b)
		return -ENOMEM;
	src->data = b;
	generic_names_init(&b->names, src);
	b->rules.issuer = source_option(src, "issuer");
	b->rules.audience = source_option(src, "audience");
	int rc = read_keys(b, conf, diags);
	return rc < 0 ? rc
		      : read_claims(b, source_option(src, "claims"), conf->at, diags);
}

void
bearer_release(void *data)
{
	struct bearer *b = data;
	if (!b)
		return;
	jwk_set_done(&b->keys);
	str_free(b->claims_text);
	mem_free(b);
}

/* --- requests --------------------------------------------------------------------------
 */

static enum provider_verdict
check(const struct bearer *b, const struct provider_request *rq)
{
	enum provider_verdict verdict = VERDICT_NO_SIGNATURE;
	const char *value = common_header(rq, "Authorization", &verdict);
	const char *token = value ? shown_behind(value, "Bearer") : NULL;
	if (!token)
		return value ? VERDICT_MALFORMED : verdict;
	switch (jwt_verify(&b->keys, &b->rules, slice_of(token), rq->now_us)) {
	case 0:
		return VERDICT_GENUINE;
	case -EINVAL:
		return VERDICT_MALFORMED;
	case -EBADMSG:
	case -EPERM:
		return VERDICT_MISMATCH;
	case -ETIME:
		return VERDICT_STALE;
	default:
		return VERDICT_ERROR;
	}
}

void *
bearer_begin(const struct provider_source *src, const struct provider_request *rq,
	     enum provider_verdict *ret_early)
{
	*ret_early = check(src->data, rq);
	return shown_decided(*ret_early);
}

enum provider_action
bearer_read(const struct provider_source *src, const struct provider_request *rq,
	    struct delivery *d, struct provider_answer *answer)
{
	const struct bearer *b = src->data;
	return generic_read(&b->names, rq, d, answer);
}

int
bearer_sign(const struct provider_source *src, const char *type, const char *id,
	    struct slice body, int64_t now_us, struct buf *out)
{
	(void)body;
	const struct bearer *b = src->data;
	int rc = generic_put(&b->names, type, id, out);
	if (rc < 0)
		return rc;
	buf_puts(out, "Authorization: Bearer ");
	rc = jwt_make(&b->keys, &b->rules, now_us, out);
	if (rc < 0)
		return rc == -EPERM ? -EINVAL : rc;
	return buf_putc(out, '\n');
}
