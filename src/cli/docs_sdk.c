/* docs/SDK.md: what can be waited for, and how what was made is found again. */
#include <string.h>

#include "cli/docs.h"
#include "forge/client.h"
#include "forge/follow.h"

/* Without what nearly all ids begin with. */
static const char *
short_id(const char *id)
{
	static const char *const heads[] = {"organizations.servers.", "organizations."};
	for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
		if (strncmp(id, heads[i], strlen(heads[i])) == 0)
			return id + strlen(heads[i]);
	}
	return id;
}

static void
put_end(struct buf *out, const struct follow_row *row)
{
	const char *joint = "";
	if (row->gone) {
		buf_puts(out, "404");
		return;
	}
	if (row->good) {
		buf_printf(out, "`%s`: %s", row->status, row->good);
		joint = "; ";
	}
	if (row->null_is_good)
		buf_puts(out, " or null");
	if (row->settles)
		buf_puts(out, ", twice");
	if (row->ended_at)
		buf_printf(out, ", or `%s` set", row->ended_at);
	if (row->exit_code)
		buf_printf(out, ", `%s` 0 or null", row->exit_code);
	if (row->flag)
		buf_printf(out, "%s`%s` %s", joint, row->flag + (*row->flag == '!'),
			   *row->flag == '!' ? "false" : "true");
	if (row->must_be_same)
		buf_printf(out, "%s`%s` as sent", joint, row->same[0].attribute);
	if (!row->good && !row->flag && !row->must_be_same)
		buf_puts(out, "it is there");
}

static void
put_waiting(struct buf *out)
{
	buf_puts(out, "<!-- waiting -->\n"
		      "| operation | reads | good end | bad end |\n|---|---|---|---|\n");
	for (size_t i = 0; i < follow_n_rows; i++) {
		const struct follow_row *row = &follow_rows[i];
		if (!row->show)
			continue;
		buf_printf(out, "| %s | %s | ", short_id(row->operation),
			   short_id(row->show));
		put_end(out, row);
		buf_printf(out, " | %s |\n", row->bad ? row->bad : "");
	}
	buf_puts(out, "<!-- /waiting -->\n");
}

static void
put_nothing(struct buf *out)
{
	buf_puts(out, "<!-- nothing -->\n| operation | why |\n|---|---|\n");
	for (size_t i = 0; i < follow_n_rows; i++) {
		const struct follow_row *row = &follow_rows[i];
		if (row->nothing)
			buf_printf(out, "| %s | %s |\n", short_id(row->operation),
				   row->nothing);
	}
	buf_puts(out, "<!-- /nothing -->\n");
}

static void
put_same(struct buf *out, const struct follow_row *row)
{
	const char *joint = "";
	for (size_t i = 0; i < 2 && row->same[i].body; i++) {
		buf_printf(out, "%s`%s`", joint, row->same[i].attribute);
		joint = ", ";
	}
	if (row->any_new)
		buf_puts(out, "any new one; of several the oldest");
	else if (row->each)
		buf_printf(out, "as many new ones as `%s` has", row->each);
	else if (!row->same[0].body)
		buf_puts(out, "the only new one");
}

static void
put_found(struct buf *out)
{
	buf_puts(out,
		 "<!-- found -->\n| operation | list | recognised by |\n|---|---|---|\n");
	for (size_t i = 0; i < follow_n_rows; i++) {
		const struct follow_row *row = &follow_rows[i];
		if (!row->list)
			continue;
		buf_printf(out, "| %s | %s | ", short_id(row->operation),
			   short_id(row->list));
		put_same(out, row);
		buf_puts(out, " |\n");
	}
	buf_puts(out, "<!-- /found -->\n");
}

void
docs_sdk(struct buf *out)
{
	put_waiting(out);
	put_nothing(out);
	put_found(out);
}
