/*
 * docs/schemas: a JSON Schema (draft 2020-12) for each type of event, for the CloudEvent
 * around it and for the retained states, as one object by name.
 */
#include "base/json.h"
#include "base/limits.h"
#include "cli/docs.h"
#include "model/job.h"
#include "pipeline/event_types.h"

#define DRAFT "https://json-schema.org/draft/2020-12/schema"

#define STATE_NAME(value, name) name,
static const char *const job_states[] = {JOB_STATES(STATE_NAME) NULL};
static const char *const step_states[] = {STEP_STATES(STATE_NAME) NULL};
static const char *const bridge_states[] = {"online", "offline", "lost", NULL};

/* What a kind of member asks of a string. */
static const struct {
	const char *keyword;
	const char *value;
	const char *const *words; /* an enum; NULL */
} kinds[] = {
	[MEMBER_TEXT] = {NULL, NULL, NULL},
	[MEMBER_ULID] = {"pattern", "^[0-7][0-9A-HJKMNP-TV-Z]{25}$", NULL},
	[MEMBER_TIME] = {"format", "date-time", NULL},
	[MEMBER_COUNT] = {NULL, NULL, NULL},
	[MEMBER_JOB_STATE] = {NULL, NULL, job_states},
	[MEMBER_STEP_STATE] = {NULL, NULL, step_states},
	[MEMBER_BRIDGE_STATE] = {NULL, NULL, bridge_states},
	[MEMBER_URI] = {"format", "uri", NULL},
	[MEMBER_SEQUENCE] = {"pattern", "^[0-9]{20}$", NULL},
	[MEMBER_TRACE] = {"pattern", "^00-[0-9a-f]{32}-[0-9a-f]{16}-01$", NULL},
};

static void
put_type(struct json_writer *w, const struct notice_member *m)
{
	const char *type = m->kind == MEMBER_COUNT ? "integer" : "string";
	if (m->presence != MEMBER_OR_NULL) {
		json_str(w, "type", type);
		return;
	}
	json_open_array(w, "type");
	json_str(w, NULL, type);
	json_str(w, NULL, "null");
	json_close_array(w);
}

/* fixed: the only value it may have; NULL. */
static void
put_member(struct json_writer *w, const struct notice_member *m, const char *fixed)
{
	const char *const *words = fixed ? NULL : kinds[m->kind].words;
	json_open_object(w, m->name);
	json_str(w, "description", m->help);
	put_type(w, m);
	json_opt_str(w, "const", fixed);
	if (kinds[m->kind].keyword)
		json_str(w, kinds[m->kind].keyword, kinds[m->kind].value);
	if (m->kind == MEMBER_COUNT)
		json_int(w, "minimum", 0);
	if (words)
		json_open_array(w, "enum");
	for (const char *const *word = words; word && *word; word++)
		json_str(w, NULL, *word);
	if (words)
		json_close_array(w);
	json_close_object(w);
}

static void
open_schema(struct json_writer *w, const char *name, const char *title)
{
	auto_buf id = BUF_INIT(KIB);
	buf_printf(&id, "urn:forgebridge:schema:%s", name);
	json_open_object(w, name);
	json_str(w, "$schema", DRAFT);
	json_str(w, "$id", buf_str(&id));
	json_str(w, "title", title);
	json_str(w, "type", "object");
}

static void
put_event(struct json_writer *w, const struct event_type_row *row)
{
	auto_buf name = BUF_INIT(KIB);
	buf_printf(&name, EVENT_TYPE_FORMAT, row->noun, row->verb);
	open_schema(w, buf_str(&name), row->help);
	json_open_array(w, "required");
	for (const struct notice_member *m = row->members; m->name; m++) {
		if (event_type_always_has(row, m))
			json_str(w, NULL, m->name);
	}
	json_close_array(w);
	json_open_object(w, "properties");
	for (const struct notice_member *m = row->members; m->name; m++)
		put_member(w, m, event_type_fixes(row, m));
	json_close_object(w);
	json_close_object(w);
}

static const char *
fixed_attribute(const char *name)
{
	if (str_eq(name, "specversion"))
		return "1.0";
	return str_eq(name, "datacontenttype") ? "application/json" : NULL;
}

/* With `data`, whose schema follows from `type`. */
static void
put_envelope(struct json_writer *w)
{
	open_schema(w, "cloudevent", "the CloudEvent of a notice, structured mode");
	json_open_array(w, "required");
	for (const struct notice_member *m = notice_attributes; m->name; m++) {
		if (m->presence == MEMBER_ALWAYS)
			json_str(w, NULL, m->name);
	}
	json_str(w, NULL, "data");
	json_close_array(w);
	json_open_object(w, "properties");
	for (const struct notice_member *m = notice_attributes; m->name; m++)
		put_member(w, m, fixed_attribute(m->name));
	json_open_object(w, "data");
	json_str(w, "description", "by `type`; `dataschema` names its schema");
	json_str(w, "type", "object");
	json_close_object(w);
	json_close_object(w);
	json_close_object(w);
}

static void
put_state(struct json_writer *w, const char *name, const char *title,
	  const struct notice_member *members)
{
	open_schema(w, name, title);
	json_open_array(w, "required");
	for (const struct notice_member *m = members; m->name; m++)
		json_str(w, NULL, m->name);
	json_close_array(w);
	json_open_object(w, "properties");
	for (const struct notice_member *m = members; m->name; m++)
		put_member(w, m, NULL);
	json_close_object(w);
	json_close_object(w);
}

void
docs_schemas(struct buf *out)
{
	struct json_writer w;
	json_begin(&w, out);
	json_open_object(&w, NULL);
	for (size_t i = 0; i < EVENT_TYPE_COUNT; i++)
		put_event(&w, &event_types[i]);
	put_envelope(&w);
	put_state(&w, "site-state", "the last known state of a site", site_state_members);
	put_state(&w, "bridge-state", "the state of the bridge", bridge_state_members);
	json_close_object(&w);
	buf_putc(out, '\n');
}
