#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/str.h"
#include "http_fixture.h"

#define SHORT_MS 100

static struct fixture the;

static int
setup(void **state)
{
	fixture_init(&the);
	*state = &the;
	return 0;
}

static int
teardown(void **state)
{
	fixture_done(*state);
	return 0;
}

static bool
has(const struct peer *p, const char *text)
{
	return strstr(buf_str(&p->in), text);
}

static uint64_t
now_ms(void)
{
	return clock_mono_us() / 1000;
}

/* --- bodies ------------------------------------------------------------------------- */

static void
a_length_over_the_limit_is_refused_before_it_is_sent(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	struct peer *p = peer_new(f);
	peer_expect(p,
		    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n",
		    413);
	peer_await_closed(p);
	assert_int_equal(f->pieces, 0);
	peer_free(p);
}

static void
a_body_of_the_whole_limit_is_taken(void **state)
{
	struct fixture *f = *state;
	f->limit = 3;
	fixture_start(f);
	struct peer *p = peer_new(f);
	peer_expect(p, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
		    200);
	peer_expect(p,
		    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		    "1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
		    200);
	peer_free(p);
}

static void
a_limit_of_nothing_takes_requests_without_a_body(void **state)
{
	struct fixture *f = *state;
	f->limit = 0;
	fixture_start(f);
	struct peer *p = peer_new(f);
	peer_expect(p, "GET /echo HTTP/1.1\r\nHost: a\r\n\r\n", 200);
	peer_expect(p, "GET /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na",
		    413);
	peer_free(p);
}

static void
chunks_over_the_limit_are_refused_where_they_pass_it(void **state)
{
	struct fixture *f = *state;
	f->limit = 10;
	fixture_start(f);
	struct peer *p = peer_new(f);
	peer_expect(p,
		    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		    "8\r\n12345678\r\n3\r\n",
		    413);
	peer_await_closed(p);
	assert_int_equal(f->completes, 0);
	peer_free(p);
}

static void
bodies_in_flight_are_bounded_together(void **state)
{
	struct fixture *f = *state;
	f->options.bodies_bytes = 100000;
	fixture_start(f);
	struct peer *first = peer_new(f);
	struct peer *second = peer_new(f);
	auto_buf body = BUF_INIT(100000);
	for (int i = 0; i < 60000; i++)
		buf_putc(&body, 'x');
	peer_send(first,
		  "POST /hold HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n");
	peer_send_bytes(first, body.data, body.len);
	fixture_wait_held(f);
	assert_true(fixture_stats(f).bodies_bytes >= 60000);
	peer_expect(second,
		    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n",
		    503);
	assert_true(has(second, "\r\nRetry-After: "));
	http_reply(f->held, 202, NULL, NULL, 0);
	peer_await_answers(first, 1);
	fixture_wait_ends(f, 2);
	assert_int_equal(fixture_stats(f).bodies_bytes, 0);
	peer_free(first);
	peer_free(second);
}

static void
chunks_count_among_the_bodies_in_flight(void **state)
{
	struct fixture *f = *state;
	f->options.bodies_bytes = 40000;
	fixture_start(f);
	struct peer *p = peer_new(f);
	auto_buf body = BUF_INIT(100000);
	for (int i = 0; i < 0xfff0; i++)
		buf_putc(&body, 'x');
	peer_send(p,
		  "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
		  "fff0\r\n");
	peer_send_bytes(p, body.data, body.len);
	peer_expect(p, "\r\n0\r\n\r\n", 503);
	fixture_wait_ends(f, 1);
	assert_int_equal(fixture_stats(f).bodies_bytes, 0);
	peer_free(p);
}

static void
a_promised_length_takes_no_memory(void **state)
{
	struct fixture *f = *state;
	f->limit = 100 * MIB;
	fixture_start(f);
	struct peer *p = peer_new(f);
	peer_send(
		p,
		"POST /hold HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\nabc");
	while (f->pieces == 0)
		event_base_loop(f->base, EVLOOP_ONCE);
	assert_true(fixture_stats(f).bodies_bytes < 2 * LIMIT_BODY_STEP);
	peer_free(p);
}

/* --- deadlines ---------------------------------------------------------------------- */

struct drip {
	struct peer *p;
	struct event *timer;
};

static void
on_drip(evutil_socket_t fd, short what, void *arg)
{
	struct drip *d = arg;
	(void)fd;
	(void)what;
	if (!d->p->closed)
		peer_send(d->p, "x");
}

/* Sends a byte every few milliseconds until the server closes; returns how long it took.
 */
static uint64_t
drip_until_closed(struct peer *p)
{
	struct drip d = {p, NULL};
	struct timeval tv = {0, 10000};
	uint64_t began = now_ms();
	d.timer = event_new(p->fixture->base, -1, EV_PERSIST, on_drip, &d);
	event_add(d.timer, &tv);
	peer_await_closed(p);
	event_free(d.timer);
	return now_ms() - began;
}

static void
a_dripped_head_ends_at_its_deadline(void **state)
{
	struct fixture *f = *state;
	f->options.header_ms = SHORT_MS;
	fixture_start(f);
	struct peer *p = peer_new(f);
	peer_send(p, "POST /echo HTTP/1.1\r\nHost: a\r\nX: ");
	uint64_t took = drip_until_closed(p);
	assert_true(has(p, "HTTP/1.1 408 "));
	assert_true(took < SHORT_MS + 1000);
	assert_int_equal(fixture_stats(f).timeouts, 1);
	assert_int_equal(f->heads, 0);
	peer_free(p);
}

static void
a_dripped_body_ends_at_its_deadline(void **state)
{
	struct fixture *f = *state;
	f->options.body_ms = SHORT_MS;
	fixture_start(f);
	struct peer *p = peer_new(f);
	peer_send(p, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n");
	uint64_t took = drip_until_closed(p);
	assert_true(has(p, "HTTP/1.1 408 "));
	assert_true(took < SHORT_MS + 1000);
	assert_int_equal(f->completes, 0);
	peer_free(p);
}

static void
a_body_has_longer_the_more_of_it_came(void **state)
{
	struct fixture *f = *state;
	f->options.body_ms = SHORT_MS;
	fixture_start(f);
	struct peer *p = peer_new(f);
	uint64_t began = now_ms();
	auto_buf half = BUF_INIT(1000);
	for (int i = 0; i < 500; i++) /* half a second's worth */
		buf_putc(&half, 'x');
	peer_send(p, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
	peer_send_bytes(p, half.data, half.len);
	peer_await(p, "HTTP/1.1 408 ");
	assert_true(now_ms() - began >= SHORT_MS + 500);
	peer_free(p);
}

static void
a_connection_that_says_nothing_is_timed_out(void **state)
{
	struct fixture *f = *state;
	f->options.header_ms = SHORT_MS;
	fixture_start(f);
	struct peer *p = peer_new(f);
	peer_await(p, "HTTP/1.1 408 ");
	peer_await_closed(p);
	peer_free(p);
}

static void
an_idle_connection_is_closed_silently(void **state)
{
	struct fixture *f = *state;
	f->options.idle_ms = SHORT_MS;
	fixture_start(f);
	struct peer *p = peer_new(f);
	peer_expect(p, "GET /empty HTTP/1.1\r\nHost: a\r\n\r\n", 204);
	size_t before = p->in.len;
	peer_await_closed(p);
	assert_int_equal(p->in.len, before);
	assert_int_equal(fixture_stats(f).timeouts, 0);
	peer_free(p);
}

static void
the_second_request_has_its_own_time(void **state)
{
	struct fixture *f = *state;
	f->options.header_ms = SHORT_MS;
	fixture_start(f);
	struct peer *p = peer_new(f);
	peer_expect(p, "GET /empty HTTP/1.1\r\nHost: a\r\n\r\n", 204);
	uint64_t began = now_ms();
	peer_send(p, "GET /empty HTTP/1.1\r\n");
	peer_await(p, "HTTP/1.1 408 ");
	assert_true(now_ms() - began >= SHORT_MS);
	peer_free(p);
}

static void
a_handler_may_take_its_time(void **state)
{
	struct fixture *f = *state;
	f->options.header_ms = SHORT_MS;
	f->options.body_ms = f->options.idle_ms = f->options.answer_ms = 1;
	fixture_start(f);
	struct peer *p = peer_new(f);
	peer_send(p, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
	fixture_wait_held(f);
	uint64_t until = now_ms() + 3 * SHORT_MS;
	while (now_ms() < until)
		fixture_turn(f);
	assert_non_null(f->held);
	http_reply(f->held, 202, NULL, NULL, 0);
	peer_await_answers(p, 1);
	peer_free(p);
}

static void
who_does_not_read_its_answer_is_cut(void **state)
{
	struct fixture *f = *state;
	f->options.answer_ms = SHORT_MS;
	f->large = 200; /* and DEFAULT_BODY_RATE gives a second for a thousand */
	fixture_start(f);
	struct peer *p = peer_new(f);
	auto_buf many = BUF_INIT(16 * MIB);
	bufferevent_disable(p->bev, EV_READ);
	for (int i = 0; i < 200000; i++)
		buf_puts(&many, "GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
	peer_send_bytes(p, many.data, many.len);
	fixture_wait_connections(f, 0);
	assert_int_equal(fixture_stats(f).timeouts, 1);
	peer_free(p);
}

/* --- closing ------------------------------------------------------------------------ */

static void
a_refusal_reaches_who_is_still_sending(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	struct peer *p = peer_new(f);
	auto_buf rest = BUF_INIT(16 * MIB);
	for (int i = 0; i < 8 * (int)MIB; i++)
		buf_putc(&rest, 'x');
	peer_send(p, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 8388608\r\n\r\n");
	peer_send_bytes(p, rest.data, rest.len);
	peer_await(p, "HTTP/1.1 413 ");
	peer_await_closed(p);
	peer_free(p);
	fixture_wait_connections(f, 0);
}

static void
nothing_behind_a_refusal_is_a_request(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	struct peer *p = peer_new(f);
	peer_send(p,
		  "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
		  "Content-Length: 40\r\n\r\nabcGET /empty HTTP/1.1\r\nHost: a\r\n\r\n");
	peer_await(p, "HTTP/1.1 400 ");
	peer_send(p, "GET /empty HTTP/1.1\r\nHost: a\r\n\r\n");
	peer_await_closed(p);
	assert_int_equal(peer_answers(p), 1);
	assert_int_equal(f->heads, 0);
	peer_free(p);
}

/* --- descriptors -------------------------------------------------------------------- */

#define FEW_DESCRIPTORS 100

static double
cpu_seconds(void)
{
	struct rusage ru;
	getrusage(RUSAGE_SELF, &ru);
	return (double)(ru.ru_utime.tv_sec + ru.ru_stime.tv_sec) +
	       (double)(ru.ru_utime.tv_usec + ru.ru_stime.tv_usec) / 1e6;
}

/*
 * In a process of its own with few descriptors: says on out when it listens, when it
 * pauses, and when asked (a byte on in) how much CPU it took since.
 */
static void
serve_with_few_descriptors(int out, int in)
{
	struct rlimit few = {FEW_DESCRIPTORS, FEW_DESCRIPTORS};
	struct fixture f;
	setrlimit(RLIMIT_NOFILE, &few);
	fixture_init(&f);
	fixture_start(&f);
	dprintf(out, "port %d\n", fixture_port(&f));
	while (!fixture_stats(&f).paused)
		event_base_loop(f.base, EVLOOP_ONCE);
	dprintf(out, "paused %u\n", (unsigned)fixture_stats(&f).connections);
	double before = cpu_seconds();
	struct timeval second = {1, 0};
	event_base_loopexit(f.base, &second);
	event_base_dispatch(f.base);
	dprintf(out, "cpu %d\n", (int)((cpu_seconds() - before) * 1000));
	while (fixture_stats(&f).paused)
		event_base_loop(f.base, EVLOOP_ONCE);
	dprintf(out, "resumed %u\n", f.pauses);
	char stop = 0;
	struct timeval turn = {0, 10000};
	while (recv(in, &stop, 1, MSG_DONTWAIT) < 0) {
		event_base_loopexit(f.base, &turn);
		event_base_dispatch(f.base);
	}
	fixture_done(&f);
}

static int
read_number(FILE *from, const char *word)
{
	char line[64] = "";
	uint32_t n = 0;
	size_t len = strlen(word);
	assert_non_null(fgets(line, sizeof(line), from));
	line[strcspn(line, "\n")] = '\0';
	if (strncmp(line, word, len) != 0)
		fail_msg("expected %s, got %s", word, line);
	assert_int_equal(parse_u32(line + len + 1, 0, UINT32_MAX, &n), 0);
	return (int)n;
}

static int
connect_port(int port)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				 .sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	return fd;
}

static void
accepting_pauses_before_descriptors_run_out(void **state)
{
	int pipe_fds[2];
	int sockets[2];
	int fds[FEW_DESCRIPTORS];
	(void)state;
	assert_int_equal(pipe(pipe_fds), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		close(sockets[0]);
		serve_with_few_descriptors(pipe_fds[1], sockets[1]);
		_exit(0);
	}
	close(pipe_fds[1]);
	close(sockets[1]);
	FILE *from = fdopen(pipe_fds[0], "r");
	int port = read_number(from, "port");
	for (int i = 0; i < FEW_DESCRIPTORS; i++)
		fds[i] = connect_port(port);
	int taken = read_number(from, "paused");
	assert_in_range(taken, FEW_DESCRIPTORS / 2, FEW_DESCRIPTORS * 3 / 4);
	assert_in_range(read_number(from, "cpu"), 0, 50); /* ms in a second */
	for (int i = 0; i < FEW_DESCRIPTORS; i++)
		close(fds[i]);
	assert_int_equal(read_number(from, "resumed"), 1);
	int again = connect_port(port);
	static const char get[] = "GET /empty HTTP/1.1\r\nHost: a\r\n\r\n";
	char answer[32] = "";
	assert_int_equal(send(again, get, sizeof(get) - 1, 0), sizeof(get) - 1);
	assert_true(recv(again, answer, 12, MSG_WAITALL) == 12);
	assert_string_equal(answer, "HTTP/1.1 204");
	close(again);
	assert_int_equal(send(sockets[0], "x", 1, 0), 1);
	int status = 0;
	waitpid(child, &status, 0);
	assert_int_equal(status, 0);
	close(sockets[0]);
	fclose(from);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepting_pauses_before_descriptors_run_out),
		test(a_length_over_the_limit_is_refused_before_it_is_sent),
		test(a_body_of_the_whole_limit_is_taken),
		test(a_limit_of_nothing_takes_requests_without_a_body),
		test(chunks_over_the_limit_are_refused_where_they_pass_it),
		test(bodies_in_flight_are_bounded_together),
		test(chunks_count_among_the_bodies_in_flight),
		test(a_promised_length_takes_no_memory),
		test(a_dripped_head_ends_at_its_deadline),
		test(a_dripped_body_ends_at_its_deadline),
		test(a_body_has_longer_the_more_of_it_came),
		test(a_connection_that_says_nothing_is_timed_out),
		test(an_idle_connection_is_closed_silently),
		test(the_second_request_has_its_own_time),
		test(a_handler_may_take_its_time),
		test(who_does_not_read_its_answer_is_cut),
		test(a_refusal_reaches_who_is_still_sending),
		test(nothing_behind_a_refusal_is_a_request),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
