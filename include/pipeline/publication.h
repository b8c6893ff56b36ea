/* A notice as it goes to the broker: whole topic, payload with its sequence, properties.
 */
#ifndef PIPELINE_PUBLICATION_H
#define PIPELINE_PUBLICATION_H

#include <stdbool.h>

#include "base/attr.h"
#include "model/notice.h"
#include "mqtt/client.h"

/*
 * Publishes n under prefix with its sequence as tag. binary: CloudEvents in binary mode
 * of the MQTT 5 binding, attributes as user properties and data as payload; else
 * structured JSON. Returns 0, -EAGAIN without room, -EINVAL when it can never be
 * published, -ENOMEM.
 */
int publication_send(struct mqtt_client *mqtt, const char *prefix, bool binary,
		     const struct notice *n) MUST_CHECK;

#endif
