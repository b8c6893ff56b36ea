/*
 * The state of something that goes on, on standard error: on a terminal one line that is
 * written over, with the seconds since the start; elsewhere a line for each new state.
 */
#ifndef CLI_LIVE_H
#define CLI_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"

struct event;
struct event_base;

struct live {
	bool is_terminal;
	bool is_shown;
	struct event *tick; /* owned; NULL: the seconds stand still */
	uint64_t began_us;
	char what[80]; /* "deploying shop.example.com" */
	char status[40];
};

/* base runs while the line lives. what: before the state, on a terminal. */
void live_begin(struct live *l, struct event_base *base, const char *what);
/* Ignored before live_begin. */
void live_say(struct live *l, const char *status);
/* Leaves the last state on the screen, and the cursor below it. May be called twice. */
void live_end(struct live *l);

#endif
