/* Private to listen/. One connection: its states, deadlines and input. */
#ifndef LISTEN_CONN_H
#define LISTEN_CONN_H

#include "listen/state.h"

/* Takes fd over (closes it on failure too). NULL when memory is short. */
struct conn *conn_new(struct http_server *s, evutil_socket_t fd,
		      const struct sockaddr *peer,
		      struct address_entry *address) MUST_CHECK;
/* on_end for a request under way, then everything is closed. Not from its own callbacks.
 */
void conn_free(struct conn *c);
const char *conn_state_name(enum conn_state state);
void conn_set_state(struct conn *c, enum conn_state to);
/* Goes as far as it can; harmless while conn_run is at work already. */
void conn_run(struct conn *c);
/* Answers with a problem and closes gently; the request, if any, is over. */
void conn_refuse(struct conn *c, int status, const char *detail);
/* The body of the request was wanted: reading it begins. */
void conn_start_body(struct conn *c, uint64_t limit);

#endif
