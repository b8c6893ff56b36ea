/*
 * Private to listen/. Bytes in and out of a connection's bufferevent. On plain sockets it
 * writes, and reads bodies, past the bufferevent where that saves turns of the loop: a
 * bufferevent of libevent 2.1 reads at most 4096 bytes a turn, and writes only after
 * another wait.
 */
#ifndef LISTEN_WIRE_H
#define LISTEN_WIRE_H

#include <sys/uio.h>

#include "listen/state.h"

/* fd becomes the bufferevent's, or is closed. */
int wire_open(struct conn *c, evutil_socket_t fd) MUST_CHECK;
void wire_close(struct conn *c);
void wire_read_on(struct conn *c);
void wire_read_off(struct conn *c);
/* What has arrived and lies in one piece; empty when nothing is there. */
struct slice wire_input(const struct conn *c);
void wire_used(struct conn *c, size_t len);
/* Reads past the bufferevent, whose input must be empty. 0: nothing there now (or TLS).
 */
size_t wire_recv(struct conn *c, void *data, size_t size);
/* Throws away what is there, at most a turn's worth; returns how much. */
size_t wire_discard(struct conn *c);
/* Sends or queues all pieces. 0 or -EPIPE. */
int wire_write(struct conn *c, const struct iovec *pieces, int count) MUST_CHECK;
/* Bytes that wait for the peer. */
size_t wire_pending(const struct conn *c);
/* Nothing more will be written. */
void wire_shutdown(struct conn *c);

#endif
