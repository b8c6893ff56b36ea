/*
 * GitLab CI: jobs that show an ID token.
 * https://docs.gitlab.com/ci/secrets/id_token_authentication/
 */
#include "provider/bearer.h"
#include "provider/kinds.h"
#include "provider/shown.h"

static const struct provider_option options[] = {
	{"issuer", false, NULL, "https://gitlab.com",
	 "the token's `iss`: the URL of the GitLab instance", SHAPE_NAME},
	{"audience", true, NULL, NULL, "what the token's `aud` is, or holds", SHAPE_NAME},
	{"claims", true, NULL, NULL, BEARER_CLAIMS_HELP, SHAPE_TEXT},
	BEARER_JWKS_OPTION,
	GENERIC_OPTIONS,
	{0},
};

const struct provider provider_gitlab_ci = {
	.kind = "gitlab-ci",
	.summary = "jobs of GitLab CI with an ID token",
	.options = options,
	.needs_secret = true,
	.headers = "Authorization",
	.algorithm = "a JWT as bearer token (RS256), checked as that of kind jwt",
	.example = "pipelines: {kind: gitlab-ci, secret: "
		   "\"${file:secrets/gitlab.jwks}\", audience: forgebridge, "
		   "claims: \"project_path=acme/shop, ref_protected=true\", "
		   "type: deploy}",
	.setup = "The secret is the JWKS of the instance: `curl -o "
		 "gitlab.jwks https://gitlab.com/oauth/discovery/keys`. The "
		 "job defines `id_tokens: BRIDGE: aud: forgebridge` and "
		 "sends `Authorization: Bearer $BRIDGE`. Every project of "
		 "the instance gets tokens for any audience: the claims say "
		 "whose are taken, so name at least `project_path` or "
		 "`namespace_path`. Useful ones: `project_path`, `ref`, "
		 "`ref_protected`, `environment`, `pipeline_source`. The "
		 "type is that of the source; without `id_header` two equal "
		 "bodies within a day are one delivery, so let the job name "
		 "its run there. A token proves the sender, not the body: "
		 "use it over TLS only.",
	.prepare = bearer_prepare,
	.release = bearer_release,
	.begin = bearer_begin,
	.feed = shown_feed,
	.end = shown_end,
	.abort = shown_abort,
	.read = bearer_read,
	.sign = bearer_sign,
};
