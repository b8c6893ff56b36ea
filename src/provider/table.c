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
	/* any sender */
	&provider_hmac,
	&provider_token,
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

const char *
provider_nearest(const char *kind)
{
	const char *names[ARRAY_LEN(providers)];
	size_t n = 0;
	for (const struct provider *const *p = providers; *p; p++)
		names[n++] = (*p)->kind;
	return str_nearest(kind, names, n);
}
