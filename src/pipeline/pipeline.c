#include "pipeline/pipeline.h"

#include <errno.h>

#include <event2/event.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "conf/conf.h"
#include "pipeline/intake.h"
#include "pipeline/job.h"
#include "pipeline/recorder.h"

struct pipeline {
	struct pipeline_options options;
	struct ruleset *ruleset; /* a reference */
	struct accounts *accounts;
	struct counters *counters;
	struct recorder *recorder;
	struct outbox *outbox; /* NULL without a broker */
	struct queues *queues;
	struct intake *intake;
	struct run_environment run_environment;
	struct event *journal_ready;
	bool told_broken;
	bool stopped;
};

static void
on_journal_ready(evutil_socket_t fd, short what, void *arg)
{
	struct pipeline *p = arg;
	(void)fd;
	(void)what;
	journal_dispatch(p->options.journal);
	if (journal_get_health(p->options.journal) != JOURNAL_BROKEN || p->told_broken)
		return;
	p->told_broken = true;
	p->options.on_broken(p->options.arg);
}

static void
on_notices(void *arg)
{
	struct pipeline *p = arg;
	if (p->outbox)
		outbox_poke(p->outbox);
}

static void
on_run_end(struct run *run, void *arg)
{
	struct pipeline *p = arg;
	const struct job *job = run_job(run);
	counters_add(p->counters, COUNTER_JOBS, job->rule, job_state_name(job->state), 1);
	queues_ended(p->queues, run);
}

/*
 * Puts a job that is on disk into its queue. It is the job's owner on success. A job that
 * starts at once is given its delivery d (may be NULL); one that waits reads it from the
 * journal when its turn comes, so that waiting jobs hold no bodies.
 */
static int
enqueue(struct pipeline *p, const struct run_origin *origin, struct job *job,
	struct delivery *d)
{
	struct run *run = run_new(&p->run_environment, origin, job);
	if (!run)
		return -ENOMEM;
	if (d && queues_are_free(p->queues, job->queue))
		run_give_delivery(run, d);
	if (queues_add(p->queues, run) == 0)
		return 0;
	run_free(run); /* job and rule with it; the journal still has them */
	return -ENOTRECOVERABLE;
}

static void
complain_of_memory(const char *job)
{
	log_error(log_msg("no memory for a job; it waits in the journal for a restart"),
		  log_str("job", job));
}

static void
on_jobs(struct plan *plan, struct ruleset *rs, struct delivery *d, void *arg)
{
	struct pipeline *p = arg;
	for (size_t i = 0; i < plan->len; i++) {
		struct planned *item = &plan->items[i];
		struct run_origin origin = {rs, p->accounts, item->rule, NULL};
		struct id id = item->job->id;
		if (job_state_is_final(item->job->state)) {
			counters_add(p->counters, COUNTER_JOBS, item->job->rule,
				     job_state_name(item->job->state), 1);
			log_warning(log_msg("job failed"), log_str("job", id.text),
				    log_str("rule", item->job->rule),
				    log_str("reason", item->error));
			continue;
		}
		int rc = enqueue(p, &origin, item->job, d);
		if (rc != -ENOMEM)
			item->job = NULL;
		if (rc < 0)
			complain_of_memory(id.text);
	}
	queues_go(p->queues);
}

/* --- taking up what an earlier process left
 * ----------------------------------------------- */

struct recovery {
	struct pipeline *pipeline;
	struct journal_reader *reader;
	size_t jobs;
	int error;
};

/* The rule as the job began with it: still in the table, or as the journal kept it. */
static int
find_rule(struct recovery *r, const struct job *job, struct run_origin *origin)
{
	const struct conf *conf = ruleset_conf(r->pipeline->ruleset);
	const struct rule *now = conf_rule_find(conf, job->rule);
	if (now && str_eq(now->version, job->rule_version)) {
		origin->rule = now;
		return 0;
	}
	auto_str text = NULL;
	int rc = journal_load_rule(r->reader, job->rule_version, &text);
	if (rc == 0)
		rc = conf_parse_rule(text, &origin->owned_rule);
	origin->rule = origin->owned_rule;
	return rc;
}

static bool
fits(const struct job *job, const struct rule *rule)
{
	return job->n_steps == rule->n_steps + rule->n_on_failure;
}

static void
free_orphan(void *arg)
{
	job_free(arg);
}

/* A job without a rule cannot go on; it ends here and now. */
static void
fail_orphan(struct pipeline *p, struct job *job)
{
	struct change *c = change_new(p->recorder, job);
	log_error(log_msg("a job's rule cannot be read"), log_str("job", job->id.text),
		  log_str("rule", job->rule));
	if (!c) {
		job_free(job);
		return;
	}
	struct telling tell = {recorder_bridge(p->recorder), change_notices(c)};
	job_set_state(job, JOB_FAILED, "its rule cannot be read from the journal", &tell);
	change_submit(c, free_orphan, job);
}

static bool
on_unfinished(struct job *job, void *arg)
{
	struct recovery *r = arg;
	struct pipeline *p = r->pipeline;
	struct run_origin origin = {p->ruleset, p->accounts, NULL, NULL};
	int rc = find_rule(r, job, &origin);
	if (rc == 0 && !fits(job, origin.rule))
		rc = -EINVAL;
	if (rc < 0) {
		rule_free(origin.owned_rule);
		fail_orphan(p, job);
		return true;
	}
	struct id id = job->id;
	rc = enqueue(p, &origin, job, NULL);
	if (rc == -ENOMEM) {
		rule_free(origin.owned_rule);
		job_free(job);
	}
	if (rc < 0) {
		complain_of_memory(id.text);
		r->error = -ENOMEM;
	}
	r->jobs++;
	return rc == 0;
}

static int
recover(struct pipeline *p, char **ret_error)
{
	struct recovery r = {.pipeline = p};
	const char *url = ruleset_conf(p->ruleset)->journal.url;
	r.reader = journal_reader_open(url, ret_error);
	if (!r.reader)
		return -EIO;
	int rc = journal_list_jobs(r.reader, true, UINT32_MAX, on_unfinished, &r);
	journal_reader_close(r.reader);
	if (rc == 0)
		rc = r.error;
	if (rc < 0)
		*ret_error = str_dup("unfinished jobs cannot be read from the journal");
	if (r.jobs > 0)
		log_info(log_msg("took up unfinished jobs"), log_uint("jobs", r.jobs));
	return rc;
}

/* --- building and ending
 * --------------------------------------------------------------------- */

static int
load_marker(struct pipeline *p, uint64_t *ret_marker, char **ret_error)
{
	const char *url = ruleset_conf(p->ruleset)->journal.url;
	struct journal_reader *r = journal_reader_open(url, ret_error);
	if (!r)
		return -EIO;
	int rc = journal_load_marker(r, ret_marker);
	journal_reader_close(r);
	if (rc < 0)
		*ret_error =
			str_dup("the broker's marker cannot be read from the journal");
	return rc;
}

static int
build_outbox(struct pipeline *p, char **ret_error)
{
	const struct conf_mqtt *mqtt = &ruleset_conf(p->ruleset)->mqtt;
	if (!mqtt->enabled)
		return 0;
	struct id boot = id_new();
	struct outbox_options options = {
		.journal = p->options.journal, .conf = mqtt, .boot = boot.text};
	int rc = load_marker(p, &options.marker, ret_error);
	if (rc < 0)
		return rc;
	p->outbox = outbox_new(p->options.base, &options);
	return p->outbox ? 0 : -ENOMEM;
}

static int
build_intake(struct pipeline *p)
{
	struct intake_options options = {.journal = p->options.journal,
					 .recorder = p->recorder,
					 .counters = p->counters,
					 .on_jobs = on_jobs,
					 .arg = p};
	p->intake = intake_new(&options);
	if (!p->intake)
		return -ENOMEM;
	intake_set_ruleset(p->intake, p->ruleset);
	return 0;
}

static int
build(struct pipeline *p, char **ret_error)
{
	const struct conf *conf = ruleset_conf(p->ruleset);
	struct event_base *base = p->options.base;
	struct journal *journal = p->options.journal;
	struct recorder_options options = {.bridge = conf->mqtt.enabled ? conf->mqtt.name
									: "",
					   .notices = conf->mqtt.enabled,
					   .on_notices = on_notices,
					   .arg = p};
	p->counters = counters_new();
	if (p->counters)
		counters_declare(p->counters, conf);
	p->accounts = accounts_new(base, conf, NULL);
	p->recorder = recorder_new(base, journal, &options);
	p->queues = queues_new();
	p->journal_ready = event_new(base, journal_fd(journal), EV_READ | EV_PERSIST,
				     on_journal_ready, p);
	if (!p->counters || !p->accounts || !p->recorder || !p->queues ||
	    !p->journal_ready || event_add(p->journal_ready, NULL) < 0)
		return -ENOMEM;
	p->run_environment.base = base;
	p->run_environment.journal = journal;
	p->run_environment.recorder = p->recorder;
	p->run_environment.on_end = on_run_end;
	p->run_environment.arg = p;
	int rc = build_outbox(p, ret_error);
	return rc == 0 ? build_intake(p) : rc;
}

struct pipeline *
pipeline_new(const struct pipeline_options *options, char **ret_error)
{
	struct pipeline *p = x_new(struct pipeline);
	*ret_error = NULL;
	if (!p) {
		journal_close(options->journal);
		return NULL;
	}
	p->options = *options;
	p->ruleset = ruleset_ref(options->ruleset);
	int rc = build(p, ret_error);
	if (rc == 0)
		rc = recover(p, ret_error);
	if (rc == 0) {
		queues_go(p->queues);
		return p;
	}
	if (!*ret_error)
		*ret_error = str_dup("no memory");
	p->run_environment.stopped = true;
	journal_close(options->journal);
	pipeline_free(p);
	return NULL;
}

void
pipeline_stop(struct pipeline *p)
{
	if (p->stopped)
		return;
	p->stopped = true;
	p->run_environment.stopped = true;
	accounts_stop(p->accounts);
	queues_stop(p->queues);
	if (p->outbox)
		outbox_stop(p->outbox);
	journal_close(p->options.journal);
}

void
pipeline_free(struct pipeline *p)
{
	if (!p)
		return;
	if (p->journal_ready)
		event_free(p->journal_ready);
	queues_free(p->queues);
	intake_free(p->intake);
	outbox_free(p->outbox);
	recorder_free(p->recorder);
	accounts_unref(p->accounts);
	counters_free(p->counters);
	ruleset_unref(p->ruleset);
	mem_free(p);
}

int
pipeline_reload(struct pipeline *p, struct ruleset *rs)
{
	struct accounts *accounts =
		accounts_new(p->options.base, ruleset_conf(rs), p->accounts);
	if (!accounts)
		return -ENOMEM;
	accounts_unref(p->accounts);
	p->accounts = accounts;
	ruleset_ref(rs);
	ruleset_unref(p->ruleset);
	p->ruleset = rs;
	counters_declare(p->counters, ruleset_conf(rs));
	intake_set_ruleset(p->intake, rs);
	return 0;
}

const struct http_handler *
pipeline_hooks(struct pipeline *p, void **ret_arg)
{
	*ret_arg = p->intake;
	return intake_handler();
}

void
pipeline_look(const struct pipeline *p, struct pipeline_view *ret_view)
{
	*ret_view = (struct pipeline_view){
		.ruleset = p->ruleset,
		.journal = p->options.journal,
		.accounts = p->accounts,
		.counters = p->counters,
		.queues = queues_count(p->queues),
		.has_broker = p->outbox != NULL,
	};
	if (p->outbox)
		outbox_get_stats(p->outbox, &ret_view->outbox);
}
