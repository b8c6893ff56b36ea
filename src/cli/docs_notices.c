/* The generated regions of docs/NOTICES.md. */
#include "base/limits.h"
#include "cli/docs.h"
#include "model/job.h"
#include "pipeline/event_types.h"

#define STATE_CELL(value, name) " `" name "`"
static const char *const kinds[] = {
	[MEMBER_TEXT] = " text",
	[MEMBER_ULID] = " ULID",
	[MEMBER_TIME] = " time, RFC 3339 in UTC",
	[MEMBER_COUNT] = " number",
	[MEMBER_JOB_STATE] = JOB_STATES(STATE_CELL),
	[MEMBER_STEP_STATE] = STEP_STATES(STATE_CELL),
	[MEMBER_BRIDGE_STATE] = " `online` `offline` `lost`",
	[MEMBER_URI] = " URI",
	[MEMBER_SEQUENCE] = " 20 digits",
	[MEMBER_TRACE] = " `00-`trace`-`span`-01`",
};

static void
put_member(struct buf *out, const struct notice_member *m, const char *presence)
{
	buf_printf(out, "| `%s` |", m->name);
	docs_put_cell(out, kinds[m->kind]);
	buf_printf(out, " | %s | ", presence);
	docs_put_cell(out, m->help);
	buf_puts(out, " |\n");
}

/* The verbs of a noun whose events always have the member. */
static void
put_verbs(struct buf *out, const char *noun, const struct notice_member *m)
{
	const char *before = "";
	for (size_t i = 0; i < EVENT_TYPE_COUNT; i++) {
		const struct event_type_row *row = &event_types[i];
		if (!str_eq(row->noun, noun) || !event_type_always_has(row, m))
			continue;
		buf_printf(out, "%s%s", before, row->verb);
		before = ", ";
	}
}

static void
put_presence(struct buf *out, const char *noun, const struct notice_member *m)
{
	auto_buf verbs = BUF_INIT(KIB);
	if (m->presence == MEMBER_ALWAYS) {
		buf_puts(out, "always");
		return;
	}
	put_verbs(&verbs, noun, m);
	if (verbs.len > 0)
		buf_printf(out, "always in %s", buf_str(&verbs));
	else
		buf_puts(out, m->presence == MEMBER_OR_NULL ? "may be null" : "if known");
}

static void
put_members(struct buf *out, const char *noun, const struct notice_member *members)
{
	buf_puts(out, "| member | value | there | what |\n|---|---|---|---|\n");
	for (const struct notice_member *m = members; m->name; m++) {
		auto_buf presence = BUF_INIT(KIB);
		put_presence(&presence, noun, m);
		put_member(out, m, buf_str(&presence));
	}
}

/* The members of a step's events begin with all of a job's, which have their table. */
static const struct notice_member *
own_members(const struct event_type_row *row)
{
	const struct notice_member *of_job = event_types[EVENT_JOB_STARTED].members;
	const struct notice_member *m = row->members;
	if (m == of_job)
		return m;
	while (str_eq(m->name, of_job->name)) {
		m++;
		of_job++;
	}
	return m;
}

/* The event types of one noun and the members of their data. */
static void
put_noun(struct buf *out, const char *noun)
{
	const struct notice_member *members = NULL;
	buf_printf(out, "<!-- %s -->\n| topic | told when |\n|---|---|\n", noun);
	for (size_t i = 0; i < EVENT_TYPE_COUNT; i++) {
		const struct event_type_row *row = &event_types[i];
		if (!str_eq(row->noun, noun))
			continue;
		members = own_members(row);
		buf_printf(out, "| `P/event/%s/%s` | ", noun, row->verb);
		docs_put_cell(out, row->help);
		buf_puts(out, " |\n");
	}
	buf_putc(out, '\n');
	put_members(out, noun, members);
	buf_printf(out, "<!-- /%s -->\n", noun);
}

static void
put_table(struct buf *out, const char *region, const struct notice_member *members)
{
	buf_printf(out, "<!-- %s -->\n", region);
	put_members(out, region, members);
	buf_printf(out, "<!-- /%s -->\n", region);
}

void
docs_notices(struct buf *out)
{
	put_table(out, "attributes", notice_attributes);
	put_noun(out, "delivery");
	put_noun(out, "job");
	put_noun(out, "step");
	put_table(out, "site_state", site_state_members);
	put_table(out, "bridge_state", bridge_state_members);
}
