/*
 * A connection to an MQTT broker (libmosquitto) on a libevent base: protocol 5 with 3.1.1
 * as fallback, QoS 1, a will, reconnecting by itself with backoff. Connecting (which
 * blocks) happens in a thread of its own; all data moves on the loop. Every reconnect
 * starts with a fresh client: nothing is remembered here, the outbox is the queue.
 */
#ifndef MQTT_CLIENT_H
#define MQTT_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

struct event_base;
struct mqtt_client;

struct mqtt_property {
	const char *name;
	const char *value;
};

struct mqtt_message {
	const char *topic; /* whole */
	const void *payload;
	size_t len;
	bool retain;
	const char *content_type;	  /* MQTT 5; NULL */
	const struct mqtt_property *user; /* MQTT 5 user properties; may be NULL */
	size_t n_user;
	uint32_t expiry_s; /* message expiry; 0: none */
};

struct mqtt_options {
	const char *host; /* all strings are copied */
	uint16_t port;
	bool tls;
	const char *ca_file; /* NULL: the system's */
	const char *cert_file;
	const char *key_file;
	const char *user;
	const char *password;
	const char *client_id;		 /* NULL: made up */
	uint16_t keepalive_s;		 /* 0: 10 */
	const struct mqtt_message *will; /* NULL: none */
	uint32_t ack_ms;   /* an older message breaks the connection; 0: LIMIT_ACK_MS */
	uint32_t retry_ms; /* before the first repeat; 0: MQTT_RETRY_MS */
};

/* None of them may free the client. */
struct mqtt_callbacks {
	/* Connected: publish (again) what is not acknowledged. */
	void (*on_connected)(bool protocol5, void *arg);
	/*
	 * Gone, or an attempt to connect failed; everything unacknowledged is void.
	 * reason is for people.
	 */
	void (*on_disconnected)(const char *reason, void *arg);
	/* The broker took (0; 16: nobody subscribed) or refused (>= 128) what tag stands
	 * for. */
	void (*on_ack)(uint64_t tag, int reason, void *arg);
	/* A message on a subscribed topic; may be NULL. */
	void (*on_message)(const char *topic, const void *payload, size_t len,
			   bool retained, void *arg);
	/* The broker took the subscription, or refused it (>= 128); may be NULL. */
	void (*on_subscribed)(const char *filter, int reason, void *arg);
};

/* Starts connecting at once. NULL on failure. */
struct mqtt_client *mqtt_client_new(struct event_base *base,
				    const struct mqtt_options *options,
				    const struct mqtt_callbacks *callbacks,
				    void *arg) MUST_CHECK;
/*
 * Disconnects without the will being sent, after at most grace_ms for what is in flight
 * (blocks that long at worst). No callback runs afterwards.
 */
void mqtt_client_free(struct mqtt_client *c, unsigned grace_ms);
bool mqtt_is_connected(const struct mqtt_client *c);
/* The broker's last word on a connection: the credentials are not good for one. */
bool mqtt_is_denied(const struct mqtt_client *c);
/* Messages that may be published now: connected, and fewer than 20 in flight. */
unsigned mqtt_room(const struct mqtt_client *c);
/*
 * Returns 0; -EAGAIN without room; -EINVAL for what can never be published at this broker
 * (a bad topic, too large): nothing was queued.
 */
int mqtt_publish(struct mqtt_client *c, const struct mqtt_message *message,
		 uint64_t tag) MUST_CHECK;
/* Kept over reconnects. Returns 0, -EINVAL for a bad filter, -ENOMEM. */
int mqtt_subscribe(struct mqtt_client *c, const char *filter) MUST_CHECK;

#endif
