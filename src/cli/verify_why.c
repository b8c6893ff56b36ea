#include "cli/verify_why.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "base/mem.h"
#include "cli/source.h"

static bool
is_genuine(const struct why *w, const struct provider_source *src, struct slice body,
	   int64_t now_us)
{
	struct provider_request rq = capture_request(w->capture, now_us);
	rq.body = body;
	return provider_verify(src, &rq) == VERDICT_GENUINE;
}

static struct slice
body_of(const struct why *w)
{
	return (struct slice){buf_str(&w->capture->body), w->capture->body.len};
}

/* --- time ------------------------------------------------------------------------------
 */

/* The digits of a text as seconds since 1970; false when they are no such time. */
static bool
time_in(const char *text, int64_t *ret_s)
{
	for (const char *p = text; *p; p++) {
		size_t n = strspn(p, "0123456789");
		if (n == 10) {
			auto_str digits = str_ndup(p, n);
			return digits &&
			       parse_i64(digits, 1, LIMIT_UNIX_SECONDS, ret_s) == 0;
		}
		p += n > 0 ? n - 1 : 0;
	}
	return false;
}

/*
 * A time that some header tells and at which the request is not stale. False: there is
 * none.
 */
static bool
find_time(const struct why *w, int64_t *ret_us)
{
	for (size_t i = 0; i < w->capture->n; i++) {
		int64_t at_s = 0;
		if (!time_in(w->capture->headers[i].value, &at_s))
			continue;
		struct provider_request rq = capture_request(w->capture, at_s * 1000000);
		if (provider_verify(w->source, &rq) == VERDICT_STALE)
			continue;
		*ret_us = at_s * 1000000;
		return true;
	}
	return false;
}

static void
say_drift(const struct why *w, struct buf *out)
{
	int64_t at_us = 0;
	if (!find_time(w, &at_us))
		return;
	int64_t drift_s = (w->now_us - at_us) / 1000000;
	bool genuine = is_genuine(w, w->source, body_of(w), at_us);
	buf_printf(
		out,
		"its time is %lld s %s the clock (300 s are allowed): a clock is wrong, "
		"the request was sent again, or --now is needed; %s\n",
		(long long)(drift_s < 0 ? -drift_s : drift_s),
		drift_s < 0 ? "ahead of" : "behind",
		genuine ? "at its own time it is genuine"
			: "at its own time it is not genuine either");
}

/* Signing may have put a secret there. */
static void
wipe(struct buf *b)
{
	if (b->data)
		explicit_bzero(b->data, b->len);
}

/* --- headers ---------------------------------------------------------------------------
 */

static bool
has_header(const struct capture *c, const char *name, size_t len)
{
	for (size_t i = 0; i < c->n; i++) {
		if (strlen(c->headers[i].name) == len &&
		    strncasecmp(c->headers[i].name, name, len) == 0 &&
		    *c->headers[i].value)
			return true;
	}
	return false;
}

/* The headers that the kind itself would send and this request lacks. */
static int
say_missing(const struct why *w, struct buf *out)
{
	const struct provider *p = provider_source_provider(w->source);
	auto_buf lines = BUF_INIT(LIMIT_SIGNED_BYTES);
	int rc = p->sign(w->source, NULL, NULL, body_of(w), w->now_us, &lines);
	if (rc < 0)
		return rc == -ENOMEM ? rc : 0;
	size_t begin = out->len;
	for (const char *l = buf_str(&lines); *l; l += strcspn(l, "\n") + 1) {
		size_t n = strcspn(l, ":");
		if (!has_header(w->capture, l, n))
			buf_printf(out, "%s%.*s",
				   out->len == begin ? "missing or empty: " : ", ",
				   (int)n, l);
	}
	if (out->len > begin)
		buf_putc(out, '\n');
	wipe(&lines);
	return 0;
}

/* --- bodies ----------------------------------------------------------------------------
 */

/* Returns 1 when something was said, 0, or -ENOMEM. */
static int
say_body(const struct why *w, struct buf *out)
{
	const char *says = NULL;
	for (size_t i = 0; (says = verify_body_says(i)); i++) {
		auto_buf body = BUF_INIT(4 * LIMIT_CAPTURE_BYTES);
		int rc = verify_body_change(i, body_of(w), &body);
		if (rc == -ENOMEM)
			return rc;
		struct slice changed = {buf_str(&body), body.len};
		if (rc < 0 || !is_genuine(w, w->source, changed, w->now_us))
			continue;
		buf_printf(out, "%s\n", says);
		return 1;
	}
	return 0;
}

/* --- secrets ---------------------------------------------------------------------------
 */

static const struct {
	enum cli_secret_change change;
	const char *says;
} secrets[] = {
	{CLI_SECRET_TRIMMED, "without the blanks or line breaks around the secret it is "
			     "genuine: they stand in the file"},
	{CLI_SECRET_NEWLINE, "with a line break behind the secret it is genuine: the "
			     "sender's secret ends with one"},
	{CLI_SECRET_CRLF,
	 "with CRLF behind the secret it is genuine: the sender's secret "
	 "ends with it"},
	{CLI_SECRET_BASE64, "with the secret decoded from base64 it is genuine"},
	{CLI_SECRET_HEX, "with the secret decoded from hex it is genuine"},
};

static int
say_secret(const struct why *w, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
		struct provider_source *other =
			cli_source_changed(w->args, secrets[i].change);
		bool genuine = other && is_genuine(w, other, body_of(w), w->now_us);
		provider_source_free(other);
		if (!genuine)
			continue;
		buf_printf(out, "%s\n", secrets[i].says);
		return 1;
	}
	return 0;
}

static const char *
header_of(const struct capture *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++) {
		if (str_case_eq(c->headers[i].name, name))
			return c->headers[i].value;
	}
	return NULL;
}

/* What else shows that the body is not the one that was signed. */
static void
say_length(const struct why *w, struct buf *out)
{
	const char *text = header_of(w->capture, "Content-Length");
	uint64_t n = 0;
	if (text && parse_u64(text, 0, UINT64_MAX, &n) == 0 && n != w->capture->body.len)
		buf_printf(out,
			   "Content-Length says %llu bytes, the body has %zu: it was "
			   "changed or cut on its way\n",
			   (unsigned long long)n, w->capture->body.len);
}

static int
say_mismatch(const struct why *w, struct buf *out)
{
	int rc = say_body(w, out);
	if (rc == 0)
		rc = say_secret(w, out);
	say_length(w, out);
	if (rc == 0)
		buf_puts(out, "no usual cause fits: another secret, or another body\n");
	return rc < 0 ? rc : 0;
}

int
verify_why(const struct why *w, struct buf *out)
{
	int rc = 0;
	switch (w->verdict) {
	case VERDICT_NO_SIGNATURE:
		rc = say_missing(w, out);
		break;
	case VERDICT_STALE:
		say_drift(w, out);
		break;
	case VERDICT_MISMATCH:
		rc = say_mismatch(w, out);
		break;
	case VERDICT_MALFORMED:
		buf_printf(out, "expected %s\n",
			   provider_source_provider(w->source)->algorithm);
		break;
	case VERDICT_GENUINE:
	case VERDICT_AMBIGUOUS:
	case VERDICT_ERROR:
		break;
	}
	return rc < 0 ? rc : out->error;
}

/* The lines of signed that are not among those for another body: the signature. */
static void
put_different(const char *signed_lines, const char *others, struct buf *out)
{
	for (const char *l = signed_lines; *l; l += strcspn(l, "\n") + 1) {
		auto_str line = str_ndup(l, strcspn(l, "\n") + 1);
		if (line && !strstr(others, line))
			buf_puts(out, line);
	}
}

/* A header that is the same whatever the body shows a secret or says no more than it. */
static int
show_signature(const struct why *w, const struct delivery *d, struct buf *out)
{
	const struct provider *p = provider_source_provider(w->source);
	const char *type = str_is_empty(d->type) ? NULL : d->type;
	const char *id = d->sender_id ? d->sender_id : "";
	int64_t at_us = w->now_us;
	find_time(w, &at_us);
	auto_buf own = BUF_INIT(LIMIT_SIGNED_BYTES);
	auto_buf other = BUF_INIT(LIMIT_SIGNED_BYTES);
	auto_buf body = BUF_INIT(LIMIT_CAPTURE_BYTES + 1);
	buf_append(&body, w->capture->body.data, w->capture->body.len);
	int rc = buf_putc(&body, ' ');
	if (rc == 0)
		rc = p->sign(w->source, type, id, body_of(w), at_us, &own);
	if (rc == 0)
		rc = p->sign(w->source, type, id, buf_slice(&body), at_us, &other);
	if (rc == 0)
		put_different(buf_str(&own), buf_str(&other), out);
	wipe(&own);
	wipe(&other);
	return rc;
}

int
verify_show(const struct why *w, struct buf *out)
{
	struct provider_request rq = capture_request(w->capture, w->now_us);
	struct delivery *d = delivery_new();
	if (!d)
		return -ENOMEM;
	struct provider_answer answer;
	provider_answer_init(&answer);
	int rc = buf_append(&d->body, rq.body.data, rq.body.len);
	if (rc == 0) {
		provider_source_provider(w->source)->read(w->source, &rq, d, &answer);
		rc = show_signature(w, d, out);
	}
	provider_answer_done(&answer);
	delivery_free(d);
	return rc;
}
