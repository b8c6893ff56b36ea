/* When what is repeated runs: jobs and backups. */
#ifndef SANDBOX_SCHEDULE_H
#define SANDBOX_SCHEDULE_H

#include "sandbox/kind.h"

/* The cron line of "hourly" and the like; NULL for "custom". */
const char *schedule_cron(const char *frequency);
/* "Nightly at 03:30", as JSON. time may be NULL. */
json_t *schedule_describe(const char *frequency, const char *time);
/* When it runs next, as JSON text; the next hour for what is not known. */
json_t *schedule_next(const struct world *w, const char *frequency);
/* Hooks of both kinds of scheduled jobs (struct kind). */
bool schedule_fill_job(struct visit *v, struct thing *t);
void schedule_shape_job(struct visit *v, struct thing *t, json_t *attributes);

#endif
