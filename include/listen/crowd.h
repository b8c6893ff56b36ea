/*
 * Private to listen/. Who goes when there are too many connections: the one that has
 * waited longest for its peer, be it for a request, for the rest of a head or body, or
 * for the peer to hang up. A good sender needs milliseconds for a request, so who opens
 * connections only to hold them displaces others of the kind. A connection whose request
 * is complete, or whose answer is on its way, is never displaced.
 */
#ifndef LISTEN_CROWD_H
#define LISTEN_CROWD_H

#include "base/attr.h"
#include "listen/state.h"

/* The connection waits for its peer from now on. */
void crowd_join(struct conn *c);
/* It does no longer. Harmless when it did not. */
void crowd_leave(struct conn *c);
/*
 * Closes the one that has waited longest, if that is at least age_us; who may be
 * listening is told 503. false: there is none.
 */
bool crowd_displace(struct http_server *s, uint64_t age_us) MUST_CHECK;

#endif
