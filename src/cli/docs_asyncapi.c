/* docs/asyncapi.yaml (AsyncAPI 3.0) from the table of event types. */
#include <ctype.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "cli/docs.h"
#include "pipeline/event_types.h"

static const char head[] =
	"# Made from the table of event types by `make docs`; docs/NOTICES.md is for\n"
	"# people.\n"
	"asyncapi: 3.0.0\n"
	"info:\n"
	"  title: Forge Bridge\n"
	"  version: \"" FORGEBRIDGE_VERSION "\"\n"
	"  description: >-\n"
	"    What Forge Bridge tells an MQTT broker: CloudEvents of every change, and "
	"the\n"
	"    retained state of the bridge and of each site. Delivered at least once, in\n"
	"    order per job; repeats have the same id.\n"
	"defaultContentType: application/cloudevents+json\n"
	"servers:\n"
	"  broker:\n"
	"    host: broker.example.com:1883\n"
	"    protocol: mqtt\n"
	"    protocolVersion: \"5.0\"\n"
	"    description: The broker of mqtt.url. Protocol 3.1.1 where it knows no 5.\n"
	"    bindings:\n"
	"      mqtt:\n"
	"        cleanSession: true\n"
	"        keepAlive: 10\n"
	"        lastWill:\n"
	"          topic: forgebridge/main/state\n"
	"          qos: 1\n"
	"          message: '{\"state\":\"lost\",\"boot\":\"...\",\"version\":\"...\"}'\n"
	"          retain: true\n"
	"        bindingVersion: 0.2.0\n";

static const char parameters[] = "    parameters:\n"
				 "      topic:\n"
				 "        description: mqtt.topic of the configuration\n"
				 "        default: forgebridge\n"
				 "      name:\n"
				 "        description: mqtt.name of the configuration\n"
				 "        default: main\n";

static const char site_parameters[] =
	"      server:\n"
	"        description: \"name of the server; + # / and a leading $ are _ there\"\n"
	"      site:\n"
	"        description: name of the site, likewise\n";

/* What is retained and no CloudEvent. */
static const struct {
	const char *name;
	const char *address;
	const char *title;
	const char *schema;
	bool of_site;
} states[] = {
	{"bridgeState", "state", "the state of the bridge", "bridge-state", false},
	{"siteState", "site/{server}/{site}/state", "the last known state of a site",
	 "site-state", true},
};

/* jobFailed */
static void
put_name(struct buf *out, const struct event_type_row *row)
{
	buf_printf(out, "%s%c%s", row->noun, toupper((unsigned char)row->verb[0]),
		   row->verb + 1);
}

static void
put_quoted(struct buf *out, const char *text)
{
	json_put_string(out, text, strlen(text));
	buf_putc(out, '\n');
}

static void
put_channel(struct buf *out, const char *name, const char *address, const char *title)
{
	buf_printf(out,
		   "  %s:\n    address: \"{topic}/{name}/%s\"\n    description: ", name,
		   address);
	put_quoted(out, title);
}

static void
put_message_ref(struct buf *out, const char *name)
{
	buf_printf(out, "      %s:\n        $ref: \"#/components/messages/%s\"\n", name,
		   name);
}

static void
put_state_channels(struct buf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		put_channel(out, states[i].name, states[i].address, states[i].title);
		buf_puts(out, parameters);
		buf_puts(out, states[i].of_site ? site_parameters : "");
		buf_puts(out, "    messages:\n");
		put_message_ref(out, states[i].name);
	}
}

static void
put_event_channels(struct buf *out)
{
	for (size_t i = 0; i < EVENT_TYPE_COUNT; i++) {
		const struct event_type_row *row = &event_types[i];
		auto_buf name = BUF_INIT(KIB);
		auto_buf address = BUF_INIT(KIB);
		put_name(&name, row);
		buf_printf(&address, "event/%s/%s", row->noun, row->verb);
		put_channel(out, buf_str(&name), buf_str(&address), row->help);
		buf_printf(out, "%s    messages:\n", parameters);
		put_message_ref(out, buf_str(&name));
	}
}

/* The same events again, for those who follow one site: those of jobs and steps. */
static void
put_site_channel(struct buf *out)
{
	put_channel(out, "siteEvent", "site/{server}/{site}/event",
		    "the events of one site's jobs");
	buf_printf(out, "%s%s    messages:\n", parameters, site_parameters);
	for (size_t i = 0; i < EVENT_TYPE_COUNT; i++) {
		auto_buf name = BUF_INIT(KIB);
		if (str_eq(event_types[i].noun, "delivery"))
			continue;
		put_name(&name, &event_types[i]);
		put_message_ref(out, buf_str(&name));
	}
}

static void
put_operation(struct buf *out, const char *channel, bool retain)
{
	buf_printf(out,
		   "  %s:\n    action: send\n    channel:\n"
		   "      $ref: \"#/channels/%s\"\n    bindings:\n      mqtt:\n"
		   "        qos: 1\n        retain: %s\n        bindingVersion: 0.2.0\n",
		   channel, channel, retain ? "true" : "false");
}

static void
put_operations(struct buf *out)
{
	buf_puts(out, "operations:\n");
	for (size_t i = 0; i < ARRAY_LEN(states); i++)
		put_operation(out, states[i].name, true);
	for (size_t i = 0; i < EVENT_TYPE_COUNT; i++) {
		auto_buf name = BUF_INIT(KIB);
		put_name(&name, &event_types[i]);
		put_operation(out, buf_str(&name), false);
	}
	put_operation(out, "siteEvent", false);
}

static void
put_state_messages(struct buf *out)
{
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		buf_printf(out,
			   "    %s:\n      contentType: application/json\n"
			   "      summary: ",
			   states[i].name);
		put_quoted(out, states[i].title);
		buf_printf(out, "      payload:\n        $ref: ./schemas/%s.json\n",
			   states[i].schema);
	}
}

static void
put_event_message(struct buf *out, const struct event_type_row *row)
{
	auto_buf type = BUF_INIT(KIB);
	buf_printf(&type, EVENT_TYPE_FORMAT, row->noun, row->verb);
	buf_puts(out, "    ");
	put_name(out, row);
	buf_printf(out, ":\n      name: %s\n      summary: ", buf_str(&type));
	put_quoted(out, row->help);
	buf_printf(out,
		   "      payload:\n        allOf:\n"
		   "          - $ref: ./schemas/cloudevent.json\n"
		   "          - type: object\n            properties:\n"
		   "              type:\n                const: %s\n"
		   "              data:\n                $ref: ./schemas/%s.json\n",
		   buf_str(&type), buf_str(&type));
}

void
docs_asyncapi(struct buf *out)
{
	buf_puts(out, head);
	buf_puts(out, "channels:\n");
	put_state_channels(out);
	put_event_channels(out);
	put_site_channel(out);
	put_operations(out);
	buf_puts(out, "components:\n  messages:\n");
	put_state_messages(out);
	for (size_t i = 0; i < EVENT_TYPE_COUNT; i++)
		put_event_message(out, &event_types[i]);
}
