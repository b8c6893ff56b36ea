/* Vercel: https://vercel.com/docs/webhooks/webhooks-api */
#include "provider/fields.h"
#include "provider/kinds.h"
#include "provider/plain_hmac.h"
#include "provider/signature.h"

static const struct plain_hmac scheme = {
	.signature_header = "x-vercel-signature",
	.prefix = "",
	.type_path = "type",
	.id_path = "id",
	.sha1 = true,
};

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	(void)diags;
	return plain_hmac_prepare(src, conf, &scheme);
}

#define META "payload.deployment.meta."
#define EACH_HOST(name) \
	META "github" name "|" META "gitlab" name "|" META "bitbucket" name

static const struct git_map maps[] = {
	{.repository = META "gitlabProjectPath",
	 .branch = EACH_HOST("CommitRef"),
	 .commit = EACH_HOST("CommitSha"),
	 .author = EACH_HOST("CommitAuthorName"),
	 .message = EACH_HOST("CommitMessage"),
	 .url = "payload.links.deployment"},
};

/* Which commit a deployment is of is told in words of the git host. */
static void
normalise(const struct delivery *d, struct json_value payload,
	  struct provider_fields *out)
{
	(void)d;
	auto_buf name = BUF_INIT(SIZE_MAX / 2);
	struct git_facts f = git_find(maps, NULL, payload);
	struct json_value joined = git_join(
		&name, fields_find(payload, META "githubOrg|" META "bitbucketRepoOwner"),
		fields_find(payload, META "githubRepo|" META "bitbucketRepoName"));
	if (joined.kind == JSON_STRING)
		f.repository = joined;
	git_put(&out->git, &f);
}

const struct provider provider_vercel = {
	.kind = "vercel",
	.summary = "Vercel",
	.needs_secret = true,
	.headers = "x-vercel-signature",
	.algorithm = "HMAC-SHA1 over the raw body, hex; type and id are the body's",
	.fields = "git: of deployments from GitHub, GitLab or Bitbucket; no before, tag "
		  "and changed_paths",
	.example = "vercel: {kind: vercel, secret: \"${VERCEL_SECRET}\"}",
	.setup = "At the team's Settings, Webhooks: the endpoint URL ends with "
		 "`/hooks/vercel`. The secret is shown once, when the webhook is made; "
		 "for an integration it is the client secret.",
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
