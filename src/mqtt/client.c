/*
 * idle --(timer)--> connecting (a thread) --> greeting (CONNECT sent) --> connected
 *   ^                     |                        |                         |
 *   +---------------------+------------------------+-------------------------+
 *                    each failure: the instance goes, a new one after a pause
 */
#include "mqtt/client.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <event2/event.h>
#include <mosquitto.h>

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

struct mqtt_client {
	struct event_base *base;
	struct mqtt_callbacks callbacks;
	void *arg;
	struct mqtt_settings settings;
	char **filters; /* owned; subscribed at each connect */
	size_t n_filters;
	size_t cap_filters;
	bool protocol5;		 /* of the present or next instance */
	struct mosquitto *m;	 /* owned; NULL while idle or connecting */
	struct attempt *attempt; /* while connecting */
	bool connected;
	unsigned failures;    /* attempts since the last connect */
	uint64_t greeting_us; /* monotonic: CONNECT was sent */
	struct flight flights[LIMIT_MQTT_IN_FLIGHT];
	unsigned in_flight;
	int wake; /* eventfd of the attempt */
	struct event *on_wake;
	struct event *on_read;
	struct event *on_write;
	struct event *tick; /* every second while there is an instance; else the pause */
};

static void start_attempt(struct mqtt_client *c);

/* --- the end of a connection
 * -------------------------------------------------------------- */

static void
forget_socket(struct mqtt_client *c)
{
	if (c->on_read)
		event_free(steal_ptr(&c->on_read));
	if (c->on_write)
		event_free(steal_ptr(&c->on_write));
}

static void
pause_then_retry(struct mqtt_client *c)
{
	uint64_t ms = retry_delay_ms(++c->failures, MQTT_RETRY_MS, MQTT_RETRY_CAP_MS);
	struct timeval delay = {(time_t)(ms / 1000), (suseconds_t)(ms % 1000 * 1000)};
	event_add(c->tick, &delay);
}

/* Never called from inside a callback of the instance, which it destroys. */
static void
lose(struct mqtt_client *c, const char *reason)
{
	/* A broker of 3.1.1 alone closes or answers nonsense: try its version next. */
	if (!c->connected)
		c->protocol5 = !c->protocol5;
	c->connected = false;
	c->in_flight = 0;
	for (size_t i = 0; i < ARRAY_LEN(c->flights); i++)
		c->flights[i].mid = 0;
	forget_socket(c);
	mosquitto_destroy(steal_ptr(&c->m));
	pause_then_retry(c);
	c->callbacks.on_disconnected(reason, c->arg);
}

/* --- data on the loop
 * ----------------------------------------------------------------------- */

/* After each call into the instance: watch for writing exactly while it wants to. */
static void
settle(struct mqtt_client *c, int rc)
{
	if (!c->m || !c->on_write)
		return;
	if (rc != MOSQ_ERR_SUCCESS) {
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
	uint64_t limit = LIMIT_ACK_MS * 1000ULL;
	if (!c->connected)
		return now - c->greeting_us > 2 * limit;
	for (size_t i = 0; i < ARRAY_LEN(c->flights); i++) {
		if (c->flights[i].mid != 0 && now - c->flights[i].sent_us > limit)
			return true;
	}
	return false;
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval second = {1, 0};
	struct mqtt_client *c = arg;
	(void)fd;
	(void)what;
	if (!c->m) {
		start_attempt(c);
		return;
	}
	event_add(c->tick, &second);
	if (is_overdue(c))
		lose(c, "the broker does not answer");
	else
		settle(c, mosquitto_loop_misc(c->m));
}

/* --- what the instance tells
 * ------------------------------------------------------------------ */

static int
subscribe_all(struct mqtt_client *c)
{
	int rc = MOSQ_ERR_SUCCESS;
	for (size_t i = 0; i < c->n_filters && rc == MOSQ_ERR_SUCCESS; i++)
		rc = mosquitto_subscribe(c->m, NULL, c->filters[i], 1);
	return rc;
}

/* A refusal is followed by the broker closing: settle() sees that. */
static void
on_connect(struct mosquitto *m, void *arg, int rc, int flags, const mosquitto_property *p)
{
	struct mqtt_client *c = arg;
	(void)m;
	(void)flags;
	(void)p;
	if (rc != 0 || subscribe_all(c) != MOSQ_ERR_SUCCESS)
		return;
	c->connected = true;
	c->failures = 0;
	c->callbacks.on_connected(c->protocol5, c->arg);
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

/* --- connecting
 * --------------------------------------------------------------------------------- */

static void
start_attempt(struct mqtt_client *c)
{
	struct attempt_target target = {c->settings.host, c->settings.port,
					c->settings.keepalive_s};
	struct mosquitto *m = instance_new(&c->settings, c->protocol5, c);
	if (m) {
		mosquitto_connect_v5_callback_set(m, on_connect);
		mosquitto_publish_v5_callback_set(m, on_publish);
		mosquitto_message_v5_callback_set(m, on_message);
		c->attempt = attempt_start(m, &target, c->wake);
	}
	if (c->attempt)
		return;
	mosquitto_destroy(m);
	pause_then_retry(c);
	c->callbacks.on_disconnected("the TLS files or the memory are not there", c->arg);
}

static int
watch_socket(struct mqtt_client *c)
{
	unsigned timeout_ms = TCP_TIMEOUT_MS;
	int fd = mosquitto_socket(c->m);
	if (fd < 0)
		return -EBADF;
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
	static const struct timeval second = {1, 0};
	struct mqtt_client *c = arg;
	eventfd_t n = 0;
	(void)what;
	if (eventfd_read(fd, &n) < 0 || !c->attempt)
		return;
	int rc = attempt_take(c->attempt, &c->m);
	if (rc == -EAGAIN)
		return;
	c->attempt = NULL;
	if (rc == MOSQ_ERR_SUCCESS && watch_socket(c) == 0) {
		c->greeting_us = clock_mono_us();
		event_add(c->tick, &second);
		settle(c, MOSQ_ERR_SUCCESS);
		return;
	}
	c->protocol5 = !c->protocol5; /* lose() turns it back: nobody was reached */
	lose(c, rc == MOSQ_ERR_ERRNO ? "no connection" : mosquitto_strerror(rc));
}

/* --- life
 * --------------------------------------------------------------------------------------
 */

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
	c->protocol5 = true;
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

/* Moves data without the loop until all is acknowledged, at most until deadline. */
static void
finish_flights(struct mqtt_client *c, uint64_t deadline_us)
{
	int rc = MOSQ_ERR_SUCCESS;
	while (rc == MOSQ_ERR_SUCCESS && c->in_flight > 0) {
		uint64_t now = clock_mono_us();
		short wants = mosquitto_want_write(c->m) ? POLLIN | POLLOUT : POLLIN;
		struct pollfd p = {mosquitto_socket(c->m), wants, 0};
		if (now >= deadline_us)
			return;
		int n = poll(&p, 1, (int)((deadline_us - now) / 1000) + 1);
		if (n < 0 && errno != EINTR)
			return;
		if (p.revents & POLLOUT)
			rc = mosquitto_loop_write(c->m, 1);
		if (rc == MOSQ_ERR_SUCCESS && p.revents & (POLLIN | POLLHUP | POLLERR))
			rc = mosquitto_loop_read(c->m, 1);
	}
}

void
mqtt_client_free(struct mqtt_client *c, unsigned grace_ms)
{
	if (!c)
		return;
	forget_socket(c);
	if (c->connected) {
		finish_flights(c, clock_mono_us() + grace_ms * 1000ULL);
		(void)mosquitto_disconnect(c->m);
		(void)mosquitto_loop_write(c->m, 1);
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
		str_free(c->filters[i]);
	mem_free(c->filters);
	settings_done(&c->settings);
	mem_free(c);
}

/* --- what the owner does
 * --------------------------------------------------------------------------- */

bool
mqtt_is_connected(const struct mqtt_client *c)
{
	return c->connected;
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

int
mqtt_publish(struct mqtt_client *c, const struct mqtt_message *message, uint64_t tag)
{
	struct flight *f = mqtt_room(c) > 0 ? free_place(c) : NULL;
	if (!f)
		return -EAGAIN;
	int mid = 0;
	int rc = instance_publish(c->m, c->protocol5, message, &mid);
	if (rc == MOSQ_ERR_INVAL || rc == MOSQ_ERR_MALFORMED_UTF8 ||
	    rc == MOSQ_ERR_PAYLOAD_SIZE || rc == MOSQ_ERR_OVERSIZE_PACKET)
		return -EINVAL;
	if (rc == MOSQ_ERR_NOMEM)
		return -EAGAIN;
	/* With any other result it may be queued: the connection is about to be lost. */
	*f = (struct flight){mid, tag, clock_mono_us()};
	c->in_flight++;
	if (c->on_write && mosquitto_want_write(c->m))
		event_add(c->on_write, NULL);
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
	c->filters[c->n_filters++] = copy;
	if (c->connected)
		settle(c, mosquitto_subscribe(c->m, NULL, filter, 1));
	return 0;
}
