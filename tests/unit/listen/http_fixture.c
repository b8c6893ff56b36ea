#include "http_fixture.h"

#include <arpa/inet.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"

#define PATIENCE_S 10

/* --- the handler -------------------------------------------------------------------- */

static void
reply_large(struct http_request *rq, size_t len)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	const size_t all = sizeof(letters) - 1;
	auto_buf body = BUF_INIT(64 * MIB);
	for (size_t left = len; left > 0; left -= left < all ? left : all)
		buf_append(&body, letters, left < all ? left : all);
	http_reply(rq, 200, "text/plain", buf_str(&body), body.len);
}

static void
on_headers(struct http_request *rq, void *arg)
{
	struct fixture *f = arg;
	struct slice path = http_path(rq);
	f->heads++;
	if (slice_eq_str(path, "/deny"))
		http_problem(rq, 403, "This address may not.");
	else if (slice_eq_str(path, "/undecided"))
		f->held = rq;
	else if (slice_eq_str(path, "/empty"))
		http_reply(rq, 204, NULL, NULL, 0);
	else if (slice_eq_str(path, "/large"))
		reply_large(rq, f->large);
	else if (slice_eq_str(path, "/abort"))
		http_abort(rq);
	else if (slice_eq_str(path, "/echo") || slice_eq_str(path, "/hold") ||
		 slice_eq_str(path, "/stop"))
		http_want_body(rq, f->limit);
	else
		http_problem(rq, 404, NULL);
}

static void
on_body(struct http_request *rq, const void *data, size_t len, void *arg)
{
	struct fixture *f = arg;
	struct slice body = http_body(rq);
	f->pieces++;
	assert_true(len > 0);
	assert_memory_equal(body.data + body.len - len, data, len);
	if (slice_eq_str(http_path(rq), "/stop"))
		http_problem(rq, 401, NULL);
}

static void
on_complete(struct http_request *rq, void *arg)
{
	struct fixture *f = arg;
	struct slice body = http_body(rq);
	f->completes++;
	if (slice_eq_str(http_path(rq), "/hold"))
		f->held = rq;
	else
		http_reply(rq, 200, "text/plain", body.data, body.len);
}

static void
on_end(struct http_request *rq, void *arg)
{
	struct fixture *f = arg;
	f->ends++;
	if (f->held == rq)
		f->held = NULL;
}

static void
on_pause(uint64_t connections, void *arg)
{
	struct fixture *f = arg;
	(void)connections;
	f->pauses++;
}

static void
on_full(uint64_t connections, void *arg)
{
	struct fixture *f = arg;
	(void)connections;
	f->fulls++;
}

/* --- the server --------------------------------------------------------------------- */

void
fixture_init(struct fixture *f)
{
	*f = (struct fixture){.limit = 1 * MIB};
	f->options = (struct http_server_options){.name = "test", .host = "127.0.0.1"};
}

static void
on_alarm(evutil_socket_t fd, short what, void *arg)
{
	struct fixture *f = arg;
	(void)fd;
	(void)what;
	f->late = true;
}

void
fixture_start(struct fixture *f)
{
	static const struct http_handler handler = {on_headers, on_body,  on_complete,
						    on_end,	on_pause, on_full};
	char *error = NULL;
	f->base = event_base_new();
	assert_non_null(f->base);
	f->alarm = evtimer_new(f->base, on_alarm, f);
	f->server = http_server_new(f->base, &f->options, &handler, f, &error);
	if (!f->server)
		fail_msg("%s", error);
}

void
fixture_done(struct fixture *f)
{
	http_server_free(f->server);
	assert_int_equal(f->heads, f->ends);
	fixture_turn(f); /* bufferevents end in a turn of their own */
	event_free(f->alarm);
	event_base_free(f->base);
}

void
fixture_wait(struct fixture *f, bool (*done)(void *arg), void *arg, const char *what)
{
	struct timeval tv = {PATIENCE_S, 0};
	f->late = false;
	evtimer_add(f->alarm, &tv);
	while (!done(arg)) {
		if (f->late)
			fail_msg("waited in vain for %s", what);
		event_base_loop(f->base, EVLOOP_ONCE);
	}
	evtimer_del(f->alarm);
}

void
fixture_turn(struct fixture *f)
{
	event_base_loop(f->base, EVLOOP_NONBLOCK);
}

static bool
is_held(void *arg)
{
	return ((struct fixture *)arg)->held;
}

void
fixture_wait_held(struct fixture *f)
{
	fixture_wait(f, is_held, f, "a request to be held");
}

struct count {
	struct fixture *f;
	unsigned n;
};

static bool
has_ended(void *arg)
{
	struct count *count = arg;
	return count->f->ends == count->n;
}

void
fixture_wait_ends(struct fixture *f, unsigned n)
{
	fixture_wait(f, has_ended, &(struct count){f, n}, "requests to end");
}

static bool
has_connections(void *arg)
{
	struct count *count = arg;
	return fixture_stats(count->f).connections == count->n;
}

void
fixture_wait_connections(struct fixture *f, unsigned n)
{
	fixture_wait(f, has_connections, &(struct count){f, n}, "connections");
}

struct http_server_stats
fixture_stats(const struct fixture *f)
{
	struct http_server_stats stats;
	http_server_get_stats(f->server, &stats);
	return stats;
}

int
fixture_port(const struct fixture *f)
{
	const char *colon = strrchr(http_server_address(f->server), ':');
	uint32_t port = 0;
	assert_int_equal(parse_u32(colon + 1, 1, 65535, &port), 0);
	return (int)port;
}

/* --- clients ------------------------------------------------------------------------ */

static void
on_peer_read(struct bufferevent *bev, void *arg)
{
	struct peer *p = arg;
	struct evbuffer *in = bufferevent_get_input(bev);
	size_t len = evbuffer_get_length(in);
	assert_int_equal(buf_append(&p->in, evbuffer_pullup(in, -1), len), 0);
	evbuffer_drain(in, len);
}

static void
on_peer_event(struct bufferevent *bev, short what, void *arg)
{
	struct peer *p = arg;
	(void)bev;
	if (what & BEV_EVENT_CONNECTED)
		p->connected = true;
	else
		p->closed = true;
}

static bool
is_connected(void *arg)
{
	struct peer *p = arg;
	return p->connected || p->closed;
}

static void
connect_to(struct peer *p)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	const char *path = p->fixture->options.unix_path;
	struct sockaddr *sa = (struct sockaddr *)&in;
	int len = sizeof(in);
	if (path) {
		snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
		sa = (struct sockaddr *)&un;
		len = sizeof(un);
	} else {
		in.sin_port = htons((uint16_t)fixture_port(p->fixture));
	}
	assert_int_equal(bufferevent_socket_connect(p->bev, sa, len), 0);
	fixture_wait(p->fixture, is_connected, p, "a connection");
}

static struct peer *
start(struct fixture *f, struct bufferevent *bev)
{
	struct peer *p = x_new(struct peer);
	assert_non_null(p);
	assert_non_null(bev);
	p->fixture = f;
	p->bev = bev;
	buf_init(&p->in, 128 * MIB);
	bufferevent_setcb(bev, on_peer_read, NULL, on_peer_event, p);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
	connect_to(p);
	return p;
}

struct peer *
peer_new(struct fixture *f)
{
	return start(f, bufferevent_socket_new(f->base, -1, BEV_OPT_CLOSE_ON_FREE));
}

struct peer *
peer_new_tls(struct fixture *f, void *ssl)
{
	return start(f, bufferevent_openssl_socket_new(f->base, -1, ssl,
						       BUFFEREVENT_SSL_CONNECTING,
						       BEV_OPT_CLOSE_ON_FREE));
}

void
peer_free(struct peer *p)
{
	bufferevent_free(p->bev);
	buf_done(&p->in);
	mem_free(p);
}

void
peer_send_bytes(struct peer *p, const void *data, size_t len)
{
	assert_int_equal(bufferevent_write(p->bev, data, len), 0);
}

void
peer_send(struct peer *p, const char *text)
{
	peer_send_bytes(p, text, strlen(text));
}

static bool
has_sent(void *arg)
{
	struct peer *p = arg;
	return p->closed || evbuffer_get_length(bufferevent_get_output(p->bev)) == 0;
}

void
peer_half_close(struct peer *p)
{
	fixture_wait(p->fixture, has_sent, p, "what was sent to leave");
	shutdown(bufferevent_getfd(p->bev), SHUT_WR);
}

struct text_wait {
	struct peer *p;
	const char *text;
	unsigned n;
	size_t from; /* looked through so far */
};

static bool
has_text(void *arg)
{
	struct text_wait *w = arg;
	if (strstr(buf_str(&w->p->in) + w->from, w->text) || w->p->closed)
		return true;
	size_t len = strlen(w->text);
	w->from = w->p->in.len > len ? w->p->in.len - len : 0;
	return false;
}

void
peer_await(struct peer *p, const char *text)
{
	fixture_wait(p->fixture, has_text, &(struct text_wait){p, text, 0, 0}, text);
	if (!strstr(buf_str(&p->in), text))
		fail_msg("closed before \"%s\", after: %s", text, buf_str(&p->in));
}

unsigned
peer_answers(const struct peer *p)
{
	unsigned n = 0;
	for (const char *at = buf_str(&p->in); (at = strstr(at, "HTTP/1.1 ")); at++)
		n++;
	return n;
}

static bool
has_answers(void *arg)
{
	struct text_wait *w = arg;
	return peer_answers(w->p) >= w->n || w->p->closed;
}

void
peer_await_answers(struct peer *p, unsigned n)
{
	fixture_wait(p->fixture, has_answers, &(struct text_wait){p, NULL, n, 0},
		     "answers");
	assert_int_equal(peer_answers(p), n);
}

static bool
is_closed(void *arg)
{
	return ((struct peer *)arg)->closed;
}

void
peer_await_closed(struct peer *p)
{
	fixture_wait(p->fixture, is_closed, p, "the connection to be closed");
}

void
peer_expect(struct peer *p, const char *request, int status)
{
	char line[32];
	snprintf(line, sizeof(line), "HTTP/1.1 %d ", status);
	buf_reset(&p->in);
	peer_send(p, request);
	peer_await(p, "\r\n\r\n");
	if (strncmp(buf_str(&p->in), line, strlen(line)) != 0)
		fail_msg("expected %d, got: %s", status, buf_str(&p->in));
}
