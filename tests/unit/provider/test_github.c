#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/mem.h"
#include "sender.h"

/* GitHub's own example: docs, "Validating webhook deliveries". */
#define SECRET	  "It's a Secret to Everybody"
#define BODY	  "Hello, World!"
#define MAC	  "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
#define SIGNATURE "X-Hub-Signature-256: sha256=" MAC "\n"

static struct provider_source *src;

static int
setup(void **state)
{
	(void)state;
	auto_diag diags = {0};
	src = sender_source("github", "first," SECRET ",last", NULL, &diags);
	return src ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	provider_source_free(src);
	return 0;
}

static void
accepts_the_example_of_githubs_documentation(void **state)
{
	(void)state;
	struct sender s = {.headers = SIGNATURE, .body = BODY};
	assert_int_equal(sender_verify(src, &s), VERDICT_GENUINE);
}

static void
names_the_cause_of_a_refusal(void **state)
{
	(void)state;
	static const struct {
		const char *headers;
		const char *body;
		enum provider_verdict verdict;
	} cases[] = {
		{"", BODY, VERDICT_NO_SIGNATURE},
		{"X-Hub-Signature-256: \n", BODY, VERDICT_NO_SIGNATURE},
		{"X-Hub-Signature: sha1=0\n", BODY, VERDICT_NO_SIGNATURE},
		{SIGNATURE SIGNATURE, BODY, VERDICT_AMBIGUOUS},
		{"X-Hub-Signature-256: " MAC "\n", BODY, VERDICT_MALFORMED},
		{"X-Hub-Signature-256: SHA256=" MAC "\n", BODY, VERDICT_MALFORMED},
		{"X-Hub-Signature-256: sha256=" MAC "0\n", BODY, VERDICT_MALFORMED},
		{"X-Hub-Signature-256: sha256=" MAC "00\n", BODY, VERDICT_MALFORMED},
		{"X-Hub-Signature-256: sha256=" MAC ",sha256=" MAC "\n", BODY,
		 VERDICT_MALFORMED},
		{"X-Hub-Signature-256: sha256=\n", BODY, VERDICT_MALFORMED},
		{"X-Hub-Signature-256: "
		 "sha256=757107EA0EB2509FC211221CCE984B8A37570B6D7586"
		 "C22C46F4379C8B043E17\n",
		 BODY, VERDICT_MALFORMED},
		{SIGNATURE, "Hello, World?", VERDICT_MISMATCH},
		{SIGNATURE, BODY "\n", VERDICT_MISMATCH},
		{SIGNATURE, "", VERDICT_MISMATCH},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct sender s = {.headers = cases[i].headers, .body = cases[i].body};
		assert_int_equal(sender_verify(src, &s), cases[i].verdict);
	}
}

static void
refuses_what_another_secret_signed(void **state)
{
	(void)state;
	auto_diag diags = {0};
	struct provider_source *other = sender_source("github", "other", NULL, &diags);
	struct sender s = {.headers = SIGNATURE, .body = BODY};
	assert_int_equal(sender_verify(other, &s), VERDICT_MISMATCH);
	provider_source_free(other);
}

static void
verifies_what_it_signs_also_without_a_body(void **state)
{
	(void)state;
	assert_int_equal(sender_sign_and_verify(src, "{\"a\":1}"), VERDICT_GENUINE);
	assert_int_equal(sender_sign_and_verify(src, ""), VERDICT_GENUINE);
}

static void
verifies_a_body_of_25_mib_in_pieces(void **state)
{
	(void)state;
	size_t len = (size_t)25 << 20;
	char *body = mem_alloc(len);
	assert_non_null(body);
	memset(body, 'x', len);
	auto_buf lines = BUF_INIT(8192);
	const struct provider *p = provider_source_provider(src);
	assert_int_equal(p->sign(src, NULL, "1", (struct slice){body, len}, 0, &lines),
			 0);
	struct sender s = {.headers = buf_str(&lines), .body = body, .body_len = len};
	assert_int_equal(sender_verify(src, &s), VERDICT_GENUINE);
	body[len - 1] = 'y';
	assert_int_equal(sender_verify(src, &s), VERDICT_MISMATCH);
	mem_free(body);
}

static void
signs_nothing_that_would_split_a_header(void **state)
{
	(void)state;
	auto_buf lines = BUF_INIT(8192);
	const struct provider *p = provider_source_provider(src);
	assert_true(p->sign(src, "a\nb", NULL, slice_of(BODY), 0, &lines) < 0);
	assert_true(p->sign(src, NULL, "a\r\nb", slice_of(BODY), 0, &lines) < 0);
}

static void
reads_type_id_and_payload(void **state)
{
	(void)state;
	struct delivery *d = NULL;
	struct provider_answer answer;
	struct sender s = {.headers = "X-GitHub-Event: push\n"
				      "X-GitHub-Delivery: 72d3162e-cc78-11e3-81ab\n"
				      "Content-Type: application/json; charset=utf-8\n",
			   .body = "{\"a\":1}"};
	assert_int_equal(sender_read(src, &s, &d, &answer), PROVIDER_KEEP);
	assert_string_equal(d->type, "push");
	assert_string_equal(d->sender_id, "72d3162e-cc78-11e3-81ab");
	assert_string_equal(d->dedupe_key, "id:72d3162e-cc78-11e3-81ab");
	assert_int_equal(d->form, PAYLOAD_JSON);
	assert_true(slice_eq_str(delivery_payload(d), "{\"a\":1}"));
	provider_answer_done(&answer);
	delivery_free(d);
}

static void
reads_the_payload_of_a_form(void **state)
{
	(void)state;
	struct delivery *d = NULL;
	struct provider_answer answer;
	struct sender s = {.headers = "X-GitHub-Event: push\n"
				      "Content-Type: application/x-www-form-urlencoded\n",
			   .body = "payload=%7B%22a+b%22%3A1%7D"};
	assert_int_equal(sender_read(src, &s, &d, &answer), PROVIDER_KEEP);
	assert_int_equal(d->form, PAYLOAD_FORM);
	assert_true(slice_eq_str(delivery_payload(d), "{\"a b\":1}"));
	provider_answer_done(&answer);
	delivery_free(d);
}

static void
takes_the_bodys_digest_as_key_without_an_id(void **state)
{
	(void)state;
	struct delivery *d = NULL;
	struct provider_answer answer;
	struct sender s = {.headers = "X-GitHub-Event: push\n"
				      "Content-Type: application/json\n",
			   .body = "abc"};
	assert_int_equal(sender_read(src, &s, &d, &answer), PROVIDER_KEEP);
	assert_null(d->sender_id);
	assert_string_equal(d->dedupe_key, "body:ba7816bf8f01cfea414140de5dae2223"
					   "b00361a396177a9cb410ff61f20015ad");
	assert_true(delivery_key_is_body(d));
	provider_answer_done(&answer);
	delivery_free(d);
}

static void
says_what_is_malformed(void **state)
{
	(void)state;
#define JSON "Content-Type: application/json\n"
	static const struct {
		const char *headers;
		const char *body;
		int status;
		const char *error;
	} cases[] = {
		{JSON, "{}", 400, "X-GitHub-Event is missing"},
		{JSON "X-GitHub-Event: push\nX-GitHub-Event: ping\n", "{}", 400,
		 "X-GitHub-Event is given more than once"},
		{JSON "X-GitHub-Event: push\nX-GitHub-Delivery: a\x01\n", "{}", 400,
		 "X-GitHub-Delivery is not printable ASCII of at most 200 bytes"},
		{JSON
		 "X-GitHub-Event: push\nX-GitHub-Delivery: a\nX-GitHub-Delivery: b\n",
		 "{}", 400, "X-GitHub-Delivery is given more than once"},
		{"X-GitHub-Event: push\nContent-Type: text/plain\n", "{}", 415,
		 "Content-Type must be application/json or "
		 "application/x-www-form-urlencoded"},
		{"X-GitHub-Event: push\nContent-Type: multipart/form-data; boundary=x\n",
		 "{}", 415, "multipart bodies are not supported"},
		{JSON JSON "X-GitHub-Event: push\n", "{}", 400,
		 "Content-Type is given more than once"},
		{JSON "X-GitHub-Event: push\nContent-Encoding: gzip\n", "{}", 400,
		 "the body is no gzip"},
		{JSON "X-GitHub-Event: push\nContent-Encoding: br\n", "{}", 415,
		 "Content-Encoding must be gzip or absent"},
		{"X-GitHub-Event: push\nContent-Type: "
		 "application/x-www-form-urlencoded\n",
		 "other=1", 400, "the form has no field \"payload\""},
		{"X-GitHub-Event: push\nContent-Type: "
		 "application/x-www-form-urlencoded\n",
		 "payload=%zz", 400, "the form is malformed"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct sender s = {.headers = cases[i].headers, .body = cases[i].body};
		struct delivery *d = NULL;
		struct provider_answer answer;
		assert_int_equal(sender_read(src, &s, &d, &answer), PROVIDER_MALFORMED);
		assert_int_equal(answer.status, cases[i].status);
		assert_string_equal(answer.error, cases[i].error);
		provider_answer_done(&answer);
		delivery_free(d);
	}
}

static void
unpacks_gzip_and_keeps_the_body_as_it_came(void **state)
{
	(void)state;
	/* {"ref":"refs/heads/main"} */
	static const uint8_t packed[] = {
		0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xab,
		0x56, 0x2a, 0x4a, 0x4d, 0x53, 0xb2, 0x02, 0x91, 0xc5, 0xfa, 0x19,
		0xa9, 0x89, 0x29, 0xc5, 0xfa, 0xb9, 0x89, 0x99, 0x79, 0x4a, 0xb5,
		0x00, 0x50, 0xa3, 0x74, 0x14, 0x19, 0x00, 0x00, 0x00};
	struct delivery *d = NULL;
	struct provider_answer answer;
	struct sender s = {.headers = JSON
			   "X-GitHub-Event: push\nContent-Encoding: gzip\n",
			   .body = (const char *)packed,
			   .body_len = sizeof(packed)};
	assert_int_equal(sender_read(src, &s, &d, &answer), PROVIDER_KEEP);
	struct slice payload = delivery_payload(d);
	assert_int_equal(payload.len, 25);
	assert_memory_equal(payload.data, "{\"ref\":\"refs/heads/main\"}", 25);
	assert_int_equal(d->body.len, sizeof(packed));
	provider_answer_done(&answer);
	delivery_free(d);
	s.body_len -= 4; /* cut */
	assert_int_equal(sender_read(src, &s, &d, &answer), PROVIDER_MALFORMED);
	assert_string_equal(answer.error, "the body is no gzip");
	provider_answer_done(&answer);
	delivery_free(d);
}

static void
keeps_a_ping_like_any_other_delivery(void **state)
{
	(void)state;
	struct delivery *d = NULL;
	struct provider_answer answer;
	struct sender s = {.headers = "X-GitHub-Event: ping\n"
				      "Content-Type: application/json\n",
			   .body = "{\"zen\":\"Keep it logically awesome.\"}"};
	assert_int_equal(sender_read(src, &s, &d, &answer), PROVIDER_KEEP);
	assert_string_equal(d->type, "ping");
	provider_answer_done(&answer);
	delivery_free(d);
}

static void
refuses_an_id_over_the_limit(void **state)
{
	(void)state;
	auto_buf headers = BUF_INIT(8192);
	buf_puts(&headers, "X-GitHub-Event: push\nContent-Type: application/json\n"
			   "X-GitHub-Delivery: ");
	for (int i = 0; i < 201; i++)
		buf_putc(&headers, 'a');
	struct delivery *d = NULL;
	struct provider_answer answer;
	struct sender s = {.headers = buf_str(&headers), .body = "{}"};
	assert_int_equal(sender_read(src, &s, &d, &answer), PROVIDER_MALFORMED);
	assert_int_equal(answer.status, 400);
	provider_answer_done(&answer);
	delivery_free(d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts_the_example_of_githubs_documentation),
		cmocka_unit_test(names_the_cause_of_a_refusal),
		cmocka_unit_test(refuses_what_another_secret_signed),
		cmocka_unit_test(verifies_what_it_signs_also_without_a_body),
		cmocka_unit_test(verifies_a_body_of_25_mib_in_pieces),
		cmocka_unit_test(signs_nothing_that_would_split_a_header),
		cmocka_unit_test(reads_type_id_and_payload),
		cmocka_unit_test(reads_the_payload_of_a_form),
		cmocka_unit_test(takes_the_bodys_digest_as_key_without_an_id),
		cmocka_unit_test(says_what_is_malformed),
		cmocka_unit_test(unpacks_gzip_and_keeps_the_body_as_it_came),
		cmocka_unit_test(keeps_a_ping_like_any_other_delivery),
		cmocka_unit_test(refuses_an_id_over_the_limit),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
