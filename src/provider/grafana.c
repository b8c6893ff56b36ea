/*
 * Grafana Alerting, contact point "webhook":
 * https://grafana.com/docs/grafana/latest/alerting/configure-notifications/
 * manage-contact-points/integrations/webhook-notifier/
 * The HMAC is over the body, or over "SECONDS:body" where a header for the time is set
 * up. The body is that of Alertmanager with more members.
 */
#include <errno.h>
#include <string.h>

#include "base/codec.h"
#include "base/mem.h"
#include "provider/alert_group.h"
#include "provider/common.h"
#include "provider/kinds.h"
#include "provider/signature.h"
#include "provider/source.h"

struct grafana_source {
	struct hmac_key *key; /* owned */
	const char *header;   /* borrowed from the source */
	const char *time_header;
	bool needs_time;
};

static const struct provider_option options[] = {
	{"header", false, NULL, "X-Grafana-Alerting-Signature",
	 "the header that holds the signature", SHAPE_HEADER},
	{"timestamp_header", false, NULL, "X-Grafana-Alerting-Timestamp",
	 "the header that holds the time; when it is named here, requests without it are "
	 "refused",
	 SHAPE_HEADER},
	{0},
};

static void
release(void *data)
{
	struct grafana_source *g = data;
	if (!g)
		return;
	hmac_key_free(g->key);
	mem_free(g);
}

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	(void)diags;
	struct grafana_source *g = x_new(struct grafana_source);
	if (!g)
		return -ENOMEM;
	src->data = g;
	g->header = source_option(src, "header");
	g->time_header = source_option(src, "timestamp_header");
	g->needs_time = source_has_option(src, "timestamp_header");
	g->key = hmac_key_new(HMAC_SHA256, conf->secrets, conf->n_secrets);
	return g->key ? 0 : -ENOMEM;
}

/* Appends "SECONDS:" when the time is signed. */
static enum provider_verdict
put_time(const struct grafana_source *g, const struct provider_request *rq,
	 struct buf *out)
{
	enum provider_verdict verdict = VERDICT_GENUINE;
	if (!g->needs_time && rq->header_count(rq->arg, g->time_header) == 0)
		return VERDICT_GENUINE;
	const char *at = common_header(rq, g->time_header, &verdict);
	if (!at)
		return verdict;
	verdict = signature_time(at, rq->now_us);
	if (verdict == VERDICT_GENUINE && buf_printf(out, "%s:", at) < 0)
		verdict = VERDICT_ERROR;
	return verdict;
}

static void *
begin(const struct provider_source *src, const struct provider_request *rq,
      enum provider_verdict *ret_early)
{
	const struct grafana_source *g = src->data;
	auto_buf at = BUF_INIT(LIMIT_WORD_BYTES);
	struct signature_mac mac;
	const char *text = common_header(rq, g->header, ret_early);
	if (!text)
		return NULL;
	*ret_early = signature_from_hex(text, "", hmac_length(HMAC_SHA256), &mac);
	if (*ret_early == VERDICT_GENUINE)
		*ret_early = put_time(g, rq, &at);
	void *state = *ret_early == VERDICT_GENUINE
			      ? signature_begin(g->key, &mac, ret_early)
			      : NULL;
	if (state)
		signature_feed(state, at.data, at.len);
	return state;
}

static int
sign(const struct provider_source *src, const char *type, const char *id,
     struct slice body, int64_t now_us, struct buf *out)
{
	(void)type;
	(void)id;
	const struct grafana_source *g = src->data;
	uint8_t mac[HMAC_MAX_BYTES];
	auto_str at = str_format("%lld:", (long long)(now_us / 1000000));
	struct hmac *h = at ? hmac_new(g->key) : NULL;
	if (!h)
		return -ENOMEM;
	hmac_update(h, at, g->needs_time ? strlen(at) : 0);
	hmac_update(h, body.data, body.len);
	int n = hmac_final(h, mac);
	hmac_free(h);
	if (n < 0)
		return n;
	if (g->needs_time)
		buf_printf(out, "%s: %.*s\n", g->time_header, (int)strlen(at) - 1, at);
	buf_printf(out, "%s: ", g->header);
	hex_encode(out, mac, (size_t)n);
	return buf_putc(out, '\n');
}

const struct provider provider_grafana = {
	.kind = "grafana",
	.summary = "Grafana Alerting",
	.options = options,
	.needs_secret = true,
	.methods = "POST, PUT",
	.headers = "X-Grafana-Alerting-Signature, X-Grafana-Alerting-Timestamp, or as "
		   "configured",
	.algorithm =
		"HMAC-SHA256 over the raw body, hex; with a time over \"time:body\", "
		"within 5 minutes",
	.fields = ALERT_GROUP_FIELDS,
	.example = "grafana: {kind: grafana, secret: \"${GRAFANA_SECRET}\", "
		   "timestamp_header: X-Grafana-Alerting-Timestamp}",
	.setup = "At Alerting, Contact points, a webhook: the URL ends with "
		 "`/hooks/grafana`; below HMAC Signature stand the secret and, better, "
		 "the header for the timestamp, which keeps old requests from being sent "
		 "again. A Grafana that has no HMAC yet sends an Authorization header, "
		 "and its source is of kind alertmanager.",
	.prepare = prepare,
	.release = release,
	.begin = begin,
	.feed = signature_feed,
	.end = signature_end,
	.abort = signature_abort,
	.read = alert_group_read,
	.normalise = alert_group_normalise,
	.sign = sign,
};
