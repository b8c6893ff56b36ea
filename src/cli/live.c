#include "cli/live.h"

#include <event2/event.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/str.h"
#include "cli/terminal.h"

#define TO_LINE_START "\r\033[K" /* and clears it: ECMA-48, EL */

static void
redraw(const struct live *l)
{
	uint64_t s = (clock_mono_us() - l->began_us) / 1000000;
	fputs(TO_LINE_START, stderr);
	terminal_put_word(stderr, l->what);
	fputs(": ", stderr);
	terminal_put_word(stderr, l->status);
	fprintf(stderr, ", %llu s", (unsigned long long)s);
	fflush(stderr);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	redraw(arg);
}

void
live_begin(struct live *l, struct event_base *base, const char *what)
{
	static const struct timeval second = {1, 0};
	*l = (struct live){.is_terminal = terminal_is_live(stderr),
			   .is_shown = true,
			   .began_us = clock_mono_us()};
	snprintf(l->what, sizeof(l->what), "%s", what);
	snprintf(l->status, sizeof(l->status), "asking Forge");
	if (!l->is_terminal)
		return;
	l->tick = event_new(base, -1, EV_PERSIST, on_tick, l);
	if (l->tick)
		event_add(l->tick, &second);
	redraw(l);
}

void
live_say(struct live *l, const char *status)
{
	if (!l->is_shown)
		return;
	snprintf(l->status, sizeof(l->status), "%s", status);
	if (l->is_terminal)
		redraw(l);
	else
		fprintf(stderr, "%s\n", status);
}

void
live_end(struct live *l)
{
	if (l->is_shown && l->is_terminal) {
		redraw(l);
		fputc('\n', stderr);
	}
	if (l->tick)
		event_free(l->tick);
	l->tick = NULL;
	l->is_shown = false;
}
