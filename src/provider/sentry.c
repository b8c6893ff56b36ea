/*
 * Sentry, integration platform: https://docs.sentry.io/organization/integrations/
 * integration-platform/webhooks/
 * Sentry-Hook-Timestamp is not signed, so it says nothing.
 */
#include "provider/fields.h"
#include "provider/kinds.h"
#include "provider/plain_hmac.h"
#include "provider/signature.h"

static const struct plain_hmac scheme = {
	.signature_header = "Sentry-Hook-Signature",
	.prefix = "",
	.type_header = "Sentry-Hook-Resource",
	.id_header = "Request-ID",
	.type = "event_alert",
};

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	(void)diags;
	return plain_hmac_prepare(src, conf, &scheme);
}

/* By the payload's action. */
static const struct alert_word words[] = {
	{"created", "firing"},	  {"unresolved", "firing"},
	{"triggered", "firing"},  {"critical", "firing"},
	{"warning", "firing"},	  {"open", "firing"},
	{"resolved", "resolved"}, {NULL, NULL},
};

static bool
is_alert(const char *type)
{
	return str_eq(type, "issue") || str_eq(type, "event_alert") ||
	       str_eq(type, "metric_alert") || str_eq(type, "error");
}

static void
normalise(const struct delivery *d, struct json_value payload,
	  struct provider_fields *out)
{
	struct json_value action = json_member(payload, "action");
	if (!is_alert(d->type))
		return;
	struct alert_facts f = {
		.name = fields_find(payload, "data.triggered_rule|"
					     "data.metric_alert.alert_rule.name|"
					     "data.metric_alert.title|data.issue.title|"
					     "data.error.title|data.event.title"),
		.severity = fields_find(payload, "data.event.level|data.issue.level|"
						 "data.error.level"),
		.state = alert_state(words, action),
	};
	if (json_is_text(action, "critical") || json_is_text(action, "warning"))
		f.severity = action;
	alert_put(&out->alert, &f);
}

const struct provider provider_sentry = {
	.kind = "sentry",
	.summary = "Sentry, an internal or public integration",
	.needs_secret = true,
	.headers = "Sentry-Hook-Signature, Sentry-Hook-Resource, Request-ID",
	.algorithm = "HMAC-SHA256 over the raw body, hex",
	.deadline = "1 s",
	.fields = "alert: issue, event_alert, metric_alert, error (state: of created, "
		  "triggered, critical, warning, open, unresolved, resolved)",
	.example = "sentry: {kind: sentry, secret: \"${SENTRY_CLIENT_SECRET}\"}",
	.setup = "At Settings, Developer Settings, an internal integration: its webhook "
		 "URL ends with `/hooks/sentry`, and its client secret is the secret "
		 "here. Alert rules that name the integration then send event_alert and "
		 "metric_alert.",
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
