#include "pipeline/counters.h"

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/job.h"
#include "provider/provider.h"

#define BUCKETS 4096

struct count {
	enum counter which;
	char *a;
	char *b;
	uint64_t n;
	struct count *next_in_bucket;
	struct count *next;
};

struct counters {
	struct count *buckets[BUCKETS];
	struct count *first; /* owned, in the order of first use */
	struct count **last;
};

#define OUTCOME_NAME(value, name) [value] = name,
static const char *const outcome_names[] = {INTAKE_OUTCOMES(OUTCOME_NAME)};

const char *
intake_outcome_name(enum intake_outcome o)
{
	return outcome_names[o];
}

struct counters *
counters_new(void)
{
	struct counters *c = x_new(struct counters);
	if (c)
		c->last = &c->first;
	return c;
}

static void
count_free(struct count *count)
{
	str_free(count->a);
	str_free(count->b);
	mem_free(count);
}

void
counters_free(struct counters *c)
{
	if (!c)
		return;
	while (c->first) {
		struct count *next = c->first->next;
		count_free(c->first);
		c->first = next;
	}
	mem_free(c);
}

/* FNV-1a over the labels. */
static size_t
bucket_of(enum counter which, const char *a, const char *b)
{
	uint32_t h = 0x811c9dc5U ^ (uint32_t)which;
	for (const char *p = a; *p; p++)
		h = (h ^ (unsigned char)*p) * 0x01000193U;
	for (const char *p = b ? b : ""; *p; p++)
		h = (h ^ (unsigned char)*p) * 0x01000193U;
	return h % BUCKETS;
}

static struct count *
insert(struct counters *c, enum counter which, const char *a, const char *b)
{
	struct count *count = x_new(struct count);
	if (!count)
		return NULL;
	count->which = which;
	count->a = str_dup(a);
	count->b = str_dup(b);
	if (!count->a || (b && !count->b)) {
		count_free(count);
		return NULL;
	}
	struct count **bucket = &c->buckets[bucket_of(which, a, b)];
	count->next_in_bucket = *bucket;
	*bucket = count;
	*c->last = count;
	c->last = &count->next;
	return count;
}

void
counters_add(struct counters *c, enum counter which, const char *a, const char *b,
	     uint64_t n)
{
	struct count *count = c->buckets[bucket_of(which, a, b)];
	while (count &&
	       (count->which != which || !str_eq(count->a, a) || !str_eq(count->b, b)))
		count = count->next_in_bucket;
	if (!count)
		count = insert(c, which, a, b);
	if (count)
		count->n += n;
}

static void
declare_rule(struct counters *c, const char *rule)
{
	counters_add(c, COUNTER_MATCHES, rule, NULL, 0);
	for (size_t i = 0; i < JOB_STATE_COUNT; i++) {
		if (job_state_is_final((enum job_state)i))
			counters_add(c, COUNTER_JOBS, rule,
				     job_state_name((enum job_state)i), 0);
	}
}

static void
declare_source(struct counters *c, const char *source)
{
	for (size_t i = 0; i < INTAKE_UNKNOWN_SOURCE; i++)
		counters_add(c, COUNTER_DELIVERIES, source, outcome_names[i], 0);
	for (size_t i = 0; i < PROVIDER_VERDICT_COUNT; i++) {
		if (i != VERDICT_GENUINE && i != VERDICT_ERROR)
			counters_add(c, COUNTER_REFUSALS, source,
				     provider_verdict_word((enum provider_verdict)i), 0);
	}
}

void
counters_declare(struct counters *c, const struct conf *conf)
{
	for (size_t i = 0; i < conf->n_sources; i++)
		declare_source(c, conf->sources[i].name);
	counters_add(c, COUNTER_DELIVERIES, "", outcome_names[INTAKE_UNKNOWN_SOURCE], 0);
	for (size_t i = 0; i < conf->n_rules && i < LIMIT_METRIC_RULES; i++)
		declare_rule(c, conf->rules[i]->name);
}

void
counters_each(const struct counters *c, enum counter which, counter_fn *fn, void *arg)
{
	for (const struct count *count = c->first; count; count = count->next) {
		if (count->which == which)
			fn(count->a, count->b, count->n, arg);
	}
}
