/*
 * PagerDuty, webhook subscriptions (version 3):
 * https://developer.pagerduty.com/docs/webhooks/v3-overview/
 * While a subscription's secret is replaced the header holds a signature of each.
 */
#include "provider/fields.h"
#include "provider/kinds.h"
#include "provider/plain_hmac.h"
#include "provider/signature.h"

static const struct plain_hmac scheme = {
	.signature_header = "X-PagerDuty-Signature",
	.prefix = "v1=",
	.type_path = "event.event_type",
	.id_path = "event.id",
	.several = true,
};

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	(void)diags;
	return plain_hmac_prepare(src, conf, &scheme);
}

static const struct alert_word types[] = {
	{"incident.triggered", "firing"},      {"incident.reopened", "firing"},
	{"incident.unacknowledged", "firing"}, {"incident.acknowledged", "acknowledged"},
	{"incident.resolved", "resolved"},     {NULL, NULL},
};
/* Of an incident in other events (escalated, annotated ...). */
static const struct alert_word statuses[] = {
	{"triggered", "firing"},
	{"acknowledged", "acknowledged"},
	{"resolved", "resolved"},
	{NULL, NULL},
};

static void
normalise(const struct delivery *d, struct json_value payload,
	  struct provider_fields *out)
{
	(void)d;
	struct json_value event = json_member(payload, "event");
	struct alert_facts f = {
		.name = fields_find(event, "data.title|data.incident.summary"),
		.severity = fields_find(event, "data.priority.summary|data.urgency"),
		.state = alert_state(types, json_member(event, "event_type")),
	};
	if (!f.state)
		f.state = alert_state(statuses, json_find(event, "data.status"));
	alert_put(&out->alert, &f);
}

const struct provider provider_pagerduty = {
	.kind = "pagerduty",
	.summary = "PagerDuty, webhook subscriptions (v3)",
	.needs_secret = true,
	.headers = "X-PagerDuty-Signature",
	.algorithm =
		"HMAC-SHA256 over the raw body, hex, behind \"v1=\", one or several "
		"in a list; type and id are the body's event.event_type and event.id",
	.fields = "alert: all incident types",
	.example = "pagerduty: {kind: pagerduty, secret: \"${PAGERDUTY_SECRET}\"}",
	.setup = "At Integrations, Generic Webhooks (v3): the webhook URL ends with "
		 "`/hooks/pagerduty`. The signing secret is shown once, when the "
		 "subscription is made. Its test event is pagey.ping.",
	.prepare = prepare,
	.release = plain_hmac_release,
	.begin = plain_hmac_begin,
	.feed = signature_feed,
	.end = signature_end,
	.abort = signature_abort,
	.read = plain_hmac_read,
	.normalise = normalise,
	.sign = plain_hmac_sign,
};
