/* Private to listen/. What has to wait for the loop's next turn. */
#ifndef LISTEN_SCHEDULE_H
#define LISTEN_SCHEDULE_H

#include "listen/state.h"

/* conn_run for c, or conn_free when it is dead, at the next turn. */
void schedule_conn(struct conn *c);
/* A turn even if nothing is scheduled: to see whether draining is done. */
void schedule_turn(struct http_server *s);
/* The callback of s->turn. */
void schedule_on_turn(evutil_socket_t fd, short what, void *arg);

#endif
