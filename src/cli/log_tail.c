#include "cli/log_tail.h"

#include <string.h>

#include "base/str.h"

const char *
log_tail_new(const char *before, const char *now)
{
	while (*before) {
		if (str_starts(now, before))
			return now + strlen(before);
		before += strcspn(before, "\n");
		before += *before == '\n';
	}
	return now;
}
