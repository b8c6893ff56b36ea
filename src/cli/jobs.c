#include <stdio.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/journal_args.h"

#define DEFAULT_ROWS 50

/* What a list shows. */
struct listing {
	bool json;
	const char *delivery; /* only those of this one; NULL: all */
	size_t rows;
	size_t max;
};

static void
put_time(struct json_writer *w, const char *key, int64_t us)
{
	char text[CLOCK_TEXT_SIZE];
	json_str(w, key, us > 0 ? clock_format(us, text) : NULL);
}

static void
put_step(struct json_writer *w, const struct job_step *s)
{
	json_open_object(w, NULL);
	json_str(w, "list", s->on_failure ? "on_failure" : "do");
	json_int(w, "position", (int64_t)s->position + 1);
	json_str(w, "state", step_state_name(s->state));
	json_int(w, "attempts", (int64_t)s->attempts);
	json_str(w, "resource", s->resource);
	json_str(w, "error", s->error);
	put_time(w, "started_at", s->started_us);
	put_time(w, "ended_at", s->ended_us);
	json_raw(w, "request", s->request);
	json_raw(w, "result", s->result);
	json_close_object(w);
}

static void
put_job(struct json_writer *w, const struct job *j)
{
	json_open_object(w, NULL);
	json_str(w, "job", j->id.text);
	json_str(w, "delivery", j->delivery.text);
	json_str(w, "rule", j->rule);
	json_str(w, "queue", j->queue);
	json_str(w, "state", job_state_name(j->state));
	json_str(w, "reason", j->reason);
	json_str(w, "server", j->server);
	json_str(w, "site", j->site);
	put_time(w, "created_at", j->created_us);
	put_time(w, "started_at", j->started_us);
	put_time(w, "ended_at", j->ended_us);
	json_open_array(w, "steps");
	for (size_t i = 0; i < j->n_steps; i++)
		put_step(w, &j->steps[i]);
	json_close_array(w);
	json_close_object(w);
}

static int
show_json(const struct job *j)
{
	auto_buf out = BUF_INIT(LIMIT_CONF_BYTES);
	struct json_writer w;
	json_begin(&w, &out);
	put_job(&w, j);
	puts(buf_str(&out));
	return buf_failed(&out) ? CLI_FAILED : CLI_OK;
}

static bool
on_job(struct job *j, void *arg)
{
	struct listing *l = arg;
	char time[CLOCK_TEXT_SIZE];
	bool wanted = !l->delivery || str_eq(l->delivery, j->delivery.text);
	if (wanted && l->json)
		show_json(j);
	else if (wanted)
		printf("%s  %s  %-10s %-20s %s%s%s\n", j->id.text,
		       clock_format(j->created_us, time), job_state_name(j->state),
		       j->rule, j->queue, j->reason ? "  " : "",
		       j->reason ? j->reason : "");
	l->rows += wanted;
	job_free(j);
	return l->rows < l->max;
}

static int
run_list(const struct cli_args *args)
{
	struct journal_reader *reader = NULL;
	struct listing l = {.json = cli_has(args, "--json"),
			    .delivery = cli_get(args, "--delivery")};
	uint64_t max = 0;
	int rc = cli_get_u64(args, "--limit", 1, UINT32_MAX, DEFAULT_ROWS, &max);
	if (rc == CLI_OK)
		rc = cli_open_journal(args, &reader);
	if (rc != CLI_OK)
		return rc;
	l.max = max;
	int error = journal_list_jobs(reader, cli_has(args, "--unfinished"), UINT32_MAX,
				      on_job, &l);
	journal_reader_close(reader);
	if (error < 0)
		return cli_read_error(args, error, "list of jobs");
	if (l.rows == 0)
		fputs("no jobs\n", stderr);
	return CLI_OK;
}

static void
print_step(const struct job_step *s)
{
	printf("  %s %u  %-9s", s->on_failure ? "on_failure" : "step", s->position + 1,
	       step_state_name(s->state));
	if (s->resource)
		printf("  resource %s", s->resource);
	if (s->started_us > 0 && s->ended_us > 0)
		printf("  %.1f s", (double)(s->ended_us - s->started_us) / 1e6);
	if (s->error)
		printf("  %s", s->error);
	putchar('\n');
	if (s->request)
		printf("    %s\n", s->request);
}

static int
show_text(const struct job *j)
{
	char time[CLOCK_TEXT_SIZE];
	printf("job       %s\ndelivery  %s\nrule      %s\nqueue     %s\nstate     "
	       "%s%s%s\n"
	       "created   %s\n",
	       j->id.text, j->delivery.text, j->rule, j->queue, job_state_name(j->state),
	       j->reason ? ": " : "", j->reason ? j->reason : "",
	       clock_format(j->created_us, time));
	if (j->started_us > 0)
		printf("started   %s\n", clock_format(j->started_us, time));
	if (j->ended_us > 0)
		printf("ended     %s\n", clock_format(j->ended_us, time));
	for (size_t i = 0; i < j->n_steps; i++)
		print_step(&j->steps[i]);
	return CLI_OK;
}

static int
run_show(const struct cli_args *args)
{
	struct journal_reader *reader = NULL;
	struct job *j = NULL;
	const char *id = cli_operand(args, 0);
	int rc = cli_open_journal(args, &reader);
	if (rc != CLI_OK)
		return rc;
	int error = journal_load_job(reader, id, &j);
	journal_reader_close(reader);
	if (error < 0) {
		auto_str what = str_format("job %s", id);
		return cli_read_error(args, error, what ? what : "job");
	}
	rc = cli_has(args, "--json") ? show_json(j) : show_text(j);
	job_free(j);
	return rc;
}

static const struct cli_option list_options[] = {
	{"--config", 'c', "FILE", "the configuration, which names the journal", true},
	{"--unfinished", 0, NULL, "only jobs that have not ended, oldest first", false},
	{"--delivery", 0, "ID", "only the jobs of one delivery", false},
	{"--limit", 'n', "N", "how many rows at most (default 50)", false},
	{"--json", 0, NULL, "one JSON object a line", false},
	{0},
};

static const struct cli_option show_options[] = {
	{"--config", 'c', "FILE", "the configuration, which names the journal", true},
	{"--json", 0, NULL, "one JSON object", false},
	{0},
};

const struct cli_command cli_jobs_list = {
	.name = "jobs list",
	.operands = "",
	.summary = "list what was started, newest first",
	.details = "Reads the journal, whether the bridge runs or not. One line a job: "
		   "its id, when\n"
		   "it came to be, state, rule, queue, and why it is in this state.",
	.options = list_options,
	.example = "forgebridge jobs list -c forgebridge.yaml --unfinished",
	.exits = CLI_EXITS({CLI_OK, "done"},
			   {CLI_BAD_INPUT, "the configuration has mistakes"},
			   {CLI_UNREACHABLE, "the journal cannot be read"}),
	.run = run_list,
};

const struct cli_command cli_jobs_show = {
	.name = "jobs show",
	.operands = "JOB",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "show one job with its steps, requests and results",
	.details = "JOB is the id of jobs list, of the log and of notices. Each step is "
		   "shown with\n"
		   "its state, the id of what it made at Forge, how long it took, and "
		   "its request.",
	.options = show_options,
	.example = "forgebridge jobs show 01KATV3T8Q5Z0Y9K2M4N6P8R0S -c forgebridge.yaml",
	.exits = CLI_EXITS({CLI_OK, "done"}, {CLI_FAILED, "there is no such job"},
			   {CLI_BAD_INPUT, "the configuration has mistakes"},
			   {CLI_UNREACHABLE, "the journal cannot be read"}),
	.run = run_show,
};
