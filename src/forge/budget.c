#include "forge/budget.h"

#include <curl/curl.h>

#include "base/limits.h"
#include "base/retry.h"
#include "base/str.h"

#define SECOND	  UINT64_C(1000000)
#define WINDOW_US (60 * SECOND)

void
budget_init(struct budget *b, unsigned per_minute)
{
	*b = (struct budget){.configured = per_minute};
}

static uint64_t
length(const struct budget *b)
{
	return b->length > 0 ? b->length : WINDOW_US;
}

static void
next_window(struct budget *b)
{
	b->window++;
	b->window_end = 0;
	b->told = 0;
	b->guessed = 0;
	b->own = b->in_flight;
}

static bool
has_room(const struct budget *b)
{
	if (b->limit > 0 && b->told + b->guessed + b->in_flight >= b->limit)
		return false;
	return b->own < b->configured;
}

uint64_t
budget_when(struct budget *b, uint64_t now)
{
	if (b->blocked > now)
		return b->blocked;
	if (b->window_end > 0 && now >= b->window_end)
		next_window(b);
	/* After a refusal one request tries whether the door is open again. */
	if (b->refusals > 0 && b->in_flight > 0)
		return BUDGET_WAIT;
	if (has_room(b))
		return b->in_flight < LIMIT_FORGE_IN_FLIGHT ? 0 : BUDGET_WAIT;
	return b->window_end > 0 ? b->window_end : BUDGET_WAIT;
}

struct budget_ticket
budget_take(struct budget *b, uint64_t now)
{
	b->in_flight++;
	b->own++;
	return (struct budget_ticket){b->window, now};
}

/*
 * Forge's window begins with the first request that it counts, at the latest when the
 * first answer is here; without a Reset header a minute from now is late enough.
 */
static void
learn_window(struct budget *b, const struct budget_report *r, uint64_t now)
{
	if (r && r->reset_us > 0)
		b->window_end = now + (uint64_t)r->reset_us;
	else if (b->window_end == 0)
		b->window_end = now + length(b);
}

static void
guess(struct budget *b, uint64_t now)
{
	b->guessed++;
	b->guessed_at = now;
}

static void
learn_count(struct budget *b, struct budget_ticket t, unsigned count, uint64_t now)
{
	/* Sent after that count was known, yet not above it: a new window began. */
	if (count <= b->told && t.sent_at > b->told_at) {
		next_window(b);
		learn_window(b, NULL, now);
	}
	if (t.sent_at > b->guessed_at)
		b->guessed = 0;
	if (count > b->told) {
		b->told = count;
		b->told_at = now;
	}
}

void
budget_answered(struct budget *b, struct budget_ticket t, const struct budget_report *r,
		uint64_t now)
{
	b->in_flight--;
	b->refusals = 0;
	bool told = r->limit > 0 && r->remaining >= 0 && r->remaining <= r->limit;
	if (told)
		b->limit = (unsigned)r->limit;
	/* The count of an answer that began in an earlier window tells about that one. */
	if (told && t.window == b->window)
		learn_count(b, t, (unsigned)(r->limit - r->remaining), now);
	else
		guess(b, now);
	learn_window(b, r, now);
}

void
budget_lost(struct budget *b, struct budget_ticket t, bool was_sent, uint64_t now)
{
	b->in_flight--;
	if (was_sent) {
		guess(b, now);
		learn_window(b, NULL, now);
	} else if (t.window == b->window && b->own > 0) {
		b->own--;
	}
}

uint64_t
budget_refused(struct budget *b, const struct budget_report *r, uint64_t now)
{
	b->in_flight--;
	b->refusals++;
	if (r->limit > 0)
		b->limit = (unsigned)r->limit;
	uint64_t ms =
		retry_delay_ms(b->refusals, DEFAULT_POLL_MS, LIMIT_FORGE_BACKOFF_MS);
	uint64_t wait = budget_pace_ms(b, ms) * 1000;
	/* "0" means less than a second; at once would only be refused again */
	uint64_t least = budget_pace_ms(b, FORGE_BACKOFF_MS) * 1000;
	if (r->reset_us >= 0)
		wait = (uint64_t)r->reset_us > least ? (uint64_t)r->reset_us : least;
	if (now + wait > b->blocked)
		b->blocked = now + wait;
	/* What comes after the block is a window of its own. */
	b->window_end = b->blocked;
	return b->blocked;
}

unsigned
budget_limit(const struct budget *b)
{
	return b->limit > 0 && b->limit < b->configured ? b->limit : b->configured;
}

unsigned
budget_remaining(const struct budget *b)
{
	unsigned used = b->told + b->guessed + b->in_flight;
	if (b->own > used)
		used = b->own;
	return used < budget_limit(b) ? budget_limit(b) - used : 0;
}

uint64_t
budget_per_minute(const struct budget *b)
{
	return b->configured * WINDOW_US / length(b);
}

uint64_t
budget_pace_ms(const struct budget *b, uint64_t ms)
{
	uint64_t per_minute = budget_per_minute(b);
	if (per_minute <= DEFAULT_FORGE_PER_MINUTE)
		return ms;
	uint64_t scaled = ms * DEFAULT_FORGE_PER_MINUTE / per_minute;
	return scaled > LIMIT_FORGE_POLL_MIN_MS ? scaled : LIMIT_FORGE_POLL_MIN_MS;
}

static int64_t
read_number(const char *text)
{
	int64_t n = 0;
	return text && parse_i64(text, 0, INT64_C(1) << 40, &n) == 0 ? n : -1;
}

/* Seconds until a time that Forge told, on Forge's clock if it told that; -1: past. */
static int64_t
until(int64_t when_s, const char *date, int64_t now_wall_s)
{
	time_t forge_now = date ? curl_getdate(date, NULL) : -1;
	int64_t now = forge_now > 0 ? (int64_t)forge_now : now_wall_s;
	return when_s >= now ? when_s - now : -1;
}

static int64_t
read_retry_after(const struct budget_headers *h, int64_t now_wall_s)
{
	int64_t seconds = read_number(h->retry_after);
	if (seconds >= 0 || !h->retry_after)
		return seconds;
	time_t when = curl_getdate(h->retry_after, NULL);
	return when > 0 ? until((int64_t)when, h->date, now_wall_s) : -1;
}

struct budget_report
budget_read(const struct budget_headers *h, int64_t now_wall_s)
{
	struct budget_report r = {read_number(h->limit), read_number(h->remaining), -1};
	int64_t seconds = read_number(h->reset);
	if (seconds >= 0)
		seconds = until(seconds, h->date, now_wall_s);
	int64_t after = read_retry_after(h, now_wall_s);
	if (after > seconds)
		seconds = after;
	/* A time that cannot be meant is taken as none. */
	if (seconds >= 0 && seconds <= LIMIT_FORGE_BLOCK_S)
		r.reset_us = seconds * (int64_t)SECOND;
	return r;
}
