#include <event2/event.h>
#include <signal.h>
#include <stdio.h>

#include "base/json.h"
#include "base/json_doc.h"
#include "base/limits.h"
#include "base/str.h"
#include "cli/commands.h"
#include "conf/conf.h"
#include "mqtt/client.h"
#include "pipeline/marker.h"

#define FIRST_CONNECT_S 10 /* without a connection until then it gives up */
#define MAX_TOPIC	1024

struct watch {
	struct event_base *base;
	struct event *connecting; /* the time for the first connection */
	struct event *time;	  /* --timeout */
	struct event *stop;	  /* SIGINT */
	struct mqtt_client *mqtt;
	const char *filter;
	const char *skip; /* a topic that is no notice; NULL: everything is printed */
	bool json;
	uint64_t left; /* notices until the end; 0: no end */
	int status;
};

static void
finish(struct watch *w, int status)
{
	w->status = status;
	event_base_loopexit(w->base, NULL);
}

static void
on_connected(bool protocol5, void *arg)
{
	struct watch *w = arg;
	(void)protocol5;
	event_del(w->connecting);
	fprintf(stderr, "watching %s\n", w->filter);
}

static void
on_disconnected(const char *reason, void *arg)
{
	(void)arg;
	fprintf(stderr, "no connection to the broker: %s\n", reason ? reason : "");
}

static void
on_ack(uint64_t tag, int reason, void *arg)
{
	(void)tag;
	(void)reason;
	(void)arg;
}

static void
print_json(const char *topic, struct slice payload, bool retained)
{
	auto_buf out = BUF_INIT(LIMIT_TEXT_BYTES);
	struct json_writer w;
	json_begin(&w, &out);
	json_open_object(&w, NULL);
	json_str(&w, "topic", topic);
	json_bool(&w, "retained", retained);
	if (json_check(payload, NULL) == 0) {
		auto_str text = str_ndup(payload.data, payload.len);
		json_raw(&w, "payload", text);
	} else {
		json_slice(&w, "payload", payload);
	}
	json_close_object(&w);
	puts(buf_str(&out));
}

/* What a terminal would obey is shown as '?'. */
static void
print_plain(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		putchar(c < ' ' || c == 0x7f ? '?' : c);
	}
}

static void
on_message(const char *topic, const void *payload, size_t len, bool retained, void *arg)
{
	struct watch *w = arg;
	if (w->skip && str_eq(topic, w->skip))
		return;
	if (w->json) {
		print_json(topic, (struct slice){payload, len}, retained);
	} else {
		print_plain(topic, slice_of(topic).len);
		putchar(' ');
		print_plain(payload, len);
		putchar('\n');
	}
	fflush(stdout);
	if (w->left > 0 && --w->left == 0)
		finish(w, CLI_OK);
}

static void
on_no_connection(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	finish(arg, CLI_UNREACHABLE);
}

static void
on_time(evutil_socket_t fd, short what, void *arg)
{
	struct watch *w = arg;
	(void)fd;
	(void)what;
	bool was_there = !evtimer_pending(w->connecting, NULL);
	finish(w, was_there ? CLI_TIMEOUT : CLI_UNREACHABLE);
}

static void
on_signal(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	finish(arg, CLI_OK);
}

static struct mqtt_client *
connect_broker(struct watch *w, const struct conf_mqtt *conf)
{
	static const struct mqtt_callbacks callbacks = {.on_connected = on_connected,
							.on_disconnected =
								on_disconnected,
							.on_ack = on_ack,
							.on_message = on_message};
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
	return mqtt_client_new(w->base, &options, &callbacks, w);
}

static bool
start(struct watch *w, const struct conf_mqtt *conf, uint64_t timeout_ms)
{
	static const struct timeval first = {FIRST_CONNECT_S, 0};
	struct timeval time = {(time_t)(timeout_ms / 1000),
			       (suseconds_t)(timeout_ms % 1000 * 1000)};
	w->base = event_base_new();
	if (!w->base)
		return false;
	w->connecting = evtimer_new(w->base, on_no_connection, w);
	w->time = evtimer_new(w->base, on_time, w);
	w->stop = evsignal_new(w->base, SIGINT, on_signal, w);
	if (!w->connecting || !w->time || !w->stop)
		return false;
	if (timeout_ms > 0)
		evtimer_add(w->time, &time);
	evtimer_add(w->connecting, &first);
	evsignal_add(w->stop, NULL);
	w->mqtt = connect_broker(w, conf);
	return w->mqtt && mqtt_subscribe(w->mqtt, w->filter) == 0;
}

static void
done(struct watch *w)
{
	mqtt_client_free(w->mqtt, 0);
	if (w->connecting)
		event_free(w->connecting);
	if (w->time)
		event_free(w->time);
	if (w->stop)
		event_free(w->stop);
	if (w->base)
		event_base_free(w->base);
}

static int
watch(const struct cli_args *args, const struct conf *conf, struct watch *w,
      uint64_t timeout_ms)
{
	const char *topic = cli_operand(args, 0);
	auto_buf filter = BUF_INIT(MAX_TOPIC);
	auto_str marker =
		str_format("%s/%s/" MARKER_LEAF, conf->mqtt.topic, conf->mqtt.name);
	if (!conf->mqtt.enabled)
		return cli_fail(args, CLI_BAD_INPUT, "the configuration has no mqtt:");
	buf_printf(&filter, "%s/%s/%s", conf->mqtt.topic, conf->mqtt.name,
		   topic ? topic : "#");
	if (buf_failed(&filter))
		return cli_fail(args, CLI_USAGE, "the topic is too long");
	w->filter = buf_str(&filter);
	w->skip = topic ? NULL : marker;
	if (!start(w, &conf->mqtt, timeout_ms))
		w->status =
			cli_fail(args, CLI_USAGE, "\"%s\" is no topic filter", w->filter);
	else
		event_base_dispatch(w->base);
	done(w);
	if (w->status == CLI_UNREACHABLE)
		return cli_fail(args, CLI_UNREACHABLE, "the broker cannot be reached");
	return w->status;
}

static int
run(const struct cli_args *args)
{
	auto_diag diags = {0};
	struct conf *conf = NULL;
	struct watch w = {.json = cli_has(args, "--json")};
	uint64_t timeout_ms = 0;
	const char *timeout = cli_get(args, "--timeout");
	int rc = cli_get_u64(args, "--count", 1, UINT64_MAX, 0, &w.left);
	if (rc != CLI_OK)
		return rc;
	if (timeout && parse_duration(timeout, &timeout_ms) < 0)
		return cli_fail(args, CLI_USAGE, "--timeout: \"%s\" is no time like 30s",
				timeout);
	if (conf_load(cli_get(args, "--config"), &diags, &conf) < 0) {
		diag_print(&diags, stderr);
		return CLI_BAD_INPUT;
	}
	rc = watch(args, conf, &w, timeout_ms);
	conf_unref(conf);
	return rc;
}

static const struct cli_option options[] = {
	{"--config", 'c', "FILE", "the configuration, for broker and topics", true},
	{"--count", 'n', "N", "end after N notices", false},
	{"--timeout", 0, "TIME", "end after this time, with status 6", false},
	{"--json", 0, NULL, "one JSON object a line: topic, retained, payload", false},
	{0},
};

const struct cli_command cli_watch = {
	.name = "watch",
	.operands = "[TOPIC]",
	.max_operands = 1,
	.summary = "subscribe at the broker and print notices",
	.details = "TOPIC stands behind the configured prefix and may have + and #; "
		   "without it\n"
		   "everything is printed. One line a notice: the topic and its payload.",
	.options = options,
	.example = "forgebridge watch 'event/job/+' -c forgebridge.yaml",
	.exits = CLI_EXITS(
		{CLI_OK, "N notices came, or it was told to end (SIGTERM, SIGINT)"},
		{CLI_BAD_INPUT, "the configuration has mistakes"},
		{CLI_UNREACHABLE, "the broker cannot be reached"},
		{CLI_TIMEOUT, "the time of --timeout is over"}),
	.run = run,
};
