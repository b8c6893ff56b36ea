/*
 * A small server on listen/, for tests and measuring: what the cases of
 * tests/data/http.json expect of a bridge with a source `probe`, without the bridge.
 *
 *   http_probe_server [--port N] [--unix PATH] [--certificate F --key F] [--LIMIT N ...]
 *
 * POST /hooks/probe takes a body of up to 25 MiB and answers 202; /hooks/later does so
 * 50 ms afterwards; /stream sends lines until the client goes; /stats tells the server's
 * counts and the CPU time of the process. SIGTERM drains. Prints "ready ADDRESS".
 */
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "listen/server.h"

struct probe {
	struct event_base *base;
	struct http_server *server;
};

/* A request that something of the loop will go on with. */
struct pending {
	struct http_request *rq;
	struct event *timer;
};

static struct http_server_options options = {.name = "probe", .host = "127.0.0.1"};

static const struct number_option {
	const char *name;
	uint64_t *value;
} number_options[] = {
	{"--header-bytes", &options.header_bytes},
	{"--bodies-bytes", &options.bodies_bytes},
	{"--header-ms", &options.header_ms},
	{"--body-ms", &options.body_ms},
	{"--idle-ms", &options.idle_ms},
	{"--answer-ms", &options.answer_ms},
};

static double
seconds(const struct timeval *tv)
{
	return (double)tv->tv_sec + (double)tv->tv_usec / 1e6;
}

static void
reply_stats(struct http_request *rq, struct probe *p)
{
	struct http_server_stats st;
	struct rusage ru;
	auto_buf out = BUF_INIT(4096);
	struct json_writer w;
	char cpu[32];
	http_server_get_stats(p->server, &st);
	getrusage(RUSAGE_SELF, &ru);
	snprintf(cpu, sizeof(cpu), "%.6f", seconds(&ru.ru_utime) + seconds(&ru.ru_stime));
	json_begin(&w, &out);
	json_open_object(&w, NULL);
	json_raw(&w, "cpu_seconds", cpu);
	json_int(&w, "max_rss_kib", ru.ru_maxrss);
	json_int(&w, "accepted", (int64_t)st.accepted);
	json_int(&w, "requests", (int64_t)st.requests);
	json_int(&w, "refused_connections", (int64_t)st.refused_connections);
	json_int(&w, "timeouts", (int64_t)st.timeouts);
	json_int(&w, "connections", (int64_t)st.connections);
	json_int(&w, "bodies_bytes", (int64_t)st.bodies_bytes);
	json_bool(&w, "paused", st.paused);
	json_open_array(&w, "answers");
	for (size_t i = 0; i < ARRAY_LEN(st.answers); i++)
		json_int(&w, NULL, (int64_t)st.answers[i]);
	json_close_array(&w);
	json_close_object(&w);
	http_reply(rq, 200, "application/json", out.data, out.len);
}

static void
accept_delivery(struct http_request *rq)
{
	static const char body[] =
		"{\"delivery\":\"01J00000000000000000000000\",\"duplicate\":false}";
	http_reply(rq, 202, "application/json", body, sizeof(body) - 1);
}

static void
on_later(evutil_socket_t fd, short what, void *arg)
{
	struct pending *pending = arg;
	(void)fd;
	(void)what;
	accept_delivery(pending->rq);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct pending *pending = arg;
	char line[16 * KIB];
	(void)fd;
	(void)what;
	memset(line, 'x', sizeof(line));
	line[sizeof(line) - 1] = '\n';
	http_stream_write(pending->rq, line, sizeof(line));
}

static void
start_pending(struct http_request *rq, struct probe *p, event_callback_fn callback,
	      const struct timeval *tv, short what)
{
	struct pending *pending = x_new(struct pending);
	if (!pending)
		return;
	http_set_data(rq, pending);
	pending->rq = rq;
	pending->timer = event_new(p->base, -1, what, callback, pending);
	if (!pending->timer || event_add(pending->timer, tv) < 0)
		http_problem(rq, 503, "Memory is short.");
}

static void
on_headers(struct http_request *rq, void *arg)
{
	struct slice path = http_path(rq);
	bool post = str_eq(http_method(rq), "POST");
	if (slice_eq_str(path, "/stats")) {
		reply_stats(rq, arg);
	} else if (slice_eq_str(path, "/stream")) {
		http_stream_start(rq, 200, "text/plain", 64 * KIB);
		start_pending(rq, arg, on_tick, &(struct timeval){0, 1000}, EV_PERSIST);
	} else if (!slice_eq_str(path, "/hooks/probe") &&
		   !slice_eq_str(path, "/hooks/later")) {
		http_problem(rq, 404, "There is no such source.");
	} else if (!post) {
		http_add_header(rq, "Allow", "POST");
		http_problem(rq, 405, "Deliveries come with POST.");
	} else {
		http_want_body(rq, DEFAULT_BODY_BYTES);
	}
}

static void
on_complete(struct http_request *rq, void *arg)
{
	if (slice_eq_str(http_path(rq), "/hooks/later"))
		start_pending(rq, arg, on_later, &(struct timeval){0, 50000}, 0);
	else
		accept_delivery(rq);
}

static void
on_end(struct http_request *rq, void *arg)
{
	struct pending *pending = http_data(rq);
	(void)arg;
	if (!pending)
		return;
	if (pending->timer)
		event_free(pending->timer);
	mem_free(pending);
}

static void
on_pause(uint64_t connections, void *arg)
{
	(void)arg;
	fprintf(stderr, "accepting pauses at %llu\n", (unsigned long long)connections);
}

static void
on_drained(void *arg)
{
	struct probe *p = arg;
	event_base_loopbreak(p->base);
}

static void
on_term(evutil_socket_t fd, short what, void *arg)
{
	struct probe *p = arg;
	(void)fd;
	(void)what;
	http_server_drain(p->server, DEFAULT_DRAIN_MS, on_drained, p);
}

static bool
take_option(const char *name, const char *value)
{
	uint64_t n = 0;
	bool number = parse_u64(value, 0, UINT32_MAX, &n) == 0;
	for (size_t i = 0; i < ARRAY_LEN(number_options); i++) {
		if (str_eq(name, number_options[i].name)) {
			*number_options[i].value = n;
			return number;
		}
	}
	if (str_eq(name, "--unix"))
		options.unix_path = value;
	else if (str_eq(name, "--certificate"))
		options.tls_certificate = value;
	else if (str_eq(name, "--key"))
		options.tls_key = value;
	else if (number && str_eq(name, "--port"))
		options.port = (uint16_t)n;
	else if (number && str_eq(name, "--connections"))
		options.connections = (uint32_t)n;
	else if (number && str_eq(name, "--connections-per-address"))
		options.connections_per_address = (uint32_t)n;
	else
		return false;
	return true;
}

static int
serve(struct probe *p)
{
	static const struct http_handler handler = {.on_headers = on_headers,
						    .on_complete = on_complete,
						    .on_end = on_end,
						    .on_pause = on_pause};
	auto_str error = NULL;
	p->server = http_server_new(p->base, &options, &handler, p, &error);
	if (!p->server) {
		fprintf(stderr, "%s\n", error ? error : "memory is short");
		return 1;
	}
	printf("ready %s\n", http_server_address(p->server));
	fflush(stdout);
	event_base_dispatch(p->base);
	http_server_free(p->server);
	return 0;
}

int
main(int argc, char **argv)
{
	struct probe p = {0};
	for (int i = 1; i < argc; i += 2) {
		if (i + 1 == argc || !take_option(argv[i], argv[i + 1])) {
			fprintf(stderr, "bad option: %s\n", argv[i]);
			return 2;
		}
	}
	p.base = event_base_new();
	struct event *term = p.base ? evsignal_new(p.base, SIGTERM, on_term, &p) : NULL;
	if (!term || event_add(term, NULL) < 0)
		return 1;
	int status = serve(&p);
	event_free(term);
	event_base_free(p.base);
	libevent_global_shutdown();
	return status;
}
