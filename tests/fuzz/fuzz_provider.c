/*
 * Arbitrary requests to every kind of source: the first byte chooses the kind, then come
 * header lines, an empty line and the body. First they are verified as they are; then the
 * kind signs the body itself, so that what lies behind verification is reached, too.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "cli/capture.h"
#include "cli/source.h"
#include "provider/fields.h"
#include "provider/provider.h"

#define NOW_US 1700000000000000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

#define JWK "{\"kty\":\"oct\",\"k\":\"dGhlIHJpZ2h0IG9uZSBvZiAzMiBieXRlcywgLi4ufn5-\"}"

#define CERTIFICATE /* its key does as well */                               \
	"-----BEGIN PUBLIC KEY-----\n"                                       \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAy9YwRzFlwoVHYw6lSFbn\n" \
	"wyhDa7O6iINHiirVAr8ggEBM1BT/AOtI9ho41LfleJcAzQTOj+YGHRONIRrU0MM4\n" \
	"OTOaznkWrHLlBSugs2I2OLsvTz/1q7oUuDsN00kyGoaF8n0ZqWlycWAjxIFw/tsE\n" \
	"kgBzFLTC8zI4tTFJMNEdJzKqEKUn6JXUaqw5zuuateJnLbQtZ6w/I6EKeAqntQqF\n" \
	"KzpdZS3RnnR8qR0Z2JcsH32DALcqoCc3swp/dMk1+9OINzuKXeLvFz/TX3TEIJ+F\n" \
	"oFetjpTPhhVUR411O/SsNye2Np24LGaLFNNVako8d7k13givFSiwWB6evLK5HLMx\n" \
	"5wIDAQAB\n"                                                         \
	"-----END PUBLIC KEY-----\n"

/* Kinds whose sources are not made from just any secret. */
static const struct {
	const char *kind;
	const char *secret;
} secrets[] = {
	{"gitlab", "whsec_dGhlIHJpZ2h0IG9uZSBvZiAzMiBieXRlcywgLi4u"},
	{"discord", "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
		    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"},
	{"teams", "dGhlIHJpZ2h0IG9uZSBvZiAzMiBieXRlcywgLi4u"},
	{"standard-webhooks", "whsk_igrzDY96yHdmwu3cumK0mqWWyV43p2rHV1QkWc+d6/DwW"
			      "VWQlLA+g6/A/kT0zimurNoX5nj6HMGPp8cR19n8MQ=="},
	{"basic", "user:secret"},
	{"svix", "whsec_dGhlIHJpZ2h0IG9uZSBvZiAzMiBieXRlcywgLi4u"},
	{"jwt", JWK},
	{"sns", CERTIFICATE},
	{"github-actions", JWK},
	{"gitlab-ci", JWK},
	{"google-chat", JWK},
};

/* What they need besides. */
static const struct {
	const char *kind;
	const char *name;
	const char *value;
} options[] = {
	{"github-actions", "audience", "bridge"},
	{"github-actions", "claims", "repository=acme/shop"},
	{"gitlab-ci", "audience", "bridge"},
	{"gitlab-ci", "claims", "project_path=acme/shop"},
	{"google-chat", "audience", "123"},
};

static struct provider_source *
source_of(const struct provider *p)
{
	const char *secret = "secret";
	struct conf_source conf = {0};
	for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
		if (str_eq(secrets[i].kind, p->kind))
			secret = secrets[i].secret;
	}
	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		if (str_eq(options[i].kind, p->kind))
			require(cli_source_set(&conf, options[i].name,
					       options[i].value) == 0);
	}
	auto_diag diags = {0};
	auto_secret one = {0};
	require(secret_set(&one, secret, strlen(secret)) == 0);
	conf.secrets = &one;
	conf.n_secrets = 1;
	conf.kind = str_dup(p->kind);
	struct provider_source *src = provider_source_new(&conf, &diags);
	str_free(conf.kind);
	node_free(conf.options);
	return src;
}

/* Sources live as long as the program, as the bridge's do. */
static struct provider_source *
source_at(uint8_t choice)
{
	static struct provider_source *sources[256];
	static size_t n;
	for (const struct provider *const *p = provider_all(); n == 0 || p[n]; n++) {
		sources[n] = source_of(p[n]);
		require(sources[n] && n + 1 < ARRAY_LEN(sources));
	}
	return sources[choice % n];
}

static void
read_as(const struct provider_source *src, const struct capture *c)
{
	const struct provider *p = provider_source_provider(src);
	struct provider_request rq = capture_request(c, NOW_US);
	struct delivery *d = delivery_new();
	struct provider_answer answer;
	struct provider_fields fields;
	provider_answer_init(&answer);
	provider_fields_init(&fields);
	require(d && str_set(&d->kind, p->kind) == 0);
	require(buf_append(&d->body, c->body.data, c->body.len) == 0);
	enum provider_action action = p->read(src, &rq, d, &answer);
	require(action != PROVIDER_ERROR);
	require(action != PROVIDER_MALFORMED || answer.error);
	if (action == PROVIDER_KEEP) {
		require(d->dedupe_key != NULL);
		require(provider_fields_read(d, &fields) == 0);
		require(!fields.git.len || json_check(buf_slice(&fields.git), NULL) == 0);
		require(!fields.chat.len ||
			json_check(buf_slice(&fields.chat), NULL) == 0);
		require(!fields.alert.len ||
			json_check(buf_slice(&fields.alert), NULL) == 0);
	}
	provider_fields_done(&fields);
	provider_answer_done(&answer);
	delivery_free(d);
}

/* The capture with the signature of its body; false when the kind cannot sign it. */
static bool
add_signature(const struct provider_source *src, struct capture *c)
{
	const struct provider *p = provider_source_provider(src);
	auto_buf lines = BUF_INIT(LIMIT_SIGNED_BYTES);
	struct slice body = {buf_str(&c->body), c->body.len};
	unsigned line = 0;
	if (p->sign(src, NULL, NULL, body, NOW_US, &lines) < 0)
		return false;
	return capture_parse_headers(c, buf_slice(&lines), &line) == 0;
}

/* Header lines up to an empty one, the rest is the body. */
static bool
take(struct capture *c, const char *text, size_t len)
{
	const char *end = memmem(text, len, "\n\n", 2);
	size_t head = end ? (size_t)(end - text) : 0;
	size_t skip = end ? head + 2 : 0;
	unsigned line = 0;
	if (memchr(text, '\0', head))
		return false;
	return capture_parse_headers(c, (struct slice){text, head}, &line) == 0 &&
	       buf_append(&c->body, text + skip, len - skip) == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1)
		return 0;
	const struct provider_source *src = source_at(data[0]);
	const struct provider *p = provider_source_provider(src);
	auto_capture c = {0};
	capture_init(&c);
	if (!take(&c, (const char *)data + 1, size - 1))
		return 0;
	struct provider_request rq = capture_request(&c, NOW_US);
	require(provider_verify(src, &rq) != VERDICT_ERROR);
	enum provider_verdict early = VERDICT_GENUINE;
	void *state = p->begin(src, &rq, &early);
	if (state)
		p->abort(state);
	require(state || early != VERDICT_GENUINE);
	read_as(src, &c);
	if (!add_signature(src, &c))
		return 0;
	rq = capture_request(&c, NOW_US);
	require(provider_verify(src, &rq) != VERDICT_ERROR);
	read_as(src, &c);
	return 0;
}
