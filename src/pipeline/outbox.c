#include "pipeline/outbox.h"

#include <errno.h>
#include <stdio.h>
#include <sys/queue.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "mqtt/client.h"
#include "pipeline/marker.h"
#include "pipeline/notices.h"
#include "pipeline/publication.h"

#define PAGE	     64 /* notices read from the journal at a time */
#define ACK_DELAY_MS 50 /* acknowledgements are journaled in groups */
#define TAG_OWN	     0	/* about the bridge itself; notices have sequences from 1 */
#define MAX_TOPIC    (4 * KIB)
#define SHOWN_REASON 256 /* bytes */
#define RETRY_MS     1000
#define DAY_US	     (INT64_C(3600000000) * NOTICE_RETAIN_HOURS)

/* A notice read from the journal; queued, then in flight until it is acknowledged. */
struct item {
	struct notice notice;
	TAILQ_ENTRY(item) link;
};

TAILQ_HEAD(item_list, item);

struct ack {
	uint64_t sequence;
	int reason;
};

struct outbox {
	struct journal *journal;
	struct mqtt_client *mqtt;
	struct marker *marker;
	char *prefix; /* "forgebridge/main" */
	char *boot;
	enum conf_mqtt_mode mode;
	bool protocol5;
	struct item_list queued; /* read, not published yet; rising sequence */
	uint64_t read_up_to;	 /* sequence of the last one read since the connect */
	bool reading;
	bool stale_read; /* the connection broke while a page was read: ignore it */
	bool may_have_more;
	struct ack *acks; /* to be journaled */
	size_t n_acks;
	size_t cap_acks;
	uint64_t flying[LIMIT_MQTT_IN_FLIGHT]; /* published, no answer yet */
	size_t n_flying;
	uint64_t settled; /* the greatest that was settled, as far as is known */
	uint64_t placed;  /* marker to be journaled; 0: none */
	bool replay_due;  /* of what was acknowledged behind replay_after */
	bool replaying;
	uint64_t replay_after;
	struct event *timer; /* flushes acks, reads again after a failure */
	bool stopped;
	/* why the last attempt to connect failed, so that it is told once */
	char away[SHOWN_REASON];
	struct outbox_stats stats;
};

static void pump(struct outbox *o);

/* --- acknowledgements into the journal ------------------------------------------------
 */

static void
arm_timer(struct outbox *o, uint64_t ms)
{
	struct timeval delay = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};
	if (!event_pending(o->timer, EV_TIMEOUT, NULL))
		event_add(o->timer, &delay);
}

static struct journal_txn *
build_acks(const struct outbox *o)
{
	struct journal_txn *t = journal_txn_new();
	int rc = t ? 0 : -ENOMEM;
	for (size_t i = 0; rc == 0 && i < o->n_acks; i++)
		rc = journal_txn_notice_acked(t, o->acks[i].sequence, o->acks[i].reason);
	if (rc == 0 && o->placed > 0)
		rc = journal_txn_marker(t, o->placed);
	if (rc == 0)
		return t;
	journal_txn_free(t);
	return NULL;
}

/*
 * What is lost here (the journal is full, the process dies) is published once more after
 * the next connect: a repeat, which consumers know by its id.
 */
static void
flush_acks(struct outbox *o)
{
	if (o->n_acks == 0 && o->placed == 0)
		return;
	struct journal_txn *t = build_acks(o);
	if (!t || journal_submit(o->journal, t, NULL, NULL) < 0) {
		arm_timer(o, RETRY_MS);
		return;
	}
	o->n_acks = 0;
	o->placed = 0;
}

/* --- how far everything is settled ----------------------------------------------------
 */

static void
take_off(struct outbox *o, uint64_t sequence)
{
	if (o->n_flying < ARRAY_LEN(o->flying))
		o->flying[o->n_flying++] = sequence;
}

static void
land(struct outbox *o, uint64_t sequence)
{
	for (size_t i = 0; i < o->n_flying; i++) {
		if (o->flying[i] != sequence)
			continue;
		o->flying[i] = o->flying[--o->n_flying];
		break;
	}
	if (sequence > o->settled)
		o->settled = sequence;
	marker_poke(o->marker);
}

/* Notices are published in their order, so what lies before the first open one is done.
 */
static uint64_t
get_settled(void *arg)
{
	const struct outbox *o = arg;
	const struct item *next = TAILQ_FIRST(&o->queued);
	bool dry = !next && !o->reading && !o->may_have_more;
	if (o->replay_due || o->replaying)
		return 0;
	uint64_t first = next ? next->notice.sequence : o->settled + 1;
	if (!next && !dry && o->read_up_to > 0)
		first = o->read_up_to + 1;
	else if (!next && !dry)
		return 0; /* nothing was read since the connect */
	for (size_t i = 0; i < o->n_flying; i++)
		first = o->flying[i] < first ? o->flying[i] : first;
	return first - 1;
}

static void
count_ack(struct outbox *o, uint64_t sequence, int reason)
{
	if (reason >= 128) {
		o->stats.parked++;
		log_warning(log_msg("the broker refused a notice; it is parked"),
			    log_uint("sequence", sequence), log_int("reason", reason));
		return;
	}
	o->stats.published++;
	if (reason == 16)
		o->stats.no_subscriber++;
}

static void
on_ack(uint64_t tag, int reason, void *arg)
{
	struct outbox *o = arg;
	if (tag != TAG_OWN) {
		count_ack(o, tag, reason);
		land(o, tag);
		if (x_reserve(&o->acks, &o->cap_acks, o->n_acks) == 0)
			o->acks[o->n_acks++] = (struct ack){tag, reason};
		if (o->n_acks >= PAGE)
			flush_acks(o);
		else
			arm_timer(o, ACK_DELAY_MS);
	}
	pump(o);
}

/* --- publishing ------------------------------------------------------------------------
 */

static void
item_free(struct item *item)
{
	notice_done(&item->notice);
	mem_free(item);
}

static void
drop_queued(struct outbox *o)
{
	struct item *item = NULL;
	while ((item = TAILQ_FIRST(&o->queued)) != NULL) {
		TAILQ_REMOVE(&o->queued, item, link);
		item_free(item);
	}
}

/* Places in the window that are kept for the bridge's own state and the marker. */
#define SPARE 2

static void read_page(struct outbox *o);

/* Publishes while there is room, reads on when the queue runs dry. */
static void
pump(struct outbox *o)
{
	struct item *item = NULL;
	bool binary = o->mode == MQTT_BINARY && o->protocol5;
	if (o->stopped || !mqtt_is_connected(o->mqtt))
		return;
	while (mqtt_room(o->mqtt) > SPARE && (item = TAILQ_FIRST(&o->queued)) != NULL) {
		int rc = publication_send(o->mqtt, o->prefix, binary, &item->notice);
		if (rc == -EAGAIN)
			return;
		TAILQ_REMOVE(&o->queued, item, link);
		if (rc == 0)
			take_off(o, item->notice.sequence);
		else /* it can never be published: parked as if refused */
			on_ack(item->notice.sequence, 144, o);
		item_free(item);
	}
	if (TAILQ_EMPTY(&o->queued) && o->may_have_more && !o->reading)
		read_page(o);
}

/* --- reading from the journal ----------------------------------------------------------
 */

static int
copy_notice(struct notice *to, const struct notice *from)
{
	*to = *from;
	to->topic = str_dup(from->topic);
	to->type = str_dup(from->type);
	to->payload = str_dup(from->payload);
	if (to->topic && to->payload && (to->type || !from->type))
		return 0;
	notice_done(to);
	return -ENOMEM;
}

static void
on_notice(const struct notice *n, void *arg)
{
	struct outbox *o = arg;
	if (o->stale_read)
		return;
	struct item *item = x_new(struct item);
	if (!item || copy_notice(&item->notice, n) < 0) {
		mem_free(item);
		o->stale_read = true; /* read this page again later */
		return;
	}
	TAILQ_INSERT_TAIL(&o->queued, item, link);
	o->read_up_to = n->sequence;
	o->may_have_more = true;
}

static void
on_page_end(int error, void *arg)
{
	struct outbox *o = arg;
	bool again = o->stale_read || error < 0;
	o->reading = false;
	o->stale_read = false;
	if (again) {
		o->may_have_more = true;
		arm_timer(o, error < 0 ? RETRY_MS : ACK_DELAY_MS);
		return;
	}
	pump(o);
}

static void
read_page(struct outbox *o)
{
	o->may_have_more = false;
	o->reading = true;
	if (journal_read_notices(o->journal, o->read_up_to, PAGE, on_notice, on_page_end,
				 o) == 0)
		return;
	o->reading = false;
	o->may_have_more = true;
	arm_timer(o, RETRY_MS);
}

void
outbox_poke(struct outbox *o)
{
	o->may_have_more = true;
	pump(o);
}

static void replay(struct outbox *o);

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct outbox *o = arg;
	(void)fd;
	(void)what;
	flush_acks(o);
	if (o->replay_due)
		replay(o);
	pump(o);
}

/* --- the connection
 * --------------------------------------------------------------------- */

static void
publish_state(struct outbox *o, const char *word)
{
	auto_buf topic = BUF_INIT(MAX_TOPIC);
	auto_buf payload = BUF_INIT(KIB);
	buf_printf(&topic, "%s/state", o->prefix);
	notices_bridge_state(&payload, word, o->boot);
	struct mqtt_message m = {.topic = buf_str(&topic),
				 .payload = buf_str(&payload),
				 .len = payload.len,
				 .retain = true,
				 .content_type = "application/json"};
	if (mqtt_publish(o->mqtt, &m, TAG_OWN) < 0)
		log_warning(log_msg("the bridge's state could not be published"));
}

static void
restart_reading(struct outbox *o)
{
	drop_queued(o);
	o->stale_read = o->reading;
	o->read_up_to = 0;
	o->may_have_more = true;
}

static void
on_connected(bool protocol5, void *arg)
{
	struct outbox *o = arg;
	o->protocol5 = protocol5;
	o->stats.connected = true;
	o->away[0] = '\0';
	o->stats.reconnects++;
	o->n_flying = 0;
	log_info(log_msg("connected to the broker"),
		 log_str("protocol", protocol5 ? "5" : "3.1.1"));
	flush_acks(o);
	restart_reading(o);
	marker_connected(o->marker);
	publish_state(o, "online");
	pump(o);
}

static void
on_disconnected(const char *reason, void *arg)
{
	struct outbox *o = arg;
	if (o->stats.connected)
		log_warning(log_msg("lost the broker; notices wait in the journal"),
			    log_str("reason", reason));
	else if (!str_eq(o->away, reason))
		log_warning(log_msg("cannot reach the broker; notices wait in the "
				    "journal"),
			    log_str("reason", reason));
	if (!o->stats.connected)
		snprintf(o->away, sizeof(o->away), "%s", reason);
	o->stats.connected = false;
	o->n_flying = 0;
	marker_disconnected(o->marker);
	restart_reading(o);
}

static void
on_replayed(int error, void *arg)
{
	struct outbox *o = arg;
	o->replaying = false;
	if (error < 0) {
		o->replay_due = true;
		arm_timer(o, RETRY_MS);
		return;
	}
	restart_reading(o);
	pump(o);
}

static void
replay(struct outbox *o)
{
	int64_t since = clock_wall_us() - DAY_US;
	if (o->replaying)
		return;
	int rc = journal_replay_notices(o->journal, o->replay_after, since, on_replayed,
					o);
	o->replaying = rc == 0;
	o->replay_due = rc < 0;
	if (rc < 0)
		arm_timer(o, RETRY_MS);
}

/* What was acknowledged behind the marker may be gone: consumers know repeats by id. */
static void
on_marker_known(uint64_t after, bool lost, void *arg)
{
	struct outbox *o = arg;
	if (lost) {
		o->stats.replays++;
		log_warning(log_msg("the broker lost its state; the notices of the last "
				    "day that it may have lost are sent again"),
			    log_uint("after", after));
	}
	if (!lost && after > o->settled)
		o->settled = after;
	flush_acks(o);
	o->replay_after = after;
	o->replay_due = true;
	replay(o);
}

static void
on_marker_placed(uint64_t sequence, void *arg)
{
	struct outbox *o = arg;
	o->placed = sequence;
	arm_timer(o, ACK_DELAY_MS);
}

static void
on_subscribed(const char *filter, int reason, void *arg)
{
	struct outbox *o = arg;
	marker_subscribed(o->marker, filter, reason);
}

static void
on_message(const char *topic, const void *payload, size_t len, bool retained, void *arg)
{
	struct outbox *o = arg;
	marker_message(o->marker, topic, payload, len, retained);
}

static struct mqtt_client *
connect_broker(struct outbox *o, struct event_base *base, const struct conf_mqtt *conf)
{
	static const struct mqtt_callbacks callbacks = {.on_connected = on_connected,
							.on_disconnected =
								on_disconnected,
							.on_ack = on_ack,
							.on_message = on_message,
							.on_subscribed = on_subscribed};
	auto_buf topic = BUF_INIT(MAX_TOPIC);
	auto_buf payload = BUF_INIT(KIB);
	buf_printf(&topic, "%s/state", o->prefix);
	notices_bridge_state(&payload, "lost", o->boot);
	struct mqtt_message will = {.topic = buf_str(&topic),
				    .payload = buf_str(&payload),
				    .len = payload.len,
				    .retain = true,
				    .content_type = "application/json"};
	struct mqtt_options options = {
		.host = conf->host,
		.port = conf->port,
		.tls = conf->tls,
		.ca_file = conf->ca_file,
		.cert_file = conf->cert_file,
		.key_file = conf->key_file,
		.user = conf->user,
		.password = conf->password.data,
		.will = &will,
	};
	return mqtt_client_new(base, &options, &callbacks, o);
}

struct outbox *
outbox_new(struct event_base *base, const struct outbox_options *options)
{
	static const struct marker_callbacks callbacks = {
		.on_known = on_marker_known,
		.on_placed = on_marker_placed,
		.settled = get_settled,
	};
	const struct conf_mqtt *conf = options->conf;
	struct outbox *o = x_new(struct outbox);
	if (!o)
		return NULL;
	TAILQ_INIT(&o->queued);
	o->journal = options->journal;
	o->settled = options->marker;
	o->mode = conf->mode;
	o->prefix = str_format("%s/%s", conf->topic, conf->name);
	o->boot = str_dup(options->boot);
	o->timer = evtimer_new(base, on_timer, o);
	if (o->prefix)
		o->marker = marker_new(base, o->prefix, options->marker, &callbacks, o);
	if (o->marker && o->boot && o->timer)
		o->mqtt = connect_broker(o, base, conf);
	if (o->mqtt && marker_attach(o->marker, o->mqtt) == 0)
		return o;
	outbox_free(o);
	return NULL;
}

#define GOODBYE_MS 2000

void
outbox_stop(struct outbox *o)
{
	if (o->stopped)
		return;
	o->stopped = true;
	if (mqtt_is_connected(o->mqtt)) {
		marker_flush(o->marker);
		publish_state(o, "offline");
	}
	marker_disconnected(o->marker);
	mqtt_client_free(steal_ptr(&o->mqtt), GOODBYE_MS);
	flush_acks(o);
}

void
outbox_free(struct outbox *o)
{
	if (!o)
		return;
	mqtt_client_free(o->mqtt, 0);
	marker_free(o->marker);
	if (o->timer)
		event_free(o->timer);
	drop_queued(o);
	mem_free(o->acks);
	str_free(o->prefix);
	str_free(o->boot);
	mem_free(o);
}

void
outbox_get_stats(const struct outbox *o, struct outbox_stats *ret_stats)
{
	*ret_stats = o->stats;
}
