#include "cli/terminal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"

bool
terminal_is_live(FILE *to)
{
	return isatty(fileno(to)) && !str_eq(getenv("TERM"), "dumb");
}

static bool
is_yes(const char *answer)
{
	return str_case_eq(answer, "y\n") || str_case_eq(answer, "yes\n");
}

int
terminal_confirm(const struct cli_args *args, const char *what, ...)
{
	char answer[16] = "";
	if (cli_has(args, "--yes"))
		return CLI_OK;
	va_list ap;
	va_start(ap, what);
	auto_buf text = BUF_INIT(LIMIT_TEXT_BYTES);
	buf_vprintf(&text, what, ap);
	va_end(ap);
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
		return cli_fail(args, CLI_USAGE, "%s: needs --yes", buf_str(&text));
	terminal_put_word(stderr, buf_str(&text));
	fputs(". Go on? [y/N] ", stderr);
	fflush(stderr);
	if (fgets(answer, sizeof(answer), stdin) && is_yes(answer))
		return CLI_OK;
	return cli_fail(args, CLI_FAILED, "nothing was done");
}

static bool
is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
}

/* The length of a colour's sequence (ESC [ digits ; digits m) at text; 0: none. */
static size_t
colour_length(const char *text)
{
	if (text[0] != '\033' || text[1] != '[')
		return 0;
	size_t n = 2 + strspn(text + 2, "0123456789;");
	return text[n] == 'm' ? n + 1 : 0;
}

static void
put_careful(FILE *to, const char *text)
{
	while (*text) {
		size_t colour = colour_length(text);
		if (colour > 0)
			fwrite(text, 1, colour, to);
		else if (text[0] != '\r' || text[1] != '\n')
			putc(is_control(*text) ? '?' : *text, to);
		text += colour > 0 ? colour : 1;
	}
}

void
terminal_put(FILE *to, const char *text)
{
	if (isatty(fileno(to)))
		put_careful(to, text);
	else
		fputs(text, to);
	if (*text && !str_ends(text, "\n"))
		putc('\n', to);
}

void
terminal_put_word(FILE *to, const char *text)
{
	for (; *text; text++)
		putc((unsigned char)*text < 0x20 || *text == 0x7f ? '?' : *text, to);
}
