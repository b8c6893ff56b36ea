#include "sandbox/csv.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"

void
csv_put(struct buf *out, const char *text)
{
	if (!strpbrk(text, ",\"\r\n")) {
		buf_puts(out, text);
		return;
	}
	buf_putc(out, '"');
	for (const char *p = text; *p; p++) {
		if (*p == '"')
			buf_putc(out, '"');
		buf_putc(out, *p);
	}
	buf_putc(out, '"');
}

static void
skip(struct slice *rest, size_t n)
{
	rest->data += n;
	rest->len -= n;
}

/* What stands between quotes; the first was taken already. */
static int
take_quoted(struct slice *rest, struct buf *out)
{
	while (rest->len > 0) {
		char c = rest->data[0];
		skip(rest, 1);
		if (c != '"') {
			buf_putc(out, c);
		} else if (rest->len > 0 && rest->data[0] == '"') {
			buf_putc(out, '"');
			skip(rest, 1);
		} else {
			return 0;
		}
	}
	return -EINVAL;
}

static bool
is_end(char c)
{
	return c == ',' || c == '\r' || c == '\n';
}

static int
take_field(struct slice *rest, char **ret_field)
{
	auto_buf out = BUF_INIT(LIMIT_TEXT_BYTES);
	int rc = 0;
	if (rest->len > 0 && rest->data[0] == '"') {
		skip(rest, 1);
		rc = take_quoted(rest, &out);
	}
	while (rc == 0 && rest->len > 0 && !is_end(rest->data[0])) {
		buf_putc(&out, rest->data[0]);
		skip(rest, 1);
	}
	if (rc == 0 && buf_failed(&out))
		rc = -EINVAL;
	char *field = rc == 0 ? str_dup(buf_str(&out)) : NULL;
	if (rc == 0 && !field)
		rc = -ENOMEM;
	if (rc == 0)
		*ret_field = field;
	return rc;
}

int
csv_next(struct slice *rest, char **fields, int max)
{
	int n = 0;
	while (rest->len > 0 && (rest->data[0] == '\r' || rest->data[0] == '\n'))
		skip(rest, 1);
	while (rest->len > 0 && !(rest->data[0] == '\r' || rest->data[0] == '\n')) {
		if (n == max)
			return -EINVAL;
		int rc = take_field(rest, &fields[n]);
		if (rc < 0)
			return rc;
		n++;
		if (rest->len > 0 && rest->data[0] == ',')
			skip(rest, 1);
	}
	return n;
}
