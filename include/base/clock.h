/* Time. Monotonic for deadlines, wall for what people read and what is signed. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

uint64_t clock_mono_us(void);
/* Microseconds since 1970 in UTC. */
int64_t clock_wall_us(void);

#define CLOCK_TEXT_SIZE 32
/* RFC 3339 in UTC with milliseconds: 2026-11-23T12:00:00.000Z. buf has CLOCK_TEXT_SIZE.
 */
const char *clock_format(int64_t wall_us, char *buf);
/* RFC 3339 with any offset and fraction. Returns 0 or -EINVAL. */
int clock_parse(const char *text, int64_t *ret_wall_us) MUST_CHECK;

#endif
