/* Connects to the broker of a configuration and publishes a probe. */
#include <string.h>

#include <event2/event.h>

#include "base/str.h"
#include "cli/check_online.h"
#include "cli/command.h"
#include "mqtt/client.h"

#define PROBE_TAG      1
#define PROBE_EXPIRY_S 60
#define ATTEMPTS       2 /* MQTT 5, then 3.1.1 */

struct probe {
	struct event_base *base;
	struct mqtt_client *client;
	char *topic;
	char *reason; /* of the last loss */
	unsigned losses;
	bool is_done;
	bool is_denied;
	int code; /* of the acknowledgement */
};

static void
on_connected(bool protocol5, void *arg)
{
	struct probe *p = arg;
	static const char payload[] = "{\"check\":true}";
	struct mqtt_message m = {.topic = p->topic,
				 .payload = payload,
				 .len = strlen(payload),
				 .expiry_s = PROBE_EXPIRY_S};
	(void)protocol5;
	if (mqtt_publish(p->client, &m, PROBE_TAG) < 0)
		event_base_loopbreak(p->base);
}

static void
on_disconnected(const char *reason, void *arg)
{
	struct probe *p = arg;
	str_free(p->reason);
	p->reason = str_dup(reason);
	if (++p->losses >= ATTEMPTS)
		event_base_loopbreak(p->base);
}

static void
on_ack(uint64_t tag, int reason, void *arg)
{
	struct probe *p = arg;
	(void)tag;
	p->is_done = true;
	p->code = reason;
	event_base_loopbreak(p->base);
}

static bool
run_probe(struct probe *p, const struct conf_mqtt *conf)
{
	static const struct timeval limit = {CHECK_BROKER_MS / 1000, 0};
	static const struct mqtt_callbacks callbacks = {
		.on_connected = on_connected,
		.on_disconnected = on_disconnected,
		.on_ack = on_ack,
	};
	struct mqtt_options options = {
		.host = conf->host,
		.port = conf->port,
		.tls = conf->tls,
		.ca_file = conf->ca_file,
		.cert_file = conf->cert_file,
		.key_file = conf->key_file,
		.user = conf->user,
		.password = conf->password.data,
	};
	p->client = mqtt_client_new(p->base, &options, &callbacks, p);
	if (!p->client)
		return false;
	event_base_loopexit(p->base, &limit);
	event_base_dispatch(p->base);
	p->is_denied = mqtt_is_denied(p->client);
	mqtt_client_free(p->client, 0);
	return true;
}

static int
judge(const struct probe *p, const struct conf_mqtt *conf, struct diag_list *diags)
{
	if (!p->is_done) {
		diag_error(diags, conf->at, "the broker %s:%u cannot be used: %s",
			   conf->host, conf->port,
			   p->reason ? p->reason : "no answer in time");
		return p->is_denied ? CLI_DENIED : CLI_UNREACHABLE;
	}
	if (p->code >= 128) {
		diag_error(diags, conf->at,
			   "the broker %s:%u refuses to publish on %s (reason code %d)",
			   conf->host, conf->port, p->topic, p->code);
		return CLI_DENIED;
	}
	return CLI_OK;
}

int
check_broker(const struct conf *conf, struct diag_list *diags)
{
	if (!conf->mqtt.enabled)
		return CLI_OK;
	struct probe p = {.base = event_base_new()};
	p.topic = str_format("%s/%s/check", conf->mqtt.topic, conf->mqtt.name);
	int status = CLI_FAILED;
	if (p.base && p.topic && run_probe(&p, &conf->mqtt))
		status = judge(&p, &conf->mqtt, diags);
	if (p.base)
		event_base_free(p.base);
	str_free(p.topic);
	str_free(p.reason);
	return status;
}
