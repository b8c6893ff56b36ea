#include "model/rule.h"

#include "base/mem.h"
#include "base/str.h"

struct rule *
rule_new(void)
{
	return x_new(struct rule);
}

void
rule_step_done(struct rule_step *s)
{
	str_free(s->id);
	str_free(s->operation);
	str_free(s->site);
	str_free(s->server);
	str_free(s->account);
	node_free(s->params);
	node_free(s->body);
	*s = (struct rule_step){0};
}

static void
free_steps(struct rule_step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++)
		rule_step_done(&steps[i]);
	mem_free(steps);
}

void
rule_free(struct rule *r)
{
	if (!r)
		return;
	str_free(r->name);
	str_free(r->text);
	node_free(r->when);
	free_steps(r->steps, r->n_steps);
	free_steps(r->on_failure, r->n_on_failure);
	str_free(r->queue);
	mem_free(r);
}
