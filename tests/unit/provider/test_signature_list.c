/* Headers with several signatures, of which one has to be right; keys of v1a. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/limits.h"
#include "sender.h"

#define SECRET "dGhlIHJpZ2h0IG9uZSBvZiAzMiBieXRlcywgLi4u"

/* --- lists of signatures ---------------------------------------------------------------
 */

#define STRIPE_BODY "{\"id\":\"evt_1\",\"type\":\"invoice.paid\"}"

static enum provider_verdict
verdict_with(const char *kind, const char *secret, const char *headers, const char *body)
{
	auto_diag diags = {0};
	struct provider_source *src = sender_source(kind, secret, NULL, &diags);
	assert_non_null(src);
	enum provider_verdict verdict =
		sender_verify(src, &(struct sender){.headers = headers, .body = body});
	provider_source_free(src);
	return verdict;
}

/* The value that the kind itself puts into the last header line. */
static char *
signed_value(const char *kind, const char *secret, const char *body)
{
	auto_diag diags = {0};
	auto_buf lines = BUF_INIT(LIMIT_SIGNED_BYTES);
	struct provider_source *src = sender_source(kind, secret, NULL, &diags);
	assert_non_null(src);
	const struct provider *p = provider_source_provider(src);
	assert_int_equal(
		p->sign(src, NULL, "id-1", slice_of(body), SENDER_NOW_US, &lines), 0);
	provider_source_free(src);
	lines.data[lines.len - 1] = '\0';
	return str_dup(strrchr(buf_str(&lines), ':') + 2);
}

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static void
takes_any_right_signature_of_a_list(void **state)
{
	(void)state;
	auto_str stripe = signed_value("stripe", "s", STRIPE_BODY);
	auto_str pager = signed_value("pagerduty", "s", STRIPE_BODY);
	const char *mac = strstr(stripe, "v1=");
	const struct {
		const char *kind;
		const char *format;
		const char *value;
		enum provider_verdict due;
	} lists[] = {
		{"stripe", "Stripe-Signature: t=1700000000,v1=" ZEROS ",%s\n", mac,
		 VERDICT_GENUINE},
		{"stripe", "Stripe-Signature: t=1700000000,v1=potato,%s\n", mac,
		 VERDICT_GENUINE},
		{"stripe", "Stripe-Signature: %s,t=1700000000\n", mac, VERDICT_GENUINE},
		{"stripe", "Stripe-Signature: t=1700000001,%s\n", mac, VERDICT_MISMATCH},
		{"stripe", "Stripe-Signature: t=1700000000,v0=" ZEROS "%.0s\n", mac,
		 VERDICT_MALFORMED},
		{"stripe", "Stripe-Signature: t=1700000000,t=1700000000,%s\n", mac,
		 VERDICT_MALFORMED},
		{"stripe", "Stripe-Signature: t=,%s\n", mac, VERDICT_MALFORMED},
		{"stripe", "Stripe-Signature: %s\n", mac, VERDICT_MALFORMED},
		{"pagerduty", "X-PagerDuty-Signature: v1=" ZEROS ",%s\n", pager,
		 VERDICT_GENUINE},
		{"pagerduty", "X-PagerDuty-Signature: v2=" ZEROS ", %s\n", pager,
		 VERDICT_GENUINE},
		{"pagerduty", "X-PagerDuty-Signature: v1=" ZEROS "%.0s\n", pager,
		 VERDICT_MISMATCH},
	};
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		auto_buf headers = BUF_INIT(LIMIT_SIGNED_BYTES);
		const char *at = strstr(lists[i].format, "%");
		buf_append(&headers, lists[i].format, (size_t)(at - lists[i].format));
		if (at[1] == 's')
			buf_puts(&headers, lists[i].value);
		buf_puts(&headers, strchr(at, 's') + 1);
		assert_int_equal(
			verdict_with(lists[i].kind, "s", buf_str(&headers), STRIPE_BODY),
			lists[i].due);
	}
}

static void
refuses_a_list_over_the_limit(void **state)
{
	(void)state;
	auto_str value = signed_value("pagerduty", "s", "{}");
	for (int extra = 0; extra < 2; extra++) {
		auto_buf headers = BUF_INIT(LIMIT_SIGNED_BYTES);
		buf_printf(&headers, "X-PagerDuty-Signature: %s", value);
		for (int i = 1; i < LIMIT_SIGNATURES + extra; i++)
			buf_puts(&headers, ",v1=" ZEROS);
		buf_putc(&headers, '\n');
		assert_int_equal(verdict_with("pagerduty", "s", buf_str(&headers), "{}"),
				 extra ? VERDICT_MALFORMED : VERDICT_GENUINE);
	}
}

/* --- Standard Webhooks -----------------------------------------------------------------
 */

static void
refuses_secrets_that_are_no_keys(void **state)
{
	(void)state;
	static const char *const secrets[] = {
		"whsec_", "whsec_***", "whpk_" SECRET "AAAA", "whsk_" SECRET "AAAA",
		"not base64",
		/* a public key that is not that of the seed */
		"whsk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
		"AAAAAAAAAAAAAAAAAAAA=="};
	for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
		auto_diag diags = {0};
		assert_null(sender_source("svix", secrets[i], NULL, &diags));
		assert_int_equal(diags.errors, 1);
	}
}

static void
warns_of_a_short_secret(void **state)
{
	(void)state;
	auto_diag diags = {0};
	struct provider_source *src = sender_source("svix", "c2hvcnQ=", NULL, &diags);
	assert_non_null(src);
	assert_int_equal(diags.errors, 0);
	assert_int_equal(diags.len, 1);
	provider_source_free(src);
}

#define PUBLIC_HEADERS                                                              \
	"webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\nwebhook-timestamp: 1614265330\n" \
	"webhook-signature: "                                                       \
	"v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/"                                    \
	"enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg==\n"

/* Svix' published pair of a public key and a signature, beside a secret of v1. */
static void
takes_a_public_key_beside_a_secret(void **state)
{
	(void)state;
	static const struct {
		const char *secrets;
		const char *body;
		enum provider_verdict due;
	} all[] = {
		{SECRET ",whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
		 "{\"test\": 2432232314}", VERDICT_GENUINE},
		{SECRET ",whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=",
		 "{\"test\": 2432232315}", VERDICT_MISMATCH},
		{SECRET, "{\"test\": 2432232314}", VERDICT_MALFORMED},
	};
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		auto_diag diags = {0};
		struct provider_source *src =
			sender_source("svix", all[i].secrets, NULL, &diags);
		assert_non_null(src);
		struct sender sender = {.headers = PUBLIC_HEADERS,
					.body = all[i].body,
					.now_us = 1614265330000000};
		assert_int_equal(sender_verify(src, &sender), all[i].due);
		provider_source_free(src);
	}
}

/* Each public key hashes the whole body again for each of them. */
static void
refuses_more_signatures_of_v1a_than_of_v1(void **state)
{
	(void)state;
	auto_diag diags = {0};
	struct provider_source *src = sender_source(
		"svix", "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=", NULL,
		&diags);
	assert_non_null(src);
	for (int extra = 0; extra < 2; extra++) {
		auto_buf headers = BUF_INIT(LIMIT_SIGNED_BYTES);
		buf_append(&headers, PUBLIC_HEADERS, strlen(PUBLIC_HEADERS) - 1);
		for (int i = 1; i < LIMIT_KEY_SIGNATURES + extra; i++)
			buf_puts(&headers, " v1a," SECRET SECRET "AAAAAA==");
		buf_putc(&headers, '\n');
		struct sender sender = {.headers = buf_str(&headers),
					.body = "{\"test\": 2432232314}",
					.now_us = 1614265330000000};
		assert_int_equal(sender_verify(src, &sender),
				 extra ? VERDICT_MALFORMED : VERDICT_GENUINE);
	}
	provider_source_free(src);
}

static void
signs_nothing_with_a_public_key(void **state)
{
	(void)state;
	auto_diag diags = {0};
	auto_buf lines = BUF_INIT(LIMIT_SIGNED_BYTES);
	struct provider_source *src = sender_source(
		"svix", "whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=", NULL,
		&diags);
	assert_non_null(src);
	assert_int_equal(provider_source_provider(src)->sign(
				 src, NULL, NULL, slice_of("{}"), SENDER_NOW_US, &lines),
			 -EINVAL);
	assert_int_equal(lines.len, 0);
	provider_source_free(src);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_any_right_signature_of_a_list),
		cmocka_unit_test(refuses_a_list_over_the_limit),
		cmocka_unit_test(refuses_secrets_that_are_no_keys),
		cmocka_unit_test(warns_of_a_short_secret),
		cmocka_unit_test(takes_a_public_key_beside_a_secret),
		cmocka_unit_test(refuses_more_signatures_of_v1a_than_of_v1),
		cmocka_unit_test(signs_nothing_with_a_public_key),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
