#include "sandbox/notifier.h"

#include <curl/curl.h>
#include <event2/event.h>
#include <jansson.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "sandbox/kind.h"
#include "sandbox/world_deploy.h"

#define TICK_US 5000 /* between two looks at what is on its way */

struct notifier {
	struct world *world; /* borrowed */
	struct event *timer; /* the next change of a deployment */
	struct event *tick;  /* while something is on its way */
	CURLM *multi;
	struct fifo parcels; /* struct parcel, on their way; owns them */
	struct notifier_counts counts;
};

/* One webhook on its way; the transfer's private pointer. */
struct parcel {
	CURL *easy;
	struct curl_slist *headers;
};

static void
set_timer(struct event *timer, int64_t us)
{
	struct timeval tv = {.tv_sec = (time_t)(us / 1000000),
			     .tv_usec = (suseconds_t)(us % 1000000)};
	evtimer_add(timer, &tv);
}

static void
parcel_free(struct notifier *n, struct parcel *p)
{
	if (!p)
		return;
	if (p->easy) {
		curl_multi_remove_handle(n->multi, p->easy);
		curl_easy_cleanup(p->easy);
	}
	curl_slist_free_all(p->headers);
	mem_free(p);
}

static size_t
ignore_body(char *data, size_t size, size_t count, void *arg)
{
	(void)data;
	(void)arg;
	return size * count;
}

static int
append(const char *data, size_t len, void *arg)
{
	return buf_append(arg, data, len);
}

/* The payload that Forge's documentation shows. */
static void
describe(const struct world_deployment *d, struct buf *out)
{
	const struct world_site *site = d->site;
	auto_str url = site->repository ? str_format("https://%s.com/%s/commit/%s",
						     site->repository_provider,
						     site->repository, d->commit.hash)
					: NULL;
	json_t *object = json_pack(
		"{s:s, s:{s:I, s:s}, s:{s:I, s:s}, s:s, s:s?, s:s?, s:s?}", "status",
		d->status == WORLD_DEPLOY_FINISHED ? "success" : "failed", "server", "id",
		(json_int_t)site->server->id, "name", site->server->name, "site", "id",
		(json_int_t)site->id, "name", site->name, "commit_hash", d->commit.hash,
		"commit_url", url, "commit_author", d->commit.author, "commit_message",
		d->commit.message);
	if (object)
		json_dump_callback(object, append, out, JSON_COMPACT);
	json_decref(object);
}

static bool
fill(struct parcel *p, const char *url, const char *body)
{
	p->easy = curl_easy_init();
	p->headers = curl_slist_append(NULL, "Content-Type: application/json");
	if (!p->easy || !p->headers)
		return false;
	curl_easy_setopt(p->easy, CURLOPT_URL, url);
	curl_easy_setopt(p->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(p->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(p->easy, CURLOPT_TIMEOUT_MS, (long)SANDBOX_WEBHOOK_MS);
	curl_easy_setopt(p->easy, CURLOPT_USERAGENT, "forgebridge-sandbox");
	curl_easy_setopt(p->easy, CURLOPT_HTTPHEADER, p->headers);
	curl_easy_setopt(p->easy, CURLOPT_WRITEFUNCTION, ignore_body);
	curl_easy_setopt(p->easy, CURLOPT_PRIVATE, p);
	return curl_easy_setopt(p->easy, CURLOPT_COPYPOSTFIELDS, body) == CURLE_OK;
}

static void
post(struct notifier *n, const char *url, const char *body)
{
	bool has_room = fifo_count(&n->parcels) < LIMIT_SANDBOX_WEBHOOKS;
	struct parcel *p = has_room ? x_new(struct parcel) : NULL;
	if (!p || !fill(p, url, body) || fifo_push(&n->parcels, p) < 0) {
		parcel_free(n, p);
		n->counts.dropped++;
		return;
	}
	curl_multi_add_handle(n->multi, p->easy);
	set_timer(n->tick, 0);
}

/* w->on_ended. A deployment that was cancelled has no result to tell. */
static void
on_ended(struct world_deployment *d, void *arg)
{
	struct notifier *n = arg;
	struct thing *node = d->site->node;
	size_t count = thing_count(n->world, node, &kind_webhook);
	auto_buf body = BUF_INIT(LIMIT_SANDBOX_BODY_BYTES);
	if (count == 0 || d->status == WORLD_DEPLOY_CANCELLED)
		return;
	describe(d, &body);
	for (size_t i = 0; i < count && !buf_failed(&body); i++)
		post(n, thing_text(thing_at(node, &kind_webhook, i), "url"),
		     buf_str(&body));
}

static bool
is_another(void *item, void *arg)
{
	return item != arg;
}

static void
finish(struct notifier *n, CURL *easy, CURLcode code)
{
	char *data = NULL;
	long status = 0;
	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &data);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_OK && status >= 200 && status < 300)
		n->counts.sent++;
	else
		n->counts.failed++;
	fifo_filter(&n->parcels, is_another, data);
	parcel_free(n, (void *)data);
}

static void
on_tick(evutil_socket_t fd, short events, void *arg)
{
	struct notifier *n = arg;
	int running = 0;
	int left = 0;
	CURLMsg *message = NULL;
	(void)fd;
	(void)events;
	curl_multi_perform(n->multi, &running);
	while ((message = curl_multi_info_read(n->multi, &left)) != NULL) {
		if (message->msg == CURLMSG_DONE)
			finish(n, message->easy_handle, message->data.result);
	}
	if (fifo_count(&n->parcels) > 0)
		set_timer(n->tick, TICK_US);
}

void
notifier_wake(struct notifier *n)
{
	int64_t next_us = world_deploy_next_us(n->world);
	int64_t now_us = world_now(n->world);
	if (next_us > 0)
		set_timer(n->timer, next_us > now_us ? next_us - now_us : 0);
}

static void
on_timer(evutil_socket_t fd, short events, void *arg)
{
	struct notifier *n = arg;
	(void)fd;
	(void)events;
	world_deploy_advance_all(n->world);
	notifier_wake(n);
}

struct notifier *
notifier_new(struct event_base *base, struct world *w)
{
	struct notifier *n = x_new(struct notifier);
	if (!n)
		return NULL;
	n->world = w;
	n->timer = evtimer_new(base, on_timer, n);
	n->tick = evtimer_new(base, on_tick, n);
	n->multi = curl_multi_init();
	if (!n->timer || !n->tick || !n->multi) {
		notifier_free(n);
		return NULL;
	}
	curl_multi_setopt(n->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS,
			  (long)LIMIT_SANDBOX_SENDING);
	w->on_ended = on_ended;
	w->on_ended_arg = n;
	return n;
}

void
notifier_free(struct notifier *n)
{
	struct parcel *p = NULL;
	if (!n)
		return;
	n->world->on_ended = NULL;
	while ((p = fifo_shift(&n->parcels)) != NULL)
		parcel_free(n, p);
	fifo_done(&n->parcels);
	if (n->timer)
		event_free(n->timer);
	if (n->tick)
		event_free(n->tick);
	if (n->multi)
		curl_multi_cleanup(n->multi);
	mem_free(n);
}

struct notifier_counts
notifier_counts(const struct notifier *n)
{
	return n->counts;
}
