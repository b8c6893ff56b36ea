#include "base/retry.h"

#include <stddef.h>
#include <sys/random.h>
#include <sys/types.h>

uint64_t
retry_delay_ms(unsigned attempt, uint64_t base_ms, uint64_t cap_ms)
{
	unsigned shift = attempt > 1 ? attempt - 1 : 0;
	uint64_t delay = shift < 32 ? base_ms << shift : cap_ms;
	if (delay > cap_ms)
		delay = cap_ms;
	uint64_t random = 0;
	if (getrandom(&random, sizeof(random), 0) != (ssize_t)sizeof(random))
		return delay;
	uint64_t half = delay / 2;
	return delay - half + random % (half + 1);
}
