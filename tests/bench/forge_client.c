/*
 * The same GETs through libcurl's easy interface, its bare multi interface (all sockets
 * in one poll), the same with its sockets as events of a libevent loop, and libforge:
 *
 *     forge_client easy|multi|events|libforge URL REQUESTS [CONCURRENCY]
 *
 * URL ends in /api; GET /user is asked for with the token "sandbox". Prints the CPU time
 * of this process in microseconds a request, and requests a second. easy has one request
 * at a time; multi and events keep their handles, and add each again when it is done.
 */
#include <curl/curl.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/str.h"
#include "forge/user.h"

#define MAX_CONCURRENCY 64

static unsigned wanted; /* requests in all */
static unsigned started;
static unsigned good;
static size_t bytes;

static size_t
take(char *data, size_t size, size_t count, void *arg)
{
	(void)data;
	(void)arg;
	bytes += size * count;
	return size * count;
}

static CURL *
make_easy(const char *url, struct curl_slist *headers)
{
	CURL *easy = curl_easy_init();
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	return easy;
}

static void
count(CURL *easy, CURLcode code)
{
	long status = 0;
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	good += code == CURLE_OK && status == 200;
}

static void
run_easy(const char *url, struct curl_slist *headers)
{
	CURL *easy = make_easy(url, headers);
	for (; started < wanted; started++)
		count(easy, curl_easy_perform(easy));
	curl_easy_cleanup(easy);
}

static void
run_multi(const char *url, struct curl_slist *headers, unsigned concurrency)
{
	CURLM *multi = curl_multi_init();
	CURL *handles[MAX_CONCURRENCY];
	int running = 0;
	for (unsigned i = 0; i < concurrency; i++) {
		handles[i] = make_easy(url, headers);
		curl_multi_add_handle(multi, handles[i]);
		started++;
	}
	do {
		CURLMsg *msg = NULL;
		int left = 0;
		curl_multi_perform(multi, &running);
		while ((msg = curl_multi_info_read(multi, &left)) != NULL) {
			CURL *easy = msg->easy_handle;
			count(easy, msg->data.result);
			curl_multi_remove_handle(multi, easy);
			if (started < wanted) {
				curl_multi_add_handle(multi, easy);
				started++;
				running++;
			}
		}
		if (running > 0)
			curl_multi_poll(multi, NULL, 0, 1000, NULL);
	} while (running > 0);
	for (unsigned i = 0; i < concurrency; i++)
		curl_easy_cleanup(handles[i]);
	curl_multi_cleanup(multi);
}

/* --- libcurl's sockets as events -----------------------------------------------------
 */

static struct event_base *base;
static struct event *timer;
static CURLM *events;
static int left;

static void
act(curl_socket_t fd, int what)
{
	CURLMsg *msg = NULL;
	int n = 0;
	curl_multi_socket_action(events, fd, what, &n);
	while ((msg = curl_multi_info_read(events, &n)) != NULL) {
		CURL *easy = msg->easy_handle;
		count(easy, msg->data.result);
		curl_multi_remove_handle(events, easy);
		if (started < wanted) {
			curl_multi_add_handle(events, easy);
			started++;
		} else if (--left == 0) {
			event_base_loopbreak(base);
		}
	}
}

static void
on_socket(evutil_socket_t fd, short what, void *arg)
{
	(void)arg;
	act(fd, (what & EV_READ ? CURL_CSELECT_IN : 0) |
			(what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	act(CURL_SOCKET_TIMEOUT, 0);
}

static int
watch(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct event *e = socket_arg;
	short how = (short)((what & CURL_POLL_IN ? EV_READ : 0) |
			    (what & CURL_POLL_OUT ? EV_WRITE : 0) | EV_PERSIST);
	(void)easy;
	(void)arg;
	if (e)
		event_free(e);
	e = what == CURL_POLL_REMOVE ? NULL : event_new(base, fd, how, on_socket, NULL);
	if (e)
		event_add(e, NULL);
	curl_multi_assign(events, fd, e);
	return 0;
}

static int
set_timer(CURLM *multi, long ms, void *arg)
{
	struct timeval tv = {ms / 1000, (suseconds_t)(ms % 1000 * 1000)};
	(void)multi;
	(void)arg;
	return ms < 0 ? event_del(timer) : event_add(timer, &tv);
}

static void
run_events(const char *url, struct curl_slist *headers, unsigned concurrency)
{
	CURL *handles[MAX_CONCURRENCY];
	base = event_base_new();
	timer = evtimer_new(base, on_timer, NULL);
	events = curl_multi_init();
	curl_multi_setopt(events, CURLMOPT_SOCKETFUNCTION, watch);
	curl_multi_setopt(events, CURLMOPT_TIMERFUNCTION, set_timer);
	for (unsigned i = 0; i < concurrency; i++) {
		handles[i] = make_easy(url, headers);
		curl_multi_add_handle(events, handles[i]);
		started++;
		left++;
	}
	event_base_dispatch(base);
	for (unsigned i = 0; i < concurrency; i++)
		curl_easy_cleanup(handles[i]);
	curl_multi_cleanup(events);
	event_free(timer);
	event_base_free(base);
}

/* --- libforge ------------------------------------------------------------------------
 */

static void
on_result(const struct forge_result *r, void *arg)
{
	struct forge_client *c = arg;
	good += r->kind == FORGE_OK;
	bytes += r->body_len;
	if (started < wanted && forge_user_show(c, on_result, c))
		started++;
}

static void
run_libforge(const char *api, unsigned concurrency)
{
	struct forge_options o = {
		.url = api, .token = "sandbox", .requests_per_minute = 100000000};
	struct forge_client *c = forge_client_new(NULL, &o);
	for (unsigned i = 0; i < concurrency; i++) {
		started++;
		forge_user_show(c, on_result, c);
	}
	forge_run(c);
	forge_client_free(c);
}

static double
cpu_us(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

int
main(int argc, char **argv)
{
	uint32_t n = 0;
	uint32_t concurrency = 16;
	if (argc < 4 || parse_u32(argv[3], 1, 10000000, &n) < 0 ||
	    (argc > 4 && parse_u32(argv[4], 1, MAX_CONCURRENCY, &concurrency) < 0)) {
		fputs("forge_client easy|multi|events|libforge URL REQUESTS "
		      "[CONCURRENCY]\n",
		      stderr);
		return 2;
	}
	wanted = n;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	auto_str url = str_format("%s/user", argv[2]);
	struct curl_slist *headers =
		curl_slist_append(NULL, "Authorization: Bearer sandbox");
	headers = curl_slist_append(headers, "Accept: application/json");
	double began_cpu = cpu_us();
	uint64_t began = clock_mono_us();
	if (strcmp(argv[1], "easy") == 0)
		run_easy(url, headers);
	else if (strcmp(argv[1], "multi") == 0)
		run_multi(url, headers, concurrency);
	else if (strcmp(argv[1], "events") == 0)
		run_events(url, headers, concurrency);
	else
		run_libforge(argv[2], concurrency);
	double seconds = (double)(clock_mono_us() - began) / 1e6;
	printf("%.2f us CPU a request, %.0f requests a second, %zu bytes each\n",
	       (cpu_us() - began_cpu) / wanted, wanted / seconds, bytes / wanted);
	curl_slist_free_all(headers);
	curl_global_cleanup();
	return good == wanted ? 0 : 1;
}
