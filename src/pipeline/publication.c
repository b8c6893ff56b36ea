#include "pipeline/publication.h"

#include <errno.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "match/json.h"

#define MAX_TOPIC  (4 * KIB)
#define STRUCTURED "application/cloudevents+json; charset=utf-8"
#define PLAIN	   "application/json"

/* The attributes that a CloudEvent of ours may have, besides sequence. */
static const char *const attributes[] = {
	"specversion", "id",	       "source",      "type",
	"subject",     "time",	       "dataschema",  "correlationid",
	"causationid", "partitionkey", "traceparent",
};

static int
send_structured(struct mqtt_client *mqtt, const struct mqtt_message *made,
		const struct notice *n)
{
	auto_buf payload = BUF_INIT(LIMIT_NOTICE_BYTES);
	if (n->type) /* the commit gave the sequence: it goes in front */
		buf_printf(&payload, "{\"sequence\":\"%020llu\",%s",
			   (unsigned long long)n->sequence, n->payload + 1);
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
	char *values[ARRAY_LEN(attributes)] = {NULL};
	struct mqtt_property user[ARRAY_LEN(attributes) + 1];
	struct json_doc *doc = NULL;
	int rc = json_doc_parse(slice_of(n->payload), &doc, NULL);
	if (rc < 0)
		return rc == -ENOMEM ? rc : -EINVAL;
	struct json_value root = json_root(doc);
	struct mqtt_message m = *made;
	snprintf(sequence, sizeof(sequence), "%020llu", (unsigned long long)n->sequence);
	user[m.n_user++] = (struct mqtt_property){"sequence", sequence};
	for (size_t i = 0; i < ARRAY_LEN(attributes); i++) {
		values[i] = json_dup_text(json_member(root, attributes[i]));
		if (values[i])
			user[m.n_user++] =
				(struct mqtt_property){attributes[i], values[i]};
	}
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
