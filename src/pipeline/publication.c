#include "pipeline/publication.h"

#include <errno.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/json_doc.h"
#include "base/limits.h"
#include "base/str.h"
#include "pipeline/event_types.h"

#define MAX_TOPIC  (4 * KIB)
#define STRUCTURED "application/cloudevents+json; charset=utf-8"
#define PLAIN	   "application/json"

/*
 * The number of the event. On the site's topic it is that of the event which the journal
 * got right before, being the same one (notices.c).
 */
static unsigned long long
number_of(const struct notice *n)
{
	return n->sequence - (str_starts(n->topic, "site/") ? 1 : 0);
}

static int
send_structured(struct mqtt_client *mqtt, const struct mqtt_message *made,
		const struct notice *n)
{
	auto_buf payload = BUF_INIT(LIMIT_NOTICE_BYTES);
	if (n->type) /* the commit gave the sequence: it goes in front */
		buf_printf(&payload, "{\"sequence\":\"%020llu\",%s", number_of(n),
			   n->payload + 1);
	else
		buf_puts(&payload, n->payload);
	if (buf_failed(&payload))
		return payload.error == -ENOMEM ? -ENOMEM : -EINVAL;
	struct mqtt_message m = *made;
	m.payload = buf_str(&payload);
	m.len = payload.len;
	m.content_type = n->type ? STRUCTURED : PLAIN;
	return mqtt_publish(mqtt, &m, n->sequence);
}

/*
 * The attributes in event as user properties; ret_values owns their texts. Not among them
 * are sequence, which stands there already, and what MQTT's Content Type tells.
 */
static void
add_attributes(struct mqtt_message *m, struct mqtt_property *user,
	       struct json_value event, char **ret_values)
{
	for (size_t i = 0; i < NOTICE_ATTRIBUTE_COUNT; i++) {
		const char *name = notice_attributes[i].name;
		if (str_eq(name, "datacontenttype"))
			continue;
		ret_values[i] = json_dup_text(json_member(event, name));
		if (ret_values[i])
			user[m->n_user++] = (struct mqtt_property){name, ret_values[i]};
	}
}

static void
free_values(char **values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		str_free(values[i]);
}

/* https://github.com/cloudevents/spec, bindings/mqtt-protocol-binding.md, section 3.1 */
static int
send_binary(struct mqtt_client *mqtt, const struct mqtt_message *made,
	    const struct notice *n)
{
	char sequence[32];
	char *values[NOTICE_ATTRIBUTE_COUNT] = {NULL};
	struct mqtt_property user[NOTICE_ATTRIBUTE_COUNT + 1];
	struct json_doc *doc = NULL;
	int rc = json_doc_parse(slice_of(n->payload), &doc, NULL);
	if (rc < 0)
		return rc == -ENOMEM ? rc : -EINVAL;
	struct json_value root = json_root(doc);
	struct mqtt_message m = *made;
	snprintf(sequence, sizeof(sequence), "%020llu", number_of(n));
	user[m.n_user++] = (struct mqtt_property){"sequence", sequence};
	add_attributes(&m, user, root, values);
	struct json_value data = json_member(root, "data");
	m.user = user;
	m.payload = data.raw.data;
	m.len = data.raw.len;
	m.content_type = PLAIN;
	rc = mqtt_publish(mqtt, &m, n->sequence);
	free_values(values, ARRAY_LEN(values));
	json_doc_free(doc);
	return rc;
}

int
publication_send(struct mqtt_client *mqtt, const char *prefix, bool binary,
		 const struct notice *n)
{
	auto_buf topic = BUF_INIT(MAX_TOPIC);
	buf_printf(&topic, "%s/%s", prefix, n->topic);
	if (buf_failed(&topic))
		return topic.error == -ENOMEM ? -ENOMEM : -EINVAL;
	struct mqtt_message m = {.topic = buf_str(&topic), .retain = n->retain};
	if (binary && n->type)
		return send_binary(mqtt, &m, n);
	return send_structured(mqtt, &m, n);
}
