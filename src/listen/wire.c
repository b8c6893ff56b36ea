#include "listen/wire.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/limits.h"
#include "listen/tls.h"

int
wire_open(struct conn *c, evutil_socket_t fd)
{
	struct event_base *base = c->server->base;
	c->fd = fd;
	if (!c->server->tls) {
		c->bev = bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
	} else {
		c->ssl = tls_session(c->server->tls);
		if (!c->ssl) {
			close(fd);
			return -ENOMEM;
		}
		c->bev = bufferevent_openssl_socket_new(base, fd, c->ssl,
							BUFFEREVENT_SSL_ACCEPTING,
							BEV_OPT_CLOSE_ON_FREE);
		if (c->bev) /* the end of a body is known by its length, not by this */
			bufferevent_openssl_set_allow_dirty_shutdown(c->bev, 1);
	}
	if (c->bev)
		return 0;
	close(fd);
	return -ENOMEM;
}

void
wire_close(struct conn *c)
{
	if (c->bev)
		bufferevent_free(c->bev);
	c->bev = NULL;
	c->ssl = NULL;
}

void
wire_read_on(struct conn *c)
{
	if (!c->reading && !c->eof)
		c->reading = bufferevent_enable(c->bev, EV_READ) == 0;
}

void
wire_read_off(struct conn *c)
{
	if (c->reading)
		bufferevent_disable(c->bev, EV_READ);
	c->reading = false;
}

struct slice
wire_input(const struct conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	size_t len = evbuffer_get_contiguous_space(in);
	if (len == 0)
		return (struct slice){NULL, 0};
	return (struct slice){(const char *)evbuffer_pullup(in, (ev_ssize_t)len), len};
}

void
wire_used(struct conn *c, size_t len)
{
	evbuffer_drain(bufferevent_get_input(c->bev), len);
}

size_t
wire_recv(struct conn *c, void *data, size_t size)
{
	if (c->ssl || c->eof || size == 0)
		return 0;
	/* An end or an error is left for the bufferevent to find. */
	ssize_t n = recv(c->fd, data, size, MSG_DONTWAIT);
	return n > 0 ? (size_t)n : 0;
}

size_t
wire_discard(struct conn *c)
{
	struct evbuffer *in = bufferevent_get_input(c->bev);
	size_t len = evbuffer_get_length(in);
	evbuffer_drain(in, len);
	if (c->ssl || c->eof || !c->more_likely)
		return len;
	/* TCP throws away instead of copying when asked to; other sockets need a buffer.
	 */
	char scratch[4 * KIB];
	bool tcp = !c->server->unix_path;
	size_t size = tcp ? LIMIT_READ_STEP : sizeof(scratch);
	ssize_t n = recv(c->fd, tcp ? NULL : scratch, size,
			 tcp ? MSG_DONTWAIT | MSG_TRUNC : MSG_DONTWAIT);
	return len + (n > 0 ? (size_t)n : 0);
}

/* Queues what of the pieces lies behind the first `sent` bytes. */
static int
queue(struct conn *c, const struct iovec *pieces, int count, size_t sent)
{
	for (int i = 0; i < count; i++) {
		size_t skip = sent < pieces[i].iov_len ? sent : pieces[i].iov_len;
		const char *from = pieces[i].iov_base;
		size_t left = pieces[i].iov_len - skip;
		sent -= skip;
		if (left > 0 && bufferevent_write(c->bev, from + skip, left) < 0)
			return -EPIPE;
	}
	return 0;
}

int
wire_write(struct conn *c, const struct iovec *pieces, int count)
{
	size_t sent = 0;
	if (!c->ssl && wire_pending(c) == 0) {
		struct msghdr msg = {.msg_iovlen = (size_t)count};
		msg.msg_iov = (struct iovec *)(uintptr_t)pieces;
		ssize_t n = sendmsg(c->fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return -EPIPE;
		sent = n > 0 ? (size_t)n : 0;
	}
	return queue(c, pieces, count, sent);
}

size_t
wire_pending(const struct conn *c)
{
	return evbuffer_get_length(bufferevent_get_output(c->bev));
}

void
wire_shutdown(struct conn *c)
{
	if (c->ssl)
		tls_close_notify(c->ssl);
	shutdown(c->fd, SHUT_WR);
}
