/* This process, as the kernel sees it. */
#ifndef BASE_PROC_H
#define BASE_PROC_H

#include <stdint.h>

/* Resident memory in bytes, 0 when /proc does not tell. */
uint64_t proc_resident_bytes(void);
/* CPU time of user and system together in microseconds. */
uint64_t proc_cpu_us(void);
/*
 * Puts /dev/null where standard input, output or error is closed, so that no file opened
 * later gets their numbers and what is printed. To be called first.
 */
void proc_fill_standard_fds(void);

#endif
