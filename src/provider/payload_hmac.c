#include "provider/payload_hmac.h"

#include <errno.h>
#include <string.h>

#include "base/codec.h"
#include "base/mem.h"
#include "provider/common.h"
#include "provider/content.h"
#include "provider/signature.h"
#include "provider/source.h"

#define FIELD "payload"

/* Where the payload is. */
enum payload_place { IN_BODY, IN_FORM, IN_QUERY };

struct checking {
	void *signature; /* owned; signature_begin */
	enum payload_place place;
};

static enum payload_place
place_of(const struct provider_request *rq)
{
	if (str_eq(rq->method, "GET"))
		return IN_QUERY;
	return content_is_form(rq) ? IN_FORM : IN_BODY;
}

void *
payload_hmac_begin(const struct provider_source *src, const struct provider_request *rq,
		   enum provider_verdict *ret_early)
{
	void *signature = plain_hmac_begin(src, rq, ret_early);
	struct checking *c = signature ? x_new(struct checking) : NULL;
	if (!c) {
		if (signature)
			*ret_early = VERDICT_ERROR;
		signature_abort(signature);
		return NULL;
	}
	*c = (struct checking){signature, place_of(rq)};
	return c;
}

void
payload_hmac_feed(void *state, const void *data, size_t len)
{
	struct checking *c = state;
	if (c->place == IN_BODY)
		signature_feed(c->signature, data, len);
}

void
payload_hmac_abort(void *state)
{
	struct checking *c = state;
	if (!c)
		return;
	signature_abort(c->signature);
	mem_free(c);
}

/* Returns 0, -ENOENT, -EINVAL, -ENOMEM. */
static int
decode(const struct provider_request *rq, enum payload_place place, struct buf *out)
{
	struct slice form = place == IN_QUERY ? rq->query : rq->body;
	return form_get(out, form.data, form.len, FIELD);
}

enum provider_verdict
payload_hmac_end(void *state, const struct provider_request *rq)
{
	struct checking *c = state;
	auto_buf payload = BUF_INIT(SIZE_MAX / 2);
	int rc = c->place == IN_BODY ? 0 : decode(rq, c->place, &payload);
	if (rc < 0) {
		payload_hmac_abort(c);
		return rc == -ENOMEM ? VERDICT_ERROR : VERDICT_MISMATCH;
	}
	signature_feed(c->signature, payload.data, payload.len);
	enum provider_verdict verdict = signature_end(steal_ptr(&c->signature), rq);
	payload_hmac_abort(c);
	return verdict;
}

static enum provider_action
read_query(const struct provider_request *rq, struct delivery *d,
	   struct provider_answer *answer)
{
	auto_buf payload = BUF_INIT(SIZE_MAX / 2);
	int rc = decode(rq, IN_QUERY, &payload);
	if (rc == -ENOMEM)
		return PROVIDER_ERROR;
	if (rc < 0 || payload.len == 0)
		return common_refuse(answer, 400, "the query has no \"" FIELD "\"");
	buf_done(&d->payload);
	d->payload = payload;
	payload = BUF_INIT(0);
	d->form = PAYLOAD_FORM;
	return PROVIDER_KEEP;
}

/* Without an id a GET would have only its empty body to be known by. */
static enum provider_action
set_dedupe_key(enum payload_place place, struct delivery *d,
	       struct provider_answer *answer)
{
	if (place == IN_QUERY && !d->sender_id)
		return common_refuse(answer, 400, "a GET needs the header of its id");
	return common_set_dedupe_key(d);
}

enum provider_action
payload_hmac_read(const struct provider_source *src, const struct provider_request *rq,
		  struct delivery *d, struct provider_answer *answer)
{
	enum payload_place place = place_of(rq);
	enum provider_action action = plain_hmac_read_names(src, rq, d, answer);
	if (action == PROVIDER_KEEP)
		action = place == IN_QUERY ? read_query(rq, d, answer)
					   : content_read_json(rq, d, answer);
	if (action == PROVIDER_KEEP)
		action = set_dedupe_key(place, d, answer);
	return action;
}

/* Gogs has no head_commit and other names in a pull request. */
static const struct git_map maps[] = {
	{.type = "push",
	 .repository = "repository.full_name",
	 .ref = "ref",
	 .commit = "after",
	 .before = "before",
	 .author = "head_commit.author.name|pusher.username|pusher.login",
	 .message = "head_commit.message",
	 .url = "head_commit.url|compare_url",
	 .commits = "commits"},
	{.type = "pull_request",
	 .repository = "repository.full_name",
	 .branch = "pull_request.base.ref|pull_request.base_branch",
	 .commit = "pull_request.merge_commit_sha|pull_request.merged_commit_id|"
		   "pull_request.head.sha",
	 .before = "pull_request.base.sha",
	 .author = "pull_request.user.login|pull_request.user.username",
	 .message = "pull_request.title",
	 .url = "pull_request.html_url"},
	{.type = "create", .repository = "repository.full_name", .commit = "sha"},
	{.type = "release",
	 .repository = "repository.full_name",
	 .tag = "release.tag_name",
	 .author = "release.author.login|release.author.username",
	 .message = "release.name",
	 .url = "release.html_url"},
	{.type = NULL, .repository = "repository.full_name"},
};

/* The newest commit by its id where the sender does not point it out. */
static void
add_head(struct git_facts *f)
{
	struct json_value head = git_commit_of(f->commits, "id", f->commit);
	if (head.kind == JSON_NONE)
		return;
	f->message = json_member(head, "message");
	f->author = fields_find(head, "author.name|author.username");
	f->url = json_member(head, "url");
}

void
payload_hmac_normalise(const struct delivery *d, struct json_value payload,
		       struct provider_fields *out)
{
	struct git_facts f = git_find(maps, d->type, payload);
	if (str_eq(d->type, "create") || str_eq(d->type, "delete")) {
		f.ref = json_find(payload, "ref");
		if (json_is_text(json_find(payload, "ref_type"), "tag"))
			f.tag = f.ref;
		else
			f.branch = f.ref;
	} else if (json_find(payload, "head_commit").kind != JSON_OBJECT) {
		add_head(&f);
	}
	git_put(&out->git, &f);
}

int
payload_hmac_sign(const struct provider_source *src, const char *type, const char *id,
		  struct slice body, int64_t now_us, struct buf *out)
{
	auto_buf payload = BUF_INIT(SIZE_MAX / 2);
	size_t n = strlen(FIELD "=");
	if (body.len >= n && memcmp(body.data, FIELD "=", n) == 0) {
		int rc = form_get(&payload, body.data, body.len, FIELD);
		if (rc < 0)
			return rc;
		body = buf_slice(&payload);
	}
	return plain_hmac_sign(src, type, id, body, now_us, out);
}
