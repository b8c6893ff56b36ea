#include "model/job.h"

#include <errno.h>

#include "base/mem.h"
#include "base/str.h"

#define STATE_NAME(value, name) [value] = name,
static const char *const job_names[] = {JOB_STATES(STATE_NAME)};
static const char *const step_names[] = {STEP_STATES(STATE_NAME)};

/* Bit n of allowed[s]: from s to state n. A final state allows nothing. */
#define BIT(s) (1U << (s))
static const unsigned allowed[JOB_STATE_COUNT] = {
	[JOB_WAITING] = BIT(JOB_RUNNING) | BIT(JOB_FAILED) | BIT(JOB_CANCELLED) |
			BIT(JOB_SUPERSEDED) | BIT(JOB_EXPIRED),
	[JOB_RUNNING] = BIT(JOB_SUCCEEDED) | BIT(JOB_FAILED) | BIT(JOB_CANCELLED),
};

struct job *
job_new(size_t n_steps)
{
	struct job *j = x_new(struct job);
	if (!j)
		return NULL;
	j->steps = x_new_array(struct job_step, n_steps);
	if (!j->steps) {
		mem_free(j);
		return NULL;
	}
	j->n_steps = n_steps;
	return j;
}

static void
step_done(struct job_step *s)
{
	str_free(s->request);
	str_free(s->mark);
	str_free(s->resource);
	str_free(s->result);
	str_free(s->error);
}

void
job_free(struct job *j)
{
	if (!j)
		return;
	for (size_t i = 0; i < j->n_steps; i++)
		step_done(&j->steps[i]);
	mem_free(j->steps);
	str_free(j->rule);
	str_free(j->queue);
	str_free(j->reason);
	str_free(j->server);
	str_free(j->site);
	mem_free(j);
}

const char *
job_state_name(enum job_state s)
{
	return job_names[s];
}

int
job_state_from(const char *name, enum job_state *ret_state)
{
	for (size_t i = 0; i < ARRAY_LEN(job_names); i++) {
		if (str_eq(job_names[i], name)) {
			*ret_state = (enum job_state)i;
			return 0;
		}
	}
	return -ENOENT;
}

bool
job_state_is_final(enum job_state s)
{
	return allowed[s] == 0;
}

bool
job_state_allows(enum job_state from, enum job_state to)
{
	return (allowed[from] & BIT(to)) != 0;
}

const char *
step_state_name(enum step_state s)
{
	return step_names[s];
}

int
step_state_from(const char *name, enum step_state *ret_state)
{
	for (size_t i = 0; i < ARRAY_LEN(step_names); i++) {
		if (str_eq(step_names[i], name)) {
			*ret_state = (enum step_state)i;
			return 0;
		}
	}
	return -ENOENT;
}
