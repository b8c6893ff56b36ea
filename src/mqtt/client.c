/*
 * idle --(timer)--> connecting (a thread) --> greeting (CONNECT sent) --> connected
 *   ^                     |                        |                         |
 *   +---------------------+------------------------+-------------------------+
 *                    each failure: the instance goes, a new one after a pause
 */
#include "mqtt/client.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/retry.h"
#include "base/str.h"
#include "mqtt/attempt.h"
#include "mqtt/instance.h"

/* A message that the broker has not acknowledged. mid 0: a free place. */
struct flight {
	int mid;
	uint64_t tag;
	uint64_t sent_us; /* monotonic */
};

/* A subscription, kept over reconnects. */
struct filter {
	char *text; /* owned */
	int mid;    /* of the SUBSCRIBE on its way; 0: none */
};

struct mqtt_client {
	struct event_base *base;
	struct mqtt_callbacks callbacks;
	void *arg;
	struct mqtt_settings settings;
	struct filter *filters;
	size_t n_filters;
	size_t cap_filters;
	bool protocol5;		 /* of the present instance */
	bool denied;		 /* the last attempt: not with these credentials */
	bool refused5;		 /* the broker said that it does not know version 5 */
	unsigned silent;	 /* closed before CONNACK, in a row */
	struct mosquitto *m;	 /* owned; NULL while idle or connecting */
	struct attempt *attempt; /* while connecting */
	bool connected;
	unsigned failures; /* attempts since the last steady connection */
	uint64_t
		since_us; /* monotonic: the attempt, the greeting, the connection began */
	struct flight flights[LIMIT_MQTT_IN_FLIGHT];
	unsigned in_flight;
	char told[ATTEMPT_ERROR_SIZE]; /* why it ended, in the broker's words; "" */
	int broken; /* a call of the owner found it broken: libmosquitto's result */
	int socket; /* a duplicate, so that its number outlives libmosquitto's; -1 */
	int wake;   /* eventfd of the attempt */
	struct event *on_wake;
	struct event *on_read;
	struct event *on_write;
	struct event *tick; /* while there is an instance or attempt; else the pause */
};

static void start_attempt(struct mqtt_client *c);

/* --- the end of a connection ------------------------------------------------------ */

static void
forget_socket(struct mqtt_client *c)
{
	if (c->on_read)
		event_free(steal_ptr(&c->on_read));
	if (c->on_write)
		event_free(steal_ptr(&c->on_write));
	if (c->socket >= 0)
		close(c->socket);
	c->socket = -1;
}

static void
pause_then_retry(struct mqtt_client *c)
{
	uint64_t ms =
		retry_delay_ms(++c->failures, c->settings.retry_ms, MQTT_RETRY_CAP_MS);
	struct timeval delay = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};
	event_add(c->tick, &delay);
}

/* Often enough for the shortest limit that it watches. */
static void
start_ticking(struct mqtt_client *c)
{
	uint32_t ms = c->settings.ack_ms / 4;
	struct timeval delay = {1, 0};
	if (ms < 1000)
		delay = (struct timeval){0, (suseconds_t)(ms + 1) * 1000};
	event_add(c->tick, &delay);
}

/* Never called from inside a callback of the instance, which it destroys. */
static void
lose(struct mqtt_client *c, const char *reason)
{
	char text[ATTEMPT_ERROR_SIZE];
	snprintf(text, sizeof(text), "%s", c->told[0] ? c->told : reason);
	/* one that is cut soon after it began waits longer and longer */
	if (c->connected && clock_mono_us() - c->since_us > MQTT_STEADY_MS * 1000ULL)
		c->failures = 0;
	c->connected = false;
	c->in_flight = 0;
	for (size_t i = 0; i < ARRAY_LEN(c->flights); i++)
		c->flights[i].mid = 0;
	c->told[0] = '\0';
	c->broken = 0;
	forget_socket(c);
	mosquitto_destroy(steal_ptr(&c->m));
	pause_then_retry(c);
	c->callbacks.on_disconnected(text, c->arg);
}

/* --- data on the loop ------------------------------------------------------------- */

/* The broker closed before it said anything: it may know only version 3.1.1. */
static void
count_silence(struct mqtt_client *c, int rc)
{
	bool is_closed = rc == MOSQ_ERR_CONN_LOST || rc == MOSQ_ERR_NO_CONN;
	if (!c->connected && c->told[0] == '\0' && is_closed)
		c->silent++;
}

/* After each call into the instance: watch for writing exactly while it wants to. */
static void
settle(struct mqtt_client *c, int rc)
{
	if (!c->m || !c->on_write)
		return;
	/* after a DISCONNECT of the broker the socket is gone without an error */
	if (rc == MOSQ_ERR_SUCCESS && mosquitto_socket(c->m) < 0)
		rc = MOSQ_ERR_CONN_LOST;
	if (rc != MOSQ_ERR_SUCCESS) {
		count_silence(c, rc);
		lose(c, mosquitto_strerror(rc));
		return;
	}
	if (mosquitto_want_write(c->m))
		event_add(c->on_write, NULL);
	else
		event_del(c->on_write);
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct mqtt_client *c = arg;
	(void)fd;
	(void)what;
	settle(c, mosquitto_loop_read(c->m, LIMIT_MQTT_IN_FLIGHT));
}

static void
on_writable(evutil_socket_t fd, short what, void *arg)
{
	struct mqtt_client *c = arg;
	(void)fd;
	(void)what;
	settle(c, mosquitto_loop_write(c->m, 1));
}

static bool
is_overdue(const struct mqtt_client *c)
{
	uint64_t now = clock_mono_us();
	if (!c->connected)
		return now - c->since_us > MQTT_CONNECT_MS * 1000ULL;
	for (size_t i = 0; i < ARRAY_LEN(c->flights); i++) {
		if (c->flights[i].mid != 0 &&
		    now - c->flights[i].sent_us > c->settings.ack_ms * 1000ULL)
			return true;
	}
	return false;
}

/* The thread ends by itself, at the latest when the kernel gives up. */
static void
give_up_attempt(struct mqtt_client *c)
{
	attempt_give_up(steal_ptr(&c->attempt));
	pause_then_retry(c);
	c->callbacks.on_disconnected("no connection within the time for it", c->arg);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct mqtt_client *c = arg;
	(void)fd;
	(void)what;
	if (!c->m && !c->attempt) {
		start_attempt(c);
		return;
	}
	start_ticking(c);
	if (is_overdue(c) && c->attempt)
		give_up_attempt(c);
	else if (c->m && is_overdue(c))
		lose(c, "the broker does not answer");
	else if (c->m)
		settle(c, c->broken ? c->broken : mosquitto_loop_misc(c->m));
}

/* --- what the instance tells ------------------------------------------------------ */

static int
subscribe(struct mqtt_client *c, struct filter *f)
{
	return mosquitto_subscribe(c->m, &f->mid, f->text, 1);
}

static void
note_reason(struct mqtt_client *c, const char *what, int reason)
{
	const char *text = c->protocol5 ? mosquitto_reason_string(reason)
					: mosquitto_connack_string(reason);
	snprintf(c->told, sizeof(c->told), "%s: %s", what, text);
}

/* A refusal is followed by the broker closing: settle() sees that. */
static void
on_connect(struct mosquitto *m, void *arg, int rc, int flags, const mosquitto_property *p)
{
	struct mqtt_client *c = arg;
	(void)m;
	(void)flags;
	(void)p;
	c->silent = 0;
	if (rc != 0) {
		note_reason(c, "the broker refused the connection", rc);
		c->denied = instance_is_denial(rc);
		c->refused5 = c->protocol5 &&
			      (rc == MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION ||
			       rc == CONNACK_REFUSED_PROTOCOL_VERSION);
		return;
	}
	for (size_t i = 0; i < c->n_filters && rc == MOSQ_ERR_SUCCESS; i++)
		rc = subscribe(c, &c->filters[i]);
	c->broken = rc;
	c->connected = true;
	c->refused5 = false; /* the next time begins with version 5 again */
	c->since_us = clock_mono_us();
	c->denied = false;
	c->callbacks.on_connected(c->protocol5, c->arg);
}

/* Only version 5 tells why; a loss without it has no reason (and rc is an error's). */
static void
on_disconnect(struct mosquitto *m, void *arg, int reason, const mosquitto_property *p)
{
	struct mqtt_client *c = arg;
	(void)m;
	(void)p;
	if (reason >= 128)
		note_reason(c, "the broker ended the connection", reason);
}

static void
on_log(struct mosquitto *m, void *arg, int level, const char *text)
{
	struct mqtt_client *c = arg;
	(void)m;
	if (level == MOSQ_LOG_ERR && c->told[0] == '\0')
		snprintf(c->told, sizeof(c->told), "%s", text);
}

static void
on_subscribe(struct mosquitto *m, void *arg, int mid, int n, const int *granted,
	     const mosquitto_property *p)
{
	struct mqtt_client *c = arg;
	(void)m;
	(void)p;
	for (size_t i = 0; n > 0 && i < c->n_filters; i++) {
		if (c->filters[i].mid != mid)
			continue;
		c->filters[i].mid = 0;
		if (c->callbacks.on_subscribed)
			c->callbacks.on_subscribed(c->filters[i].text, granted[0],
						   c->arg);
		return;
	}
}

static void
on_publish(struct mosquitto *m, void *arg, int mid, int reason,
	   const mosquitto_property *p)
{
	struct mqtt_client *c = arg;
	(void)m;
	(void)p;
	for (size_t i = 0; i < ARRAY_LEN(c->flights); i++) {
		if (c->flights[i].mid != mid)
			continue;
		c->flights[i].mid = 0;
		c->in_flight--;
		c->callbacks.on_ack(c->flights[i].tag, reason, c->arg);
		return;
	}
}

static void
on_message(struct mosquitto *m, void *arg, const struct mosquitto_message *message,
	   const mosquitto_property *p)
{
	struct mqtt_client *c = arg;
	(void)m;
	(void)p;
	if (c->callbacks.on_message)
		c->callbacks.on_message(message->topic, message->payload,
					(size_t)message->payloadlen, message->retain,
					c->arg);
}

/* --- connecting ------------------------------------------------------------------- */

static void
set_callbacks(struct mqtt_client *c)
{
	mosquitto_user_data_set(c->m, c);
	mosquitto_connect_v5_callback_set(c->m, on_connect);
	mosquitto_disconnect_v5_callback_set(c->m, on_disconnect);
	mosquitto_publish_v5_callback_set(c->m, on_publish);
	mosquitto_subscribe_v5_callback_set(c->m, on_subscribe);
	mosquitto_message_v5_callback_set(c->m, on_message);
	mosquitto_log_callback_set(c->m, on_log);
}

/*
 * Version 5, but 3.1.1 when the broker said so, and now and then when it only closes: a
 * broker that is starting does that too, and version 3.1.1 tells no refusals.
 */
static void
start_attempt(struct mqtt_client *c)
{
	struct attempt_target target = {c->settings.host, c->settings.port,
					c->settings.keepalive_s};
	c->protocol5 = !c->refused5 && c->silent % 3 != 2;
	struct mosquitto *m = instance_new(&c->settings, c->protocol5);
	c->attempt = m ? attempt_start(m, &target, c->wake) : NULL;
	c->since_us = clock_mono_us();
	if (c->attempt) {
		start_ticking(c);
		return;
	}
	mosquitto_destroy(m);
	pause_then_retry(c);
	c->callbacks.on_disconnected(m ? "too many attempts to connect still run"
				       : "a setting of the connection cannot be used",
				     c->arg);
}

static int
watch_socket(struct mqtt_client *c)
{
	unsigned timeout_ms = TCP_TIMEOUT_MS;
	int fd = c->socket = fcntl(mosquitto_socket(c->m), F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* without it a dead peer is noticed later, by the watchdog */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms,
			 sizeof(timeout_ms));
	c->on_read = event_new(c->base, fd, EV_READ | EV_PERSIST, on_readable, c);
	c->on_write = event_new(c->base, fd, EV_WRITE | EV_PERSIST, on_writable, c);
	if (!c->on_read || !c->on_write || event_add(c->on_read, NULL) < 0)
		return -ENOMEM;
	return 0;
}

static void
on_attempt_end(evutil_socket_t fd, short what, void *arg)
{
	struct mqtt_client *c = arg;
	char error[ATTEMPT_ERROR_SIZE] = "";
	eventfd_t n = 0;
	(void)what;
	if (eventfd_read(fd, &n) < 0 || !c->attempt)
		return;
	int rc = attempt_take(c->attempt, &c->m, error);
	if (rc == -EAGAIN)
		return;
	c->attempt = NULL;
	if (rc == 0) {
		set_callbacks(c);
		rc = watch_socket(c);
	}
	if (rc < 0) {
		lose(c, error[0] ? error : strerror(-rc));
		return;
	}
	c->since_us = clock_mono_us();
	start_ticking(c);
	settle(c, MOSQ_ERR_SUCCESS);
}

/* --- life ------------------------------------------------------------------------- */

static int
init_library(void)
{
	static bool done; /* for the whole process; libmosquitto asks for it once */
	if (!done && mosquitto_lib_init() != MOSQ_ERR_SUCCESS)
		return -ENOMEM;
	done = true;
	return 0;
}

struct mqtt_client *
mqtt_client_new(struct event_base *base, const struct mqtt_options *options,
		const struct mqtt_callbacks *callbacks, void *arg)
{
	static const struct timeval now = {0, 0};
	struct mqtt_client *c = init_library() == 0 ? x_new(struct mqtt_client) : NULL;
	if (!c)
		return NULL;
	c->base = base;
	c->callbacks = *callbacks;
	c->arg = arg;
	c->socket = -1;
	c->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (settings_copy(&c->settings, options) == 0 && c->wake >= 0) {
		c->tick = evtimer_new(base, on_tick, c);
		c->on_wake =
			event_new(base, c->wake, EV_READ | EV_PERSIST, on_attempt_end, c);
	}
	if (c->tick && c->on_wake && event_add(c->on_wake, NULL) == 0 &&
	    event_add(c->tick, &now) == 0)
		return c;
	mqtt_client_free(c, 0);
	return NULL;
}

/* Moves data without the loop until the condition holds, at most until deadline. */
static void
move_data(struct mqtt_client *c, bool (*is_done)(const struct mqtt_client *c),
	  uint64_t deadline_us)
{
	int rc = MOSQ_ERR_SUCCESS;
	while (rc == MOSQ_ERR_SUCCESS && !is_done(c) && mosquitto_socket(c->m) >= 0) {
		uint64_t now = clock_mono_us();
		short wants = mosquitto_want_write(c->m) ? POLLIN | POLLOUT : POLLIN;
		struct pollfd p = {mosquitto_socket(c->m), wants, 0};
		if (now >= deadline_us)
			return;
		int n = poll(&p, 1, (int)((deadline_us - now) / 1000) + 1);
		if (n < 0 && errno != EINTR)
			return;
		if (n > 0 && p.revents & POLLOUT)
			rc = mosquitto_loop_write(c->m, 1);
		if (n > 0 && rc == MOSQ_ERR_SUCCESS && p.revents & ~POLLOUT)
			rc = mosquitto_loop_read(c->m, 1);
	}
}

static bool
is_acknowledged(const struct mqtt_client *c)
{
	return c->in_flight == 0;
}

static bool
is_written(const struct mqtt_client *c)
{
	return !mosquitto_want_write(c->m);
}

void
mqtt_client_free(struct mqtt_client *c, unsigned grace_ms)
{
	if (!c)
		return;
	forget_socket(c);
	if (c->connected) {
		move_data(c, is_acknowledged, clock_mono_us() + grace_ms * 1000ULL);
		/* a broker that does not read anything learns of it by the will */
		(void)mosquitto_disconnect(c->m);
		move_data(c, is_written, clock_mono_us() + MQTT_GOODBYE_MS * 1000ULL);
	}
	attempt_give_up(c->attempt);
	mosquitto_destroy(c->m);
	if (c->on_wake)
		event_free(c->on_wake);
	if (c->tick)
		event_free(c->tick);
	if (c->wake >= 0)
		close(c->wake);
	for (size_t i = 0; i < c->n_filters; i++)
		str_free(c->filters[i].text);
	mem_free(c->filters);
	settings_done(&c->settings);
	mem_free(c);
}

/* --- what the owner does ---------------------------------------------------------- */

bool
mqtt_is_connected(const struct mqtt_client *c)
{
	return c->connected;
}

bool
mqtt_is_denied(const struct mqtt_client *c)
{
	return c->denied;
}

unsigned
mqtt_room(const struct mqtt_client *c)
{
	return c->connected ? LIMIT_MQTT_IN_FLIGHT - c->in_flight : 0;
}

static struct flight *
free_place(struct mqtt_client *c)
{
	for (size_t i = 0; i < ARRAY_LEN(c->flights); i++) {
		if (c->flights[i].mid == 0)
			return &c->flights[i];
	}
	return NULL;
}

static bool
never_works(int rc)
{
	return rc == MOSQ_ERR_INVAL || rc == MOSQ_ERR_MALFORMED_UTF8 ||
	       rc == MOSQ_ERR_PAYLOAD_SIZE || rc == MOSQ_ERR_OVERSIZE_PACKET ||
	       rc == MOSQ_ERR_QOS_NOT_SUPPORTED || rc == MOSQ_ERR_RETAIN_NOT_SUPPORTED;
}

/* settle() for calls of the owner, who hears of a loss only when they have returned. */
static void
look_later(struct mqtt_client *c, int rc)
{
	if (rc != MOSQ_ERR_SUCCESS) {
		c->broken = rc;
		event_active(c->tick, EV_TIMEOUT, 0);
	} else if (c->on_write && mosquitto_want_write(c->m)) {
		event_add(c->on_write, NULL);
	}
}

int
mqtt_publish(struct mqtt_client *c, const struct mqtt_message *message, uint64_t tag)
{
	struct flight *f = mqtt_room(c) > 0 ? free_place(c) : NULL;
	if (!f)
		return -EAGAIN;
	int mid = 0;
	int rc = instance_publish(c->m, c->protocol5, message, &mid);
	if (never_works(rc))
		return -EINVAL;
	if (rc == MOSQ_ERR_NOMEM || mid == 0)
		return -EAGAIN;
	/* With an error it may be queued all the same: it waits for the loss to be seen.
	 */
	*f = (struct flight){mid, tag, clock_mono_us()};
	c->in_flight++;
	look_later(c, rc);
	return 0;
}

int
mqtt_subscribe(struct mqtt_client *c, const char *filter)
{
	if (mosquitto_sub_topic_check(filter) != MOSQ_ERR_SUCCESS)
		return -EINVAL;
	if (x_reserve(&c->filters, &c->cap_filters, c->n_filters) < 0)
		return -ENOMEM;
	char *copy = str_dup(filter);
	if (!copy)
		return -ENOMEM;
	struct filter *f = &c->filters[c->n_filters++];
	*f = (struct filter){.text = copy};
	if (c->connected)
		look_later(c, subscribe(c, f));
	return 0;
}
