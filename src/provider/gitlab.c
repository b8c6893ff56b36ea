/*
 * GitLab: https://docs.gitlab.com/user/project/integrations/webhooks/
 * A secret is either what the hook shows in X-Gitlab-Token or, when it begins with
 * "whsec_", a signing token (as Standard Webhooks has it: HMAC-SHA256 over
 * "id.timestamp.body"). A request may bring both proofs. A signature counts when the
 * source has a signing token, and then nothing else does: a request that was changed
 * cannot fall back to the token that it shows.
 */
#include <errno.h>
#include <string.h>

#include "base/codec.h"
#include "base/mem.h"
#include "provider/common.h"
#include "provider/content.h"
#include "provider/fields.h"
#include "provider/kinds.h"
#include "provider/signature.h"
#include "provider/source.h"
#include "verify/token.h"

#define TOKEN_HEADER	 "X-Gitlab-Token"
#define SIGNATURE_HEADER "webhook-signature"
#define TIME_HEADER	 "webhook-timestamp"
#define ID_HEADER	 "webhook-id"
#define KEY_PREFIX	 "whsec_"

struct gitlab_source {
	struct token_set *tokens; /* owned; NULL: none of the secrets is a plain one */
	struct hmac_key *key;	  /* owned; NULL: none is a signing token */
	struct secret first;	  /* owned; the first plain one, which signing shows */
};

static void
release(void *data)
{
	struct gitlab_source *g = data;
	if (!g)
		return;
	token_set_free(g->tokens);
	hmac_key_free(g->key);
	secret_done(&g->first);
	mem_free(g);
}

/* Decodes a signing token into key. Returns 0, -EINVAL or -ENOMEM. */
static int
decode_key(const struct secret *s, struct secret *key)
{
	size_t n = strlen(KEY_PREFIX);
	auto_buf bytes = BUF_INIT(LIMIT_SECRET_BYTES);
	int rc = base64_decode(&bytes, s->data + n, s->len - n);
	if (rc == 0 && bytes.len == 0)
		rc = -EINVAL;
	if (rc == 0)
		rc = secret_set(key, bytes.data, bytes.len);
	if (bytes.data)
		explicit_bzero(bytes.data, bytes.len);
	return rc;
}

/* Both kinds of secrets, sorted out of the configuration's list. */
struct sorted {
	struct secret plain[LIMIT_SECRETS]; /* shallow copies, borrowed */
	struct secret keys[LIMIT_SECRETS];  /* owned */
	size_t n_plain;
	size_t n_keys;
};

static int
sort_secrets(const struct conf_source *conf, struct sorted *s, struct diag_list *diags)
{
	for (size_t i = 0; i < conf->n_secrets; i++) {
		const struct secret *one = &conf->secrets[i];
		if (!str_starts(one->data, KEY_PREFIX)) {
			s->plain[s->n_plain++] = *one;
			continue;
		}
		int rc = decode_key(one, &s->keys[s->n_keys++]);
		if (rc == -EINVAL)
			diag_error(diags, conf->at,
				   "a secret begins with \"" KEY_PREFIX "\" but what "
				   "follows is not base64");
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int
make_ready(struct gitlab_source *g, const struct sorted *s)
{
	if (s->n_plain > 0) {
		g->tokens = token_set_new(s->plain, s->n_plain);
		if (!g->tokens || secret_copy(&g->first, &s->plain[0]) < 0)
			return -ENOMEM;
	}
	if (s->n_keys > 0) {
		g->key = hmac_key_new(HMAC_SHA256, s->keys, s->n_keys);
		if (!g->key)
			return -ENOMEM;
	}
	return 0;
}

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	struct sorted s = {.n_keys = 0};
	src->data = x_new(struct gitlab_source);
	int rc = src->data ? sort_secrets(conf, &s, diags) : -ENOMEM;
	if (rc == 0)
		rc = make_ready(src->data, &s);
	for (size_t i = 0; i < s.n_keys; i++)
		secret_done(&s.keys[i]);
	return rc;
}

/* Whether the signature decides. */
static bool
is_signed(const struct gitlab_source *g, const struct provider_request *rq)
{
	return g->key && rq->header_count(rq->arg, SIGNATURE_HEADER) > 0;
}

/*
 * The MAC of the one entry of version 1 in "v1,BASE64 v2,...". Entries of other versions
 * are somebody else's.
 */
static enum provider_verdict
read_signature(const char *text, struct signature_mac *ret_mac)
{
	enum provider_verdict verdict = VERDICT_MALFORMED;
	size_t found = 0;
	for (const char *p = text; *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");
		auto_str entry = str_ndup(p, n);
		if (!entry)
			return VERDICT_ERROR;
		p += n;
		if (!str_starts(entry, "v1,"))
			continue;
		verdict = signature_from_base64(entry, "v1,", hmac_length(HMAC_SHA256),
						ret_mac);
		found++;
	}
	return found == 1 ? verdict : VERDICT_MALFORMED;
}

static void *
begin_signature(const struct gitlab_source *g, const struct provider_request *rq,
		enum provider_verdict *ret_early)
{
	char id[LIMIT_SENDER_ID_BYTES + 1];
	char at[32];
	struct signature_mac mac;
	/* a header's text need not outlive the next look-up */
	const char *text = common_header(rq, ID_HEADER, ret_early);
	if (!text)
		return NULL;
	*ret_early = VERDICT_MALFORMED;
	if (snprintf(id, sizeof(id), "%s", text) >= (int)sizeof(id))
		return NULL;
	text = common_header(rq, TIME_HEADER, ret_early);
	if (!text)
		return NULL;
	*ret_early = VERDICT_MALFORMED;
	if (snprintf(at, sizeof(at), "%s", text) >= (int)sizeof(at))
		return NULL;
	text = common_header(rq, SIGNATURE_HEADER, ret_early);
	if (!text)
		return NULL;
	*ret_early = read_signature(text, &mac);
	if (*ret_early == VERDICT_GENUINE)
		*ret_early = signature_time(at, rq->now_us);
	void *state = *ret_early == VERDICT_GENUINE
			      ? signature_begin(g->key, &mac, ret_early)
			      : NULL;
	if (!state)
		return NULL;
	signature_feed(state, id, strlen(id));
	signature_feed(state, ".", 1);
	signature_feed(state, at, strlen(at));
	signature_feed(state, ".", 1);
	return state;
}

/* The state of a request whose token was right. */
static char token_is_right;

static void *
begin_token(const struct gitlab_source *g, const struct provider_request *rq,
	    enum provider_verdict *ret_early)
{
	const char *token = common_header(rq, TOKEN_HEADER, ret_early);
	if (!token)
		return NULL;
	int rc = g->tokens ? token_set_compare(g->tokens, token, strlen(token))
			   : -EBADMSG;
	*ret_early = rc == -EBADMSG ? VERDICT_MISMATCH : VERDICT_ERROR;
	return rc == 0 ? &token_is_right : NULL;
}

static void *
begin(const struct provider_source *src, const struct provider_request *rq,
      enum provider_verdict *ret_early)
{
	const struct gitlab_source *g = src->data;
	return is_signed(g, rq) ? begin_signature(g, rq, ret_early)
				: begin_token(g, rq, ret_early);
}

static void
feed(void *state, const void *data, size_t len)
{
	if (state != &token_is_right)
		signature_feed(state, data, len);
}

static enum provider_verdict
end(void *state, const struct provider_request *rq)
{
	return state == &token_is_right ? VERDICT_GENUINE : signature_end(state, rq);
}

static void
abort_state(void *state)
{
	if (state != &token_is_right)
		signature_abort(state);
}

/*
 * Idempotency-Key stays over the repeats of a delivery; webhook-id is the same text, and
 * signed. X-Gitlab-Event-UUID is no id: all hooks that one change calls share it.
 */
static enum provider_action
read_request(const struct provider_source *src, const struct provider_request *rq,
	     struct delivery *d, struct provider_answer *answer)
{
	const char *id = is_signed(src->data, rq) ? ID_HEADER : "Idempotency-Key";
	enum provider_action action = common_read_type(rq, "X-Gitlab-Event", d, answer);
	if (action == PROVIDER_KEEP && str_is_empty(d->type))
		action = common_refuse(answer, 400, "X-Gitlab-Event is missing");
	if (action == PROVIDER_KEEP)
		action = common_read_id(rq, id, d, answer);
	if (action == PROVIDER_KEEP)
		action = content_read_json(rq, d, answer);
	if (action == PROVIDER_KEEP)
		action = common_set_dedupe_key(d);
	return action;
}

/* By object_kind or, with system hooks, event_name. */
static const struct git_map maps[] = {
	{.type = "push",
	 .repository = "project.path_with_namespace",
	 .ref = "ref",
	 .commit = "after",
	 .before = "before",
	 .author = "user_name|user_username",
	 .url = "project.web_url",
	 .commits = "commits"},
	{.type = "tag_push",
	 .repository = "project.path_with_namespace",
	 .ref = "ref",
	 .commit = "checkout_sha|after",
	 .before = "before",
	 .author = "user_name|user_username",
	 .message = "message",
	 .url = "project.web_url",
	 .commits = "commits"},
	{.type = "merge_request",
	 .repository = "object_attributes.target.path_with_namespace|"
		       "project.path_with_namespace",
	 .branch = "object_attributes.target_branch",
	 .commit = "object_attributes.merge_commit_sha|"
		   "object_attributes.squash_commit_sha|"
		   "object_attributes.last_commit.id",
	 .author = "user.name|user.username",
	 .message = "object_attributes.title",
	 .url = "object_attributes.url"},
	{.type = "pipeline",
	 .repository = "project.path_with_namespace",
	 .branch = "object_attributes.ref",
	 .commit = "object_attributes.sha",
	 .before = "object_attributes.before_sha",
	 .author = "commit.author.name|user.name",
	 .message = "commit.message",
	 .url = "object_attributes.url|commit.url"},
	{.type = "release",
	 .repository = "project.path_with_namespace",
	 .tag = "tag",
	 .commit = "commit.id",
	 .author = "commit.author.name",
	 .message = "name",
	 .url = "url"},
	{.type = NULL, .repository = "project.path_with_namespace"},
};

/* The newest commit, which a push does not point out. */
static void
add_head(struct json_value payload, struct git_facts *f)
{
	struct json_value head = git_commit_of(
		f->commits, "id", fields_find(payload, "checkout_sha|after"));
	if (head.kind == JSON_NONE)
		return;
	if (f->message.kind != JSON_STRING || f->message.raw.len == 2)
		f->message = json_member(head, "message");
	f->author = json_find(head, "author.name");
	f->url = json_member(head, "url");
}

static void
normalise(const struct delivery *d, struct json_value payload,
	  struct provider_fields *out)
{
	(void)d;
	auto_str kind = json_dup_text(fields_find(payload, "object_kind|event_name"));
	struct git_facts f = git_find(maps, kind ? kind : "", payload);
	if (f.commits.kind == JSON_ARRAY)
		add_head(payload, &f);
	if (json_find(payload, "object_attributes.tag").kind == JSON_TRUE) {
		f.tag = f.branch;
		f.branch = (struct json_value){.kind = JSON_NONE};
	}
	git_put(&out->git, &f);
}

/* The lines of a signing token's signature. */
static int
put_signature(const struct gitlab_source *g, const char *id, struct slice body,
	      int64_t now_us, struct buf *out)
{
	uint8_t mac[HMAC_MAX_BYTES];
	auto_str begin = str_format("%s.%lld.", id, (long long)(now_us / 1000000));
	struct hmac *h = begin ? hmac_new(g->key) : NULL;
	if (!h)
		return -ENOMEM;
	hmac_update(h, begin, strlen(begin));
	hmac_update(h, body.data, body.len);
	int n = hmac_final(h, mac);
	hmac_free(h);
	if (n < 0)
		return n;
	buf_printf(out,
		   ID_HEADER ": %s\n" TIME_HEADER ": %lld\n" SIGNATURE_HEADER ": v1,", id,
		   (long long)(now_us / 1000000));
	base64_encode(out, mac, (size_t)n);
	return buf_putc(out, '\n');
}

static int
sign(const struct provider_source *src, const char *type, const char *id,
     struct slice body, int64_t now_us, struct buf *out)
{
	const struct gitlab_source *g = src->data;
	auto_str made_up = id ? NULL : common_uuid();
	if (!id && !made_up)
		return -ENOMEM;
	id = id ? id : made_up;
	int rc = common_put_header(out, "X-Gitlab-Event", type ? type : "Push Hook");
	if (rc == 0)
		rc = common_put_header(out, "Idempotency-Key", id);
	if (rc == 0 && g->tokens)
		rc = strlen(g->first.data) == g->first.len
			     ? common_put_header(out, TOKEN_HEADER, g->first.data)
			     : -EINVAL;
	if (rc == 0 && g->key)
		rc = put_signature(g, id, body, now_us, out);
	return rc;
}

const struct provider provider_gitlab = {
	.kind = "gitlab",
	.summary = "GitLab, gitlab.com and self-managed",
	.needs_secret = true,
	.headers = "X-Gitlab-Token or webhook-signature, webhook-timestamp, webhook-id; "
		   "X-Gitlab-Event, Idempotency-Key",
	.algorithm = "the secret token as it is, or with a signing token (whsec_...) "
		     "HMAC-SHA256 over \"id.timestamp.body\", base64, within 5 minutes",
	.deadline = "10 s",
	.fields =
		"git: push and tag push (changed_paths: of the newest 20 commits, which "
		"is what GitLab tells), merge request, pipeline, release; of others the "
		"repository",
	.example = "gitlab: {kind: gitlab, secret: \"${GITLAB_SECRET}\"}",
	.setup = "At the project or group, Settings, Webhooks: the URL ends with "
		 "`/hooks/gitlab`. With a signing token (it begins with `whsec_`) GitLab "
		 "signs what it sends; the secret token is shown as it is and proves the "
		 "sender only, so use it over TLS. While one replaces the other, list "
		 "both as secrets.",
	.prepare = prepare,
	.release = release,
	.begin = begin,
	.feed = feed,
	.end = end,
	.abort = abort_state,
	.read = read_request,
	.normalise = normalise,
	.sign = sign,
};
