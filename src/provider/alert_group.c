#include "provider/alert_group.h"

#include "base/limits.h"
#include "provider/common.h"
#include "provider/content.h"

#define NAMES                                                            \
	"commonLabels.alertname|groupLabels.alertname|alerts[0].labels." \
	"alertname|title"

/* Takes type and subject. */
static enum provider_action
read_group(struct json_value root, struct delivery *d, struct provider_answer *answer)
{
	enum provider_action action =
		common_take_member(root, "status", LIMIT_TYPE_BYTES, &d->type, answer);
	if (action == PROVIDER_KEEP && str_is_empty(d->type))
		return common_refuse(answer, 400, "the payload has no \"status\"");
	auto_str name = json_dup_text(fields_find(root, NAMES));
	return action == PROVIDER_KEEP ? common_set_subject(d, name) : action;
}

enum provider_action
alert_group_read(const struct provider_source *src, const struct provider_request *rq,
		 struct delivery *d, struct provider_answer *answer)
{
	(void)src;
	auto_json_doc doc = NULL;
	enum provider_action action = content_read_json(rq, d, answer);
	if (action == PROVIDER_KEEP)
		action = common_parse(d, &doc, answer);
	if (action == PROVIDER_KEEP)
		action = read_group(json_root(doc), d, answer);
	if (action == PROVIDER_KEEP)
		action = common_set_dedupe_key(d);
	return action;
}

void
alert_group_normalise(const struct delivery *d, struct json_value payload,
		      struct provider_fields *out)
{
	(void)d;
	static const struct alert_word words[] = {
		{"firing", "firing"}, {"resolved", "resolved"}, {NULL, NULL}};
	struct alert_facts f = {
		.name = fields_find(payload, NAMES),
		.severity = fields_find(payload, "commonLabels.severity|groupLabels."
						 "severity|alerts[0].labels.severity"),
		.state = alert_state(words, json_member(payload, "status")),
	};
	alert_put(&out->alert, &f);
}
