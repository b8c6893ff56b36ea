#include "pipeline/accounts.h"

#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

/* A client shared by the generations in which its account's settings are the same. */
struct holder {
	unsigned refs;
	struct forge_client *client;
	char *name;
	char *url;
	char *organization;
	struct secret token;
	uint32_t requests_per_minute;
	uint64_t timeout_ms;
	bool http1;
	struct outage outage;
};

struct accounts {
	unsigned refs;
	struct holder **holders;
	size_t len;
};

static void
holder_unref(struct holder *h)
{
	if (!h || --h->refs > 0)
		return;
	forge_client_free(h->client);
	str_free(h->name);
	str_free(h->url);
	str_free(h->organization);
	secret_done(&h->token);
	mem_free(h);
}

static void
on_trace(const char *line, void *arg)
{
	const struct holder *h = arg;
	log_debug(log_msg("forge"), log_str("account", h->name), log_str("trace", line));
}

static int
copy_settings(struct holder *h, const struct conf_account *a)
{
	h->name = str_dup(a->name);
	h->url = str_dup(a->url);
	h->organization = str_dup(a->organization);
	h->requests_per_minute = a->requests_per_minute;
	h->timeout_ms = a->timeout_ms;
	h->http1 = a->http1;
	if (!h->name || !h->url || (a->organization && !h->organization))
		return -1;
	return secret_copy(&h->token, &a->token);
}

static struct holder *
holder_new(struct event_base *base, const struct conf_account *a)
{
	struct holder *h = x_new(struct holder);
	if (!h)
		return NULL;
	h->refs = 1;
	if (copy_settings(h, a) == 0) {
		struct forge_options options = {
			.url = h->url,
			.token = h->token.data,
			.organization = h->organization,
			.requests_per_minute = h->requests_per_minute,
			.timeout_ms = (unsigned)h->timeout_ms,
			.limited_ms = AWAY_LIMITED_MS,
			.http1 = h->http1,
			.on_trace = on_trace,
			.trace_arg = h,
		};
		h->client = forge_client_new(base, &options);
	}
	if (h->client)
		return h;
	holder_unref(h);
	return NULL;
}

static bool
is_same(const struct holder *h, const struct conf_account *a)
{
	return h->client && str_eq(h->name, a->name) && str_eq(h->url, a->url) &&
	       str_eq(h->organization, a->organization) &&
	       secret_equal(h->token.data, h->token.len, a->token.data, a->token.len) &&
	       h->requests_per_minute == a->requests_per_minute &&
	       h->timeout_ms == a->timeout_ms && h->http1 == a->http1;
}

static struct holder *
find_same(const struct accounts *former, const struct conf_account *a)
{
	for (size_t i = 0; former && i < former->len; i++) {
		if (is_same(former->holders[i], a))
			return former->holders[i];
	}
	return NULL;
}

struct accounts *
accounts_new(struct event_base *base, const struct conf *conf,
	     const struct accounts *former)
{
	struct accounts *a = x_new(struct accounts);
	if (!a)
		return NULL;
	a->refs = 1;
	a->holders = x_new_array(struct holder *, conf->n_accounts);
	for (size_t i = 0; a->holders && i < conf->n_accounts; i++) {
		struct holder *h = find_same(former, &conf->accounts[i]);
		if (h)
			h->refs++;
		else
			h = holder_new(base, &conf->accounts[i]);
		if (!h)
			break;
		a->holders[a->len++] = h;
	}
	if (a->holders && a->len == conf->n_accounts)
		return a;
	accounts_unref(a);
	return NULL;
}

struct accounts *
accounts_ref(struct accounts *a)
{
	a->refs++;
	return a;
}

void
accounts_unref(struct accounts *a)
{
	if (!a || --a->refs > 0)
		return;
	for (size_t i = 0; i < a->len; i++)
		holder_unref(a->holders[i]);
	mem_free(a->holders);
	mem_free(a);
}

static struct account_view
view_of(struct holder *h)
{
	return (struct account_view){h->name, h->client, &h->outage};
}

bool
accounts_find(const struct accounts *a, const char *name, struct account_view *ret_view)
{
	for (size_t i = 0; i < a->len; i++) {
		if (name && !str_eq(a->holders[i]->name, name))
			continue;
		*ret_view = view_of(a->holders[i]);
		return true;
	}
	return false;
}

bool
accounts_at(const struct accounts *a, size_t n, struct account_view *ret_view)
{
	if (n >= a->len)
		return false;
	*ret_view = view_of(a->holders[n]);
	return true;
}

void
accounts_stop(struct accounts *a)
{
	for (size_t i = 0; i < a->len; i++) {
		struct forge_client *client = steal_ptr(&a->holders[i]->client);
		forge_client_free(client);
	}
}
