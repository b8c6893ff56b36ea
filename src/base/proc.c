#include "base/proc.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

uint64_t
proc_resident_bytes(void)
{
	char text[128] = "";
	uint64_t pages = 0;
	FILE *f = fopen("/proc/self/statm", "re");
	if (!f)
		return 0;
	if (fgets(text, sizeof(text), f)) {
		const char *second = strchr(text, ' ');
		pages = second ? strtoull(second, NULL, 10) : 0;
	}
	fclose(f);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t
proc_cpu_us(void)
{
	struct rusage u = {0};
	getrusage(RUSAGE_SELF, &u);
	return (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 +
	       (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

void
proc_fill_standard_fds(void)
{
	int fd = open("/dev/null", O_RDWR);
	while (fd >= STDIN_FILENO && fd < STDERR_FILENO)
		fd = dup(fd);
	if (fd > STDERR_FILENO)
		close(fd);
}
