/* Waiting times between attempts: exponential with full jitter on the upper half. */
#ifndef BASE_RETRY_H
#define BASE_RETRY_H

#include <stdint.h>

/*
 * Milliseconds to wait before attempt number `attempt` (1 is the first repeat): between
 * half and the whole of base_ms * 2^(attempt-1), capped at cap_ms.
 */
uint64_t retry_delay_ms(unsigned attempt, uint64_t base_ms, uint64_t cap_ms);

#endif
