/* Rules and their steps. */
#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "conf/reader.h"

#define FNV_OFFSET 0xcbf29ce484222325ULL
#define FNV_PRIME  0x100000001b3ULL

/* FNV-1a, 64 bits: tells versions of a rule apart, protects against nobody. */
static void
set_version(struct rule *rule)
{
	static const char hex[] = "0123456789abcdef";
	uint64_t hash = FNV_OFFSET;
	for (const char *p = rule->text; *p; p++)
		hash = (hash ^ (unsigned char)*p) * FNV_PRIME;
	for (size_t i = 0; i < RULE_VERSION_SIZE - 1; i++)
		rule->version[i] = hex[(hash >> (60 - 4 * i)) & 15];
	rule->version[RULE_VERSION_SIZE - 1] = '\0';
}

/* Rules are journaled with each job: what they hold is no place for secrets. */
static int
refuse_references(struct conf_reader *r, const struct node *n)
{
	if (n->kind == NODE_STRING && !n->broken && conf_is_reference(n->text)) {
		diag_error(
			r->diags, n->at,
			"${...} is not allowed inside rules: secrets belong to sources, "
			"forge and mqtt");
		return -EINVAL;
	}
	int rc = 0;
	for (size_t i = 0; i < n->len; i++)
		rc = conf_worse(rc, refuse_references(r, n->items[i]));
	return rc;
}

/* Steps of `do` or `on_failure`: where to store them depends on the option's offset. */
static int
read_steps(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	   void *record)
{
	if (n->kind != NODE_ARRAY)
		return conf_expected(r, o, n, o->type->expected);
	if (n->len > LIMIT_STEPS) {
		diag_error(r->diags, n->at, "`%s`: more than %d steps", o->key,
			   LIMIT_STEPS);
		return -EINVAL;
	}
	struct rule_step *steps = x_new_array(struct rule_step, n->len);
	if (!steps)
		return -ENOMEM;
	*(struct rule_step **)conf_field(o, record) = steps;
	*(size_t *)(void *)((char *)record + o->companion) = n->len;
	int worst = 0;
	for (size_t i = 0; i < n->len; i++) {
		int rc = conf_read_section(r, o->section, n->items[i], &steps[i]);
		steps[i].broken = rc < 0;
		worst = conf_worse(worst, rc);
	}
	return worst;
}

/* Steps without an id are called by their number, counted through both lists. */
static int
number_steps(struct rule_step *steps, size_t n, size_t first)
{
	for (size_t i = 0; i < n; i++) {
		if (!steps[i].id && !(steps[i].id = str_format("%zu", first + i)))
			return -ENOMEM;
	}
	return 0;
}

static const struct rule_step *
step_at(const struct rule *rule, size_t i)
{
	return i < rule->n_steps ? &rule->steps[i] : &rule->on_failure[i - rule->n_steps];
}

static int
refuse_double_ids(struct conf_reader *r, const struct rule *rule)
{
	int rc = 0;
	for (size_t i = 1; i < rule->n_steps + rule->n_on_failure; i++) {
		const struct rule_step *step = step_at(rule, i);
		size_t k = 0;
		while (k < i && !str_eq(step_at(rule, k)->id, step->id))
			k++;
		if (k == i)
			continue;
		diag_error(r->diags, step->at,
			   "two steps of this rule have the id \"%s\"; the other is in "
			   "line %u",
			   step->id, step_at(rule, k)->at.line);
		rc = -EINVAL;
	}
	return rc;
}

static int
fill_rule(struct conf_reader *r, const struct node *n, struct rule *rule)
{
	int rc = conf_read_section(r, &conf_section_rule, n, rule);
	if (n->kind == NODE_OBJECT)
		rc = conf_worse(rc, refuse_references(r, n));
	if (number_steps(rule->steps, rule->n_steps, 1) < 0 ||
	    number_steps(rule->on_failure, rule->n_on_failure, 1 + rule->n_steps) < 0)
		return -ENOMEM;
	rc = conf_worse(rc, refuse_double_ids(r, rule));
	auto_buf text = BUF_INIT(LIMIT_CONF_BYTES);
	node_write_json(n, &text);
	rule->text = buf_take(&text);
	if (!rule->text)
		return -ENOMEM;
	set_version(rule);
	return rc;
}

int
conf_read_rule(struct conf_reader *r, const struct node *n, struct rule **ret_rule)
{
	struct rule *rule = rule_new();
	if (!rule)
		return -ENOMEM;
	bool outer = r->in_rules;
	r->in_rules = true;
	int rc = fill_rule(r, n, rule);
	r->in_rules = outer;
	/* a rule with mistakes is kept as well: its name counts for the others' */
	rule->broken = rc < 0;
	if (rc == -ENOMEM)
		rule_free(rule);
	else
		*ret_rule = rule;
	return rc;
}

static int
read_rules(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	   void *record)
{
	struct conf *c = r->conf;
	(void)record;
	if (n->kind == NODE_NULL)
		return n->broken ? -EINVAL : 0;
	if (n->kind != NODE_ARRAY)
		return conf_expected(r, o, n, o->type->expected);
	if (n->len > LIMIT_RULES) {
		diag_error(r->diags, n->at, "more than %d rules", LIMIT_RULES);
		return -EINVAL;
	}
	c->rules = x_new_array(struct rule *, n->len);
	if (!c->rules)
		return -ENOMEM;
	int worst = 0;
	for (size_t i = 0; i < n->len; i++) {
		int rc = conf_read_rule(r, n->items[i], &c->rules[c->n_rules]);
		c->n_rules += c->rules[c->n_rules] != NULL;
		worst = conf_worse(worst, rc);
	}
	return worst;
}

const struct conf_type conf_type_rules = {"list", "a list of rules (- name: ...)",
					  read_rules};
const struct conf_type conf_type_steps = {"list", "a list of steps (- operation: ...)",
					  read_steps};
