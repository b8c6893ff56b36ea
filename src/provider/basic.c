/* Any sender that can do basic authentication (RFC 7617). */
#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "provider/generic.h"
#include "provider/kinds.h"
#include "provider/shown.h"
#include "provider/source.h"

struct basic_source {
	struct shown *shown; /* owned */
	struct generic_names names;
};

static const struct provider_option options[] = {
	GENERIC_OPTIONS,
	{0},
};

static void
release(void *data)
{
	struct basic_source *b = data;
	if (!b)
		return;
	shown_free(b->shown);
	mem_free(b);
}

/* A user has no colon, so the first one ends it, and there has to be one. */
static int
check_secrets(const struct conf_source *conf, struct diag_list *diags)
{
	for (size_t i = 0; i < conf->n_secrets; i++) {
		if (memchr(conf->secrets[i].data, ':', conf->secrets[i].len))
			continue;
		diag_error(diags, conf->at,
			   "a secret of a source of kind basic must be "
			   "\"user:password\"");
		return -EINVAL;
	}
	return 0;
}

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	static const struct shown_place place = {.header = "Authorization",
						 .schemes = SHOWN_BASIC};
	int rc = check_secrets(conf, diags);
	if (rc < 0)
		return rc;
	struct basic_source *b = x_new(struct basic_source);
	if (!b)
		return -ENOMEM;
	src->data = b;
	generic_names_init(&b->names, src);
	b->shown = shown_new(conf, &place);
	return b->shown ? 0 : -ENOMEM;
}

static void *
begin(const struct provider_source *src, const struct provider_request *rq,
      enum provider_verdict *ret_early)
{
	const struct basic_source *b = src->data;
	return shown_begin_with(b->shown, rq, ret_early);
}

static enum provider_action
read_request(const struct provider_source *src, const struct provider_request *rq,
	     struct delivery *d, struct provider_answer *answer)
{
	const struct basic_source *b = src->data;
	return generic_read(&b->names, rq, d, answer);
}

static int
sign(const struct provider_source *src, const char *type, const char *id,
     struct slice body, int64_t now_us, struct buf *out)
{
	(void)body;
	(void)now_us;
	const struct basic_source *b = src->data;
	int rc = generic_put(&b->names, type, id, out);
	return rc < 0 ? rc : shown_put(b->shown, out);
}

const struct provider provider_basic = {
	.kind = "basic",
	.summary = "any sender with a user and a password",
	.options = options,
	.needs_secret = true,
	.headers = "Authorization",
	.algorithm = "basic authentication (RFC 7617); the secret is `user:password`, "
		     "compared in constant time",
	.example = "legacy: {kind: basic, secret: \"${LEGACY_USER_PASSWORD}\", type: "
		   "legacy}",
	.setup = "Many senders take user and password in the URL: "
		 "`https://user:password@.../hooks/legacy`. They prove the sender, not "
		 "the body: use it over TLS or on loopback only.",
	.prepare = prepare,
	.release = release,
	.begin = begin,
	.feed = shown_feed,
	.end = shown_end,
	.abort = shown_abort,
	.read = read_request,
	.sign = sign,
};
