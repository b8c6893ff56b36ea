#include "forge/wire.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <limits.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/secret.h"
#include "base/str.h"

struct wire {
	struct event_base *base;
	struct wire_options options; /* texts are copies below */
	char *user_agent;
	char *ca_file;
	struct secret authorization; /* the whole header line */
	CURLM *multi;
	struct event *timer;
	struct watch *watches;
	struct curl_slist *headers;
	struct curl_slist *json_headers;
	/* Handles that are set up for a GET and wait for the next one. */
	CURL *idle[LIMIT_FORGE_IN_FLIGHT];
	size_t n_idle;
};

struct wire_transfer {
	struct wire *wire;
	CURL *easy;
	curl_mime *mime;
	struct buf body;
	bool too_large;
	unsigned starts; /* of the request, seen by the guard below */
	bool changes;
	uint64_t began;
	char error[CURL_ERROR_SIZE];
	wire_answer_fn *on_answer;
	void *arg;
};

/* --- curl's sockets and timer as events -------------------------------------------- */

static void finish_done(struct wire *w);

static void
act(struct wire *w, curl_socket_t fd, int what)
{
	int running = 0;
	void (*on_leave)(void *) = w->options.on_leave;
	void *arg = w->options.arg;
	w->options.on_enter(arg);
	curl_multi_socket_action(w->multi, fd, what, &running);
	finish_done(w);
	on_leave(arg); /* w may be gone now */
}

static void
on_timer_event(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	act(arg, CURL_SOCKET_TIMEOUT, 0);
}

/*
 * A socket of curl's. Between two requests on a connection curl forgets the socket and
 * asks for it again a moment later; the event stays where it is meanwhile, which saves
 * two system calls a request. That needs to know when the socket is closed, so it is for
 * those that are opened and closed below; others (the resolver's) are forgotten at once.
 */
struct watch {
	struct watch *next;
	struct wire *wire;
	curl_socket_t fd;
	struct event *event; /* NULL: not watched */
	short wanted;
	bool connection; /* opened by open_socket */
	bool idle;	 /* curl has forgotten it */
};

static void
unwatch(struct watch *s)
{
	if (s->event)
		event_free(s->event);
	s->event = NULL;
}

static void
on_socket_event(evutil_socket_t fd, short what, void *arg)
{
	struct watch *s = arg;
	int flags = (what & EV_READ ? CURL_CSELECT_IN : 0) |
		    (what & EV_WRITE ? CURL_CSELECT_OUT : 0);
	/* Closed by the other side, most likely: curl finds out when it wants it again.
	 */
	if (s->idle)
		unwatch(s);
	else
		act(s->wire, fd, flags);
}

/* Where the pointer to it is. */
static struct watch **
find_watch(struct wire *w, curl_socket_t fd)
{
	struct watch **at = &w->watches;
	while (*at && (*at)->fd != fd)
		at = &(*at)->next;
	return at;
}

static void
forget(struct wire *w, curl_socket_t fd)
{
	struct watch **at = find_watch(w, fd);
	struct watch *s = *at;
	if (!s)
		return;
	*at = s->next;
	unwatch(s);
	mem_free(s);
}

static struct watch *
make_watch(struct wire *w, curl_socket_t fd)
{
	struct watch *s = x_new(struct watch);
	if (!s)
		return NULL;
	*s = (struct watch){.next = w->watches, .wire = w, .fd = fd};
	w->watches = s;
	return s;
}

/* CURLMOPT_SOCKETFUNCTION */
static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	(void)easy;
	(void)socket_arg;
	struct wire *w = arg;
	struct watch *s = *find_watch(w, fd);
	if (what == CURL_POLL_REMOVE) {
		if (s && s->connection)
			s->idle = true;
		else
			forget(w, fd);
		return 0;
	}
	short wanted = (short)((what & CURL_POLL_IN ? EV_READ : 0) |
			       (what & CURL_POLL_OUT ? EV_WRITE : 0) | EV_PERSIST);
	if (!s)
		s = make_watch(w, fd);
	if (!s)
		return -1;
	s->idle = false;
	if (s->event && s->wanted == wanted)
		return 0;
	unwatch(s);
	s->wanted = wanted;
	s->event = event_new(w->base, fd, wanted, on_socket_event, s);
	if (s->event && event_add(s->event, NULL) == 0)
		return 0;
	unwatch(s);
	return -1;
}

/* CURLOPT_OPENSOCKETFUNCTION */
static curl_socket_t
open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *address)
{
	(void)purpose;
	struct wire *w = arg;
	int fd = socket(address->family, address->socktype | SOCK_CLOEXEC,
			address->protocol);
	if (fd < 0)
		return CURL_SOCKET_BAD;
	struct watch *s = make_watch(w, fd);
	if (!s) {
		close(fd);
		return CURL_SOCKET_BAD;
	}
	s->connection = true;
	return fd;
}

/* CURLOPT_CLOSESOCKETFUNCTION */
static int
close_socket(void *arg, curl_socket_t fd)
{
	forget(arg, fd);
	return close(fd);
}

/* CURLMOPT_TIMERFUNCTION */
static int
set_timer(CURLM *multi, long ms, void *arg)
{
	(void)multi;
	struct wire *w = arg;
	if (ms < 0) {
		event_del(w->timer);
		return 0;
	}
	struct timeval tv = {ms / 1000, (suseconds_t)(ms % 1000 * 1000)};
	return event_add(w->timer, &tv) < 0 ? -1 : 0;
}

/* --- one transfer ------------------------------------------------------------------- */

static size_t
take_body(char *data, size_t size, size_t count, void *arg)
{
	struct wire_transfer *t = arg;
	(void)size; /* always 1 */
	int rc = buf_append(&t->body, data, count);
	t->too_large = rc < 0;
	return rc < 0 ? 0 : count;
}

/*
 * CURLOPT_PREREQFUNCTION, called each time before a request is written. libcurl repeats a
 * request by itself when a kept connection turns out to be closed. Requests that change
 * something get a fresh connection, where it does not; this guard makes sure.
 */
static int
guard_start(void *arg, char *ip, char *local_ip, int port, int local_port)
{
	(void)ip;
	(void)local_ip;
	(void)port;
	(void)local_port;
	struct wire_transfer *t = arg;
	t->starts++;
	return t->changes && t->starts > 1 ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

/* Keeps a handle of a GET; one that changes something is never used twice. */
static bool
keep_handle(struct wire *w, const struct wire_transfer *t)
{
	if (!t->easy || t->changes || w->n_idle == ARRAY_LEN(w->idle))
		return false;
	curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, NULL);
	w->idle[w->n_idle++] = t->easy;
	return true;
}

static void
transfer_free(struct wire_transfer *t)
{
	if (!t)
		return;
	if (!keep_handle(t->wire, t) && t->easy)
		curl_easy_cleanup(t->easy);
	if (t->mime)
		curl_mime_free(t->mime);
	buf_done(&t->body);
	mem_free(t);
}

static bool
was_sent(const struct wire_transfer *t)
{
	long bytes = 0;
	curl_easy_getinfo(t->easy, CURLINFO_REQUEST_SIZE, &bytes);
	return bytes > 0;
}

static const char *
header(CURL *easy, const char *name)
{
	struct curl_header *h = NULL;
	if (curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &h) != CURLHE_OK)
		return NULL;
	return h->value;
}

static struct budget_report
read_report(CURL *easy, long status)
{
	/* Every header's text lives as long as the transfer. */
	struct budget_headers h = {
		.limit = header(easy, "X-RateLimit-Limit"),
		.remaining = header(easy, "X-RateLimit-Remaining"),
		.reset = header(easy, "X-RateLimit-Reset"),
		/* means nothing elsewhere (RFC 9110, 10.2.3), and each look costs */
		.retry_after = status >= 300 ? header(easy, "Retry-After") : NULL,
	};
	/* to be compared with those two alone */
	if (h.reset || h.retry_after)
		h.date = header(easy, "Date");
	return budget_read(&h, clock_wall_us() / 1000000);
}

static enum wire_outcome
outcome_of(const struct wire_transfer *t, CURLcode code)
{
	if (code == CURLE_OK)
		return WIRE_ANSWERED;
	if (t->too_large)
		return WIRE_TOO_LARGE;
	if (was_sent(t))
		return WIRE_LOST;
	bool hopeless = code == CURLE_PEER_FAILED_VERIFICATION ||
			code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL;
	return hopeless ? WIRE_REFUSED : WIRE_NOT_SENT;
}

static void
finish(struct wire_transfer *t, CURLcode code)
{
	struct wire_answer a = {.outcome = outcome_of(t, code), .body = t->body};
	t->body = (struct buf){0};
	a.error = *t->error ? t->error : curl_easy_strerror(code);
	if (a.outcome == WIRE_ANSWERED || a.outcome == WIRE_TOO_LARGE)
		curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &a.status);
	a.report = read_report(t->easy, a.status);
	a.ray = t->wire->options.wants_ray ? header(t->easy, "CF-RAY") : NULL;
	a.took_us = clock_mono_us() - t->began;
	curl_multi_remove_handle(t->wire->multi, t->easy);
	t->on_answer(&a, t->arg);
	buf_done(&a.body);
	transfer_free(t);
}

static void
finish_done(struct wire *w)
{
	CURLMsg *msg = NULL;
	int left = 0;
	while ((msg = curl_multi_info_read(w->multi, &left)) != NULL) {
		struct wire_transfer *t = NULL;
		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **)&t);
		finish(t, msg->data.result);
	}
}

bool
wire_abort(struct wire_transfer *t)
{
	bool sent = was_sent(t);
	curl_multi_remove_handle(t->wire->multi, t->easy);
	transfer_free(t);
	return sent;
}

/* Counts failures of curl_easy_setopt, which come from short memory alone. */
#define set(t, option, value) \
	((void)(failed += curl_easy_setopt((t)->easy, (option), (value)) != CURLE_OK))

/* What is the same for every request of this wire. */
static int
set_common(struct wire_transfer *t)
{
	int failed = 0;
	const struct wire *w = t->wire;
	long version = w->options.http1 ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS;
	set(t, CURLOPT_PROTOCOLS_STR, "http,https");
	set(t, CURLOPT_HTTP_VERSION, version);
	set(t, CURLOPT_USERAGENT, w->user_agent);
	set(t, CURLOPT_ACCEPT_ENCODING, "gzip");
	set(t, CURLOPT_NOSIGNAL, 1L);
	set(t, CURLOPT_TCP_KEEPALIVE, 1L);
	set(t, CURLOPT_FOLLOWLOCATION, 0L);
	set(t, CURLOPT_SSL_VERIFYPEER, 1L);
	set(t, CURLOPT_SSL_VERIFYHOST, 2L);
	if (w->ca_file)
		set(t, CURLOPT_CAINFO, w->ca_file);
	set(t, CURLOPT_CONNECTTIMEOUT_MS, (long)LIMIT_FORGE_CONNECT_MS);
	set(t, CURLOPT_WRITEFUNCTION, take_body);
	set(t, CURLOPT_PREREQFUNCTION, guard_start);
	set(t, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	set(t, CURLOPT_OPENSOCKETDATA, t->wire);
	set(t, CURLOPT_CLOSESOCKETFUNCTION, close_socket);
	set(t, CURLOPT_CLOSESOCKETDATA, t->wire);
	return failed;
}

static int
set_request(struct wire_transfer *t, const struct wire_request *rq)
{
	int failed = 0;
	const struct wire *w = t->wire;
	set(t, CURLOPT_URL, rq->url);
	set(t, CURLOPT_TIMEOUT_MS, (long)rq->timeout_ms);
	set(t, CURLOPT_FRESH_CONNECT, rq->changes ? 1L : 0L);
	/* Wait for a connection that is being made, it may take several requests at once;
	 * without TLS that is known only with the first answer, which may take long. */
	bool may_share = !rq->changes && !w->options.http1 &&
			 str_starts(rq->url, "https:");
	set(t, CURLOPT_PIPEWAIT, may_share ? 1L : 0L);
	set(t, CURLOPT_ERRORBUFFER, t->error);
	set(t, CURLOPT_PRIVATE, t);
	set(t, CURLOPT_WRITEDATA, t);
	set(t, CURLOPT_PREREQDATA, t);
	return failed;
}

/* An idle handle for what only asks, else a new one. */
static int
take_handle(struct wire_transfer *t)
{
	struct wire *w = t->wire;
	if (!t->changes && w->n_idle > 0) {
		t->easy = w->idle[--w->n_idle];
		return 0;
	}
	t->easy = curl_easy_init();
	return t->easy ? set_common(t) : 1;
}

static int
set_parts(struct wire_transfer *t, const struct wire_request *rq)
{
	int failed = 0;
	t->mime = curl_mime_init(t->easy);
	for (size_t i = 0; t->mime && i < rq->n_parts; i++) {
		const struct wire_part *p = &rq->parts[i];
		curl_mimepart *part = curl_mime_addpart(t->mime);
		failed += !part || curl_mime_name(part, p->name) != CURLE_OK ||
			  curl_mime_data(part, p->value, p->len) != CURLE_OK;
		if (part && p->is_file)
			failed += curl_mime_filename(part, p->name) != CURLE_OK;
	}
	set(t, CURLOPT_MIMEPOST, t->mime);
	return failed + (t->mime == NULL);
}

static int
set_body(struct wire_transfer *t, const struct wire_request *rq)
{
	int failed = 0;
	bool has_body = rq->body != NULL;
	set(t, CURLOPT_HTTPHEADER, has_body ? t->wire->json_headers : t->wire->headers);
	if (rq->n_parts > 0)
		return failed + set_parts(t, rq);
	bool is_post = str_eq(rq->method, "POST");
	if (has_body || is_post) {
		set(t, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)rq->body_len);
		set(t, CURLOPT_COPYPOSTFIELDS, has_body ? rq->body : "");
	}
	if (!is_post)
		set(t, CURLOPT_CUSTOMREQUEST, rq->method);
	return failed;
}

struct wire_transfer *
wire_send(struct wire *w, const struct wire_request *rq, wire_answer_fn *on_answer,
	  void *arg)
{
	struct wire_transfer *t = x_new(struct wire_transfer);
	if (!t)
		return NULL;
	*t = (struct wire_transfer){.wire = w,
				    .changes = rq->changes,
				    .on_answer = on_answer,
				    .arg = arg,
				    .began = clock_mono_us()};
	buf_init(&t->body, LIMIT_FORGE_ANSWER_BYTES);
	if (take_handle(t) > 0 || set_request(t, rq) > 0 || set_body(t, rq) > 0 ||
	    curl_multi_add_handle(w->multi, t->easy) != CURLM_OK) {
		transfer_free(t);
		return NULL;
	}
	return t;
}

/* --- the whole ---------------------------------------------------------------------- */

static int
make_headers(struct wire *w, const char *token)
{
	auto_str line = str_format("Authorization: Bearer %s", token ? token : "");
	if (!line || secret_set(&w->authorization, line, strlen(line)) < 0)
		return -1;
	explicit_bzero(line, strlen(line));
	const char *both[] = {w->authorization.data, "Accept: application/json",
			      "Expect:"};
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		struct curl_slist *h = curl_slist_append(w->headers, both[i]);
		struct curl_slist *j = curl_slist_append(w->json_headers, both[i]);
		w->headers = h ? h : w->headers;
		w->json_headers = j ? j : w->json_headers;
		if (!h || !j)
			return -1;
	}
	struct curl_slist *j =
		curl_slist_append(w->json_headers, "Content-Type: application/json");
	w->json_headers = j ? j : w->json_headers;
	return j ? 0 : -1;
}

static int
make_multi(struct wire *w)
{
	w->multi = curl_multi_init();
	w->timer = event_new(w->base, -1, 0, on_timer_event, w);
	if (!w->multi || !w->timer)
		return -1;
	curl_multi_setopt(w->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	curl_multi_setopt(w->multi, CURLMOPT_SOCKETDATA, w);
	curl_multi_setopt(w->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(w->multi, CURLMOPT_TIMERDATA, w);
	curl_multi_setopt(w->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	curl_multi_setopt(w->multi, CURLMOPT_MAXCONNECTS, (long)LIMIT_FORGE_IN_FLIGHT);
	return 0;
}

struct wire *
wire_new(struct event_base *base, const struct wire_options *o)
{
	struct wire *w = x_new(struct wire);
	/* Counted by libcurl itself, so each client may call it. */
	if (!w || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		mem_free(w);
		return NULL;
	}
	w->base = base;
	w->options = *o;
	w->user_agent = str_dup(o->user_agent);
	if (!w->user_agent || str_set(&w->ca_file, o->ca_file) < 0 ||
	    make_headers(w, o->token) < 0 || make_multi(w) < 0) {
		wire_free(w);
		return NULL;
	}
	w->options.token = NULL; /* not ours to keep */
	w->options.user_agent = NULL;
	w->options.ca_file = NULL;
	return w;
}

/* libcurl's copies of the token are wiped, too. */
static void
free_headers(struct curl_slist *list)
{
	for (struct curl_slist *h = list; h; h = h->next)
		explicit_bzero(h->data, strlen(h->data));
	curl_slist_free_all(list);
}

void
wire_free(struct wire *w)
{
	if (!w)
		return;
	while (w->n_idle > 0)
		curl_easy_cleanup(w->idle[--w->n_idle]);
	if (w->multi)
		curl_multi_cleanup(w->multi);
	if (w->timer)
		event_free(w->timer);
	free_headers(w->headers);
	free_headers(w->json_headers);
	secret_done(&w->authorization);
	str_free(w->user_agent);
	str_free(w->ca_file);
	mem_free(w);
	curl_global_cleanup();
}
