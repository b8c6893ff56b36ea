/* Filters that write a value for another language, and dates. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/json.h"
#include "base/limits.h"
#include "match/template_value.h"
#include "match/values.h"

#define MAX_DATE    256		   /* bytes of a formatted date */
#define MAX_EPOCH   253402300799.0 /* the end of the year 9999 */
#define US_A_SECOND 1000000

int
template_json(struct template_value *v, const struct template_argument *arguments,
	      const char **ret_problem)
{
	(void)arguments;
	(void)ret_problem;
	if (v->kind == TEMPLATE_JSON) {
		v->kind = TEMPLATE_TEXT;
		return 0;
	}
	auto_buf out = BUF_INIT(LIMIT_TEMPLATE_BYTES);
	int rc = json_put_string(&out, buf_str(&v->text), v->text.len);
	if (rc == 0)
		template_replace_text(v, TEMPLATE_TEXT, &out);
	return rc;
}

int
template_url(struct template_value *v, const struct template_argument *arguments,
	     const char **ret_problem)
{
	(void)arguments;
	int rc = template_to_text(v, ret_problem);
	if (rc < 0)
		return rc;
	auto_buf out = BUF_INIT(LIMIT_TEMPLATE_BYTES);
	rc = url_encode(&out, buf_str(&v->text), v->text.len);
	if (rc == 0)
		template_replace_text(v, TEMPLATE_TEXT, &out);
	return rc;
}

/* In single quotes nothing is special to a POSIX shell; ' itself becomes '\''. */
int
template_shell(struct template_value *v, const struct template_argument *arguments,
	       const char **ret_problem)
{
	(void)arguments;
	int rc = template_to_text(v, ret_problem);
	if (rc < 0)
		return rc;
	if (v->text.len > 0 && memchr(v->text.data, '\0', v->text.len)) {
		*ret_problem = "a NUL character, which no shell word can hold";
		return -EINVAL;
	}
	auto_buf out = BUF_INIT(LIMIT_TEMPLATE_BYTES);
	buf_putc(&out, '\'');
	for (size_t i = 0; i < v->text.len; i++) {
		if (v->text.data[i] == '\'')
			buf_puts(&out, "'\\''");
		else
			buf_putc(&out, v->text.data[i]);
	}
	rc = buf_putc(&out, '\'');
	if (rc == 0)
		template_replace_text(v, TEMPLATE_TEXT, &out);
	return rc;
}

/* Seconds since 1970 of an RFC 3339 text or a number of seconds (as text too). */
static bool
read_time(const struct template_value *v, time_t *ret_time)
{
	int64_t us = 0;
	double seconds = 0;
	if (clock_parse(buf_str(&v->text), &us) == 0) {
		int64_t rest = us % US_A_SECOND;
		*ret_time = (time_t)(us / US_A_SECOND - (rest < 0));
		return true;
	}
	struct slice text = buf_slice(&v->text);
	if (json_check(text, NULL) < 0 || !value_number(text, &seconds) ||
	    seconds < -MAX_EPOCH || seconds > MAX_EPOCH)
		return false;
	time_t whole = (time_t)seconds; /* towards zero */
	*ret_time = whole - ((double)whole > seconds);
	return true;
}

/* The format is the operator's, never the payload's. */
static size_t
format_time(char *out, size_t size, const char *format, const struct tm *tm)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	return strftime(out, size, format, tm);
#pragma GCC diagnostic pop
}

int
template_date(struct template_value *v, const struct template_argument *arguments,
	      const char **ret_problem)
{
	const char *format = arguments[0].text.data ? arguments[0].text.data : "%Y-%m-%d";
	int rc = template_to_text(v, ret_problem);
	time_t seconds = 0;
	struct tm tm;
	if (rc < 0)
		return rc;
	if (!read_time(v, &seconds) || !gmtime_r(&seconds, &tm)) {
		*ret_problem = "expected a date such as 2026-11-23T12:00:00Z or seconds "
			       "since 1970";
		return -EINVAL;
	}
	char text[MAX_DATE];
	size_t n = format_time(text, sizeof(text), format, &tm);
	if (n == 0 && *format) {
		*ret_problem = "the format gives nothing or too much";
		return -EINVAL;
	}
	buf_reset(&v->text);
	return buf_append(&v->text, text, n);
}
