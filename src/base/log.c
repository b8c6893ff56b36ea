#include "base/log.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"

static struct {
	enum log_format format;
	enum log_level level;
	int fd;
} settings = {LOG_FORMAT_LOGFMT, LOG_LEVEL_WARNING, STDERR_FILENO};

static const char *const level_names[] = {"debug", "info", "warning", "error"};

void
log_init(enum log_format format, enum log_level level, int fd)
{
	settings.format = format;
	settings.level = level;
	settings.fd = fd;
}

bool
log_enabled(enum log_level level)
{
	return level >= settings.level;
}

/* A logfmt value needs no quotes when it is plain ASCII without blanks, quotes and '='.
 */
static bool
is_plain(const char *text)
{
	if (*text == '\0')
		return false;
	for (const char *p = text; *p; p++) {
		if (*p <= ' ' || *p == '"' || *p == '=' || *p == '\\' || *p >= 127)
			return false;
	}
	return true;
}

static void
put_text(struct buf *line, const char *text)
{
	if (settings.format == LOG_FORMAT_LOGFMT && is_plain(text))
		buf_puts(line, text);
	else
		json_put_string(line, text, strlen(text));
}

static void
put_number(struct buf *line, const struct log_field *f)
{
	if (f->kind == LOG_KIND_UINT)
		buf_printf(line, "%llu", (unsigned long long)f->number);
	else if (f->kind == LOG_KIND_INT)
		buf_printf(line, "%lld", (long long)f->number);
	else
		buf_printf(line, "%lld.%06lld", (long long)(f->number / 1000000),
			   (long long)(f->number % 1000000));
}

static void
put_field(struct buf *line, const struct log_field *f)
{
	size_t before = line->len;
	bool json = settings.format == LOG_FORMAT_JSON;
	buf_printf(line, json ? ",\"%s\":" : " %s=", f->key);
	if (f->kind == LOG_KIND_STR)
		put_text(line, f->text);
	else
		put_number(line, f);
	if (!buf_failed(line))
		return;
	line->error = 0; /* a field that does not fit is left out */
	buf_truncate(line, before);
}

void
log_write(enum log_level level, const struct log_field *fields)
{
	int saved = errno;
	char now[CLOCK_TEXT_SIZE];
	clock_format(clock_wall_us(), now);
	bool json = settings.format == LOG_FORMAT_JSON;
	auto_buf line = BUF_INIT(LIMIT_LOG_BYTES);
	buf_printf(&line, json ? "{\"ts\":\"%s\",\"level\":\"%s\"" : "ts=%s level=%s",
		   now, level_names[level]);
	for (const struct log_field *f = fields; f->kind != LOG_KIND_END; f++) {
		if (f->kind != LOG_KIND_STR || f->text)
			put_field(&line, f);
	}
	line.limit += 2;
	buf_puts(&line, json ? "}\n" : "\n");
	ssize_t written = write(settings.fd, buf_str(&line), line.len);
	(void)written; /* a log that cannot be written has nobody to tell */
	errno = saved;
}

bool
log_budget_take(struct log_budget *b)
{
	uint64_t second = clock_mono_us() / 1000000;
	if (b->second != second)
		b->said = 0;
	b->second = second;
	if (b->said >= LIMIT_LOG_BURST) {
		b->unsaid++;
		return false;
	}
	b->said++;
	return true;
}

struct log_field
log_unsaid(struct log_budget *b)
{
	uint64_t n = b->unsaid;
	b->unsaid = 0;
	return n > 0 ? log_uint("unsaid", n) : log_str("unsaid", NULL);
}
