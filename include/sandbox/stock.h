/*
 * What is there from the beginning, without anybody having made it: the world's
 * providers, permissions and recipes, an organisation's credential, a server's PHP, a
 * site's domain. All return 0 or -ENOMEM.
 */
#ifndef SANDBOX_STOCK_H
#define SANDBOX_STOCK_H

#include "base/attr.h"
#include "sandbox/world.h"

int stock_world(struct world *w) MUST_CHECK;
int stock_organization(struct world *w, struct world_org *org) MUST_CHECK;
int stock_server(struct world *w, struct world_server *server) MUST_CHECK;
int stock_site(struct world *w, struct world_site *site) MUST_CHECK;

#endif
