#include "pipeline/marker.h"

#include <event2/event.h>

#include "base/buf.h"
#include "base/json_doc.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "mqtt/client.h"

/*
 *  away -> asking -> known -> away
 *
 * Only when known markers are published: until then the one that is there must stay.
 */
enum marker_state { MARKER_AWAY, MARKER_ASKING, MARKER_KNOWN };

struct marker {
	enum marker_state state;
	struct mqtt_client *mqtt; /* borrowed */
	char *topic;
	uint64_t placed; /* the broker had it, as far as ever seen */
	uint64_t sent;	 /* on this connection */
	struct event *wait;
	struct event *delay;
	const struct marker_callbacks *callbacks;
	void *arg;
};

static void
add_timer(struct event *timer, uint64_t ms)
{
	struct timeval tv = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};
	if (!event_pending(timer, EV_TIMEOUT, NULL))
		event_add(timer, &tv);
}

/* found: what the broker has kept, 0: nothing. */
static void
know(struct marker *m, uint64_t found)
{
	bool lost = found < m->placed;
	event_del(m->wait);
	m->state = MARKER_KNOWN;
	m->sent = found;
	m->callbacks->on_known(found, lost, m->arg);
	marker_poke(m);
}

static void
on_wait(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	know(arg, 0);
}

void
marker_flush(struct marker *m)
{
	uint64_t sequence = m->callbacks->settled(m->arg);
	if (m->state != MARKER_KNOWN || sequence == 0 || sequence == m->sent)
		return;
	auto_buf payload = BUF_INIT(KIB);
	buf_printf(&payload, "{\"sequence\":%llu}", (unsigned long long)sequence);
	struct mqtt_message message = {.topic = m->topic,
				       .payload = buf_str(&payload),
				       .len = payload.len,
				       .retain = true,
				       .content_type = "application/json"};
	if (mqtt_publish(m->mqtt, &message, 0) == 0)
		m->sent = sequence;
	else
		add_timer(m->delay, MARKER_DELAY_MS);
}

static void
on_delay(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	marker_flush(arg);
}

struct marker *
marker_new(struct event_base *base, const char *prefix, uint64_t placed,
	   const struct marker_callbacks *callbacks, void *arg)
{
	struct marker *m = x_new(struct marker);
	if (!m)
		return NULL;
	m->placed = placed;
	m->callbacks = callbacks;
	m->arg = arg;
	m->topic = str_format("%s/" MARKER_LEAF, prefix);
	m->wait = evtimer_new(base, on_wait, m);
	m->delay = evtimer_new(base, on_delay, m);
	if (m->topic && m->wait && m->delay)
		return m;
	marker_free(m);
	return NULL;
}

void
marker_free(struct marker *m)
{
	if (!m)
		return;
	if (m->wait)
		event_free(m->wait);
	if (m->delay)
		event_free(m->delay);
	str_free(m->topic);
	mem_free(m);
}

int
marker_attach(struct marker *m, struct mqtt_client *mqtt)
{
	m->mqtt = mqtt;
	return mqtt_subscribe(mqtt, m->topic);
}

void
marker_connected(struct marker *m)
{
	m->sent = 0;
	m->state = MARKER_ASKING;
}

void
marker_disconnected(struct marker *m)
{
	event_del(m->wait);
	event_del(m->delay);
	m->state = MARKER_AWAY;
}

void
marker_subscribed(struct marker *m, const char *filter, int reason)
{
	if (m->state != MARKER_ASKING || !str_eq(filter, m->topic))
		return;
	if (reason >= 128) {
		log_warning(log_msg("the broker refuses the bridge its own topic; a loss "
				    "of the broker's state cannot be seen"),
			    log_str("topic", m->topic), log_int("reason", reason));
		m->state = MARKER_AWAY;
	} else if (m->placed == 0) {
		m->state = MARKER_KNOWN; /* no marker was ever there to be lost */
		marker_poke(m);
	} else {
		add_timer(m->wait, MARKER_WAIT_MS);
	}
}

/* {"sequence":123}; 0: it is none. */
static uint64_t
read_sequence(const void *payload, size_t len)
{
	auto_json_doc doc = NULL;
	uint64_t n = 0;
	if (json_doc_parse((struct slice){payload, len}, &doc, NULL) < 0)
		return 0;
	auto_str text = json_dup_text(json_find(json_root(doc), "sequence"));
	return parse_u64(text, 1, INT64_MAX, &n) == 0 ? n : 0;
}

void
marker_message(struct marker *m, const char *topic, const void *payload, size_t len,
	       bool retained)
{
	if (!str_eq(topic, m->topic))
		return;
	uint64_t sequence = read_sequence(payload, len);
	if (retained && m->state == MARKER_ASKING && sequence > 0 && m->placed > 0)
		know(m, sequence);
	/* Our own one comes back: the broker lets us write and read it. */
	if (retained || m->state != MARKER_KNOWN || sequence != m->sent)
		return;
	m->placed = sequence;
	m->callbacks->on_placed(sequence, m->arg);
}

void
marker_poke(struct marker *m)
{
	if (m->state == MARKER_KNOWN)
		add_timer(m->delay, MARKER_DELAY_MS);
}
