#include "listen/accept.h"

#include <errno.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "listen/address.h"
#include "listen/conn.h"
#include "listen/crowd.h"

/*
 * Descriptors are numbered from the lowest free one, so the number of a new connection
 * tells how full the table is, whoever else in the process holds some.
 */
static evutil_socket_t
first_spare(void)
{
	struct rlimit rl = {0};
	if (getrlimit(RLIMIT_NOFILE, &rl) < 0 || rl.rlim_cur >= INT32_MAX)
		return INT32_MAX;
	evutil_socket_t all = (evutil_socket_t)rl.rlim_cur;
	evutil_socket_t spare = all / 4;
	return all - (spare < LIMIT_SPARE_DESCRIPTORS ? spare : LIMIT_SPARE_DESCRIPTORS);
}

static bool
descriptors_are_short(const struct http_server *s)
{
	int fd = fcntl(evconnlistener_get_fd(s->listener), F_DUPFD_CLOEXEC, 0);
	if (fd >= 0)
		close(fd);
	return fd < 0 || fd >= s->first_spare_fd;
}

/* Told once until there was quiet for a while, as it comes and goes many times. */
static void
tell(struct http_server *s, uint64_t *last_us, void (*on_told)(uint64_t, void *))
{
	uint64_t now = clock_mono_us();
	bool again = *last_us > 0 && now - *last_us < LIMIT_PAUSE_QUIET_MS * 1000;
	*last_us = now;
	if (!again && on_told)
		on_told(s->stats.connections, s->arg);
}

static void
pause_accepting(struct http_server *s)
{
	struct timeval tv = {0, LIMIT_PAUSE_MS * 1000};
	if (s->stats.paused || s->draining)
		return;
	/* Without the timer the next connection that closes resumes. */
	evtimer_add(s->pause, &tv);
	evconnlistener_disable(s->listener);
	s->stats.paused = true;
	tell(s, &s->paused_us, s->handler.on_pause);
}

void
accept_resume(struct http_server *s)
{
	if (!s->stats.paused || !s->listener || descriptors_are_short(s))
		return;
	s->paused_us = clock_mono_us();
	s->stats.paused = false;
	evtimer_del(s->pause);
	evconnlistener_enable(s->listener);
}

static void
on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct http_server *s = arg;
	struct timeval tv = {0, LIMIT_PAUSE_MS * 1000};
	(void)fd;
	(void)what;
	for (int i = 0; i < LIMIT_DISPLACED && descriptors_are_short(s); i++) {
		if (!crowd_displace(s, LIMIT_DISPLACE_MS * 1000))
			break;
	}
	accept_resume(s);
	if (s->stats.paused)
		evtimer_add(s->pause, &tv);
}

/*
 * Over the limits: told so, as far as that costs nothing, without reading what it wants.
 * What it sent already is thrown away, or closing would take the answer back.
 */
static void
turn_away(struct http_server *s, evutil_socket_t fd)
{
#define BODY                                                           \
	"{\"type\":\"about:blank\",\"title\":\"Service Unavailable\"," \
	"\"status\":503,\"detail\":\"There are too many connections.\"}"
	_Static_assert(sizeof(BODY) - 1 == 108, "the Content-Length below");
	static const char answer[] = "HTTP/1.1 503 Service Unavailable\r\n"
				     "Content-Type: application/problem+json\r\n"
				     "Content-Length: 108\r\n"
				     "Retry-After: 5\r\n"
				     "Connection: close\r\n\r\n" BODY;
#undef BODY
	char scratch[4 * KIB];
	s->stats.refused_connections++;
	if (!s->tls && send(fd, answer, sizeof(answer) - 1, MSG_NOSIGNAL) > 0) {
		shutdown(fd, SHUT_WR);
		(void)!recv(fd, scratch, sizeof(scratch), 0);
	}
	close(fd);
}

/* For one more. */
static bool
make_room(struct http_server *s)
{
	if (s->stats.connections < s->limits.connections)
		return true;
	tell(s, &s->full_us, s->handler.on_full);
	return crowd_displace(s, 0);
}

static void
on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *sa,
	  int sa_len, void *arg)
{
	struct http_server *s = arg;
	struct address_entry *entry = NULL;
	bool by_address = sa->sa_family == AF_INET || sa->sa_family == AF_INET6;
	(void)listener;
	(void)sa_len;
	s->stats.accepted++;
	bool has_room = make_room(s);
	if (has_room && by_address)
		entry = address_take(s->addresses, sa, s->limits.connections_per_address);
	if (!has_room || (by_address && !entry))
		turn_away(s, fd);
	else
		(void)!conn_new(s, fd, sa, entry);
	if (fd >= s->first_spare_fd)
		pause_accepting(s);
}

/* accept failed: mostly for want of descriptors (or memory), which would only repeat. */
static void
on_accept_error(struct evconnlistener *listener, void *arg)
{
	(void)listener;
	pause_accepting(arg);
}

int
accept_start(struct http_server *s, int fd)
{
	s->first_spare_fd = first_spare();
	s->pause = evtimer_new(s->base, on_pause_over, s);
	if (s->pause)
		s->listener =
			evconnlistener_new(s->base, on_accept, s,
					   LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
					   LIMIT_LISTEN_BACKLOG, fd);
	if (!s->listener) {
		int rc = errno ? -errno : -ENOMEM;
		close(fd);
		return rc;
	}
	evconnlistener_set_error_cb(s->listener, on_accept_error);
	return 0;
}

void
accept_stop(struct http_server *s)
{
	if (s->listener) {
		evconnlistener_free(s->listener);
		if (s->unix_path)
			unlink(s->unix_path);
	}
	s->listener = NULL;
	if (s->pause)
		event_free(s->pause);
	s->pause = NULL;
	s->stats.paused = false;
}
