/* A libmosquitto instance made from our options, and messages as it takes them. */
#ifndef MQTT_INSTANCE_H
#define MQTT_INSTANCE_H

#include <stdbool.h>

#include "base/attr.h"
#include "mqtt/client.h"

struct mosquitto;

/* All of mqtt_options as own copies. */
struct mqtt_settings {
	char *host;
	uint16_t port;
	bool tls;
	char *ca_file;
	char *cert_file;
	char *key_file;
	char *user;
	char *password;
	char *client_id;
	uint16_t keepalive_s;
	uint32_t ack_ms;
	uint32_t retry_ms;
	char *will_topic; /* NULL: no will */
	char *will_payload;
	size_t will_len;
	char *will_type;
	bool will_retain;
};

int settings_copy(struct mqtt_settings *s, const struct mqtt_options *options) MUST_CHECK;
void settings_done(struct mqtt_settings *s); /* the password is wiped */
/* A fresh instance, not connected. NULL when memory is short or a setting is refused. */
struct mosquitto *instance_new(const struct mqtt_settings *s, bool protocol5) MUST_CHECK;
/* Returns libmosquitto's result. */
int instance_publish(struct mosquitto *m, bool protocol5,
		     const struct mqtt_message *message, int *ret_mid) MUST_CHECK;

/* Whether a CONNACK with that code, of either version, refuses the credentials. */
bool instance_is_denial(int rc);

#endif
