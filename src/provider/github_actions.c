/*
 * GitHub Actions: jobs that show their OpenID Connect token.
 * https://docs.github.com/en/actions/reference/security/oidc
 */
#include "provider/bearer.h"
#include "provider/kinds.h"
#include "provider/shown.h"

static const struct provider_option options[] = {
	{"issuer", false, NULL, "https://token.actions.githubusercontent.com",
	 "the token's `iss`; of GitHub Enterprise Server "
	 "`https://HOST/_services/token`",
	 SHAPE_NAME},
	{"audience", true, NULL, NULL, "what the token's `aud` is, or holds", SHAPE_NAME},
	{"claims", true, NULL, NULL, BEARER_CLAIMS_HELP, SHAPE_TEXT},
	BEARER_JWKS_OPTION,
	GENERIC_OPTIONS,
	{0},
};

const struct provider provider_github_actions = {
	.kind = "github-actions",
	.summary = "jobs of GitHub Actions with an OpenID Connect token",
	.options = options,
	.needs_secret = true,
	.headers = "Authorization",
	.algorithm = "a JWT as bearer token (RS256), checked as that of kind jwt",
	.example = "actions: {kind: github-actions, secret: "
		   "\"${file:secrets/github.jwks}\", audience: forgebridge, "
		   "claims: \"repository=acme/shop, ref=refs/heads/main\", "
		   "type: deploy}",
	.setup = "The secret is the JWKS of GitHub: `curl -o github.jwks "
		 "https://token.actions.githubusercontent.com/.well-known/jwks`."
		 " The job needs `permissions: id-token: write` and asks for"
		 " a token with the audience of the source "
		 "(`core.getIDToken('forgebridge')`). Every repository on "
		 "GitHub gets tokens of this issuer for any audience: the "
		 "claims say whose are taken, so name at least `repository` "
		 "or `repository_owner`. Useful ones: `repository`, `ref`, "
		 "`environment`, `event_name`, `job_workflow_ref`. The type "
		 "is that of the source; without `id_header` two equal "
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
