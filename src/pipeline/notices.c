#include "pipeline/notices.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/json.h"
#include "base/json_doc.h"
#include "base/limits.h"
#include "base/mem.h"

/* What all CloudEvents of one flow share. */
struct context {
	const char *bridge;
	const char *delivery;  /* correlation */
	const char *causation; /* what directly led to it */
	const char *queue;     /* NULL before there is a job */
	const char *server;
	const char *site;
};

void
notice_list_done(struct notice_list *list)
{
	for (size_t i = 0; i < list->len; i++)
		notice_done(&list->items[i]);
	mem_free(list->items);
	*list = (struct notice_list){0};
}

/* A name as one level of a topic: what MQTT gives a meaning becomes '_'. */
static void
put_level(struct buf *topic, const char *name)
{
	for (const char *p = name; *p; p++) {
		bool special = strchr("+#/\x7f", *p) || (*p == '$' && p == name) ||
			       (unsigned char)*p < 0x20;
		buf_putc(topic, special ? '_' : *p);
	}
}

static char *
site_topic(const struct context *c, const char *leaf)
{
	auto_buf topic = BUF_INIT(KIB);
	buf_puts(&topic, "site/");
	put_level(&topic, c->server);
	buf_putc(&topic, '/');
	put_level(&topic, c->site);
	buf_printf(&topic, "/%s", leaf);
	return buf_take(&topic);
}

static bool
knows_site(const struct context *c)
{
	return !str_is_empty(c->server) && !str_is_empty(c->site);
}

/* Adds a notice; takes topic over, copies the rest. */
static int
add(struct notice_list *list, const struct notice *made, const char *payload, char *topic)
{
	auto_str owned_topic = topic;
	if (!topic || x_reserve(&list->items, &list->cap, list->len) < 0)
		return -ENOMEM;
	struct notice n = *made;
	n.type = str_dup(made->type);
	n.payload = str_dup(payload);
	if ((made->type && !n.type) || !n.payload) {
		str_free(n.type);
		str_free(n.payload);
		return -ENOMEM;
	}
	n.topic = steal_ptr(&owned_topic);
	list->items[list->len++] = n;
	return 0;
}

static unsigned
crockford_value(char c)
{
	static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	const char *p = strchr(alphabet, c);
	return p ? (unsigned)(p - alphabet) : 0;
}

/* The last bytes of a ULID's 128 bits as hex: a trace id that needs no room of its own.
 */
static void
put_ulid_hex(struct buf *out, const char *ulid, size_t bytes)
{
	unsigned char raw[16] = {0};
	for (const char *p = ulid; *p; p++) {
		unsigned carry = crockford_value(*p);
		for (size_t i = sizeof(raw); i-- > 0;) {
			unsigned v = ((unsigned)raw[i] << 5) | carry;
			raw[i] = (unsigned char)(v & 255);
			carry = v >> 8;
		}
	}
	hex_encode(out, raw + sizeof(raw) - bytes, bytes);
}

/* https://www.w3.org/TR/trace-context/: the delivery is the trace, each event a span. */
static void
put_traceparent(struct json_writer *w, const char *delivery, const char *id)
{
	auto_buf text = BUF_INIT(64);
	buf_puts(&text, "00-");
	put_ulid_hex(&text, delivery, 16);
	buf_putc(&text, '-');
	put_ulid_hex(&text, id, 8);
	buf_puts(&text, "-01");
	json_str(w, "traceparent", buf_str(&text));
}

/* What CloudEvents and MQTT forbid in a text: C0, DEL and C1. Its length; 0: none. */
static size_t
control_length(const char *p)
{
	unsigned char c = (unsigned char)p[0];
	unsigned char next = (unsigned char)p[c ? 1 : 0];
	if (c == 0xc2 && next >= 0x80 && next < 0xa0)
		return 2;
	return c < 0x20 || c == 0x7f ? 1 : 0;
}

/* An attribute is left out when it is empty, and has blanks for control characters. */
static void
put_attribute(struct json_writer *w, const char *name, const char *value)
{
	auto_buf text = BUF_INIT(LIMIT_NOTICE_BYTES);
	if (str_is_empty(value))
		return;
	for (const char *p = value; *p;) {
		size_t n = control_length(p);
		buf_putc(&text, n > 0 ? ' ' : *p);
		p += n > 0 ? n : 1;
	}
	json_str(w, name, buf_str(&text));
}

static void
put_source(struct json_writer *w, const char *bridge)
{
	auto_buf uri = BUF_INIT(KIB);
	buf_puts(&uri, "urn:forgebridge:");
	url_encode(&uri, bridge, strlen(bridge));
	json_str(w, "source", buf_str(&uri));
}

static void
put_subject(struct json_writer *w, const struct context *c)
{
	auto_buf text = BUF_INIT(KIB);
	if (!knows_site(c))
		return;
	buf_printf(&text, "%s/%s", c->server, c->site);
	put_attribute(w, "subject", buf_str(&text));
}

/* The envelope around data, without `sequence`, which is known only after the commit. */
static void
write_event(struct buf *out, const struct notice *n, const struct context *c,
	    const char *data)
{
	char now[CLOCK_TEXT_SIZE];
	auto_buf text = BUF_INIT(KIB);
	struct json_writer w;
	json_begin(&w, out);
	json_open_object(&w, NULL);
	json_str(&w, "specversion", "1.0");
	json_str(&w, "id", n->id.text);
	put_source(&w, c->bridge);
	json_str(&w, "type", n->type);
	put_subject(&w, c);
	json_str(&w, "time", clock_format(n->created_us, now));
	json_str(&w, "datacontenttype", "application/json");
	buf_printf(&text, "urn:forgebridge:schema:%s", n->type);
	json_str(&w, "dataschema", buf_str(&text));
	json_str(&w, "correlationid", c->delivery);
	put_attribute(&w, "causationid", c->causation);
	put_attribute(&w, "partitionkey", c->queue);
	put_traceparent(&w, c->delivery, n->id.text);
	json_raw(&w, "data", data);
	json_close_object(&w);
}

/*
 * One event: on its own topic, and right behind it on the site's when the site is known,
 * so that publication.c can give both the same number.
 */
static int
add_event(struct notice_list *list, enum event_type type, const struct context *c,
	  const struct buf *data)
{
	const struct event_type_row *row = &event_types[type];
	auto_str name = str_format(EVENT_TYPE_FORMAT, row->noun, row->verb);
	struct notice n = {.id = id_new(),
			   .delivery = id_from(c->delivery),
			   .type = name,
			   .created_us = clock_wall_us()};
	auto_buf payload = BUF_INIT(LIMIT_NOTICE_BYTES - KIB); /* room for sequence */
	if (!name || buf_failed(data))
		return name ? data->error : -ENOMEM;
	write_event(&payload, &n, c, buf_str(data));
	if (buf_failed(&payload))
		return payload.error;
	int rc = add(list, &n, buf_str(&payload),
		     str_format("event/%s/%s", row->noun, row->verb));
	if (rc == 0 && knows_site(c))
		rc = add(list, &n, buf_str(&payload), site_topic(c, "event"));
	return rc;
}

/*
 * A text that may be of any length: of more than LIMIT_NOTICE_TEXT_BYTES the beginning,
 * with a mark that says where the whole of it is.
 */
static void
put_long(struct json_writer *w, const char *key, const char *text, const char *where)
{
	size_t len = text ? strlen(text) : 0;
	size_t kept = LIMIT_NOTICE_TEXT_BYTES;
	if (len <= kept) {
		json_opt_str(w, key, text);
		return;
	}
	while (kept > 0 && ((unsigned char)text[kept] & 0xc0) == 0x80)
		kept--; /* not inside a character */
	auto_str cut = str_format("%.*s... [cut, %zu bytes in all; see %s]", (int)kept,
				  text, len, where);
	json_opt_str(w, key, cut);
}

static char *
whereabouts(const char *noun, const struct id *id)
{
	return str_format("forgebridge %s show %s", noun, id->text);
}

int
notices_delivery(struct notice_list *list, const char *bridge, const struct delivery *d)
{
	auto_buf data = BUF_INIT(LIMIT_NOTICE_BYTES);
	struct json_writer w;
	json_begin(&w, &data);
	json_open_object(&w, NULL);
	json_str(&w, "delivery", d->id.text);
	json_str(&w, "source", d->source);
	json_str(&w, "kind", d->kind);
	json_str(&w, "type", d->type);
	json_opt_str(&w, "sender_id", d->sender_id);
	json_opt_str(&w, "subject", d->subject);
	json_int(&w, "bytes", (int64_t)d->body.len);
	auto_str where = whereabouts("deliveries", &d->id);
	put_long(&w, "rules", d->result ? d->result : "", where);
	json_close_object(&w);
	struct context c = {bridge, d->id.text, d->sender_id, NULL, NULL, NULL};
	return add_event(list, EVENT_DELIVERY_ACCEPTED, &c, &data);
}

static void
put_time(struct json_writer *w, const char *key, int64_t us)
{
	char text[CLOCK_TEXT_SIZE];
	if (us > 0)
		json_str(w, key, clock_format(us, text));
}

static void
put_job(struct json_writer *w, const struct job *job)
{
	json_str(w, "job", job->id.text);
	json_str(w, "delivery", job->delivery.text);
	json_str(w, "rule", job->rule);
	json_str(w, "queue", job->queue);
	json_str(w, "state", job_state_name(job->state));
	auto_str where = whereabouts("jobs", &job->id);
	put_long(w, "reason", job->reason, where);
	json_opt_str(w, "server", job->server);
	json_opt_str(w, "site", job->site);
	put_time(w, "created", job->created_us);
	put_time(w, "started", job->started_us);
	put_time(w, "ended", job->ended_us);
}

static struct context
job_context(const char *bridge, const struct job *job, const char *causation)
{
	return (struct context){bridge,	    job->delivery.text, causation,
				job->queue, job->server,	job->site};
}

int
notices_job(struct notice_list *list, const char *bridge, enum event_type type,
	    const struct job *job)
{
	auto_buf data = BUF_INIT(LIMIT_NOTICE_BYTES);
	struct json_writer w;
	json_begin(&w, &data);
	json_open_object(&w, NULL);
	put_job(&w, job);
	json_close_object(&w);
	struct context c = job_context(bridge, job, job->delivery.text);
	return add_event(list, type, &c, &data);
}

int
notices_step(struct notice_list *list, const char *bridge, enum event_type type,
	     const struct step_view *view)
{
	const struct job_step *step = view->step;
	auto_buf data = BUF_INIT(LIMIT_NOTICE_BYTES);
	struct json_writer w;
	json_begin(&w, &data);
	json_open_object(&w, NULL);
	put_job(&w, view->job);
	json_str(&w, "step", view->rule_step->id);
	json_str(&w, "operation", view->rule_step->operation);
	json_str(&w, "step_state", step_state_name(step->state));
	json_opt_str(&w, "status", view->status);
	json_opt_str(&w, "resource", step->resource);
	auto_str where = whereabouts("jobs", &view->job->id);
	put_long(&w, "error", step->error, where);
	put_time(&w, "step_started", step->started_us);
	put_time(&w, "step_ended", step->ended_us);
	json_close_object(&w);
	struct context c = job_context(bridge, view->job, view->job->id.text);
	return add_event(list, type, &c, &data);
}

static void
put_found(struct json_writer *w, const char *key, struct json_value v)
{
	auto_str text = v.kind == JSON_STRING ? json_dup_text(v) : NULL;
	json_str(w, key, text);
}

/* The deployment's own members; null where Forge did not tell. */
static void
put_deployment(struct json_writer *w, const char *result)
{
	auto_json_doc doc = NULL;
	struct json_value attributes = {0};
	if (result && json_doc_parse(slice_of(result), &doc, NULL) == 0)
		attributes = json_find(json_root(doc), "data.attributes");
	put_found(w, "commit", json_find(attributes, "commit.hash"));
	put_found(w, "branch", json_find(attributes, "commit.branch"));
	put_found(w, "started", json_find(attributes, "started_at"));
	put_found(w, "ended", json_find(attributes, "ended_at"));
}

int
notices_site_state(struct notice_list *list, const struct step_view *view)
{
	const struct job *job = view->job;
	struct context c = job_context("", job, NULL);
	if (!knows_site(&c))
		return 0;
	auto_buf payload = BUF_INIT(LIMIT_NOTICE_BYTES);
	auto_str by = str_format("rule:%s", job->rule);
	struct json_writer w;
	json_begin(&w, &payload);
	json_open_object(&w, NULL);
	json_str(&w, "status", view->status);
	json_str(&w, "deployment", view->step->resource);
	put_deployment(&w, view->step->result);
	json_str(&w, "by", by);
	json_str(&w, "job", job->id.text);
	json_close_object(&w);
	if (buf_failed(&payload))
		return payload.error;
	struct notice n = {.id = id_new(),
			   .delivery = job->delivery,
			   .retain = true,
			   .created_us = clock_wall_us()};
	return add(list, &n, buf_str(&payload), site_topic(&c, "state"));
}

int
notices_bridge_state(struct buf *out, const char *word, const char *boot)
{
	struct json_writer w;
	json_begin(&w, out);
	json_open_object(&w, NULL);
	json_str(&w, "state", word);
	json_str(&w, "boot", boot);
	json_str(&w, "version", FORGEBRIDGE_VERSION);
	json_close_object(&w);
	return out->error;
}
