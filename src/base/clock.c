#include "base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/str.h"

uint64_t
clock_mono_us(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

int64_t
clock_wall_us(void)
{
	struct timespec ts;
	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

const char *
clock_format(int64_t wall_us, char *buf)
{
	time_t seconds = (time_t)(wall_us / 1000000);
	struct tm tm = {0};
	gmtime_r(&seconds, &tm);
	size_t n = strftime(buf, CLOCK_TEXT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + n, CLOCK_TEXT_SIZE - n, ".%03dZ", (int)(wall_us / 1000 % 1000));
	return buf;
}

/* The fraction behind the seconds in microseconds; moves *p behind it. */
static int64_t
read_fraction(const char **p)
{
	int64_t us = 0;
	int64_t scale = 100000;
	if (**p != '.')
		return 0;
	for ((*p)++; **p >= '0' && **p <= '9'; (*p)++) {
		us += (**p - '0') * scale;
		scale /= 10;
	}
	return us;
}

/* "Z" or "+hh:mm" as seconds east of UTC; false on anything else. */
static bool
read_offset(const char *p, int64_t *ret_seconds)
{
	if (str_eq(p, "Z") || str_eq(p, "z")) {
		*ret_seconds = 0;
		return true;
	}
	if ((*p != '+' && *p != '-') || strlen(p) != 6 || p[3] != ':')
		return false;
	char hours[3] = {p[1], p[2], '\0'};
	char minutes[3] = {p[4], p[5], '\0'};
	uint32_t h = 0;
	uint32_t m = 0;
	if (parse_u32(hours, 0, 23, &h) < 0 || parse_u32(minutes, 0, 59, &m) < 0)
		return false;
	int64_t seconds = (int64_t)h * 3600 + (int64_t)m * 60;
	*ret_seconds = *p == '-' ? -seconds : seconds;
	return true;
}

int
clock_parse(const char *text, int64_t *ret_wall_us)
{
	struct tm tm = {0};
	const char *p = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	if (!p)
		return -EINVAL;
	int64_t us = read_fraction(&p);
	int64_t offset = 0;
	if (!read_offset(p, &offset))
		return -EINVAL;
	*ret_wall_us = ((int64_t)timegm(&tm) - offset) * 1000000 + us;
	return 0;
}
