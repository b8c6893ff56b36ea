#include "forge/client.h"

#include <errno.h>
#include <event2/event.h>
#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "forge/inner.h"

const char *
forge_kind_name(enum forge_kind kind)
{
	switch (kind) {
	case FORGE_OK:
		return "ok";
	case FORGE_REFUSED:
		return "refused";
	case FORGE_NETWORK:
		return "network";
	case FORGE_TIMEOUT:
		return "timeout";
	case FORGE_UNAUTHENTICATED:
		return "unauthenticated";
	case FORGE_FORBIDDEN:
		return "forbidden";
	case FORGE_NOT_FOUND:
		return "not found";
	case FORGE_INVALID:
		return "invalid";
	case FORGE_RATE_LIMITED:
		return "rate limited";
	case FORGE_MAINTENANCE:
		return "maintenance";
	case FORGE_SERVER:
		return "server";
	case FORGE_FAILED:
		return "failed";
	case FORGE_UNCERTAIN:
		return "uncertain";
	case FORGE_CANCELLED:
		return "cancelled";
	}
	return "unknown";
}

/* 501, redirects and other refusals of the kind FORGE_SERVER stay as they are. */
bool
forge_is_away(const struct forge_result *result)
{
	long status = result->status;
	bool unreadable = status >= 200 && status < 300;
	switch (result->kind) {
	case FORGE_NETWORK:
	case FORGE_TIMEOUT:
	case FORGE_RATE_LIMITED:
	case FORGE_MAINTENANCE:
		return true;
	case FORGE_SERVER:
		return unreadable || (status >= 500 && status != 501);
	case FORGE_OK:
	case FORGE_REFUSED:
	case FORGE_UNAUTHENTICATED:
	case FORGE_FORBIDDEN:
	case FORGE_NOT_FOUND:
	case FORGE_INVALID:
	case FORGE_FAILED:
	case FORGE_UNCERTAIN:
	case FORGE_CANCELLED:
		break;
	}
	return false;
}

static void
client_destroy(struct forge_client *c)
{
	resolver_done(&c->resolver);
	if (c->kick)
		event_free(c->kick);
	queue_done(&c->queue);
	gate_done(&c->gate);
	wire_free(c->wire);
	secret_done(&c->token);
	str_free(c->url);
	str_free(c->organization);
	if (c->owns_base && c->base)
		event_base_free(c->base);
	mem_free(c);
}

void
client_enter(struct forge_client *c)
{
	c->depth++;
}

void
client_leave(struct forge_client *c)
{
	if (--c->depth == 0 && c->gone)
		client_destroy(c);
}

static void
on_enter(void *arg)
{
	client_enter(arg);
}

static void
on_leave(void *arg)
{
	client_leave(arg);
}

static void
on_kick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	struct forge_client *c = arg;
	client_enter(c);
	calls_run_ready(c);
	client_leave(c);
}

void
client_delay(struct event *timer, uint64_t us)
{
	struct timeval tv = {(time_t)(us / 1000000), (suseconds_t)(us % 1000000)};
	/* Fails only when the base's heap of timers cannot grow; then the next event of
	 * this client does the work. */
	(void)event_add(timer, &tv);
}

void
client_mask(const struct forge_client *c, struct buf *text)
{
	const char *secret = c->token.data;
	/* a shorter token is one for trying things out, and a word of the language */
	bool is_real = c->token.len >= FORGE_MASK_BYTES && text->len > 0;
	char *at = is_real ? strstr(text->data, secret) : NULL;
	for (; at; at = strstr(at, secret))
		memset(at, '*', c->token.len);
}

void
client_trace(struct forge_client *c, const char *fmt, ...)
{
	if (!c->on_trace)
		return;
	auto_buf line = BUF_INIT(LIMIT_LOG_BYTES);
	va_list ap;
	va_start(ap, fmt);
	int rc = buf_vprintf(&line, fmt, ap);
	va_end(ap);
	client_mask(c, &line);
	if (rc == 0)
		c->on_trace(buf_str(&line), c->trace_arg);
}

static int
copy_options(struct forge_client *c, const struct forge_options *o)
{
	const char *url = o->url ? o->url : FORGE_DEFAULT_URL;
	size_t len = strlen(url);
	while (len > 0 && url[len - 1] == '/')
		len--;
	c->url = str_ndup(url, len);
	if (!c->url || str_set(&c->organization, o->organization) < 0)
		return -ENOMEM;
	c->timeout_ms = o->timeout_ms ? o->timeout_ms : DEFAULT_FORGE_TIMEOUT_MS;
	c->attempts = o->attempts ? o->attempts : LIMIT_FORGE_ATTEMPTS;
	c->limited_ms = o->limited_ms;
	c->on_trace = o->on_trace;
	c->trace_arg = o->trace_arg;
	budget_init(&c->budget, o->requests_per_minute ? o->requests_per_minute
						       : DEFAULT_FORGE_PER_MINUTE);
	c->budget.length = o->window_ms * UINT64_C(1000);
	return secret_set(&c->token, o->token, o->token ? strlen(o->token) : 0);
}

static int
start(struct forge_client *c, const struct forge_options *o)
{
	struct wire_options wire = {
		.token = o->token,
		.user_agent = o->user_agent ? o->user_agent
					    : "libforge/" FORGEBRIDGE_VERSION,
		.ca_file = o->ca_file,
		.http1 = o->http1,
		.wants_ray = o->on_trace != NULL,
		.on_enter = on_enter,
		.on_leave = on_leave,
		.arg = c,
	};
	c->wire = wire_new(c->base, &wire);
	c->kick = event_new(c->base, -1, 0, on_kick, c);
	if (!c->wire || !c->kick || queue_init(&c->queue, c) < 0 ||
	    gate_init(&c->gate, c->owns_base ? c->base : NULL) < 0)
		return -ENOMEM;
	return resolver_init(&c->resolver);
}

/* A loop of our own: what is watched anew within a turn costs no system call. */
static struct event_base *
make_base(void)
{
	struct event_config *config = event_config_new();
	struct event_base *base = NULL;
	if (config &&
	    event_config_set_flag(config, EVENT_BASE_FLAG_EPOLL_USE_CHANGELIST) == 0)
		base = event_base_new_with_config(config);
	if (config)
		event_config_free(config);
	return base;
}

struct forge_client *
forge_client_new(struct event_base *base, const struct forge_options *options)
{
	struct forge_client *c = x_new(struct forge_client);
	if (!c)
		return NULL;
	c->owns_base = base == NULL;
	c->base = base ? base : make_base();
	if (!c->base || copy_options(c, options) < 0 || start(c, options) < 0) {
		client_destroy(c);
		return NULL;
	}
	return c;
}

void
forge_client_free(struct forge_client *c)
{
	if (!c || c->gone)
		return;
	c->gone = true;
	client_enter(c);
	calls_cancel_all(c);
	resolver_done(&c->resolver);
	client_leave(c);
}

void
forge_run(struct forge_client *c)
{
	while (c->n_calls > 0 && event_base_loop(c->base, EVLOOP_ONCE) == 0)
		continue;
}

uint64_t
forge_pace_ms(const struct forge_client *c, uint64_t ms)
{
	return budget_pace_ms(&c->budget, ms);
}

void
forge_get_stats(const struct forge_client *c, struct forge_stats *ret_stats)
{
	*ret_stats = c->stats;
	ret_stats->limit = budget_limit(&c->budget);
	ret_stats->remaining = budget_remaining(&c->budget);
	ret_stats->waiting = c->queue.waiting;
}
