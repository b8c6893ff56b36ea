/* libevent's own HTTP server doing nothing: what a request costs there at least. */
#include <event2/event.h>
#include <event2/http.h>
#include <stdio.h>

#include "base/str.h"

static void
answer(struct evhttp_request *rq, void *arg)
{
	(void)arg;
	evhttp_send_reply(rq, 204, "No Content", NULL);
}

int
main(int argc, char **argv)
{
	uint64_t port = 0;
	if (argc != 2 || parse_u64(argv[1], 1, 65535, &port) < 0) {
		fprintf(stderr, "usage: evhttp_bare PORT\n");
		return 2;
	}
	struct event_base *base = event_base_new();
	struct evhttp *http = base ? evhttp_new(base) : NULL;
	if (!http || evhttp_bind_socket(http, "127.0.0.1", (ev_uint16_t)port) < 0) {
		fprintf(stderr, "evhttp_bare: cannot listen\n");
		return 1;
	}
	evhttp_set_gencb(http, answer, NULL);
	return event_base_dispatch(base) < 0;
}
