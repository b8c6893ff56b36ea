#include "mqtt/instance.h"

#include <errno.h>
#include <string.h>

#include <mosquitto.h>
#include <mqtt_protocol.h>

#include "base/limits.h"
#include "base/str.h"

#define QOS	       1
#define SYSTEM_CA_PATH "/etc/ssl/certs"

static int
copy_will(struct mqtt_settings *s, const struct mqtt_message *will)
{
	if (!will)
		return 0;
	s->will_topic = str_dup(will->topic);
	s->will_payload = str_ndup(will->payload, will->len);
	s->will_len = will->len;
	s->will_type = str_dup(will->content_type);
	s->will_retain = will->retain;
	bool whole = s->will_topic && s->will_payload &&
		     (s->will_type || !will->content_type);
	return whole ? 0 : -ENOMEM;
}

int
settings_copy(struct mqtt_settings *s, const struct mqtt_options *o)
{
	*s = (struct mqtt_settings){
		.port = o->port,
		.tls = o->tls,
		.keepalive_s = o->keepalive_s ? o->keepalive_s : DEFAULT_KEEPALIVE_S,
		.ack_ms = o->ack_ms ? o->ack_ms : LIMIT_ACK_MS,
		.retry_ms = o->retry_ms ? o->retry_ms : MQTT_RETRY_MS};
	if (str_set(&s->host, o->host) == 0 && str_set(&s->ca_file, o->ca_file) == 0 &&
	    str_set(&s->cert_file, o->cert_file) == 0 &&
	    str_set(&s->key_file, o->key_file) == 0 && str_set(&s->user, o->user) == 0 &&
	    str_set(&s->password, o->password) == 0 &&
	    str_set(&s->client_id, o->client_id) == 0 && copy_will(s, o->will) == 0)
		return 0;
	settings_done(s);
	return -ENOMEM;
}

void
settings_done(struct mqtt_settings *s)
{
	if (s->password)
		explicit_bzero(s->password, strlen(s->password));
	str_free(s->host);
	str_free(s->ca_file);
	str_free(s->cert_file);
	str_free(s->key_file);
	str_free(s->user);
	str_free(s->password);
	str_free(s->client_id);
	str_free(s->will_topic);
	str_free(s->will_payload);
	str_free(s->will_type);
	*s = (struct mqtt_settings){0};
}

/* A key with a passphrase fails instead of asking at the terminal. */
static int
no_passphrase(char *text, int size, int writing, void *arg)
{
	(void)text;
	(void)size;
	(void)writing;
	(void)arg;
	return 0;
}

static int
set_tls(struct mosquitto *m, const struct mqtt_settings *s)
{
	int rc = MOSQ_ERR_SUCCESS;
	if (!s->tls)
		return rc;
	/* a client certificate is only taken together with a place for the CA's */
	if (s->ca_file || s->cert_file)
		rc = mosquitto_tls_set(m, s->ca_file, s->ca_file ? NULL : SYSTEM_CA_PATH,
				       s->cert_file, s->key_file, no_passphrase);
	if (rc == MOSQ_ERR_SUCCESS && !s->ca_file)
		rc = mosquitto_int_option(m, MOSQ_OPT_TLS_USE_OS_CERTS, 1);
	return rc;
}

/* Adds the properties of MQTT 5; *list is the caller's to free. */
static int
add_properties(mosquitto_property **list, const struct mqtt_message *message)
{
	int rc = MOSQ_ERR_SUCCESS;
	if (message->content_type)
		rc = mosquitto_property_add_string(list, MQTT_PROP_CONTENT_TYPE,
						   message->content_type);
	if (rc == MOSQ_ERR_SUCCESS && message->expiry_s > 0)
		rc = mosquitto_property_add_int32(list, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL,
						  message->expiry_s);
	for (size_t i = 0; rc == MOSQ_ERR_SUCCESS && i < message->n_user; i++)
		rc = mosquitto_property_add_string_pair(list, MQTT_PROP_USER_PROPERTY,
							message->user[i].name,
							message->user[i].value);
	return rc;
}

static int
set_will(struct mosquitto *m, const struct mqtt_settings *s, bool protocol5)
{
	struct mqtt_message will = {.content_type = s->will_type};
	mosquitto_property *properties = NULL;
	if (!s->will_topic)
		return MOSQ_ERR_SUCCESS;
	int rc = protocol5 ? add_properties(&properties, &will) : MOSQ_ERR_SUCCESS;
	/* on success the instance owns the properties */
	if (rc == MOSQ_ERR_SUCCESS)
		rc = mosquitto_will_set_v5(m, s->will_topic, (int)s->will_len,
					   s->will_payload, QOS, s->will_retain,
					   properties);
	if (rc != MOSQ_ERR_SUCCESS)
		mosquitto_property_free_all(&properties);
	return rc;
}

struct mosquitto *
instance_new(const struct mqtt_settings *s, bool protocol5)
{
	struct mosquitto *m = mosquitto_new(s->client_id, true, NULL);
	if (!m)
		return NULL;
	int version = protocol5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311;
	int rc = mosquitto_int_option(m, MOSQ_OPT_PROTOCOL_VERSION, version);
	if (rc == MOSQ_ERR_SUCCESS)
		rc = mosquitto_int_option(m, MOSQ_OPT_SEND_MAXIMUM, LIMIT_MQTT_IN_FLIGHT);
	if (rc == MOSQ_ERR_SUCCESS)
		rc = mosquitto_int_option(m, MOSQ_OPT_TCP_NODELAY, 1);
	if (rc == MOSQ_ERR_SUCCESS && s->user)
		rc = mosquitto_username_pw_set(m, s->user, s->password);
	if (rc == MOSQ_ERR_SUCCESS)
		rc = set_tls(m, s);
	if (rc == MOSQ_ERR_SUCCESS)
		rc = set_will(m, s, protocol5);
	if (rc == MOSQ_ERR_SUCCESS)
		return m;
	mosquitto_destroy(m);
	return NULL;
}

int
instance_publish(struct mosquitto *m, bool protocol5, const struct mqtt_message *message,
		 int *ret_mid)
{
	mosquitto_property *properties = NULL;
	int rc = protocol5 ? add_properties(&properties, message) : MOSQ_ERR_SUCCESS;
	if (rc == MOSQ_ERR_SUCCESS)
		rc = mosquitto_publish_v5(m, ret_mid, message->topic, (int)message->len,
					  message->payload, QOS, message->retain,
					  properties);
	mosquitto_property_free_all(&properties);
	return rc;
}

bool
instance_is_denial(int rc)
{
	return rc == MQTT_RC_BAD_USERNAME_OR_PASSWORD || rc == MQTT_RC_NOT_AUTHORIZED ||
	       rc == CONNACK_REFUSED_BAD_USERNAME_PASSWORD ||
	       rc == CONNACK_REFUSED_NOT_AUTHORIZED;
}
