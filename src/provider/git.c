/*
 * A plain git repository whose post-receive hook sends: deploy/git-hooks/post-receive, or
 * `forgebridge send --git-hook`. One delivery a ref; docs/GIT.md has the body's members.
 */
#include "provider/fields.h"
#include "provider/kinds.h"
#include "provider/plain_hmac.h"
#include "provider/signature.h"

static const struct plain_hmac scheme = {
	.signature_header = "X-Git-Signature",
	.prefix = "sha256=",
	.type_header = "X-Git-Event",
	.id_header = "X-Git-Delivery",
	.type = "push",
};

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	(void)diags;
	return plain_hmac_prepare(src, conf, &scheme);
}

static const struct git_map maps[] = {
	{.repository = "repository",
	 .ref = "ref",
	 .commit = "commit|after", /* of an annotated tag the commit, not the tag */
	 .before = "before",
	 .author = "author|pusher",
	 .message = "message",
	 .commits = "commits"},
};

static void
normalise(const struct delivery *d, struct json_value payload,
	  struct provider_fields *out)
{
	(void)d;
	struct git_facts f = git_find(maps, NULL, payload);
	git_put(&out->git, &f);
}

const struct provider provider_git = {
	.kind = "git",
	.summary = "a plain git repository with the hook deploy/git-hooks/post-receive",
	.needs_secret = true,
	.headers = "X-Git-Signature, X-Git-Event, X-Git-Delivery",
	.algorithm = "HMAC-SHA256 over the raw body, hex, behind \"sha256=\"",
	.fields = "git: push (of branches and tags, also deletions)",
	.example = "repo: {kind: git, secret: \"${GIT_SECRET}\"}",
	.setup = "[GIT.md](GIT.md) has the hook's installation and the members of the "
		 "body.",
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
