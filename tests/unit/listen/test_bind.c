#include <event2/bufferevent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/str.h"
#include "http_fixture.h"

static char folder[] = "/tmp/forgebridge-bind-XXXXXX";
static char path[64];

static int
make_folder(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/x.sock", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

static char *
error_of(const struct http_server_options *options)
{
	static const struct http_handler handler = {0};
	struct event_base *base = event_base_new();
	char *error = NULL;
	assert_null(http_server_new(base, options, &handler, NULL, &error));
	assert_non_null(error);
	event_base_free(base);
	return error;
}

static void
names_where_it_listens(void **state)
{
	struct fixture f;
	(void)state;
	fixture_init(&f);
	fixture_start(&f);
	assert_true(str_starts(http_server_address(f.server), "127.0.0.1:"));
	assert_true(fixture_port(&f) > 0);
	fixture_done(&f);
}

static void
listens_on_ipv6(void **state)
{
	struct fixture f;
	(void)state;
	fixture_init(&f);
	f.options.host = "::1";
	char *error = NULL;
	static const struct http_handler handler = {0};
	struct event_base *base = event_base_new();
	struct http_server *s = http_server_new(base, &f.options, &handler, NULL, &error);
	if (s)
		assert_true(str_starts(http_server_address(s), "[::1]:"));
	else /* machines without IPv6 say so */
		assert_non_null(strstr(error, "cannot listen on ::1"));
	str_free(error);
	http_server_free(s);
	event_base_free(base);
}

static void
serves_on_a_unix_socket_and_removes_it(void **state)
{
	struct fixture f;
	(void)state;
	fixture_init(&f);
	f.options.unix_path = path;
	fixture_start(&f);
	assert_true(str_starts(http_server_address(f.server), "unix:/tmp/"));
	struct peer *p = peer_new(&f);
	peer_send(p, "GET /hold HTTP/1.1\r\nHost: a\r\n\r\n");
	fixture_wait_held(&f);
	assert_string_equal(http_peer(f.held), "unix");
	http_reply(f.held, 204, NULL, NULL, 0);
	peer_await(p, "HTTP/1.1 204 ");
	peer_expect(p,
		    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9999999\r\n\r\nx",
		    413);
	peer_await_closed(p);
	peer_free(p);
	fixture_done(&f);
	assert_int_equal(access(path, F_OK), -1);
}

static void
replaces_a_socket_that_nobody_listens_on(void **state)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	struct fixture f;
	(void)state;
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	close(fd); /* the file stays, as after a crash */
	fixture_init(&f);
	f.options.unix_path = path;
	fixture_start(&f);
	fixture_done(&f);
}

static void
leaves_the_socket_of_another_server(void **state)
{
	struct fixture f;
	(void)state;
	fixture_init(&f);
	f.options.unix_path = path;
	fixture_start(&f);
	auto_str error = error_of(&f.options);
	assert_non_null(strstr(error, "Address already in use"));
	assert_int_equal(access(path, F_OK), 0);
	fixture_done(&f);
}

static void
leaves_a_file_that_is_no_socket(void **state)
{
	struct http_server_options options = {.unix_path = path};
	(void)state;
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fclose(f);
	auto_str error = error_of(&options);
	assert_non_null(strstr(error, "Address already in use"));
	assert_int_equal(unlink(path), 0);
}

static void
tells_why_it_cannot_listen(void **state)
{
	struct http_server_options options = {.host = "192.0.2.1"};
	struct fixture f;
	(void)state;
	char *error = error_of(&options);
	assert_non_null(strstr(error, "cannot listen on 192.0.2.1"));
	str_free(error);
	fixture_init(&f);
	fixture_start(&f);
	options.host = "127.0.0.1";
	options.port = (uint16_t)fixture_port(&f);
	error = error_of(&options);
	assert_non_null(strstr(error, "Address already in use"));
	str_free(error);
	fixture_done(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_where_it_listens),
		cmocka_unit_test(listens_on_ipv6),
		cmocka_unit_test(serves_on_a_unix_socket_and_removes_it),
		cmocka_unit_test(replaces_a_socket_that_nobody_listens_on),
		cmocka_unit_test(leaves_the_socket_of_another_server),
		cmocka_unit_test(leaves_a_file_that_is_no_socket),
		cmocka_unit_test(tells_why_it_cannot_listen),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
