#include "broker.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "base/clock.h"
#include "base/str.h"

#define WAIT_US (20 * 1000000ULL)

uint64_t
deadline_us(void)
{
	return clock_mono_us() + WAIT_US;
}

static void
on_turn(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

void
turn_loop(struct event_base *base, uint64_t deadline, const char *what)
{
	static const struct timeval turn = {0, 20000};
	if (clock_mono_us() > deadline)
		fail_msg("waited too long for %s", what);
	event_base_once(base, -1, EV_TIMEOUT, on_turn, NULL, &turn);
	event_base_loop(base, EVLOOP_ONCE);
}

static struct sockaddr_in
loopback(uint16_t port)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return a;
}

static bool
is_free(uint16_t port)
{
	struct sockaddr_in a = loopback(port);
	int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)), 0);
	bool bound = bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
	close(fd);
	return bound;
}

#define FIRST_PORT    10240
#define KERNELS_PORTS 32768

/*
 * A port below those that the kernel gives to outgoing connections, one of which could
 * take it before the broker binds it (again). Processes look in places of their own.
 */
static uint16_t
free_port(void)
{
	static unsigned tried;
	const unsigned count = KERNELS_PORTS - FIRST_PORT;
	for (unsigned i = 0; i < count; i++) {
		unsigned at = (unsigned)getpid() * 16 + tried++;
		uint16_t port = (uint16_t)(FIRST_PORT + at % count);
		if (is_free(port))
			return port;
	}
	fail_msg("no port is free");
	return 0;
}

void
broker_write(const struct broker *b, const char *name, const char *text)
{
	auto_str path = str_format("%s/%s", b->folder, name);
	FILE *f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

void
broker_init(struct broker *b)
{
	const char *tmp = getenv("TMPDIR");
	*b = (struct broker){.port = free_port()};
	snprintf(b->folder, sizeof(b->folder), "%s/broker-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(b->folder));
}

void
broker_configure(const struct broker *b, const char *extra)
{
	/* as root it would change to a user who cannot read the folder */
	auto_str conf = str_format("user root\npersistence false\nlog_type none\n"
				   "listener %u 127.0.0.1\n%s",
				   b->port, extra);
	broker_write(b, "mosquitto.conf", conf);
}

static pid_t
start_program(const char *const *argv)
{
	pid_t pid = fork();
	if (pid == 0) {
		const char *path = getenv("PATH");
		auto_str longer = str_format("%s:/usr/sbin", path ? path : "");
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setenv("PATH", longer, 1);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	assert_true(pid > 0);
	return pid;
}

void
run_program(const char *const *argv)
{
	int status = 0;
	pid_t pid = start_program(argv);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static bool
accepts(const struct broker *b)
{
	struct sockaddr_in a = loopback(b->port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool yes = connect(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
	close(fd);
	return yes;
}

void
broker_start(struct broker *b)
{
	auto_str conf = str_format("%s/mosquitto.conf", b->folder);
	b->pid = start_program((const char *const[]){"mosquitto", "-c", conf, NULL});
	uint64_t deadline = deadline_us();
	while (!accepts(b)) {
		assert_int_equal(waitpid(b->pid, NULL, WNOHANG), 0);
		assert_true(clock_mono_us() < deadline);
		poll(NULL, 0, 5);
	}
}

void
broker_signal(const struct broker *b, int number)
{
	assert_int_equal(kill(b->pid, number), 0);
}

void
broker_stop(struct broker *b, int number)
{
	if (b->pid == 0)
		return;
	kill(b->pid, number);
	kill(b->pid, SIGCONT);
	waitpid(b->pid, NULL, 0);
	b->pid = 0;
}

static void
on_connected(bool protocol5, void *arg)
{
	struct spy *s = arg;
	s->connects++;
	s->is_connected = true;
	s->protocol5 = protocol5;
}

static void
on_disconnected(const char *reason, void *arg)
{
	struct spy *s = arg;
	s->disconnects++;
	s->is_connected = false;
	snprintf(s->reason, sizeof(s->reason), "%s", reason);
}

static void
on_ack(uint64_t tag, int reason, void *arg)
{
	struct spy *s = arg;
	assert_true(s->acks < SPY_MAX);
	s->tags[s->acks] = tag;
	s->reasons[s->acks++] = reason;
}

static void
on_message(const char *topic, const void *payload, size_t len, bool retained, void *arg)
{
	struct spy *s = arg;
	(void)retained;
	assert_true(s->messages < SPY_MAX);
	snprintf(s->payloads[s->messages++], sizeof(s->payloads[0]), "%s %.*s", topic,
		 (int)len, (const char *)payload);
}

static void
on_subscribed(const char *filter, int reason, void *arg)
{
	struct spy *s = arg;
	(void)filter;
	s->subscribed += reason < 128 ? 1 : 0;
}

void
spy_start(struct spy *s, struct event_base *base, const struct broker *b,
	  struct mqtt_options *options)
{
	static const struct mqtt_callbacks callbacks = {
		on_connected, on_disconnected, on_ack, on_message, on_subscribed};
	*s = (struct spy){.base = base};
	if (!options->host)
		options->host = "127.0.0.1";
	options->port = b->port;
	if (options->retry_ms == 0)
		options->retry_ms = 20;
	s->client = mqtt_client_new(base, options, &callbacks, s);
	assert_non_null(s->client);
}

void
spy_stop(struct spy *s)
{
	mqtt_client_free(s->client, 0);
	s->client = NULL;
}

int
spy_publish(struct spy *s, const char *topic, const char *text, uint64_t tag)
{
	struct mqtt_message m = {.topic = topic, .payload = text, .len = strlen(text)};
	return mqtt_publish(s->client, &m, tag);
}
