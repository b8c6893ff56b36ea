/*
 * The budget of requests of one Forge user: fixed one-minute windows as Laravel counts
 * them, synchronised with the X-RateLimit headers. Pure: the time is handed in
 * (monotonic microseconds).
 *
 * Requests that are still under way may not be in the count that Forge told last, so one
 * may go while told + guessed + in_flight is below the limit. That overestimates for a
 * moment and never underestimates, whatever the order of the answers.
 * Private to libforge: not installed.
 */
#ifndef FORGE_BUDGET_H
#define FORGE_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

struct budget {
	unsigned configured; /* at most so many a window, whatever Forge allows */
	uint64_t length;     /* of a window; 0: a minute */
	unsigned limit;	     /* X-RateLimit-Limit; 0: not told yet */
	unsigned told;	     /* the highest count that Forge has told for this window */
	unsigned guessed;    /* sent, answered or lost, but without a count */
	unsigned in_flight;
	unsigned own;	     /* requests of ours in this window */
	uint64_t window;     /* number of the window */
	uint64_t window_end; /* 0: not known before an answer */
	uint64_t blocked;    /* nobody sends before; 0 */
	uint64_t told_at;
	uint64_t guessed_at;
	unsigned refusals; /* 429 in a row */
};

struct budget_ticket {
	uint64_t window;
	uint64_t sent_at;
};

/* What the headers of an answer tell; -1: nothing. */
struct budget_report {
	int64_t limit;
	int64_t remaining;
	int64_t reset_us; /* from now to the end of the window or the block */
};

#define BUDGET_WAIT UINT64_MAX

void budget_init(struct budget *b, unsigned per_minute);
/* When a request may go: 0 at once, BUDGET_WAIT after the next answer, else the time. */
uint64_t budget_when(struct budget *b, uint64_t now);
struct budget_ticket budget_take(struct budget *b, uint64_t now);
/* Exactly one of these three for each ticket. */
void budget_answered(struct budget *b, struct budget_ticket t,
		     const struct budget_report *r, uint64_t now);
void budget_lost(struct budget *b, struct budget_ticket t, bool was_sent, uint64_t now);
/* A 429: blocks everybody. Returns until when. */
uint64_t budget_refused(struct budget *b, const struct budget_report *r, uint64_t now);
/* Requests that may still go in this window, as far as known. */
unsigned budget_remaining(const struct budget *b);
unsigned budget_limit(const struct budget *b);
/* What the budget would be for a window of a minute. */
uint64_t budget_per_minute(const struct budget *b);
/* A waiting time scaled to the budget: shorter above 60 a minute, at least 50 ms. */
uint64_t budget_pace_ms(const struct budget *b, uint64_t ms);

/*
 * The headers of an answer. Texts may be NULL. now_wall_s is our clock; Forge's own, from
 * its Date header, is preferred, so that a wrong clock here does no harm. Retry-After is
 * seconds or an HTTP date (RFC 9110 section 10.2.3).
 */
struct budget_headers {
	const char *limit;
	const char *remaining;
	const char *reset;
	const char *retry_after;
	const char *date;
};
struct budget_report budget_read(const struct budget_headers *h, int64_t now_wall_s);

#endif
