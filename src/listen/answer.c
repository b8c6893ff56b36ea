#include "listen/answer.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "listen/wire.h"

/* The Date of now (RFC 9110 section 6.6.1), formatted once a second. */
static const char *
date_now(struct http_server *s)
{
	int64_t now = clock_wall_us() / 1000000;
	if (now == s->date_s && s->date[0])
		return s->date;
	time_t seconds = (time_t)now;
	struct tm tm = {0};
	gmtime_r(&seconds, &tm);
	/* English whatever the locale: strftime's names would not be. */
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char format[sizeof(s->date)];
	size_t n = strftime(format, sizeof(format), "___, %d ___ %Y %H:%M:%S GMT", &tm);
	if (n > 11) {
		memcpy(format, days + (size_t)tm.tm_wday * 3, 3);
		memcpy(format + 8, months + (size_t)tm.tm_mon * 3, 3);
	}
	memcpy(s->date, format, sizeof(s->date));
	s->date_s = now;
	return s->date;
}

static bool
may_have_length(const struct answer *a)
{
	return a->status >= 200 && a->status != 204 && a->status != 304;
}

static void
put_number(struct buf *out, uint64_t n)
{
	char digits[20];
	size_t i = sizeof(digits);
	do {
		digits[--i] = (char)('0' + n % 10);
		n /= 10;
	} while (n > 0);
	buf_append(out, digits + i, sizeof(digits) - i);
}

static void
put_header(struct buf *out, const char *name, const char *value)
{
	buf_puts(out, name);
	buf_append(out, ": ", 2);
	buf_puts(out, value);
	buf_append(out, "\r\n", 2);
}

static void
put_framing(struct buf *out, const struct answer *a)
{
	if (a->stream && !a->old)
		put_header(out, "Transfer-Encoding", "chunked");
	if (a->stream || !may_have_length(a))
		return;
	buf_puts(out, "Content-Length: ");
	put_number(out, a->body.len);
	buf_append(out, "\r\n", 2);
}

static void
put_head(struct conn *c, const struct answer *a)
{
	struct buf *out = &c->server->answer;
	buf_puts(out, "HTTP/1.1 ");
	put_number(out, (uint64_t)a->status);
	buf_putc(out, ' ');
	buf_puts(out, http_reason(a->status));
	buf_puts(out, "\r\n");
	put_header(out, "Date", date_now(c->server));
	if (a->type)
		put_header(out, "Content-Type", a->type);
	put_framing(out, a);
	buf_append(out, a->extra.data, a->extra.len);
	if (!c->keep)
		put_header(out, "Connection", "close");
	else if (a->old)
		put_header(out, "Connection", "keep-alive");
	buf_append(out, "\r\n", 2);
}

int
answer_send(struct conn *c, const struct answer *a)
{
	struct http_server *s = c->server;
	struct iovec pieces[2];
	int count = 0;
	bool with_body = !a->no_body && may_have_length(a) && a->body.len > 0;
	bool copied = with_body && a->body.len <= LIMIT_ANSWER_COPY;
	buf_reset(&s->answer);
	put_head(c, a);
	if (copied)
		buf_append(&s->answer, a->body.data, a->body.len);
	if (buf_failed(&s->answer))
		return -ENOMEM;
	pieces[count++] = (struct iovec){s->answer.data, s->answer.len};
	if (with_body && !copied)
		pieces[count++] =
			(struct iovec){(void *)(uintptr_t)a->body.data, a->body.len};
	s->stats.answers[a->status / 100]++;
	return wire_write(c, pieces, count);
}

struct slice
answer_problem(struct http_server *s, int status, const char *detail)
{
	struct json_writer w;
	buf_reset(&s->problem);
	json_begin(&w, &s->problem);
	json_open_object(&w, NULL);
	json_str(&w, "type", "about:blank");
	json_str(&w, "title", http_reason(status));
	json_int(&w, "status", status);
	json_opt_str(&w, "detail", detail);
	json_close_object(&w);
	return buf_failed(&s->problem) ? slice_of("{}") : buf_slice(&s->problem);
}

int
answer_refuse(struct conn *c, int status, const char *detail)
{
	const struct http_request *rq = c->rq;
	struct answer a = {.status = status, .type = PROBLEM_TYPE};
	char retry[64];
	a.body = answer_problem(c->server, status, detail);
	a.no_body = rq && rq->message.parser.method == HTTP_HEAD;
	if (status == 503) {
		snprintf(retry, sizeof(retry), "Retry-After: %d\r\n",
			 DEFAULT_RETRY_AFTER_S);
		a.extra = slice_of(retry);
	}
	return answer_send(c, &a);
}

int
answer_continue(struct conn *c)
{
	char line[] = "HTTP/1.1 100 Continue\r\n\r\n";
	c->server->stats.answers[1]++;
	return wire_write(c, &(struct iovec){line, sizeof(line) - 1}, 1);
}
