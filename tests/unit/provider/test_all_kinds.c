/*
 * What holds for every kind: each request is signed by the kind itself and then altered.
 * Which headers carry the proof shows by leaving each out in turn.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/limits.h"
#include "base/mem.h"
#include "sender.h"
#include "test_keys.h"

#define BODY                                                                        \
	"{\"id\":\"1\",\"type\":\"push\",\"eventType\":\"git.push\",\"ref\":\"r\"," \
	"\"text\":\"\\u00e4\"}"
#define GROUP	 "{\"status\":\"firing\",\"alerts\":[]}"
#define WINDOW_S 300

/* How a kind is set up where the usual secret does not do. */
struct setup {
	const char *kind;
	const char *secret;
	const char *other; /* a secret that is not accepted */
	const char *options;
	const char *body; /* that is kept, where BODY is not */
	const char *name; /* in messages, where a kind has several rows */
	bool leaves_body; /* the proof does not cover the body */
	bool covers_time; /* and so has a time window */
	bool own_times;	  /* of another kind, with tests of their own */
	bool in_body;	  /* so is the proof, and no header can be altered: likewise */
};

#define JWK(k) "{\"kty\":\"oct\",\"k\":\"" k "\"}"
/* kinds that show a token */
#define BEARER(of, with)                                                       \
	{                                                                      \
		.kind = (of),                                                  \
		.secret = JWK("dGhlIHJpZ2h0IG9uZSBvZiAzMiBieXRlcywgLi4ufn5-"), \
		.other = JWK("YW5vdGhlciBvbmUsIGFsc28gb2YgMzIgYnl0ZXMufn5-"),  \
		.options = (with), .leaves_body = true, .own_times = true      \
	}

static const struct setup usual = {.secret = "the right one", .other = "another"};
static const struct setup special[] = {
	{.kind = "token",
	 .secret = "the right one",
	 .other = "another",
	 .leaves_body = true},
	{.kind = "azure-devops",
	 .secret = "user:the right one",
	 .other = "user:another",
	 .leaves_body = true},
	{.kind = "azure-devops",
	 .secret = "the right one",
	 .other = "another",
	 .options = "header=X-Bridge",
	 .name = "by header",
	 .leaves_body = true},
	{.kind = "gitlab",
	 .secret = "the right one",
	 .other = "another",
	 .name = "by token",
	 .leaves_body = true},
	{.kind = "gitlab",
	 .secret = "whsec_dGhlIHJpZ2h0IG9uZSBvZiAzMiBieXRlcywgLi4u",
	 .other = "whsec_YW5vdGhlciBvbmUsIGFsc28gb2YgMzIgYnl0ZXMu",
	 .name = "by signature",
	 .covers_time = true},
	{.kind = "slack",
	 .secret = "the right one",
	 .other = "another",
	 .covers_time = true},
	/* pairs of RFC 8032 */
	{.kind = "discord",
	 .secret = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
		   "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
	 .other = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
		  "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
	 .covers_time = true},
	{.kind = "mattermost",
	 .secret = "the right one",
	 .other = "another",
	 .leaves_body = true},
	{.kind = "teams",
	 .secret = "dGhlIHJpZ2h0IG9uZSBvZiAzMiBieXRlcywgLi4u",
	 .other = "YW5vdGhlciBvbmUsIGFsc28gb2YgMzIgYnl0ZXMu"},
	{.kind = "telegram",
	 .secret = "the-right-one",
	 .other = "another",
	 .leaves_body = true},
	{.kind = "rocket.chat",
	 .secret = "the right one",
	 .other = "another",
	 .leaves_body = true},
	{.kind = "standard-webhooks",
	 .secret = "whsec_dGhlIHJpZ2h0IG9uZSBvZiAzMiBieXRlcywgLi4u",
	 .other = "whsec_YW5vdGhlciBvbmUsIGFsc28gb2YgMzIgYnl0ZXMu",
	 .name = "v1",
	 .covers_time = true},
	{.kind = "standard-webhooks",
	 .secret = "whsk_igrzDY96yHdmwu3cumK0mqWWyV43p2rHV1QkWc+d6/DwW"
		   "VWQlLA+g6/A/kT0zimurNoX5nj6HMGPp8cR19n8MQ==",
	 .other = "whsk_GS1eLHSSvKf6nuw0FiuzS/m55JP10HMuFi9iV6Jt2bJWi"
		  "SJ2gfLjRK5PHFljbFA+dGI0rFwm9ZlJG9Pdw+1rlA==",
	 .name = "v1a",
	 .covers_time = true},
	{.kind = "svix",
	 .secret = "dGhlIHJpZ2h0IG9uZSBvZiAzMiBieXRlcywgLi4u",
	 .other = "YW5vdGhlciBvbmUsIGFsc28gb2YgMzIgYnl0ZXMu",
	 .covers_time = true},
	{.kind = "pagerduty",
	 .secret = "the right one",
	 .other = "another",
	 .body = "{\"event\":{\"id\":\"1\",\"event_type\":\"pagey.ping\"}}"},
	{.kind = "grafana", .secret = "the right one", .other = "another", .body = GROUP},
	{.kind = "grafana",
	 .secret = "the right one",
	 .other = "another",
	 .options = "timestamp_header=X-Time",
	 .body = GROUP,
	 .name = "with its time",
	 .covers_time = true},
	{.kind = "alertmanager",
	 .secret = "the right one",
	 .other = "another",
	 .body = GROUP,
	 .name = "by token",
	 .leaves_body = true},
	{.kind = "alertmanager",
	 .secret = "user:the right one",
	 .other = "user:another",
	 .body = GROUP,
	 .name = "by password",
	 .leaves_body = true},
	{.kind = "docker-hub",
	 .secret = "the right one",
	 .other = "another",
	 .options = "header=X-Bridge",
	 .leaves_body = true},
	{.kind = "registry",
	 .secret = "the right one",
	 .other = "another",
	 .body = "{\"events\":[{\"id\":\"1\",\"action\":\"push\"}]}",
	 .leaves_body = true},
	{.kind = "cloudevents",
	 .secret = "the right one",
	 .other = "another",
	 .leaves_body = true},
	{.kind = "forge",
	 .secret = "the right one",
	 .other = "another",
	 .options = "header=X-Bridge",
	 .body = "{\"status\":\"success\"}",
	 .leaves_body = true},
	{.kind = "basic",
	 .secret = "user:the right one",
	 .other = "user:another",
	 .leaves_body = true},
	{.kind = "stripe",
	 .secret = "whsec_right",
	 .other = "whsec_other",
	 .covers_time = true},
	{.kind = "http-signature",
	 .secret = "the right one",
	 .other = "another",
	 .name = "hmac-sha256",
	 .covers_time = true},
	{.kind = "http-signature",
	 .secret = RSA_PRIVATE_PEM,
	 .other = OTHER_RSA_PRIVATE_PEM,
	 .options = "covered=@method content-digest;key_id=k",
	 .name = "rsa-pss-sha512",
	 .covers_time = true},
	{.kind = "http-signature",
	 .secret = ED25519_PRIVATE_PEM,
	 .other = P256_PRIVATE_PEM,
	 .name = "ed25519",
	 .covers_time = true},
	{.kind = "http-signature",
	 .secret = P256_PRIVATE_PEM,
	 .other = ED25519_PRIVATE_PEM,
	 .name = "ecdsa-p256-sha256",
	 .covers_time = true},
	{.kind = "sns", .in_body = true},
	BEARER("jwt", NULL),
	BEARER("github-actions", "audience=bridge;claims=repository=acme/shop"),
	BEARER("gitlab-ci", "audience=bridge;claims=project_path=acme/shop"),
	BEARER("google-chat", "audience=123"),
	BEARER("google-chat", "audience=https://bridge.example.com/hooks/chat"),
};

/* --- one kind as it is set up ----------------------------------------------------------
 */

static struct provider_source *
source_of(const char *kind, const struct setup *s, const char *secrets)
{
	auto_diag diags = {0};
	struct provider_source *src = sender_source(kind, secrets, s->options, &diags);
	diag_print(&diags, stderr);
	assert_non_null(src);
	return src;
}

static void
sign(const struct provider_source *src, struct slice body, struct buf *lines)
{
	const struct provider *p = provider_source_provider(src);
	assert_int_equal(p->sign(src, NULL, "id-1", body, SENDER_NOW_US, lines), 0);
}

static enum provider_verdict
verdict_at(const struct provider_source *src, const char *headers, struct slice body,
	   int64_t offset_s)
{
	return sender_verify(
		src, &(struct sender){.headers = headers,
				      .body = body.data,
				      .body_len = body.len,
				      .now_us = SENDER_NOW_US + offset_s * 1000000});
}

static enum provider_verdict
verdict_of(const struct provider_source *src, const char *headers, const char *body)
{
	return verdict_at(src, headers, slice_of(body), 0);
}

static void
require(bool holds, const char *kind, const struct setup *s, const char *what)
{
	if (!holds)
		fail_msg("%s%s%s: %s", kind, s->name ? " " : "", s->name ? s->name : "",
			 what);
}

typedef void check_fn(const char *kind, const struct setup *s);

static void
for_each_kind(check_fn *check)
{
	for (const struct provider *const *p = provider_all(); *p; p++) {
		bool found = false;
		for (size_t i = 0; i < ARRAY_LEN(special); i++) {
			if (!str_eq(special[i].kind, (*p)->kind))
				continue;
			found = true;
			if (!special[i].in_body)
				check((*p)->kind, &special[i]);
		}
		if (!found)
			check((*p)->kind, &usual);
	}
}

/* --- headers ---------------------------------------------------------------------------
 */

enum alteration { LEFT_OUT, EMPTIED, TWICE, PREFIX_CUT, UPPER_CASE, CHANGED, LONGER };

/* A base64 or hex text is changed in a letter that counts. */
static void
put_altered(struct buf *out, struct slice value, enum alteration how)
{
	size_t middle = value.len / 2;
	for (size_t i = 0; i < value.len; i++) {
		char c = value.data[i];
		if (how == UPPER_CASE)
			c = (char)toupper((unsigned char)c);
		if (how == CHANGED && i == middle)
			c = c == 'a' ? 'b' : 'a';
		if (how != EMPTIED && !(how == PREFIX_CUT && i == 0))
			buf_putc(out, c);
	}
	if (how == LONGER)
		buf_putc(out, 'a');
}

/* headers with line n altered; false behind the last. */
static bool
alter(const char *headers, size_t n, enum alteration how, struct buf *out)
{
	size_t line = 0;
	for (const char *p = headers; *p; p += strcspn(p, "\n") + 1, line++) {
		size_t len = strcspn(p, "\n") + 1;
		const char *value = strstr(p, ": ") + 2;
		if (line != n || how == TWICE)
			buf_append(out, p, len);
		if (line == n && how == TWICE)
			buf_append(out, p, len);
		if (line != n || how == TWICE || how == LEFT_OUT)
			continue;
		buf_append(out, p, (size_t)(value - p));
		put_altered(out, (struct slice){value, len - 1 - (size_t)(value - p)},
			    how);
		buf_putc(out, '\n');
	}
	return n < line;
}

static bool
is_hex_with_letters(const char *headers, size_t n)
{
	const char *p = headers;
	for (; n > 0; n--)
		p += strcspn(p, "\n") + 1;
	const char *value = strstr(p, ": ") + 2;
	size_t len = strcspn(value, "\n");
	size_t digits = 0;
	while (digits < len &&
	       strchr("0123456789abcdef", value[len - digits - 1]) != NULL)
		digits++;
	return digits >= 32 && strspn(value + len - digits, "0123456789") < digits;
}

static void
check_alterations(const char *kind, const struct setup *s,
		  const struct provider_source *src, const char *headers, size_t n)
{
	static const struct {
		enum alteration how;
		const char *what;
	} all[] = {
		{EMPTIED, "an empty proof is taken"},
		{TWICE, "a proof given twice is taken"},
		{PREFIX_CUT, "a proof without its first letter is taken"},
		{CHANGED, "a changed proof is taken"},
		{LONGER, "a longer proof is taken"},
	};
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		auto_buf altered = BUF_INIT(LIMIT_SIGNED_BYTES);
		alter(headers, n, all[i].how, &altered);
		enum provider_verdict v = verdict_of(src, buf_str(&altered), BODY);
		require(v != VERDICT_GENUINE && v != VERDICT_ERROR, kind, s, all[i].what);
		if (all[i].how == TWICE)
			require(v == VERDICT_AMBIGUOUS, kind, s, "twice is ambiguous");
	}
	auto_buf upper = BUF_INIT(LIMIT_SIGNED_BYTES);
	alter(headers, n, UPPER_CASE, &upper);
	if (is_hex_with_letters(headers, n) && !s->leaves_body)
		require(verdict_of(src, buf_str(&upper), BODY) == VERDICT_MALFORMED, kind,
			s, "upper-case hex is taken");
}

static void
check_headers(const char *kind, const struct setup *s)
{
	struct provider_source *src = source_of(kind, s, s->secret);
	auto_buf headers = BUF_INIT(LIMIT_SIGNED_BYTES);
	sign(src, slice_of(BODY), &headers);
	size_t proofs = 0;
	for (size_t n = 0;; n++) {
		auto_buf without = BUF_INIT(LIMIT_SIGNED_BYTES);
		if (!alter(buf_str(&headers), n, LEFT_OUT, &without))
			break;
		if (verdict_of(src, buf_str(&without), BODY) == VERDICT_GENUINE)
			continue;
		proofs++;
		check_alterations(kind, s, src, buf_str(&headers), n);
	}
	require(proofs > 0, kind, s, "no header is needed");
	require(verdict_of(src, "", BODY) == VERDICT_NO_SIGNATURE, kind, s,
		"a request without headers");
	provider_source_free(src);
}

/* --- secrets, bodies, times ------------------------------------------------------------
 */

static void
check_secrets(const char *kind, const struct setup *s)
{
	auto_buf headers = BUF_INIT(LIMIT_SIGNED_BYTES);
	auto_str both = str_format("%s,%s", s->other, s->secret);
	struct provider_source *src = source_of(kind, s, s->secret);
	struct provider_source *other = source_of(kind, s, s->other);
	struct provider_source *rotated = source_of(kind, s, both);
	sign(src, slice_of(BODY), &headers);
	const char *lines = buf_str(&headers);
	require(verdict_of(src, lines, BODY) == VERDICT_GENUINE, kind, s, "own secret");
	require(verdict_of(rotated, lines, BODY) == VERDICT_GENUINE, kind, s,
		"the second of two secrets is refused");
	require(verdict_of(other, lines, BODY) == VERDICT_MISMATCH, kind, s,
		"another secret is taken");
	provider_source_free(src);
	provider_source_free(other);
	provider_source_free(rotated);
}

static void
check_no_secret(const char *kind, const struct setup *s)
{
	static const char *const secrets[] = {NULL, "", "good,"};
	for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
		auto_diag diags = {0};
		if (!provider_find(kind)->needs_secret)
			continue;
		struct provider_source *src =
			sender_source(kind, secrets[i], s->options, &diags);
		require(!src && diags.errors > 0, kind, s, "an empty secret is taken");
		provider_source_free(src);
	}
}

static void
check_bodies(const char *kind, const struct setup *s)
{
	static const char *const changed[] = {BODY "\n", " " BODY, "{}", "", BODY BODY};
	struct provider_source *src = source_of(kind, s, s->secret);
	auto_buf headers = BUF_INIT(LIMIT_SIGNED_BYTES);
	auto_buf bare = BUF_INIT(LIMIT_SIGNED_BYTES);
	sign(src, slice_of(BODY), &headers);
	enum provider_verdict due = s->leaves_body ? VERDICT_GENUINE : VERDICT_MISMATCH;
	for (size_t i = 0; i < ARRAY_LEN(changed); i++)
		require(verdict_of(src, buf_str(&headers), changed[i]) == due, kind, s,
			changed[i]);
	sign(src, slice_of(""), &bare);
	require(verdict_of(src, buf_str(&bare), "") == VERDICT_GENUINE, kind, s,
		"an empty body");
	provider_source_free(src);
}

static enum provider_verdict
verdict_in_pieces(const struct provider_source *src, const char *headers,
		  struct slice body, size_t step)
{
	struct provider_request rq = sender_request(&(struct sender){
		.headers = headers, .body = body.data, .body_len = body.len});
	const struct provider *p = provider_source_provider(src);
	enum provider_verdict early = VERDICT_ERROR;
	void *state = p->begin(src, &rq, &early);
	assert_non_null(state);
	for (size_t i = 0; i < body.len; i += step)
		p->feed(state, body.data + i, body.len - i < step ? body.len - i : step);
	return p->end(state, &rq);
}

static void
check_large_body(const char *kind, const struct setup *s)
{
	struct slice body = {.len = DEFAULT_BODY_BYTES};
	char *text = mem_alloc(body.len);
	assert_non_null(text);
	memset(text, ' ', body.len);
	body.data = text;
	struct provider_source *src = source_of(kind, s, s->secret);
	auto_buf headers = BUF_INIT(LIMIT_SIGNED_BYTES);
	sign(src, body, &headers);
	require(verdict_in_pieces(src, buf_str(&headers), body, 65521) == VERDICT_GENUINE,
		kind, s, "25 MiB in pieces");
	text[body.len - 1] = 'x';
	if (!s->leaves_body)
		require(verdict_at(src, buf_str(&headers), body, 0) == VERDICT_MISMATCH,
			kind, s, "the last of 25 MiB is changed");
	provider_source_free(src);
	mem_free(text);
}

static void
check_pieces(const char *kind, const struct setup *s)
{
	struct provider_source *src = source_of(kind, s, s->secret);
	auto_buf headers = BUF_INIT(LIMIT_SIGNED_BYTES);
	sign(src, slice_of(BODY), &headers);
	require(verdict_in_pieces(src, buf_str(&headers), slice_of(BODY), 1) ==
			VERDICT_GENUINE,
		kind, s, "byte by byte");
	provider_source_free(src);
}

static void
check_times(const char *kind, const struct setup *s)
{
	static const struct {
		int64_t offset_s;
		bool inside;
	} times[] = {{-WINDOW_S, true},
		     {WINDOW_S, true},
		     {-WINDOW_S - 1, false},
		     {WINDOW_S + 1, false},
		     {86400, false}};
	if (s->own_times)
		return;
	struct provider_source *src = source_of(kind, s, s->secret);
	auto_buf headers = BUF_INIT(LIMIT_SIGNED_BYTES);
	sign(src, slice_of(BODY), &headers);
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		bool inside = times[i].inside || !s->covers_time;
		require(verdict_at(src, buf_str(&headers), slice_of(BODY),
				   times[i].offset_s) ==
				(inside ? VERDICT_GENUINE : VERDICT_STALE),
			kind, s, "at the time window's edges");
	}
	provider_source_free(src);
}

/* What a genuine request is read as. */
static void
check_reading(const char *kind, const struct setup *s)
{
	static const char *const bodies[] = {
		BODY,	      "", "{", "[]", "null", "\"\\ud800\"", "payload=%7B%7D",
		"payload=%zz"};
	static const char *const types[] = {"Content-Type: application/json\n", "",
					    "Content-Type: text/xml\n",
					    "Content-Type: multipart/form-data\n",
					    ("Content-Type: "
					     "application/x-www-form-urlencoded\n")};
	struct provider_source *src = source_of(kind, s, s->secret);
	for (size_t i = 0; i < ARRAY_LEN(bodies) * ARRAY_LEN(types); i++) {
		const char *body = bodies[i / ARRAY_LEN(types)];
		if (s->body && str_eq(body, BODY))
			body = s->body;
		auto_buf headers = BUF_INIT(LIMIT_SIGNED_BYTES);
		buf_puts(&headers, types[i % ARRAY_LEN(types)]);
		const struct provider *p = provider_source_provider(src);
		if (p->sign(src, NULL, "id-1", slice_of(body), SENDER_NOW_US, &headers) <
		    0)
			continue; /* a form that cannot be one */
		struct delivery *d = NULL;
		struct provider_answer answer;
		struct sender one = {.headers = buf_str(&headers), .body = body};
		enum provider_action action = sender_read(src, &one, &d, &answer);
		require(action != PROVIDER_ERROR, kind, s, "reading fails");
		require(action != PROVIDER_MALFORMED || answer.error, kind, s,
			"a refusal says why");
		require(answer.status != 410, kind, s, "410 ends subscriptions");
		require(action != PROVIDER_KEEP || d->dedupe_key, kind, s,
			"what is kept can be known again");
		require(i > 0 || action == PROVIDER_KEEP, kind, s,
			"a plain JSON body is kept");
		provider_answer_done(&answer);
		delivery_free(d);
	}
	provider_source_free(src);
}

/* --- the tests -------------------------------------------------------------------------
 */

#define TEST_OF(name, check)           \
	static void name(void **state) \
	{                              \
		(void)state;           \
		for_each_kind(check);  \
	}

TEST_OF(every_kind_refuses_altered_headers, check_headers)
TEST_OF(every_kind_takes_any_of_its_secrets_and_no_other, check_secrets)
TEST_OF(every_kind_refuses_an_empty_secret_at_load, check_no_secret)
TEST_OF(every_kind_that_signs_the_body_refuses_another, check_bodies)
TEST_OF(every_kind_verifies_25_mib, check_large_body)
TEST_OF(every_kind_verifies_a_body_byte_by_byte, check_pieces)
TEST_OF(every_kind_keeps_to_its_time_window, check_times)
TEST_OF(every_kind_reads_or_refuses_what_is_genuine, check_reading)

static void
every_kind_says_what_the_documentation_needs(void **state)
{
	(void)state;
	for (const struct provider *const *p = provider_all(); *p; p++) {
		require((*p)->summary && (*p)->headers && (*p)->algorithm, (*p)->kind,
			&usual, "summary, headers, algorithm");
		require(!(*p)->normalise == !(*p)->fields, (*p)->kind, &usual,
			"fields are named where there are any");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_refuses_altered_headers),
		cmocka_unit_test(every_kind_takes_any_of_its_secrets_and_no_other),
		cmocka_unit_test(every_kind_refuses_an_empty_secret_at_load),
		cmocka_unit_test(every_kind_that_signs_the_body_refuses_another),
		cmocka_unit_test(every_kind_verifies_25_mib),
		cmocka_unit_test(every_kind_verifies_a_body_byte_by_byte),
		cmocka_unit_test(every_kind_keeps_to_its_time_window),
		cmocka_unit_test(every_kind_reads_or_refuses_what_is_genuine),
		cmocka_unit_test(every_kind_says_what_the_documentation_needs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
