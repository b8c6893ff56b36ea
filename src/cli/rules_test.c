#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/rendering.h"
#include "cli/trial.h"

struct output {
	const struct trial *trial;
	struct json_writer json;
	bool is_json;
	bool failed; /* a template would fail */
};

/* --- one step --- */

static void
print_step(const struct rule_step *step, const struct rendering *r)
{
	printf("  %s %s: %s %s\n", step->id, step->operation, r->operation->method,
	       buf_str(&r->url));
	if (r->body.len > 0)
		printf("    %s\n", buf_str(&r->body));
	if (r->pending)
		puts("    (what stands in {{ }} follows from earlier steps)");
	if (r->error.len > 0)
		printf("    fails: %s\n", buf_str(&r->error));
}

static void
put_step(struct json_writer *w, const struct rule_step *step, const struct rendering *r)
{
	json_open_object(w, NULL);
	json_str(w, "id", step->id);
	json_str(w, "operation", r->operation->id);
	json_str(w, "method", r->operation->method);
	json_str(w, "path", buf_str(&r->url));
	json_raw(w, "body", buf_str(&r->body));
	json_bool(w, "pending", r->pending);
	json_str(w, "error", r->error.len > 0 ? buf_str(&r->error) : NULL);
	json_close_object(w);
}

static int
show_step(struct output *o, const struct rule_step *step)
{
	struct rendering r;
	rendering_init(&r);
	int rc = rendering_make(&r, ruleset_conf(o->trial->rs), step,
				&o->trial->scope.event);
	o->failed = o->failed || r.error.len > 0;
	if (rc == 0 && o->is_json)
		put_step(&o->json, step, &r);
	else if (rc == 0)
		print_step(step, &r);
	rendering_done(&r);
	return rc;
}

static int
show_steps(struct output *o, const char *key, const struct rule_step *steps, size_t n)
{
	if (o->is_json)
		json_open_array(&o->json, key);
	else if (n > 0 && str_eq(key, "on_failure"))
		puts("  when one fails:");
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = show_step(o, &steps[i]);
	if (o->is_json)
		json_close_array(&o->json);
	return rc;
}

/* --- one rule --- */

/* As in pipeline/plan.c: its own template, or where the first step works. */
static int
render_queue(struct output *o, const struct rule *rule, struct buf *out,
	     struct buf *error)
{
	bool pending = false;
	const struct rule_step *first = rule->n_steps > 0 ? &rule->steps[0] : NULL;
	const char *text = rule->queue;
	struct place at = rule->queue_at;
	if (!text && first) {
		text = first->site ? first->site : first->server;
		at = first->site ? first->site_at : first->server_at;
	}
	if (!text)
		return buf_puts(out, rule->name);
	int rc = rendering_text(text, at, &o->trial->scope.event, out, &pending, error);
	return rc == -ENOMEM ? rc : 0;
}

static int
show_rule(struct output *o, const struct rule *rule)
{
	auto_buf queue = BUF_INIT(LIMIT_TEMPLATE_BYTES);
	auto_buf error = BUF_INIT(LIMIT_TEXT_BYTES);
	int rc = render_queue(o, rule, &queue, &error);
	if (rc < 0)
		return rc;
	o->failed = o->failed || error.len > 0;
	const char *problem = error.len > 0 ? buf_str(&error) : NULL;
	if (o->is_json) {
		json_open_object(&o->json, NULL);
		json_str(&o->json, "rule", rule->name);
		json_str(&o->json, "queue", problem ? NULL : buf_str(&queue));
		json_str(&o->json, "error", problem);
	} else {
		printf("%s matches; queue %s\n", rule->name,
		       problem ? "fails:" : buf_str(&queue));
		if (problem)
			printf("    %s\n", problem);
	}
	rc = show_steps(o, "steps", rule->steps, rule->n_steps);
	if (rc == 0)
		rc = show_steps(o, "on_failure", rule->on_failure, rule->n_on_failure);
	if (o->is_json)
		json_close_object(&o->json);
	return rc;
}

/* --- all --- */

static void
put_delivery(struct json_writer *w, const struct delivery *d)
{
	json_open_object(w, "delivery");
	json_str(w, "source", d->source);
	json_str(w, "kind", d->kind);
	json_str(w, "type", d->type);
	json_str(w, "subject", d->subject);
	json_close_object(w);
}

static void
print_none(const struct trial *t)
{
	struct trial_nearness n = trial_nearest(t);
	printf("no rule matches this %s of %s\n",
	       str_is_empty(t->delivery->type) ? "delivery" : t->delivery->type,
	       t->delivery->source);
	if (n.rule)
		printf("nearest: %s, %zu of %zu fields; `forgebridge rules explain` "
		       "shows them\n",
		       n.rule->name, n.matching, n.leaves);
}

static int
show_all(struct output *o)
{
	int rc = 0;
	auto_buf text = BUF_INIT(SIZE_MAX / 2);
	json_begin(&o->json, &text);
	if (o->is_json) {
		json_open_object(&o->json, NULL);
		put_delivery(&o->json, o->trial->delivery);
		json_open_array(&o->json, "matched");
	}
	for (size_t i = 0; i < o->trial->n_matched && rc == 0; i++)
		rc = show_rule(o, o->trial->matched[i]);
	if (o->is_json) {
		json_close_array(&o->json);
		json_close_object(&o->json);
		if (rc == 0 && !buf_failed(&text))
			puts(buf_str(&text));
	} else if (o->trial->n_matched == 0) {
		print_none(o->trial);
	}
	return rc == 0 ? text.error : rc;
}

static int
run(const struct cli_args *args)
{
	struct trial trial;
	int rc = trial_open(args, &trial);
	if (rc == CLI_OK) {
		struct output o = {.trial = &trial, .is_json = cli_has(args, "--json")};
		if (show_all(&o) < 0)
			rc = cli_fail(args, CLI_FAILED, "out of memory");
		else if (trial.n_matched == 0 || o.failed)
			rc = CLI_FAILED;
	}
	trial_done(&trial);
	return rc;
}

static const struct cli_option options[] = {CLI_TRIAL_OPTIONS, {0}};

const struct cli_command cli_rules_test = {
	.name = "rules test",
	.operands = "",
	.summary = "tell which rules a delivery would start, and with which requests",
	.details = "Nothing is sent. Without --headers those are made up that such a "
		   "sender would\n"
		   "send. Names stand where Forge wants ids, {server} where it follows "
		   "from the\n"
		   "site; values of earlier steps stay templates.",
	.options = options,
	.example = "forgebridge rules test -c forgebridge.yaml --source github --type "
		   "push --body push.json",
	.exits = CLI_EXITS({CLI_OK, "a rule matches"},
			   {CLI_FAILED, "none does, or a template of one would fail"},
			   {CLI_USAGE, "wrong usage, or there is no such source"},
			   {CLI_BAD_INPUT,
			    "the configuration, the body or the headers have mistakes"}),
	.run = run,
};
