/* What the chats send is read as, and how it is answered at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/codec.h"
#include "base/file.h"
#include "base/limits.h"
#include "provider/fields.h"
#include "sender.h"

#define JSON	   "Content-Type: application/json; charset=utf-8\n"
#define FORM	   "Content-Type: application/x-www-form-urlencoded\n"
#define PAIR_SEED  "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define PUBLIC_KEY "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
#define ROCKET	   "\xf0\x9f\x9a\x80"

#define SLACK_WHO   ",\"user\":\"U024BE7LH\",\"channel\":\"C2147483705\"}"
#define DISCORD_WHO ",\"user\":\"53908232506183680\",\"channel\":\"772908445358620702\"}"
#define MM_WHO                                      \
	",\"user\":\"msuf8ku93fdm8ma5qpcnf8w8zr\"," \
	"\"channel\":\"jbeebnyu6jbd3q8x1yx8myhyge\"}"
#define TELEGRAM_WHO ",\"user\":\"1111111\",\"channel\":\"-1001234567890\"}"
#define ROCKET_WHO   ",\"user\":\"rocketAda\",\"channel\":\"kCzNbYpnkfQJRKxrX\"}"
#define EPHEMERAL    "{\"response_type\":\"ephemeral\",\"text\":\"Accepted.\"}"

enum packing { AS_IT_IS, IN_FIELD /* payload=, percent-encoded */ };

static const struct chat_case {
	const char *kind;
	const char *file; /* below tests/data/<kind> */
	enum packing packing;
	enum provider_action action;
	const char *type;
	const char *id; /* NULL: none; "*": a digest */
	int status;
	const char *answer;
	const char *chat;
} cases[] = {
	{"slack", "command.form", AS_IT_IS, PROVIDER_KEEP, "command",
	 "13345224609.738474920.8088930838d88f008e0", 200, EPHEMERAL,
	 "{\"command\":\"/deploy\",\"text\":\"shop  \\\"next week\\\" " ROCKET
	 " a&b <x> \",\"args\":[\"shop\",\"\\\"next\",\"week\\\"\",\"" ROCKET
	 "\",\"a&b\",\"<x>\"]" SLACK_WHO},
	{"slack", "command.empty.form", AS_IT_IS, PROVIDER_KEEP, "command",
	 "13345224609.738474920.1088930838d88f008e0", 200, EPHEMERAL,
	 "{\"command\":\"/deploy\",\"text\":\"\",\"args\":[]" SLACK_WHO},
	{"slack", "block_actions.json", IN_FIELD, PROVIDER_KEEP, "block_actions",
	 "12321423423.333649436676.d8c1bb837935619ccad0f624c448ffb3", 200, "",
	 "{\"text\":\"deploy \\\"shop\\\" \xe2\x9c\x85\",\"args\":[\"deploy\","
	 "\"\\\"shop\\\"\",\"\xe2\x9c\x85\"]" SLACK_WHO},
	{"slack", "view_submission.json", IN_FIELD, PROVIDER_KEEP, "view_submission",
	 "12321423423.333649436676.e8c1bb837935619ccad0f624c448ffb3", 200, "",
	 "{\"text\":\"choose-site\",\"args\":[\"choose-site\"],\"user\":\"U024BE7LH\"}"},
	{"slack", "app_mention.json", AS_IT_IS, PROVIDER_KEEP, "event.app_mention",
	 "Ev0PV52K21", 0, "",
	 "{\"text\":\"deploy shop " ROCKET "\",\"args\":[\"deploy\",\"shop\",\"" ROCKET
	 "\"]" SLACK_WHO},
	{"slack", "app_rate_limited.json", AS_IT_IS, PROVIDER_KEEP, "app_rate_limited",
	 NULL, 0, "", ""},
	{"discord", "command.json", AS_IT_IS, PROVIDER_KEEP, "command",
	 "786008729715212338", 200, "{\"type\":5}",
	 "{\"command\":\"/deploy\",\"text\":\"site shop \\\"next\\\" " ROCKET
	 " 2 true\",\"args\":[\"site\",\"shop\",\"\\\"next\\\"\",\"" ROCKET
	 "\",\"2\",\"true\"]" DISCORD_WHO},
	{"discord", "component.json", AS_IT_IS, PROVIDER_KEEP, "component",
	 "846462639134605312", 200, "{\"type\":6}",
	 "{\"text\":\"approve:shop\",\"args\":[\"approve:shop\"]" DISCORD_WHO},
	{"discord", "modal.json", AS_IT_IS, PROVIDER_KEEP, "modal", "846462639134605313",
	 200, "{\"type\":5}",
	 "{\"text\":\"choose-site\",\"args\":[\"choose-site\"]" DISCORD_WHO},
	{"discord", "autocomplete.json", AS_IT_IS, PROVIDER_ANSWER, "autocomplete",
	 "846462639134605314", 200, "{\"type\":8,\"data\":{\"choices\":[]}}", NULL},
	{"discord", "direct.json", AS_IT_IS, PROVIDER_KEEP, "command",
	 "786008729715212339", 200, "{\"type\":5}",
	 "{\"command\":\"/status\",\"text\":\"\",\"args\":[],\"user\":\"5390823250618368"
	 "0\",\"channel\":\"772908445358620703\"}"},
	{"discord", "event.json", AS_IT_IS, PROVIDER_KEEP, "event.APPLICATION_AUTHORIZED",
	 NULL, 204, "", "{\"user\":\"53908232506183680\"}"},
	{"mattermost", "command.form", AS_IT_IS, PROVIDER_KEEP, "command", "*", 200,
	 EPHEMERAL,
	 "{\"command\":\"/deploy\",\"text\":\"shop \\\"next week\\\" " ROCKET
	 "\",\"args\":[\"shop\",\"\\\"next\",\"week\\\"\",\"" ROCKET "\"]" MM_WHO},
	{"mattermost", "outgoing.json", AS_IT_IS, PROVIDER_KEEP, "message",
	 "wzhjaf5ykbdxmxnfkj3rudgbar", 200, "{\"text\":\"Accepted.\"}",
	 "{\"command\":\"deploy\",\"text\":\"shop " ROCKET
	 "\",\"args\":[\"shop\",\"" ROCKET "\"]" MM_WHO},
	{"mattermost", "button.json", AS_IT_IS, PROVIDER_KEEP, "action", "*", 200,
	 "{\"ephemeral_text\":\"Accepted.\"}",
	 "{\"text\":\"approve shop\",\"args\":[\"approve\",\"shop\"]" MM_WHO},
	{"teams", "message.json", AS_IT_IS, PROVIDER_KEEP, "message", "*", 200,
	 "{\"type\":\"message\",\"text\":\"Accepted.\"}",
	 "{\"text\":\"deploy  shop  \\\"next week\\\" " ROCKET
	 " a&b <x>\",\"args\":[\"deploy\",\"shop\",\"\\\"next\",\"week\\\"\",\"" ROCKET
	 "\",\"a&b\",\"<x>\"],\"user\":\"6ae1f5b0-2f3c-4f3e-9a15-5a2f3c0d6f10\","
	 "\"channel\":\"19:253b1f341670408fb6fe51050b6e5ceb@thread.skype\"}"},
	{"telegram", "command.json", AS_IT_IS, PROVIDER_KEEP, "message", "10000", 200,
	 "{\"method\":\"sendMessage\",\"chat_id\":-1001234567890,\"text\":\"Accepted.\"}",
	 "{\"command\":\"/deploy\",\"text\":\"shop  \\\"next week\\\" " ROCKET
	 "\",\"args\":[\"shop\",\"\\\"next\",\"week\\\"\",\"" ROCKET "\"]" TELEGRAM_WHO},
	{"telegram", "text.json", AS_IT_IS, PROVIDER_KEEP, "message", "10001", 200, "",
	 "{\"text\":\"who deploys?\",\"args\":[\"who\",\"deploys?\"]" TELEGRAM_WHO},
	{"telegram", "callback_query.json", AS_IT_IS, PROVIDER_KEEP, "callback_query",
	 "10002", 200,
	 "{\"method\":\"answerCallbackQuery\",\"callback_query_id\":"
	 "\"4382bfdwdsb323b2d9\",\"text\":\"Accepted.\"}",
	 "{\"text\":\"approve:shop\",\"args\":[\"approve:shop\"]" TELEGRAM_WHO},
	{"telegram", "edited_message.json", AS_IT_IS, PROVIDER_KEEP, "edited_message",
	 "10003", 200, "",
	 "{\"text\":\"/deploy shop\",\"args\":[\"/deploy\",\"shop\"]" TELEGRAM_WHO},
	{"rocket.chat", "message.json", AS_IT_IS, PROVIDER_KEEP, "message",
	 "qzDnLfpqhcMjbjw6F", 200, "{\"text\":\"Accepted.\"}",
	 "{\"command\":\"!deploy\",\"text\":\"shop \\\"next week\\\" " ROCKET
	 "\",\"args\":[\"shop\",\"\\\"next\",\"week\\\"\",\"" ROCKET "\"]" ROCKET_WHO},
	{"rocket.chat", "edited.json", AS_IT_IS, PROVIDER_KEEP, "message", NULL, 200,
	 "{}", "{\"text\":\"no deploy\",\"args\":[\"no\",\"deploy\"]" ROCKET_WHO},
	{"rocket.chat", "livechat.json", AS_IT_IS, PROVIDER_KEEP, "LivechatSession", NULL,
	 200, "{}",
	 "{\"text\":\"is the shop down?\",\"args\":[\"is\",\"the\",\"shop\",\"down?\"],"
	 "\"user\":\"asdfasdfasdf\",\"channel\":\"fasd6f5a4sd6f8a4sdf\"}"},
};

static struct provider_source *
source_of(const char *kind)
{
	const char *secret = "the right one";
	if (strcmp(kind, "discord") == 0)
		secret = PAIR_SEED PUBLIC_KEY;
	if (strcmp(kind, "teams") == 0)
		secret = "dGhlIHJpZ2h0IG9uZQ==";
	auto_diag diags = {0};
	struct provider_source *src = sender_source(kind, secret, NULL, &diags);
	assert_non_null(src);
	return src;
}

static void
load(const char *kind, const char *file, enum packing packing, struct buf *body)
{
	auto_buf text = BUF_INIT(MIB);
	auto_str path = str_format("tests/data/%s/%s", kind, file);
	assert_int_equal(file_read(path, &text), 0);
	if (packing == IN_FIELD) {
		buf_puts(body, "payload=");
		assert_int_equal(url_encode(body, text.data, text.len), 0);
	} else {
		assert_int_equal(buf_append(body, text.data, text.len), 0);
	}
}

/* What was read of one request. */
struct reading {
	enum provider_action action;
	struct delivery *d;	       /* owned */
	struct provider_answer answer; /* owned */
	struct provider_fields fields; /* owned */
};

static void
read_body(const char *kind, const char *headers, const char *body, struct reading *r)
{
	struct provider_source *src = source_of(kind);
	struct sender s = {.headers = headers, .body = body};
	r->action = sender_read(src, &s, &r->d, &r->answer);
	provider_fields_init(&r->fields);
	assert_int_equal(str_set(&r->d->kind, kind), 0);
	if (r->action == PROVIDER_KEEP)
		assert_int_equal(provider_fields_read(r->d, &r->fields), 0);
	provider_source_free(src);
}

static void
reading_done(struct reading *r)
{
	provider_fields_done(&r->fields);
	provider_answer_done(&r->answer);
	delivery_free(r->d);
}

static void
check_id(const char *id, const char *due)
{
	if (!due)
		assert_null(id);
	else if (strcmp(due, "*") != 0)
		assert_string_equal(id, due);
	else
		assert_true(strlen(id) == 64 && strspn(id, "0123456789abcdef") == 64);
}

static void
check_case(const struct chat_case *c)
{
	bool is_form = c->packing == IN_FIELD || strstr(c->file, ".form");
	auto_buf body = BUF_INIT(MIB);
	struct reading r;
	load(c->kind, c->file, c->packing, &body);
	read_body(c->kind, is_form ? FORM : JSON, buf_str(&body), &r);
	assert_int_equal(r.action, c->action);
	assert_string_equal(r.d->type, c->type);
	check_id(r.d->sender_id, c->id);
	assert_int_equal(r.answer.status, c->status);
	assert_string_equal(buf_str(&r.answer.body), c->answer);
	if (*c->answer)
		assert_string_equal(r.answer.type, "application/json");
	else
		assert_null(r.answer.type);
	if (c->chat)
		assert_string_equal(buf_str(&r.fields.chat), c->chat);
	assert_int_equal(r.fields.git.len, 0);
	reading_done(&r);
}

static void
reads_what_each_chat_sends(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		print_message("%s/%s\n", cases[i].kind, cases[i].file);
		check_case(&cases[i]);
	}
}

/* Handshakes: answered at once, nothing kept. */
static void
answers_what_asks_whether_we_are_there(void **state)
{
	(void)state;
	static const struct {
		const char *kind;
		const char *headers;
		const char *body;
		int status;
		const char *answer;
	} asked[] = {
		{"slack", JSON,
		 "{\"token\":\"Jhj5\",\"challenge\":\"3eZb \\\"x\\\" \\u00e4\",\"type\":"
		 "\"url_verification\"}",
		 200, "{\"challenge\":\"3eZb \\\"x\\\" \\u00e4\"}"},
		{"slack", FORM, "token=abc&ssl_check=1", 200, ""},
		{"slack", FORM, "payload=%7B%22type%22%3A%22block_suggestion%22%7D", 200,
		 "{\"options\":[]}"},
		{"discord", JSON, "{\"type\":1,\"id\":\"1\"}", 200, "{\"type\":1}"},
		{"discord", JSON, "{\"version\":1,\"application_id\":\"1\",\"type\":0}",
		 204, ""},
	};
	for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
		struct reading r;
		read_body(asked[i].kind, asked[i].headers, asked[i].body, &r);
		assert_int_equal(r.action, PROVIDER_ANSWER);
		assert_int_equal(r.answer.status, asked[i].status);
		assert_string_equal(buf_str(&r.answer.body), asked[i].answer);
		reading_done(&r);
	}
}

static void
refuses_what_no_chat_sends(void **state)
{
	(void)state;
	static const struct {
		const char *kind;
		const char *headers;
		const char *body;
	} bad[] = {
		{"slack", JSON, "{\"type\":\"url_verification\"}"},
		{"slack", JSON, "{\"type\":\"event_callback\",\"event\":{}}"},
		{"slack", JSON, "{\"type\":\"event_callback\",\"event\":{\"type\":7}"},
		{"slack", FORM, "text=hello"},
		{"slack", FORM, "payload=nonsense"},
		{"slack", FORM, "command=/a&text=%zz"},
		{"discord", JSON, "{\"type\":1,\"event\":{\"type\":\"\"}}"},
		{"discord", JSON, "{}"},
		{"teams", JSON, "{\"text\":\"x\"}"},
		{"telegram", JSON, "{\"update_id\":\"\xc3\xa4\"}"},
		{"mattermost", "Content-Type: text/plain\n", "deploy"},
		{"rocket.chat", JSON, "{"},
	};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct reading r;
		read_body(bad[i].kind, bad[i].headers, bad[i].body, &r);
		assert_int_equal(r.action, PROVIDER_MALFORMED);
		assert_true(r.answer.status == 400 || r.answer.status == 415);
		assert_non_null(r.answer.error);
		reading_done(&r);
	}
}

/* --- verification ----------------------------------------------------------------------
 */

static enum provider_verdict
verdict_of(const char *kind, const char *headers, const char *body)
{
	struct provider_source *src = source_of(kind);
	struct sender s = {.headers = headers, .body = body};
	enum provider_verdict v = sender_verify(src, &s);
	provider_source_free(src);
	return v;
}

/* Nothing but the certificate check may come without a signature. */
static void
slack_takes_only_ssl_check_unsigned(void **state)
{
	(void)state;
	static const struct {
		const char *headers;
		const char *body;
		enum provider_verdict verdict;
	} sent[] = {
		{FORM, "token=abc&ssl_check=1", VERDICT_GENUINE},
		{FORM, "ssl_check=1&command=%2Fdeploy", VERDICT_NO_SIGNATURE},
		{FORM, "ssl_check=1&comm%61nd=%2Fdeploy", VERDICT_NO_SIGNATURE},
		{FORM, "ssl_check=1&payload=%7B%7D", VERDICT_NO_SIGNATURE},
		{FORM, "ssl_check=1&ssl_check=1", VERDICT_NO_SIGNATURE},
		{FORM, "command=%2Fdeploy", VERDICT_NO_SIGNATURE},
		{FORM, "", VERDICT_NO_SIGNATURE},
		{JSON, "{\"ssl_check\":1}", VERDICT_NO_SIGNATURE},
		{FORM "X-Slack-Signature: \n", "ssl_check=1", VERDICT_NO_SIGNATURE},
	};
	for (size_t i = 0; i < ARRAY_LEN(sent); i++)
		assert_int_equal(verdict_of("slack", sent[i].headers, sent[i].body),
				 sent[i].verdict);
}

static void
slack_answers_the_older_certificate_check(void **state)
{
	(void)state;
	const struct provider *p = provider_find("slack");
	struct provider_answer answer;
	struct sender s = {.headers = "", .query = "ssl_check=1&token=x", .body = ""};
	struct provider_request rq = sender_request(&s);
	assert_true(provider_method_in(p->handshake_methods, "GET"));
	provider_answer_init(&answer);
	assert_int_equal(p->handshake(NULL, &rq, &answer), PROVIDER_ANSWER);
	assert_int_equal(answer.status, 200);
	rq.query = slice_of("command=%2Fdeploy");
	assert_int_equal(p->handshake(NULL, &rq, &answer), PROVIDER_MALFORMED);
	provider_answer_done(&answer);
}

static void
finds_the_token_in_the_body(void **state)
{
	(void)state;
	static const struct {
		const char *kind;
		const char *headers;
		const char *body;
		enum provider_verdict verdict;
	} sent[] = {
		{"mattermost", FORM, "text=a&token=the+right+one", VERDICT_GENUINE},
		{"mattermost", FORM, "token=the+wrong+one", VERDICT_MISMATCH},
		{"mattermost", FORM, "token=", VERDICT_NO_SIGNATURE},
		{"mattermost", FORM, "text=a", VERDICT_NO_SIGNATURE},
		{"mattermost", FORM, "token=%zz", VERDICT_MALFORMED},
		{"mattermost", FORM, "token=the+right+one&token=x", VERDICT_AMBIGUOUS},
		{"mattermost", JSON, "{\"token\":\"the right one\"}", VERDICT_GENUINE},
		{"mattermost", JSON, "{\"context\":{\"token\":\"the right one\"}}",
		 VERDICT_GENUINE},
		{"mattermost", JSON, "{\"context\":{\"token\":\"the right on\"}}",
		 VERDICT_MISMATCH},
		{"mattermost", JSON, "{\"token\":[\"the right one\"]}",
		 VERDICT_NO_SIGNATURE},
		{"mattermost", JSON, "{\"token\":\"the right one\"",
		 VERDICT_NO_SIGNATURE},
		{"mattermost", "Authorization: Token wrong\n" JSON,
		 "{\"token\":\"the right one\"}", VERDICT_MISMATCH},
		{"mattermost", "Authorization: Bearer the right one\n", "{}",
		 VERDICT_MALFORMED},
		{"rocket.chat", JSON, "{\"token\":\"the right one\"}", VERDICT_GENUINE},
		{"rocket.chat", JSON, "{\"context\":{\"token\":\"the right one\"}}",
		 VERDICT_NO_SIGNATURE},
		{"telegram", JSON, "{\"token\":\"the right one\"}", VERDICT_NO_SIGNATURE},
	};
	for (size_t i = 0; i < ARRAY_LEN(sent); i++)
		assert_int_equal(verdict_of(sent[i].kind, sent[i].headers, sent[i].body),
				 sent[i].verdict);
}

static void
looks_into_no_long_body_for_its_token(void **state)
{
	(void)state;
	static const char text[] = "{\"token\":\"the right one\"}";
	auto_buf body = BUF_INIT(2 * MIB);
	while (body.len < LIMIT_SHOWN_BYTES - strlen(text))
		buf_putc(&body, ' ');
	buf_puts(&body, text);
	assert_int_equal(body.len, LIMIT_SHOWN_BYTES);
	assert_int_equal(verdict_of("mattermost", JSON, buf_str(&body)), VERDICT_GENUINE);
	buf_putc(&body, ' ');
	assert_int_equal(verdict_of("mattermost", JSON, buf_str(&body)),
			 VERDICT_NO_SIGNATURE);
}

static void
takes_only_keys_of_the_right_form(void **state)
{
	(void)state;
	static const struct {
		const char *kind;
		const char *secrets;
		bool taken;
	} given[] = {
		{"discord", PUBLIC_KEY, true},
		{"discord", PAIR_SEED PUBLIC_KEY, true},
		{"discord", PUBLIC_KEY "," PAIR_SEED PUBLIC_KEY, true},
		{"discord", PAIR_SEED PAIR_SEED, false}, /* another public key */
		{"discord", PUBLIC_KEY "00", false},
		{"discord", "secret", false},
		{"teams", "dGhlIHJpZ2h0IG9uZQ==", true},
		{"teams", "not base64!", false},
	};
	for (size_t i = 0; i < ARRAY_LEN(given); i++) {
		auto_diag diags = {0};
		struct provider_source *src =
			sender_source(given[i].kind, given[i].secrets, NULL, &diags);
		assert_int_equal(src != NULL, given[i].taken);
		assert_int_equal(diags.errors, given[i].taken ? 0 : 1);
		provider_source_free(src);
	}
}

static void
a_public_key_verifies_what_its_pair_signed(void **state)
{
	(void)state;
	auto_diag diags = {0};
	auto_buf lines = BUF_INIT(LIMIT_SIGNED_BYTES);
	const struct provider *p = provider_find("discord");
	struct provider_source *pair = source_of("discord");
	struct provider_source *key = sender_source("discord", PUBLIC_KEY, NULL, &diags);
	assert_non_null(key);
	assert_int_equal(p->sign(pair, NULL, NULL, slice_of("{}"), SENDER_NOW_US, &lines),
			 0);
	struct sender s = {.headers = buf_str(&lines), .body = "{}"};
	assert_int_equal(sender_verify(key, &s), VERDICT_GENUINE);
	assert_true(p->sign(key, NULL, NULL, slice_of("{}"), SENDER_NOW_US, &lines) < 0);
	provider_source_free(pair);
	provider_source_free(key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_each_chat_sends),
		cmocka_unit_test(answers_what_asks_whether_we_are_there),
		cmocka_unit_test(refuses_what_no_chat_sends),
		cmocka_unit_test(slack_takes_only_ssl_check_unsigned),
		cmocka_unit_test(slack_answers_the_older_certificate_check),
		cmocka_unit_test(finds_the_token_in_the_body),
		cmocka_unit_test(looks_into_no_long_body_for_its_token),
		cmocka_unit_test(takes_only_keys_of_the_right_form),
		cmocka_unit_test(a_public_key_verifies_what_its_pair_signed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
