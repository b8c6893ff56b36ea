/* The table of providers: one row a kind, in the order of the documentation. */
#include "provider/kinds.h"

static const struct provider *const providers[] = {
	/* git hosts */
	&provider_github,
	&provider_gitlab,
	&provider_bitbucket,
	&provider_bitbucket_server,
	&provider_gitea,
	&provider_forgejo,
	&provider_gogs,
	&provider_azure_devops,
	&provider_git,
	/* CI */
	&provider_circleci,
	&provider_github_actions,
	&provider_gitlab_ci,
	/* chats */
	&provider_slack,
	&provider_discord,
	&provider_mattermost,
	&provider_teams,
	&provider_telegram,
	&provider_rocket_chat,
	&provider_google_chat,
	/* operations */
	&provider_standard_webhooks,
	&provider_svix,
	&provider_stripe,
	&provider_shopify,
	&provider_sentry,
	&provider_pagerduty,
	&provider_grafana,
	&provider_alertmanager,
	&provider_docker_hub,
	&provider_registry,
	&provider_sns,
	&provider_vercel,
	&provider_linear,
	&provider_cloudevents,
	&provider_forge,
	/* any sender */
	&provider_hmac,
	&provider_token,
	&provider_basic,
	&provider_jwt,
	&provider_http_signature,
	NULL,
};

const struct provider *const *
provider_all(void)
{
	return providers;
}

const struct provider *
provider_find(const char *kind)
{
	for (const struct provider *const *p = providers; *p; p++) {
		if (str_eq((*p)->kind, kind))
			return *p;
	}
	return NULL;
}

void
provider_put_unknown(const char *kind, struct buf *out)
{
	const char *names[ARRAY_LEN(providers)] = {NULL};
	size_t n = 0;
	for (const struct provider *const *p = providers; *p; p++)
		names[n++] = (*p)->kind;
	const char *near = str_nearest(kind, names, n);
	buf_printf(out, "unknown kind \"%s\"; ", kind);
	if (near)
		buf_printf(out, "did you mean \"%s\"?", near);
	for (size_t i = 0; !near && i < n; i++)
		buf_printf(out, "%s%s", i == 0 ? "expected one of " : ", ", names[i]);
}
