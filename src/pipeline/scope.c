#include "pipeline/scope.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/json_doc.h"
#include "base/limits.h"
#include "base/str.h"

#define MAX_SCOPE_BYTES (8 * MIB) /* headers, or the results of a job's steps */

enum {
	FIELD_SOURCE,
	FIELD_KIND,
	FIELD_TYPE,
	FIELD_ID,
	FIELD_SUBJECT,
	FIELD_RECEIVED_AT,
	FIELD_HEADERS,
	FIELD_PAYLOAD,
	FIELD_GIT,
	FIELD_CHAT,
	FIELD_ALERT,
	FIELD_STEPS,
	FIELD_JOB
};

static void
set_text(struct scope *s, size_t i, const char *name, const char *text)
{
	s->fields[i] = (struct match_field){name, MATCH_TEXT, slice_of(text)};
}

static void
set_json(struct scope *s, size_t i, const char *name, const struct buf *text)
{
	struct slice value = text->len > 0 ? buf_slice(text) : (struct slice){0};
	s->fields[i] = (struct match_field){name, MATCH_JSON, value};
}

/* Whether a header of this name (any case) stands in headers before end. */
static bool
stands_before(const char *headers, const char *end, const char *name, size_t len)
{
	for (const char *p = headers; p < end;) {
		if (strncasecmp(p, name, len) == 0 && p[len] == ':')
			return true;
		p += strcspn(p, "\n") + 1;
	}
	return false;
}

/* {"x-github-event": "push", ...}: names in lower case, the first of a name counts. */
static int
write_headers(struct buf *out, const struct buf *headers)
{
	const char *all = buf_str(headers);
	struct json_writer w;
	json_begin(&w, out);
	json_open_object(&w, NULL);
	for (const char *p = all; *p;) {
		size_t line = strcspn(p, "\n");
		size_t name_len = strcspn(p, ":\n");
		char name[LIMIT_WORD_BYTES];
		const char *value = p + name_len + 2;
		bool usable = name_len < sizeof(name) && name_len + 2 <= line &&
			      !stands_before(all, p, p, name_len);
		for (size_t i = 0; usable && i < name_len; i++)
			name[i] = (char)tolower((unsigned char)p[i]);
		if (usable) {
			name[name_len] = '\0';
			json_slice(&w, name, (struct slice){value, line - name_len - 2});
		}
		p += line + (p[line] == '\n');
	}
	json_close_object(&w);
	return out->error;
}

static void
set_payload(struct scope *s, const struct delivery *d)
{
	struct slice text = delivery_payload(d);
	if (d->form == PAYLOAD_TEXT) {
		json_put_string(&s->payload, text.data, text.len);
		set_json(s, FIELD_PAYLOAD, "payload", &s->payload);
		return;
	}
	s->fields[FIELD_PAYLOAD] = (struct match_field){"payload", MATCH_JSON, text};
}

static int
set_more(struct scope *s, const struct delivery *d, bool wanted)
{
	provider_fields_init(&s->more);
	int rc = wanted ? provider_fields_read(d, &s->more) : 0;
	set_json(s, FIELD_GIT, "git", &s->more.git);
	set_json(s, FIELD_CHAT, "chat", &s->more.chat);
	set_json(s, FIELD_ALERT, "alert", &s->more.alert);
	return rc;
}

int
scope_init(struct scope *s, const struct delivery *d, bool with_fields)
{
	*s = (struct scope){.headers = BUF_INIT(MAX_SCOPE_BYTES),
			    .payload = BUF_INIT(SIZE_MAX / 2),
			    .steps = BUF_INIT(MAX_SCOPE_BYTES),
			    .job = BUF_INIT(MAX_SCOPE_BYTES)};
	s->event = (struct match_event){s->fields, SCOPE_FIELDS};
	set_text(s, FIELD_SOURCE, "source", d->source);
	set_text(s, FIELD_KIND, "kind", d->kind);
	set_text(s, FIELD_TYPE, "type", d->type);
	set_text(s, FIELD_ID, "id", d->sender_id);
	set_text(s, FIELD_SUBJECT, "subject", d->subject);
	set_text(s, FIELD_RECEIVED_AT, "received_at",
		 clock_format(d->received_us, s->received_at));
	write_headers(&s->headers, &d->headers);
	set_json(s, FIELD_HEADERS, "headers", &s->headers);
	set_payload(s, d);
	int rc = set_more(s, d, with_fields);
	set_json(s, FIELD_STEPS, "steps", &s->steps);
	set_json(s, FIELD_JOB, "job", &s->job);
	return rc < 0 || buf_failed(&s->headers) || buf_failed(&s->payload) ? -ENOMEM : 0;
}

/* The members of Forge's answer, without its braces, behind a comma. */
static void
put_members(struct buf *out, const char *result)
{
	auto_json_doc doc = NULL;
	if (!result || json_doc_parse(slice_of(result), &doc, NULL) < 0)
		return;
	struct json_value root = json_root(doc);
	if (root.kind != JSON_OBJECT || json_length(root) == 0)
		return;
	buf_putc(out, ',');
	buf_append(out, root.raw.data + 1, root.raw.len - 2);
}

static void
put_step(struct buf *out, const struct job_step *step, const char *id)
{
	json_put_string(out, id, strlen(id));
	buf_puts(out, ":{\"status\":");
	json_put_string(out, step_state_name(step->state),
			strlen(step_state_name(step->state)));
	buf_puts(out, ",\"resource\":");
	if (step->resource)
		json_put_string(out, step->resource, strlen(step->resource));
	else
		buf_puts(out, "null");
	put_members(out, step->result);
	buf_putc(out, '}');
}

static void
write_steps(struct buf *out, const struct job *job, const struct rule *rule)
{
	buf_reset(out);
	buf_putc(out, '{');
	bool first = true;
	for (size_t i = 0; i < job->n_steps; i++) {
		const struct job_step *step = &job->steps[i];
		const struct rule_step *list = step->on_failure ? rule->on_failure
								: rule->steps;
		if (!first)
			buf_putc(out, ',');
		first = false;
		put_step(out, step, list[step->position].id);
	}
	buf_putc(out, '}');
}

/* What the first failed step said; for on_failure steps. */
static const char *
first_error(const struct job *job)
{
	for (size_t i = 0; i < job->n_steps; i++) {
		if (job->steps[i].state == STEP_FAILED)
			return job->steps[i].error;
	}
	return NULL;
}

static void
write_job(struct buf *out, const struct job *job)
{
	struct json_writer w;
	buf_reset(out);
	json_begin(&w, out);
	json_open_object(&w, NULL);
	json_str(&w, "id", job->id.text);
	json_str(&w, "rule", job->rule);
	json_str(&w, "queue", job->queue);
	json_str(&w, "state", job_state_name(job->state));
	json_str(&w, "error", first_error(job));
	json_close_object(&w);
}

int
scope_set_job(struct scope *s, const struct job *job, const struct rule *rule)
{
	write_steps(&s->steps, job, rule);
	write_job(&s->job, job);
	set_json(s, FIELD_STEPS, "steps", &s->steps);
	set_json(s, FIELD_JOB, "job", &s->job);
	return buf_failed(&s->steps) || buf_failed(&s->job) ? -ENOMEM : 0;
}

void
scope_done(struct scope *s)
{
	buf_done(&s->headers);
	buf_done(&s->payload);
	provider_fields_done(&s->more);
	buf_done(&s->steps);
	buf_done(&s->job);
}
