/*
 * Bitbucket Server and Data Center.
 * https://confluence.atlassian.com/bitbucketserver/event-payload-938025882.html
 * "Test connection" sends diagnostics:ping, with some versions unsigned even where a
 * secret is set. Such a ping is answered and never kept, so it proves nothing and needs
 * no proof; a signature that it does have must be right.
 */
#include "provider/common.h"
#include "provider/fields.h"
#include "provider/kinds.h"
#include "provider/plain_hmac.h"
#include "provider/signature.h"

#define TYPE_HEADER	 "X-Event-Key"
#define SIGNATURE_HEADER "X-Hub-Signature"

static const struct plain_hmac scheme = {
	.signature_header = SIGNATURE_HEADER,
	.prefix = "sha256=",
	.type_header = TYPE_HEADER,
	.id_header = "X-Request-Id",
	.type = "repo:refs_changed",
};

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	(void)diags;
	return plain_hmac_prepare(src, conf, &scheme);
}

static bool
is_ping(const struct provider_request *rq)
{
	enum provider_verdict verdict = VERDICT_GENUINE;
	const char *type = common_header(rq, TYPE_HEADER, &verdict);
	return str_eq(type, "diagnostics:ping");
}

/* The state of a ping without a signature. */
static char unsigned_ping;

static void *
begin(const struct provider_source *src, const struct provider_request *rq,
      enum provider_verdict *ret_early)
{
	if (is_ping(rq) && rq->header_count(rq->arg, SIGNATURE_HEADER) == 0)
		return &unsigned_ping;
	return plain_hmac_begin(src, rq, ret_early);
}

static void
feed(void *state, const void *data, size_t len)
{
	if (state != &unsigned_ping)
		signature_feed(state, data, len);
}

static enum provider_verdict
end(void *state, const struct provider_request *rq)
{
	return state == &unsigned_ping ? VERDICT_GENUINE : signature_end(state, rq);
}

static void
abort_state(void *state)
{
	if (state != &unsigned_ping)
		signature_abort(state);
}

static enum provider_action
read_request(const struct provider_source *src, const struct provider_request *rq,
	     struct delivery *d, struct provider_answer *answer)
{
	if (!is_ping(rq))
		return plain_hmac_read(src, rq, d, answer);
	if (str_set(&d->type, "diagnostics:ping") < 0)
		return PROVIDER_ERROR;
	answer->status = 200;
	return PROVIDER_ANSWER;
}

static void
add_change(struct json_value change, struct git_facts *f)
{
	f->ref = fields_find(change, "ref.id|refId");
	f->commit = json_find(change, "toHash");
	f->before = json_find(change, "fromHash");
}

/* A deletion names the zeros in toHash. Version 8 and later tell the commits, too. */
static const struct git_map push[] = {
	{.author = "toCommit.author.displayName|toCommit.author.name|actor.displayName|"
		   "actor.name",
	 .message = "toCommit.message"},
};
static const struct git_map pull_request[] = {
	{.ref = "pullRequest.toRef.id",
	 .commit = "pullRequest.properties.mergeCommit.id|"
		   "pullRequest.fromRef.latestCommit",
	 .before = "pullRequest.toRef.latestCommit",
	 .author = "pullRequest.author.user.displayName|pullRequest.author.user.name",
	 .message = "pullRequest.title",
	 .url = "pullRequest.links.self[0].href"},
};

/* A repository is known by its project's key and its slug: "PROJ/shop". */
static void
normalise(const struct delivery *d, struct json_value payload,
	  struct provider_fields *out)
{
	(void)d;
	auto_buf name = BUF_INIT(SIZE_MAX / 2);
	bool is_pull = json_member(payload, "pullRequest").kind == JSON_OBJECT;
	struct git_facts f = git_find(is_pull ? pull_request : push, NULL, payload);
	struct json_value repository = json_find(
		payload, is_pull ? "pullRequest.toRef.repository" : "repository");
	f.repository = git_join(&name, json_find(repository, "project.key"),
				json_find(repository, "slug"));
	git_put_changes(&out->git, &f, json_member(payload, "changes"), add_change);
}

const struct provider provider_bitbucket_server = {
	.kind = "bitbucket-server",
	.summary = "Bitbucket Server and Data Center",
	.needs_secret = true,
	.headers = "X-Hub-Signature, X-Event-Key, X-Request-Id",
	.algorithm = "HMAC-SHA256 over the raw body, hex, behind \"sha256=\"; a "
		     "diagnostics:ping may come without and is answered 200, not kept",
	.deadline = "10 s",
	.fields = "git: repo:refs_changed (with several refs branch and tag are lists), "
		  "all pr types; no changed_paths",
	.example =
		"bitbucket-dc: {kind: bitbucket-server, secret: \"${BITBUCKET_SECRET}\"}",
	.setup = "At the repository or project, Settings, Webhooks: the URL ends with "
		 "`/hooks/bitbucket-dc`, with a secret. \"Test connection\" is answered "
		 "200 when the bridge can be reached. A repository is known by its "
		 "project's key and its slug, `SHOP/web`.",
	.prepare = prepare,
	.release = plain_hmac_release,
	.begin = begin,
	.feed = feed,
	.end = end,
	.abort = abort_state,
	.read = read_request,
	.normalise = normalise,
	.sign = plain_hmac_sign,
};
