#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "listen/message.h"

#define LIMIT 1000

struct reading {
	struct message m;
	struct buf body;
	enum message_event event;
	size_t used;
};

static int
take(void *arg, const char *data, size_t len)
{
	return buf_append(&((struct reading *)arg)->body, data, len);
}

static void
begin(struct reading *r)
{
	message_init(&r->m, DEFAULT_HEADER_BYTES);
	r->body = BUF_INIT(LIMIT);
	r->event = MESSAGE_MORE;
	r->used = 0;
}

static void
end(struct reading *r)
{
	message_done(&r->m);
	buf_done(&r->body);
}

/* Feeds up to the end of the message in pieces of `step` bytes. */
static void
feed(struct reading *r, const char *data, size_t len, size_t step)
{
	while (r->event == MESSAGE_MORE || r->event == MESSAGE_HEAD) {
		size_t left = len - r->used;
		size_t n = left < step ? left : step;
		size_t used = 0;
		r->event = message_feed(&r->m, data + r->used, n, &used);
		assert_true(used <= n);
		r->used += used;
		if (r->event == MESSAGE_HEAD)
			message_start_body(&r->m, LIMIT, take, r);
		else if (left == 0)
			return;
	}
}

/* The same outcome must come of the bytes at once and one by one. */
static void
check(const char *data, size_t len, int status)
{
	for (int whole = 0; whole < 2; whole++) {
		struct reading r;
		begin(&r);
		feed(&r, data, len, whole ? len : 1);
		if (r.m.status != status ||
		    (status == 0) != (r.event == MESSAGE_COMPLETE))
			fail_msg("%d (%s) instead of %d for %s", r.m.status,
				 r.m.detail ? r.m.detail : "", status, data);
		end(&r);
	}
}

#define accepts(text)	      check(text, sizeof(text) - 1, 0)
#define refuses(status, text) check(text, sizeof(text) - 1, status)
#define POST		      "POST / HTTP/1.1\r\nHost: a\r\n"
#define CHUNKED		      POST "Transfer-Encoding: chunked\r\n\r\n"

static void
takes_a_request_apart(void **state)
{
	static const char text[] = "POST /p/a?q=1&r HTTP/1.1\r\nHost: a\r\nX-Empty:\r\n"
				   "x-twice: 1 \t\r\nX-Twice:  2\r\nContent-Length: 3\r\n"
				   "\r\nabcGET";
	(void)state;
	for (size_t step = 1; step < sizeof(text); step++) {
		struct reading r;
		struct slice path;
		struct slice query;
		begin(&r);
		feed(&r, text, sizeof(text) - 1, step);
		assert_int_equal(r.event, MESSAGE_COMPLETE);
		assert_int_equal(r.used, sizeof(text) - 1 - 3);
		message_split_target(&r.m, &path, &query);
		assert_true(slice_eq_str(path, "/p/a"));
		assert_true(slice_eq_str(query, "q=1&r"));
		assert_string_equal(message_method(&r.m), "POST");
		assert_string_equal(message_header(&r.m, "x-empty"), "");
		assert_string_equal(message_header(&r.m, "X-TWICE"), "1");
		assert_int_equal(message_header_count(&r.m, "x-twice"), 2);
		assert_null(message_header(&r.m, "x-none"));
		assert_string_equal(buf_str(&r.body), "abc");
		assert_true(r.m.keep_alive);
		end(&r);
	}
}

static void
puts_chunks_together(void **state)
{
	static const char text[] = CHUNKED "3\r\nabc\r\n2;name=\"value\"\r\nde\r\n0\r\n"
					   "X-Trailer: evil\r\n\r\nGET";
	(void)state;
	for (size_t step = 1; step < sizeof(text); step++) {
		struct reading r;
		begin(&r);
		feed(&r, text, sizeof(text) - 1, step);
		assert_int_equal(r.event, MESSAGE_COMPLETE);
		assert_int_equal(r.used, sizeof(text) - 1 - 3);
		assert_string_equal(buf_str(&r.body), "abcde");
		assert_null(message_header(&r.m, "x-trailer"));
		end(&r);
	}
}

static void
splits_every_form_of_target(void **state)
{
	static const struct {
		const char *target, *path, *query;
	} cases[] = {
		{"/", "/", ""},
		{"/a?", "/a", ""},
		{"/a?b?c", "/a", "b?c"},
		{"*", "*", ""},
		{"http://host:80/x/y?z", "/x/y", "z"},
		{"HTTPS://host", "/", ""},
		{"http://host?q", "/", "q"},
		{"//host/x", "//host/x", ""},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		auto_buf text = BUF_INIT(200);
		struct reading r;
		struct slice path;
		struct slice query;
		buf_printf(&text, "OPTIONS %s HTTP/1.1\r\nHost: a\r\n\r\n",
			   cases[i].target);
		begin(&r);
		feed(&r, text.data, text.len, text.len);
		assert_int_equal(r.event, MESSAGE_COMPLETE);
		message_split_target(&r.m, &path, &query);
		assert_true(slice_eq_str(path, cases[i].path));
		assert_true(slice_eq_str(query, cases[i].query));
		end(&r);
	}
}

static void
refuses_a_request_line_with_two_readings(void **state)
{
	(void)state;
	accepts("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
	refuses(400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n");
	refuses(400, "GET /  HTTP/1.1\r\nHost: a\r\n\r\n");
	refuses(400, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n");
	refuses(400, "GET / RTSP/1.0\r\nHost: a\r\n\r\n");
	refuses(400, "SOURCE / ICE/1.0\r\nHost: a\r\n\r\n");
	refuses(400, "GET /\r\n\r\n");
	refuses(400, "\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
	refuses(400, "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n");
	refuses(400, "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n");
	refuses(400, "GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n");
	refuses(400, "\x16\x03\x01\x02");
}

static void
names_what_it_does_not_speak(void **state)
{
	static const char foo[] = "FOO / HTTP/1.1\r\nHost: a\r\n\r\n";
	struct reading r;
	(void)state;
	begin(&r);
	feed(&r, foo, sizeof(foo) - 1, sizeof(foo));
	assert_int_equal(r.m.status, 501);
	end(&r);
	refuses(501, "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n");
	refuses(505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n");
	refuses(505, "GET / HTTP/3.7\r\nHost: a\r\n\r\n");
	refuses(505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
	refuses(417, POST "Expect: 42\r\n\r\n");
	refuses(417, POST "Expect: 100-continue\r\nExpect: 100-continue\r\n\r\n");
	accepts("POST / HTTP/1.0\r\nExpect: 42\r\n\r\n");
}

static void
refuses_header_lines_with_two_readings(void **state)
{
	(void)state;
	refuses(400, POST "X: 1\r\n folded\r\n\r\n");
	refuses(400, POST "X:\r\n\tfolded\r\n\r\n");
	refuses(400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n");
	refuses(400, POST "X: a\nY: b\r\n\r\n");
	refuses(400, POST "\n");
	refuses(400, POST "X: a\rY: b\r\n\r\n");
	refuses(400, POST "X: a\0b\r\n\r\n");
	refuses(400, POST "X: a\x01"
			  "b\r\n\r\n");
	refuses(400, POST "X : 1\r\n\r\n");
	refuses(400, POST "X Y: 1\r\n\r\n");
	refuses(400, POST ": 1\r\n\r\n");
	refuses(400, "POST / HTTP/1.1\r\n: 1\r\nHost: a\r\n\r\n");
	refuses(400, POST "X\r\n\r\n");
	refuses(400, POST "X\x80: 1\r\n\r\n");
	accepts(POST "X: \xc3\xa4\tb\r\n\r\n");
}

static void
wants_one_host(void **state)
{
	(void)state;
	refuses(400, "GET / HTTP/1.1\r\n\r\n");
	refuses(400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n");
	refuses(400, "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n");
	refuses(400, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n");
	refuses(400, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n");
	refuses(400, "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n");
	accepts("GET / HTTP/1.0\r\n\r\n");
	accepts("GET / HTTP/1.1\r\nHost:\r\n\r\n");
	accepts("GET / HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n");
}

static void
refuses_a_length_with_two_readings(void **state)
{
	(void)state;
	accepts(POST "Content-Length: 0\r\n\r\n");
	accepts(POST "Content-Length: 3 \r\n\r\nabc");
	refuses(400, POST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc");
	refuses(400, POST "Content-Length: 3, 3\r\n\r\nabc");
	refuses(400, POST "Content-Length: +3\r\n\r\nabc");
	refuses(400, POST "Content-Length: -3\r\n\r\nabc");
	refuses(400, POST "Content-Length: 0x3\r\n\r\nabc");
	refuses(400, POST "Content-Length:\r\n\r\nabc");
	refuses(400, POST "Content-Length: 18446744073709551619\r\n\r\nabc");
	refuses(413, POST "Content-Length: 9223372036854775807\r\n\r\nabc");
	refuses(413, POST "Content-Length: 1001\r\n\r\nabc");
}

static void
refuses_codings_but_chunked(void **state)
{
	(void)state;
	accepts(POST "Transfer-Encoding: CHUNKED \r\n\r\n0\r\n\r\n");
	refuses(400, POST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n");
	refuses(400, POST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n");
	refuses(400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
	refuses(501, POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n");
	refuses(400, POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"
			  "\r\n0\r\n\r\n");
	refuses(501, POST "Transfer-Encoding: identity\r\n\r\n");
	refuses(501, POST "Transfer-Encoding:\r\n\r\n");
}

static void
refuses_chunks_with_two_readings(void **state)
{
	(void)state;
	accepts(CHUNKED "3;a;b=\"c\"\r\nabc\r\n0;e\r\n\r\n");
	accepts(CHUNKED "00a\r\n0123456789\r\n000\r\n\r\n");
	refuses(400, CHUNKED "-3\r\nabc\r\n0\r\n\r\n");
	refuses(400, CHUNKED "+3\r\nabc\r\n0\r\n\r\n");
	refuses(400, CHUNKED "0x3\r\nabc\r\n0\r\n\r\n");
	refuses(400, CHUNKED " 3\r\nabc\r\n0\r\n\r\n");
	refuses(400, CHUNKED "3 \r\nabc\r\n0\r\n\r\n");
	refuses(400, CHUNKED "3\nabc\r\n0\r\n\r\n");
	refuses(400, CHUNKED "3\r\nabc0\r\n\r\n");
	refuses(400, CHUNKED "3\r\nabc\n0\r\n\r\n");
	refuses(400, CHUNKED "3\r\nabcXX0\r\n\r\n");
	refuses(400, CHUNKED "3;a\nb\r\nabc\r\n0\r\n\r\n");
	refuses(400, CHUNKED "FFFFFFFFFFFFFFFF3\r\nabc\r\n0\r\n\r\n");
	refuses(413, CHUNKED "FFFFFFFFFFFFFFFF\r\nabc\r\n0\r\n\r\n");
	refuses(413, CHUNKED "3e9\r\n");
}

static void
reads_over_trailers_as_strictly(void **state)
{
	(void)state;
	accepts(CHUNKED "0\r\nA: b\r\nC: d\r\n\r\n");
	refuses(400, CHUNKED "0\r\nA: b\n\r\n");
	refuses(400, CHUNKED "0\r\nA: b\r\n\n");
	refuses(400, CHUNKED "0\r\nA: b\r\n c\r\n\r\n");
	refuses(400, CHUNKED "0\r\nA: b\0\r\n\r\n");
}

static void
bounds_what_chunks_cost(void **state)
{
	auto_buf text = BUF_INIT(MIB);
	(void)state;
	buf_puts(&text, CHUNKED "1;");
	while (text.len < 2 * DEFAULT_HEADER_BYTES)
		buf_puts(&text, "xxxxxxxxxxxxxxxx");
	buf_puts(&text, "\r\na\r\n0\r\n\r\n");
	check(text.data, text.len, 400);
	buf_reset(&text);
	buf_puts(&text, CHUNKED "0\r\nA: ");
	while (text.len < 2 * DEFAULT_HEADER_BYTES)
		buf_puts(&text, "xxxxxxxxxxxxxxxx");
	buf_puts(&text, "\r\n\r\n");
	check(text.data, text.len, 431);
}

static void
takes_a_body_in_single_bytes(void **state)
{
	auto_buf text = BUF_INIT(MIB);
	(void)state;
	buf_puts(&text, CHUNKED);
	for (int i = 0; i < LIMIT; i++)
		buf_puts(&text, "1\r\na\r\n");
	size_t before = text.len;
	buf_puts(&text, "0\r\n\r\n");
	check(text.data, text.len, 0);
	buf_truncate(&text, before);
	buf_puts(&text, "1\r\na\r\n0\r\n\r\n");
	check(text.data, text.len, 413);
}

static void
bounds_the_head(void **state)
{
	auto_buf text = BUF_INIT(MIB);
	(void)state;
	buf_puts(&text, POST "X: ");
	while (text.len < DEFAULT_HEADER_BYTES)
		buf_puts(&text, "x");
	check(text.data, text.len, 431);
	buf_reset(&text);
	buf_puts(&text, "GET /");
	while (text.len < DEFAULT_URI_BYTES + 10)
		buf_puts(&text, "x");
	check(text.data, text.len, 414);
	buf_reset(&text);
	buf_puts(&text, POST);
	for (int i = 1; i < DEFAULT_HEADER_COUNT; i++)
		buf_puts(&text, "X: 1\r\n");
	size_t before = text.len;
	buf_puts(&text, "\r\n");
	check(text.data, text.len, 0);
	buf_truncate(&text, before);
	buf_puts(&text, "X: 1\r\n\r\n");
	check(text.data, text.len, 431);
}

static void
a_head_of_the_whole_limit_is_taken(void **state)
{
	auto_buf text = BUF_INIT(MIB);
	(void)state;
	buf_puts(&text, POST "X: ");
	while (text.len < DEFAULT_HEADER_BYTES - 4)
		buf_puts(&text, "x");
	buf_puts(&text, "\r\n\r\n");
	check(text.data, text.len, 0);
}

static void
knows_which_connections_stay(void **state)
{
	static const struct {
		const char *head;
		bool stays;
	} cases[] = {
		{"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
		{"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false},
		{"GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n", false},
		{"GET / HTTP/1.0\r\n\r\n", false},
		{"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reading r;
		begin(&r);
		feed(&r, cases[i].head, strlen(cases[i].head), 4096);
		assert_int_equal(r.m.keep_alive, cases[i].stays);
		end(&r);
	}
}

static void
an_upgrade_is_not_taken_up(void **state)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n"
				   "Connection: Upgrade\r\n\r\nGET /next";
	struct reading r;
	(void)state;
	begin(&r);
	feed(&r, text, sizeof(text) - 1, sizeof(text) - 1);
	assert_int_equal(r.event, MESSAGE_COMPLETE);
	assert_int_equal(r.used, sizeof(text) - 1 - strlen("GET /next"));
	end(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_a_request_apart),
		cmocka_unit_test(puts_chunks_together),
		cmocka_unit_test(splits_every_form_of_target),
		cmocka_unit_test(refuses_a_request_line_with_two_readings),
		cmocka_unit_test(names_what_it_does_not_speak),
		cmocka_unit_test(refuses_header_lines_with_two_readings),
		cmocka_unit_test(wants_one_host),
		cmocka_unit_test(refuses_a_length_with_two_readings),
		cmocka_unit_test(refuses_codings_but_chunked),
		cmocka_unit_test(refuses_chunks_with_two_readings),
		cmocka_unit_test(reads_over_trailers_as_strictly),
		cmocka_unit_test(bounds_what_chunks_cost),
		cmocka_unit_test(takes_a_body_in_single_bytes),
		cmocka_unit_test(bounds_the_head),
		cmocka_unit_test(a_head_of_the_whole_limit_is_taken),
		cmocka_unit_test(knows_which_connections_stay),
		cmocka_unit_test(an_upgrade_is_not_taken_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
