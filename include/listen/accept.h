/*
 * Private to listen/. Accepting connections, and when not to: over the limits, when
 * descriptors are short, while draining.
 */
#ifndef LISTEN_ACCEPT_H
#define LISTEN_ACCEPT_H

#include "listen/state.h"

/* Begins to listen on fd, which it takes over. 0 or -errno. */
int accept_start(struct http_server *s, int fd) MUST_CHECK;
void accept_stop(struct http_server *s);
/* A connection was closed: its descriptor may be the one that was missing. */
void accept_resume(struct http_server *s);

#endif
