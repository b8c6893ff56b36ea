/*
 * Bitbucket Cloud.
 * https://support.atlassian.com/bitbucket-cloud/docs/event-payloads/
 * https://support.atlassian.com/bitbucket-cloud/docs/enhanced-webhook-security/
 * The header has the name of GitHub's SHA-1 signature but holds SHA-256. One delivery
 * tells the changes of all refs of a push.
 */
#include "provider/fields.h"
#include "provider/kinds.h"
#include "provider/plain_hmac.h"
#include "provider/signature.h"

static const struct plain_hmac scheme = {
	.signature_header = "X-Hub-Signature",
	.prefix = "sha256=",
	.type_header = "X-Event-Key",
	.id_header = "X-Request-UUID",
	.type = "repo:push",
};

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	(void)diags;
	return plain_hmac_prepare(src, conf, &scheme);
}

/* A deleted ref has only its old side. */
static void
add_change(struct json_value change, struct git_facts *f)
{
	bool is_tag = json_is_text(fields_find(change, "new.type|old.type"), "tag");
	struct json_value name = fields_find(change, "new.name|old.name");
	if (is_tag)
		f->tag = name;
	else
		f->branch = name;
	f->commit = json_find(change, "new.target.hash");
	f->before = json_find(change, "old.target.hash");
	struct json_value author = fields_find(
		change, "new.target.author.user.display_name|new.target.author.raw");
	if (author.kind != JSON_NONE)
		f->author = author;
	f->message = json_find(change, "new.target.message");
	f->url = fields_find(
		change, "new.target.links.html.href|links.html.href|new.links.html.href");
}

/* Of every type that is about a pull request: see github.c. */
static const struct git_map pull_request[] = {
	{.repository = "repository.full_name",
	 .branch = "pullrequest.destination.branch.name",
	 .commit = "pullrequest.merge_commit.hash|pullrequest.source.commit.hash",
	 .before = "pullrequest.destination.commit.hash",
	 .author = "pullrequest.author.display_name|pullrequest.author.nickname",
	 .message = "pullrequest.title",
	 .url = "pullrequest.links.html.href"},
};
static const struct git_map others[] = {
	{.repository = "repository.full_name",
	 .author = "actor.display_name|actor.nickname"},
};

static void
normalise(const struct delivery *d, struct json_value payload,
	  struct provider_fields *out)
{
	(void)d;
	bool is_pull = json_member(payload, "pullrequest").kind == JSON_OBJECT;
	struct git_facts f = git_find(is_pull ? pull_request : others, NULL, payload);
	git_put_changes(&out->git, &f, json_find(payload, "push.changes"), add_change);
}

const struct provider provider_bitbucket = {
	.kind = "bitbucket",
	.summary = "Bitbucket Cloud",
	.needs_secret = true,
	.headers = "X-Hub-Signature, X-Event-Key, X-Request-UUID",
	.algorithm = "HMAC-SHA256 over the raw body, hex, behind \"sha256=\"",
	.deadline = "10 s",
	.fields = "git: repo:push (with several refs branch and tag are lists), all "
		  "pullrequest types; no changed_paths; of others repository and author",
	.example = "bitbucket: {kind: bitbucket, secret: \"${BITBUCKET_SECRET}\"}",
	.setup = "At the repository or workspace, Settings, Webhooks: the URL ends with "
		 "`/hooks/bitbucket`, and a secret is set there; without one Bitbucket "
		 "signs nothing. One push of several refs is one delivery.",
	.prepare = prepare,
	.release = plain_hmac_release,
	.begin = plain_hmac_begin,
	.feed = signature_feed,
	.end = signature_end,
	.abort = signature_abort,
	.read = plain_hmac_read,
	.normalise = normalise,
	.sign = plain_hmac_sign,
};
