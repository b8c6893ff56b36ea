#include "listen/bind.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/str.h"

static int
open_socket(int family)
{
	return socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static int
bind_address(const struct addrinfo *ai)
{
	int on = 1;
	int fd = open_socket(ai->ai_family);
	if (fd < 0)
		return -1;
	/* Connections inherit TCP_NODELAY from the socket that accepts them. */
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
	    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
	    bind(fd, ai->ai_addr, ai->ai_addrlen) == 0)
		return fd;
	int saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

int
bind_tcp(const char *host, uint16_t port, char **ret_error)
{
	struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
				 .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	char service[8];
	snprintf(service, sizeof(service), "%u", (unsigned)port);
	int rc = getaddrinfo(host, service, &hints, &found);
	if (rc != 0) {
		*ret_error =
			str_format("cannot listen on %s: %s", host, gai_strerror(rc));
		return -1;
	}
	int fd = -1;
	for (const struct addrinfo *ai = found; ai && fd < 0; ai = ai->ai_next)
		fd = bind_address(ai);
	if (fd < 0)
		*ret_error = str_format("cannot listen on %s port %u: %s", host,
					(unsigned)port, strerror(errno));
	freeaddrinfo(found);
	return fd;
}

/* A socket file is left behind by a crash; one that still answers is somebody's. */
static bool
is_abandoned(const struct sockaddr_un *un)
{
	struct stat st;
	if (lstat(un->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return false;
	int fd = open_socket(AF_UNIX);
	if (fd < 0)
		return false;
	bool refused = connect(fd, (const struct sockaddr *)un, sizeof(*un)) < 0 &&
		       errno == ECONNREFUSED;
	close(fd);
	return refused;
}

int
bind_unix(const char *path, char **ret_error)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	size_t len = strlen(path);
	if (len == 0 || len >= sizeof(un.sun_path)) {
		*ret_error = str_format("cannot listen on unix:%s: the path is %s", path,
					len == 0 ? "empty" : "too long");
		return -1;
	}
	memcpy(un.sun_path, path, len + 1);
	if (is_abandoned(&un))
		unlink(path);
	int fd = open_socket(AF_UNIX);
	if (fd >= 0 && bind(fd, (const struct sockaddr *)&un, sizeof(un)) == 0)
		return fd;
	*ret_error = str_format("cannot listen on unix:%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Every kind of address that is bound here, without casts between them. */
union any_address {
	struct sockaddr sa;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
	struct sockaddr_un un;
};

char *
bind_name(int fd)
{
	union any_address any = {0};
	socklen_t len = sizeof(any);
	char host[INET6_ADDRSTRLEN];
	if (getsockname(fd, &any.sa, &len) < 0)
		return NULL;
	if (any.sa.sa_family == AF_UNIX)
		return str_format("unix:%s", any.un.sun_path);
	bind_peer_name(&any.sa, host, sizeof(host));
	if (any.sa.sa_family == AF_INET6)
		return str_format("[%s]:%u", host, (unsigned)ntohs(any.in6.sin6_port));
	return str_format("%s:%u", host, (unsigned)ntohs(any.in.sin_port));
}

void
bind_peer_name(const struct sockaddr *sa, char *text, socklen_t size)
{
	const struct sockaddr_in6 *in6 = (const void *)sa;
	const void *address = NULL;
	int family = sa->sa_family;
	text[0] = '\0';
	if (family == AF_INET) {
		address = &((const struct sockaddr_in *)(const void *)sa)->sin_addr;
	} else if (family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
		family = AF_INET;
		address = in6->sin6_addr.s6_addr + 12;
	} else if (family == AF_INET6) {
		address = &in6->sin6_addr;
	}
	if (address)
		inet_ntop(family, address, text, size);
	else if (family == AF_UNIX)
		snprintf(text, size, "unix");
}
