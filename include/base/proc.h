/* What the kernel tells about this process. */
#ifndef BASE_PROC_H
#define BASE_PROC_H

#include <stdint.h>

/* Resident memory in bytes, 0 when /proc does not tell. */
uint64_t proc_resident_bytes(void);
/* CPU time of user and system together in microseconds. */
uint64_t proc_cpu_us(void);

#endif
