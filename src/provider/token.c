/* Any sender that shows a secret as it is, in a header or in the query. */
#include <errno.h>

#include "base/mem.h"
#include "provider/generic.h"
#include "provider/kinds.h"
#include "provider/shown.h"
#include "provider/source.h"

struct token_source {
	struct shown *shown; /* owned */
	struct generic_names names;
};

static const struct provider_option options[] = {
	{"header", false, NULL, "Authorization",
	 "the header that holds the token, with or without a scheme Bearer before it",
	 SHAPE_HEADER},
	{"query", false, NULL, NULL,
	 "the query parameter that holds the token; then a header counts only when it is "
	 "named too",
	 SHAPE_NAME},
	GENERIC_OPTIONS,
	{0},
};

static void
release(void *data)
{
	struct token_source *t = data;
	if (!t)
		return;
	shown_free(t->shown);
	mem_free(t);
}

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	(void)diags;
	struct token_source *t = x_new(struct token_source);
	if (!t)
		return -ENOMEM;
	src->data = t;
	generic_names_init(&t->names, src);
	struct shown_place place = {.schemes = SHOWN_PLAIN | SHOWN_BEARER};
	place.query = source_option(src, "query");
	if (!place.query || source_has_option(src, "header"))
		place.header = source_option(src, "header");
	t->shown = shown_new(conf, &place);
	return t->shown ? 0 : -ENOMEM;
}

static void *
begin(const struct provider_source *src, const struct provider_request *rq,
      enum provider_verdict *ret_early)
{
	const struct token_source *t = src->data;
	return shown_begin_with(t->shown, rq, ret_early);
}

static enum provider_action
read_request(const struct provider_source *src, const struct provider_request *rq,
	     struct delivery *d, struct provider_answer *answer)
{
	const struct token_source *t = src->data;
	return generic_read(&t->names, rq, d, answer);
}

static int
sign(const struct provider_source *src, const char *type, const char *id,
     struct slice body, int64_t now_us, struct buf *out)
{
	(void)body;
	(void)now_us;
	const struct token_source *t = src->data;
	int rc = generic_put(&t->names, type, id, out);
	return rc < 0 ? rc : shown_put(t->shown, out);
}

static int
sign_query(const struct provider_source *src, struct buf *out)
{
	const struct token_source *t = src->data;
	return shown_put_query(t->shown, out);
}

const struct provider provider_token = {
	.kind = "token",
	.summary = "any sender that shows a secret token",
	.options = options,
	.needs_secret = true,
	.headers = "as configured",
	.algorithm = "a secret in a header or query parameter, compared in constant time",
	.example = "scripts: {kind: token, secret: \"${SCRIPT_TOKEN}\", type: script}",
	.setup = "Anything that can send a header will do: `curl -H \"Authorization: "
		 "Bearer "
		 "$SCRIPT_TOKEN\" --json '{\"branch\": \"main\"}' .../hooks/scripts`. A "
		 "token "
		 "proves the sender, not the body: use it over TLS or on loopback only.",
	.prepare = prepare,
	.release = release,
	.begin = begin,
	.feed = shown_feed,
	.end = shown_end,
	.abort = shown_abort,
	.read = read_request,
	.sign = sign,
	.sign_query = sign_query,
};
