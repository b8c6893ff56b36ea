#include "pipeline/plan.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "match/template.h"
#include "pipeline/scope.h"

/* What the callback of the match needs. */
struct making {
	struct plan *plan;
	const struct delivery *delivery;
	const struct scope *scope;
	int error;
};

void
plan_done(struct plan *plan)
{
	for (size_t i = 0; i < plan->len; i++) {
		job_free(plan->items[i].job);
		str_free(plan->items[i].error);
	}
	mem_free(plan->items);
	*plan = (struct plan){0};
}

/* Where the queue's key stands in the rule: its own template, or the site of a step. */
static const char *
queue_template(const struct rule *rule, struct place *ret_at)
{
	const struct rule_step *first = rule->n_steps > 0 ? &rule->steps[0] : NULL;
	if (rule->queue) {
		*ret_at = rule->queue_at;
		return rule->queue;
	}
	if (first && first->site) {
		*ret_at = first->site_at;
		return first->site;
	}
	if (first && first->server) {
		*ret_at = first->server_at;
		return first->server;
	}
	*ret_at = rule->at;
	return NULL;
}

static int
set_queue(struct planned *p, const struct scope *scope)
{
	struct place at = {0};
	const char *text = queue_template(p->rule, &at);
	if (!text)
		return str_set(&p->job->queue, p->rule->name);
	auto_buf key = BUF_INIT(LIMIT_QUEUE_KEY_BYTES);
	int rc = template_render_text(text, at, &scope->event, &key, &p->error);
	if (rc == -ENOMEM)
		return rc;
	if (rc < 0) {
		if (!p->error)
			p->error = str_dup("its queue could not be rendered");
		return str_set(&p->job->queue, p->rule->name);
	}
	return str_set(&p->job->queue, buf_str(&key));
}

static void
lay_out_steps(struct job *job, const struct rule *rule)
{
	for (size_t i = 0; i < job->n_steps; i++) {
		bool on_failure = i >= rule->n_steps;
		job->steps[i].on_failure = on_failure;
		job->steps[i].position = (unsigned)(on_failure ? i - rule->n_steps : i);
	}
}

static int
make_job(struct planned *p, const struct delivery *d, const struct scope *scope)
{
	const struct rule *rule = p->rule;
	p->job = job_new(rule->n_steps + rule->n_on_failure);
	if (!p->job)
		return -ENOMEM;
	p->job->id = id_new();
	p->job->delivery = d->id;
	memcpy(p->job->rule_version, rule->version, sizeof(rule->version));
	lay_out_steps(p->job, rule);
	int rc = str_set(&p->job->rule, rule->name);
	return rc == 0 ? set_queue(p, scope) : rc;
}

static void
on_match(const struct rule *rule, void *arg)
{
	struct making *m = arg;
	struct plan *plan = m->plan;
	if (m->error == 0)
		m->error = x_reserve(&plan->items, &plan->cap, plan->len);
	if (m->error < 0)
		return;
	struct planned *p = &plan->items[plan->len++];
	*p = (struct planned){.rule = rule};
	m->error = make_job(p, m->delivery, m->scope);
}

/* The names of the rules that matched: what came of the delivery. */
static int
set_result(struct delivery *d, const struct plan *plan)
{
	auto_buf names = BUF_INIT(LIMIT_TEXT_BYTES);
	for (size_t i = 0; i < plan->len; i++)
		buf_printf(&names, "%s%s", i > 0 ? "," : "", plan->items[i].rule->name);
	if (buf_failed(&names))
		return names.error;
	return str_set(&d->result, buf_str(&names));
}

int
plan_make(struct plan *plan, const struct ruleset *rs, struct delivery *d)
{
	struct scope scope;
	int rc = scope_init(&scope, d, ruleset_wants_fields(rs));
	struct making m = {plan, d, &scope, 0};
	if (rc == 0)
		rc = ruleset_match(rs, &scope.event, on_match, &m);
	if (rc == 0)
		rc = m.error;
	if (rc == 0)
		rc = set_result(d, plan);
	scope_done(&scope);
	return rc;
}
