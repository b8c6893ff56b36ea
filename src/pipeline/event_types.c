#include "pipeline/event_types.h"

#include <string.h>

#include "base/limits.h"
#include "base/str.h"

static const struct notice_member delivery_members[] = {
	{"delivery", MEMBER_ULID, MEMBER_ALWAYS, "the id that the bridge gave it"},
	{"source", MEMBER_TEXT, MEMBER_ALWAYS, "name of the source it came from"},
	{"kind", MEMBER_TEXT, MEMBER_ALWAYS, "kind of that source, `github`"},
	{"type", MEMBER_TEXT, MEMBER_ALWAYS,
	 "what the sender calls it, `push`; empty without"},
	{"sender_id", MEMBER_TEXT, MEMBER_MAYBE, "the id that the sender gave it"},
	{"subject", MEMBER_TEXT, MEMBER_MAYBE,
	 "what it is about, where the kind tells; none does yet"},
	{"bytes", MEMBER_COUNT, MEMBER_ALWAYS, "size of its body"},
	{"rules", MEMBER_TEXT, MEMBER_ALWAYS,
	 "the rules that matched, with commas between them; empty when none did"},
	{0},
};

#define JOB_MEMBERS                                                                      \
	{"job", MEMBER_ULID, MEMBER_ALWAYS, "id of the job"},                            \
		{"delivery", MEMBER_ULID, MEMBER_ALWAYS,                                 \
		 "the delivery that started it"},                                        \
		{"rule", MEMBER_TEXT, MEMBER_ALWAYS, "name of its rule"},                \
		{"queue", MEMBER_TEXT, MEMBER_ALWAYS,                                    \
		 "jobs with the same run one after the other"},                          \
		{"state", MEMBER_JOB_STATE, MEMBER_ALWAYS, "state of the job"},          \
		{"reason", MEMBER_TEXT, MEMBER_MAYBE,                                    \
		 "why it is in this state, or why its step waits"},                      \
		{"server", MEMBER_TEXT, MEMBER_MAYBE,                                    \
		 "server of its first step, once Forge was asked"},                      \
		{"site", MEMBER_TEXT, MEMBER_MAYBE, "site of its first step, likewise"}, \
		{"created", MEMBER_TIME, MEMBER_ALWAYS, "when the job came to be"},      \
		{"started", MEMBER_TIME, MEMBER_MAYBE, "when it left its queue"},        \
	{                                                                                \
		"ended", MEMBER_TIME, MEMBER_MAYBE, "when it ended"                      \
	}

static const struct notice_member job_members[] = {JOB_MEMBERS, {0}};

static const struct notice_member step_members[] = {
	JOB_MEMBERS,
	{"step", MEMBER_TEXT, MEMBER_ALWAYS, "`id` of the step, or its number"},
	{"operation", MEMBER_TEXT, MEMBER_ALWAYS, "the operation, as the rule names it"},
	{"step_state", MEMBER_STEP_STATE, MEMBER_ALWAYS, "state of the step"},
	{"status", MEMBER_TEXT, MEMBER_MAYBE, "Forge's word for it, `deploying`"},
	{"resource", MEMBER_TEXT, MEMBER_MAYBE, "id of what the step made at Forge"},
	{"error", MEMBER_TEXT, MEMBER_MAYBE, "why the step failed"},
	{"step_started", MEMBER_TIME, MEMBER_MAYBE, "when the step began"},
	{"step_ended", MEMBER_TIME, MEMBER_MAYBE, "when it ended"},
	{0},
};

#define EVENT_ROW(value, noun, verb, state, always, help) \
	[value] = {#noun, #verb, state, always, help, noun##_members},
const struct event_type_row event_types[EVENT_TYPE_COUNT] = {EVENT_TYPES(EVENT_ROW)};

const struct notice_member notice_attributes[] = {
	{"sequence", MEMBER_SEQUENCE, MEMBER_ALWAYS,
	 "rises from notice to notice of one bridge; compare as text"},
	{"specversion", MEMBER_TEXT, MEMBER_ALWAYS, "`1.0`"},
	{"id", MEMBER_ULID, MEMBER_ALWAYS,
	 "stays when the notice is sent again, and is the same on the site's topic"},
	{"source", MEMBER_URI, MEMBER_ALWAYS,
	 "the bridge: `urn:forgebridge:` and mqtt.name"},
	{"type", MEMBER_TEXT, MEMBER_ALWAYS, "`io.forgebridge.<noun>.<verb>.v1`"},
	{"subject", MEMBER_TEXT, MEMBER_MAYBE,
	 "`<server>/<site>`, once Forge was asked for them"},
	{"time", MEMBER_TIME, MEMBER_ALWAYS, "when it happened"},
	{"datacontenttype", MEMBER_TEXT, MEMBER_ALWAYS, "`application/json`"},
	{"dataschema", MEMBER_URI, MEMBER_ALWAYS,
	 "the `$id` of the JSON Schema of `data`"},
	{"correlationid", MEMBER_ULID, MEMBER_ALWAYS,
	 "the delivery that it all began with"},
	{"causationid", MEMBER_TEXT, MEMBER_MAYBE,
	 "what led to it: of a step its job, of a job its delivery, of a delivery the "
	 "sender's id"},
	{"partitionkey", MEMBER_TEXT, MEMBER_MAYBE, "the queue of the job"},
	{"traceparent", MEMBER_TRACE, MEMBER_ALWAYS,
	 "W3C trace context: the delivery is the trace"},
	{0},
};
_Static_assert(ARRAY_LEN(notice_attributes) == NOTICE_ATTRIBUTE_COUNT + 1,
	       "NOTICE_ATTRIBUTE_COUNT counts them");

const struct notice_member bridge_state_members[] = {
	{"state", MEMBER_BRIDGE_STATE, MEMBER_ALWAYS,
	 "`online`; `offline` after a clean stop; `lost` is the will"},
	{"boot", MEMBER_ULID, MEMBER_ALWAYS, "another at each start of the bridge"},
	{"version", MEMBER_TEXT, MEMBER_ALWAYS, "version of the bridge"},
	{0},
};

const struct notice_member site_state_members[] = {
	{"status", MEMBER_TEXT, MEMBER_ALWAYS,
	 "Forge's word for the deployment, `deploying`"},
	{"deployment", MEMBER_TEXT, MEMBER_OR_NULL, "its id at Forge"},
	{"commit", MEMBER_TEXT, MEMBER_OR_NULL, "hash of what is deployed"},
	{"branch", MEMBER_TEXT, MEMBER_OR_NULL, "where that is from"},
	{"started", MEMBER_TEXT, MEMBER_OR_NULL, "as Forge writes it"},
	{"ended", MEMBER_TEXT, MEMBER_OR_NULL, "as Forge writes it"},
	{"by", MEMBER_TEXT, MEMBER_ALWAYS, "`rule:` and the name of the rule"},
	{"job", MEMBER_ULID, MEMBER_ALWAYS, "the job that deployed"},
	{0},
};

/* Whether word is one of the words of list, which have a blank between them. */
static bool
has_word(const char *list, const char *word)
{
	size_t len = strlen(word);
	for (const char *p = list; *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");
		if (n == len && memcmp(p, word, n) == 0)
			return true;
		p += n;
	}
	return false;
}

bool
event_type_always_has(const struct event_type_row *row,
		      const struct notice_member *member)
{
	return member->presence == MEMBER_ALWAYS || has_word(row->always, member->name);
}

const char *
event_type_fixes(const struct event_type_row *row, const struct notice_member *member)
{
	enum member_kind told = str_eq(row->noun, "job") ? MEMBER_JOB_STATE
							 : MEMBER_STEP_STATE;
	if (member->kind == told)
		return row->state;
	return member->kind == MEMBER_JOB_STATE ? "running" : NULL;
}
