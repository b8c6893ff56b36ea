#include "provider/shown.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/codec.h"
#include "base/mem.h"
#include "provider/common.h"
#include "provider/source.h"
#include "verify/token.h"

struct shown {
	struct token_set *tokens; /* owned */
	struct secret first;	  /* owned; what signing shows */
	struct shown_place place;
};

struct shown *
shown_new(const struct conf_source *conf, const struct shown_place *place)
{
	struct shown *s = x_new(struct shown);
	if (!s)
		return NULL;
	s->place = *place;
	s->tokens = token_set_new(conf->secrets, conf->n_secrets);
	if (s->tokens && secret_copy(&s->first, &conf->secrets[0]) == 0)
		return s;
	shown_free(s);
	return NULL;
}

void
shown_free(struct shown *s)
{
	if (!s)
		return;
	token_set_free(s->tokens);
	secret_done(&s->first);
	mem_free(s);
}

/* --- verifying -------------------------------------------------------------------------
 */

const char *
shown_behind(const char *value, const char *scheme)
{
	size_t n = strlen(scheme);
	if (strncasecmp(value, scheme, n) != 0 || value[n] != ' ')
		return NULL;
	return value + n + strspn(value + n, " ");
}

static enum provider_verdict
verdict_from(int rc)
{
	if (rc == 0)
		return VERDICT_GENUINE;
	return rc == -EBADMSG ? VERDICT_MISMATCH : VERDICT_ERROR;
}

/* Both comparisons are made whatever the first one says. */
static enum provider_verdict
check_basic(const struct shown *s, const char *base64)
{
	auto_buf pair = BUF_INIT(LIMIT_SECRET_BYTES);
	if (base64_decode(&pair, base64, strlen(base64)) < 0)
		return pair.error == -ENOMEM ? VERDICT_ERROR : VERDICT_MALFORMED;
	const char *colon = pair.len > 0 ? memchr(pair.data, ':', pair.len) : NULL;
	if (!colon)
		return VERDICT_MALFORMED;
	size_t password = (size_t)(colon + 1 - pair.data);
	int whole = token_set_compare(s->tokens, pair.data, pair.len);
	int part = s->place.schemes & SHOWN_PASSWORD
			   ? token_set_compare(s->tokens, colon + 1, pair.len - password)
			   : -EBADMSG;
	explicit_bzero(pair.data, pair.len);
	return verdict_from(whole == 0 ? 0 : part);
}

/* A plain secret may be the whole value, a scheme among it. */
static enum provider_verdict
check_header(const struct shown *s, const char *value)
{
	unsigned schemes = s->place.schemes;
	const char *basic = schemes & SHOWN_BASIC ? shown_behind(value, "Basic") : NULL;
	if (basic)
		return check_basic(s, basic);
	const char *token = schemes & SHOWN_BEARER ? shown_behind(value, "Bearer") : NULL;
	enum provider_verdict verdict = VERDICT_MALFORMED;
	if (schemes & SHOWN_PLAIN)
		verdict =
			verdict_from(token_set_compare(s->tokens, value, strlen(value)));
	if (token && verdict != VERDICT_GENUINE && verdict != VERDICT_ERROR)
		verdict =
			verdict_from(token_set_compare(s->tokens, token, strlen(token)));
	return verdict;
}

static enum provider_verdict
check_query(const struct shown *s, struct slice query)
{
	const char *name = s->place.query;
	if (form_count(query.data, query.len, name) > 1)
		return VERDICT_AMBIGUOUS;
	auto_buf value = BUF_INIT(DEFAULT_URI_BYTES);
	int rc = form_get(&value, query.data, query.len, name);
	if (rc == -ENOENT || (rc == 0 && value.len == 0))
		return VERDICT_NO_SIGNATURE;
	if (rc < 0)
		return rc == -ENOMEM ? VERDICT_ERROR : VERDICT_MALFORMED;
	rc = token_set_compare(s->tokens, value.data, value.len);
	explicit_bzero(value.data, value.len);
	return verdict_from(rc);
}

static enum provider_verdict
check(const struct shown *s, const struct provider_request *rq)
{
	enum provider_verdict verdict = VERDICT_NO_SIGNATURE;
	const char *header = s->place.header;
	const char *value = header ? common_header(rq, header, &verdict) : NULL;
	if (value)
		return check_header(s, value);
	if (verdict == VERDICT_NO_SIGNATURE && s->place.query)
		verdict = check_query(s, rq->query);
	return verdict;
}

/* The headers decide; the state only says that they did. */
static char seen_genuine;

void *
shown_decided(enum provider_verdict verdict)
{
	return verdict == VERDICT_GENUINE ? &seen_genuine : NULL;
}

void *
shown_begin_with(const struct shown *s, const struct provider_request *rq,
		 enum provider_verdict *ret_early)
{
	*ret_early = check(s, rq);
	return shown_decided(*ret_early);
}

void *
shown_begin(const struct provider_source *src, const struct provider_request *rq,
	    enum provider_verdict *ret_early)
{
	return shown_begin_with(src->data, rq, ret_early);
}

void
shown_feed(void *state, const void *data, size_t len)
{
	(void)state;
	(void)data;
	(void)len;
}

enum provider_verdict
shown_end(void *state, const struct provider_request *rq)
{
	(void)rq;
	return state == &seen_genuine ? VERDICT_GENUINE : VERDICT_ERROR;
}

void
shown_abort(void *state)
{
	(void)state;
}

void
shown_release(void *data)
{
	shown_free(data);
}

/* --- showing ---------------------------------------------------------------------------
 */

static int
put_basic(const struct secret *secret, const char *header, struct buf *out)
{
	auto_buf pair = BUF_INIT(LIMIT_SECRET_BYTES);
	if (!memchr(secret->data, ':', secret->len))
		buf_puts(&pair, "forgebridge:");
	int rc = buf_append(&pair, secret->data, secret->len);
	buf_printf(out, "%s: Basic ", header);
	base64_encode(out, pair.data, pair.len);
	buf_putc(out, '\n');
	if (pair.data)
		explicit_bzero(pair.data, pair.len);
	return rc < 0 ? rc : out->error;
}

/* A secret with a colon is a user's where both schemes are possible. */
static bool
is_for_basic(const struct shown *s)
{
	if (!(s->place.schemes & SHOWN_BASIC))
		return false;
	return !(s->place.schemes & SHOWN_BEARER) ||
	       memchr(s->first.data, ':', s->first.len);
}

int
shown_put(const struct shown *s, struct buf *out)
{
	const char *header = s->place.header;
	if (!header)
		return 0;
	if (is_for_basic(s))
		return put_basic(&s->first, header, out);
	if (strlen(s->first.data) != s->first.len)
		return -EINVAL;
	bool bears =
		s->place.schemes & SHOWN_BEARER &&
		(!(s->place.schemes & SHOWN_PLAIN) ||
		 (str_case_eq(header, "Authorization") && !strchr(s->first.data, ' ')));
	auto_str value = str_format("%s%s", bears ? "Bearer " : "", s->first.data);
	if (!value)
		return -ENOMEM;
	int rc = common_put_header(out, header, value);
	explicit_bzero(value, strlen(value));
	return rc;
}

int
shown_put_query(const struct shown *s, struct buf *out)
{
	if (!s->place.query || s->place.header)
		return 0;
	url_encode(out, s->place.query, strlen(s->place.query));
	buf_putc(out, '=');
	return url_encode(out, s->first.data, s->first.len);
}

int
shown_sign(const struct provider_source *src, const char *type, const char *id,
	   struct slice body, int64_t now_us, struct buf *out)
{
	(void)type;
	(void)id;
	(void)body;
	(void)now_us;
	return shown_put(src->data, out);
}

int
shown_sign_query(const struct provider_source *src, struct buf *out)
{
	return shown_put_query(src->data, out);
}
