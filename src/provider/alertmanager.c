/* Prometheus Alertmanager, which signs nothing: see alert_group.h. */
#include <errno.h>

#include "provider/alert_group.h"
#include "provider/kinds.h"
#include "provider/shown.h"
#include "provider/source.h"

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	(void)diags;
	static const struct shown_place place = {.header = "Authorization",
						 .schemes = SHOWN_BEARER | SHOWN_BASIC |
							    SHOWN_PASSWORD};
	src->data = shown_new(conf, &place);
	return src->data ? 0 : -ENOMEM;
}

const struct provider provider_alertmanager = {
	.kind = "alertmanager",
	.summary = "Prometheus Alertmanager, and Grafana's alerts without an HMAC",
	.needs_secret = true,
	.methods = "POST, PUT",
	.headers = "Authorization",
	.algorithm = "none: a secret as a bearer token or by basic authentication "
		     "(`user:password`, or the password of any user), compared in "
		     "constant time",
	.fields = ALERT_GROUP_FIELDS,
	.example = "alerts: {kind: alertmanager, secret: \"${ALERT_TOKEN}\"}",
	.setup =
		"In Alertmanager's webhook_configs: `url` ends with `/hooks/alerts`, and "
		"`http_config` has `authorization: {credentials: ...}` or `basic_auth`. "
		"A group that is sent again unchanged within a day (repeat_interval) is "
		"a duplicate; one that fires again later is not.",
	.prepare = prepare,
	.release = shown_release,
	.begin = shown_begin,
	.feed = shown_feed,
	.end = shown_end,
	.abort = shown_abort,
	.read = alert_group_read,
	.normalise = alert_group_normalise,
	.sign = shown_sign,
};
