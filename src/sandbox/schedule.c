#include "sandbox/schedule.h"

#include "base/str.h"
#include "sandbox/resource.h"

#define MINUTE_US 60000000LL

static const struct row {
	const char *frequency;
	const char *cron;
	const char *words;
	int64_t minutes;
} rows[] = {
	{"minutely", "* * * * *", "Every minute", 1},
	{"hourly", "0 * * * *", "Hourly", 60},
	{"nightly", "0 0 * * *", "Nightly", 1440},
	{"daily", "0 0 * * *", "Daily", 1440},
	{"weekly", "0 0 * * 0", "Weekly", 10080},
	{"monthly", "0 0 1 * *", "Monthly", 43200},
	{"reboot", "@reboot", "At reboot", 0},
};

static const struct row *
find(const char *frequency)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (str_eq(rows[i].frequency, frequency))
			return &rows[i];
	}
	return NULL;
}

const char *
schedule_cron(const char *frequency)
{
	const struct row *row = find(frequency);
	return row ? row->cron : NULL;
}

json_t *
schedule_describe(const char *frequency, const char *time)
{
	const struct row *row = find(frequency);
	const char *words = row ? row->words : "Custom";
	auto_str text = time ? str_format("%s at %s", words, time) : str_dup(words);
	return text ? json_string(text) : NULL;
}

json_t *
schedule_next(const struct world *w, const char *frequency)
{
	const struct row *row = find(frequency);
	int64_t step_us = (row && row->minutes > 0 ? row->minutes : 60) * MINUTE_US;
	return resource_time((world_now(w) / step_us + 1) * step_us);
}
