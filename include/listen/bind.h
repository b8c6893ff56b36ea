/* Private to listen/. Listening sockets: by address, by name, by path. */
#ifndef LISTEN_BIND_H
#define LISTEN_BIND_H

#include <stdint.h>
#include <sys/socket.h>

#include "base/attr.h"

/*
 * A non-blocking socket bound to host and port (0: any), not yet listening. -1 on failure
 * with the reason in *ret_error (str_free). Looks names up, so only for starting.
 */
int bind_tcp(const char *host, uint16_t port, char **ret_error) MUST_CHECK;
/* The same for a path; a socket that nobody listens on any more is replaced. */
int bind_unix(const char *path, char **ret_error) MUST_CHECK;
/* "127.0.0.1:8080", "[::1]:8080", "unix:/path"; NULL when memory is short. */
char *bind_name(int fd) MUST_CHECK;
/* The address without the port, "unix" for that family, "" when it is no address. */
void bind_peer_name(const struct sockaddr *sa, char *text, socklen_t size);

#endif
