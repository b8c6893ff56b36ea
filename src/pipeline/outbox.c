#include "pipeline/outbox.h"

#include <errno.h>
#include <string.h>
#include <sys/queue.h>

#include <event2/event.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "mqtt/client.h"
#include "pipeline/notices.h"
#include "pipeline/publication.h"

#define PAGE	     64 /* notices read from the journal at a time */
#define ACK_DELAY_MS 50 /* acknowledgements are journaled in groups */
#define TAG_STATE    0	/* the bridge's own state; notices have sequences from 1 */
#define AUTOSAVE_S                                                           \
	1800 /* mosquitto keeps so long what it acknowledged in memory alone \
	      */
#define MAX_TOPIC    (4 * KIB)
#define UPTIME_TOPIC "$SYS/broker/uptime"
#define RETRY_MS     1000

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
	struct event *timer;  /* flushes acks, reads again after a failure */
	int64_t connected_us; /* wall clock of the connect before this one; 0: none */
	bool uptime_seen;
	bool stopped;
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
	if (o->n_acks == 0)
		return;
	struct journal_txn *t = build_acks(o);
	if (!t || journal_submit(o->journal, t, NULL, NULL) < 0) {
		arm_timer(o, RETRY_MS);
		return;
	}
	o->n_acks = 0;
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
	if (tag != TAG_STATE) {
		count_ack(o, tag, reason);
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

/* One place in the window is kept for the bridge's own state. */
#define SPARE 1

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
		if (rc < 0) /* it can never be published: parked as if refused */
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

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct outbox *o = arg;
	(void)fd;
	(void)what;
	flush_acks(o);
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
	if (mqtt_publish(o->mqtt, &m, TAG_STATE) < 0)
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
	o->stats.reconnects++;
	o->uptime_seen = false;
	log_info(log_msg("connected to the broker"),
		 log_str("protocol", protocol5 ? "5" : "3.1.1"));
	flush_acks(o);
	restart_reading(o);
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
	o->stats.connected = false;
	restart_reading(o);
}

static void
on_replayed(int error, void *arg)
{
	struct outbox *o = arg;
	if (error < 0)
		log_error(log_msg("notices could not be read for a replay"));
	restart_reading(o);
	pump(o);
}

/*
 * The broker started after our last connection: what it acknowledged since its last save
 * may be gone. A broker that stopped cleanly sends repeats, which consumers know by id.
 */
static void
check_uptime(struct outbox *o, uint64_t uptime_s)
{
	int64_t now = clock_wall_us();
	int64_t started = now - (int64_t)uptime_s * 1000000;
	bool restarted = o->connected_us > 0 && started > o->connected_us;
	o->connected_us = now;
	if (!restarted)
		return;
	o->stats.replays++;
	log_warning(log_msg("the broker was restarted; recent notices are sent again"));
	int64_t since = started - (int64_t)AUTOSAVE_S * 1000000;
	if (journal_replay_notices(o->journal, since, on_replayed, o) < 0)
		log_error(log_msg("the journal is too busy for a replay"));
}

/* "12345 seconds": the broker's age, retained, so it comes right after the connect. */
static void
on_message(const char *topic, const void *payload, size_t len, bool retained, void *arg)
{
	struct outbox *o = arg;
	(void)retained;
	if (!str_eq(topic, UPTIME_TOPIC) || o->uptime_seen)
		return;
	const char *blank = memchr(payload, ' ', len);
	auto_str digits =
		str_ndup(payload, blank ? (size_t)(blank - (const char *)payload) : len);
	uint64_t uptime_s = 0;
	if (parse_u64(digits, 0, UINT32_MAX, &uptime_s) < 0)
		return;
	o->uptime_seen = true;
	check_uptime(o, uptime_s);
}

static struct mqtt_client *
connect_broker(struct outbox *o, struct event_base *base, const struct conf_mqtt *conf)
{
	static const struct mqtt_callbacks callbacks = {.on_connected = on_connected,
							.on_disconnected =
								on_disconnected,
							.on_ack = on_ack,
							.on_message = on_message};
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
outbox_new(struct event_base *base, struct journal *journal, const struct conf_mqtt *conf,
	   const char *boot)
{
	struct outbox *o = x_new(struct outbox);
	if (!o)
		return NULL;
	TAILQ_INIT(&o->queued);
	o->journal = journal;
	o->mode = conf->mode;
	o->prefix = str_format("%s/%s", conf->topic, conf->name);
	o->boot = str_dup(boot);
	o->timer = evtimer_new(base, on_timer, o);
	if (o->prefix && o->boot && o->timer)
		o->mqtt = connect_broker(o, base, conf);
	if (o->mqtt && mqtt_subscribe(o->mqtt, UPTIME_TOPIC) == 0)
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
	if (mqtt_is_connected(o->mqtt))
		publish_state(o, "offline");
	mqtt_client_free(steal_ptr(&o->mqtt), GOODBYE_MS);
	flush_acks(o);
}

void
outbox_free(struct outbox *o)
{
	if (!o)
		return;
	mqtt_client_free(o->mqtt, 0);
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
