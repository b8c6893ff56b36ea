/*
 * Alertmanager's notifications, whose form Grafana took over: one delivery for a group of
 * alerts. https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 * Members of a provider's row. For this folder's files.
 */
#ifndef PROVIDER_ALERT_GROUP_H
#define PROVIDER_ALERT_GROUP_H

#include "provider/fields.h"
#include "provider/provider.h"

#define ALERT_GROUP_FIELDS                                                              \
	"alert: name and severity are the labels alertname and severity of the group, " \
	"or of its first alert where they differ; state is that of the group"

/* The type is the group's status: firing or resolved; the subject is alert.name. */
enum provider_action alert_group_read(const struct provider_source *src,
				      const struct provider_request *rq,
				      struct delivery *d, struct provider_answer *answer);
void alert_group_normalise(const struct delivery *d, struct json_value payload,
			   struct provider_fields *out);

#endif
