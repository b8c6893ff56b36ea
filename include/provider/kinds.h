/* Every provider, each in src/provider/<kind>.c; the table is src/provider/table.c. */
#ifndef PROVIDER_KINDS_H
#define PROVIDER_KINDS_H

#include "provider/provider.h"

extern const struct provider provider_github;
extern const struct provider provider_hmac;
extern const struct provider provider_token;

#endif
