/* A configured source as the providers see it. For the files of this folder. */
#ifndef PROVIDER_SOURCE_H
#define PROVIDER_SOURCE_H

#include "base/limits.h"
#include "provider/provider.h"

struct provider_source {
	const struct provider *provider;
	char *given[LIMIT_OPTIONS]; /* owned; by row of provider->options; NULL: absent */
	void *data;		    /* owned; made by provider->prepare */
};

/* The option's text, its default when it was not given; NULL when it has none. */
const char *source_option(const struct provider_source *src, const char *name);
/* Whether the configuration names it. */
bool source_has_option(const struct provider_source *src, const char *name);

#endif
