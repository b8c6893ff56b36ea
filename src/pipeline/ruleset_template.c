/* What templates ask for: their syntax is match's, which fields there are is ours. */
#include <string.h>

#include "base/str.h"
#include "match/template.h"
#include "pipeline/ruleset_check.h"

struct holder {
	const struct rule *rule;
	const struct rule_step *step; /* NULL: the queue */
};

static const char word_letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz0123456789_-";

/* Finds the step of that id; *ret_is_later: it has not run when holder's step does. */
static const struct rule_step *
find_step(const struct holder *h, const char *id, bool *ret_is_later)
{
	const struct rule *r = h->rule;
	bool is_later = false;
	for (size_t i = 0; i < r->n_steps + r->n_on_failure; i++) {
		const struct rule_step *s =
			i < r->n_steps ? &r->steps[i] : &r->on_failure[i - r->n_steps];
		is_later = is_later || s == h->step;
		if (!str_eq(s->id, id))
			continue;
		*ret_is_later = is_later;
		return s;
	}
	return NULL;
}

static const char *
nearest_step(const struct rule *r, const char *id)
{
	const char *best = NULL;
	for (size_t i = 0; i < r->n_steps; i++) {
		const char *pair[2] = {r->steps[i].id, best};
		best = str_nearest(id, pair, best ? 2 : 1);
	}
	return best;
}

/* p stands behind "steps": ".id" is checked, other spellings are left to the run. */
static void
check_step_reference(struct ruleset_check *c, const struct holder *h, const char *p,
		     struct place at)
{
	if (*p != '.')
		return;
	auto_str id = str_ndup(p + 1, strspn(p + 1, word_letters));
	bool is_later = false;
	if (str_is_empty(id))
		return;
	if (find_step(h, id, &is_later)) {
		if (is_later)
			diag_error(c->diags, at,
				   "in {{ }}: the step \"%s\" has not run yet when this "
				   "is needed",
				   id);
		return;
	}
	/* of a single digit any other one is near */
	const char *near = strlen(id) > 2 ? nearest_step(h->rule, id) : NULL;
	if (near)
		diag_error(c->diags, at,
			   "in {{ }}: this rule has no step \"%s\"; did you mean \"%s\"?",
			   id, near);
	else
		diag_error(c->diags, at, "in {{ }}: this rule has no step \"%s\"", id);
}

/* p stands behind "headers": .name, ["name"] or ['name']. */
static void
check_header_reference(struct ruleset_check *c, const char *p, struct place at)
{
	bool is_quoted = *p == '[' && (p[1] == '"' || p[1] == '\'');
	if (*p != '.' && !is_quoted)
		return;
	p += is_quoted ? 2 : 1;
	auto_str name = str_ndup(p, strspn(p, word_letters));
	if (name)
		ruleset_check_header(c, name, at);
}

static void
check_field(struct ruleset_check *c, const struct holder *h, const char *name,
	    const char *behind, struct place at)
{
	const char *near = NULL;
	const struct ruleset_field *f = ruleset_field_find(name, &near);
	if (!f && near)
		diag_error(c->diags, at,
			   "in {{ }}: there is no field \"%s\"; did you mean \"%s\"?",
			   name, near);
	else if (!f)
		diag_error(c->diags, at, "in {{ }}: there is no field \"%s\"", name);
	else if (f->use == FIELD_NORMALISED)
		c->wants_fields = c->wants_fields || !h->step;
	else if (f->use == FIELD_TEMPLATES && !h->step)
		diag_error(c->diags, at,
			   "in {{ }}: \"%s\" is not known yet when the queue is chosen",
			   name);
	else if (str_eq(name, "steps"))
		check_step_reference(c, h, behind, at);
	else if (str_eq(name, "headers"))
		check_header_reference(c, behind, at);
}

static void
check_fields(struct ruleset_check *c, const struct holder *h, const char *text,
	     struct place at)
{
	const char *p = text;
	while ((p = strstr(p, "{{")) != NULL) {
		p += 2;
		p += strspn(p, " \t\r\n");
		size_t n = strspn(p, word_letters);
		if (n == 0)
			continue; /* a literal in quotes */
		auto_str name = str_ndup(p, n);
		if (name)
			check_field(c, h, name, p + n, at);
		p += n;
	}
}

static void
check_text(struct ruleset_check *c, const struct holder *h, const char *text,
	   struct place at)
{
	size_t errors = c->diags->errors;
	template_check_text(text, at, c->diags);
	if (c->diags->errors == errors)
		check_fields(c, h, text, at);
}

void
ruleset_check_text(struct ruleset_check *c, const struct rule *rule,
		   const struct rule_step *step, const char *text, struct place at)
{
	const struct holder h = {rule, step};
	check_text(c, &h, text, at);
}

/* Recursion is bounded by the depth of the file. */
static void
check_tree(struct ruleset_check *c, const struct holder *h, const struct node *tree)
{
	if (tree->kind == NODE_STRING && !tree->broken)
		check_text(c, h, tree->text, tree->at);
	for (size_t i = 0; i < tree->len; i++)
		check_tree(c, h, tree->items[i]);
}

void
ruleset_check_tree(struct ruleset_check *c, const struct rule *rule,
		   const struct rule_step *step, const struct node *tree)
{
	const struct holder h = {rule, step};
	check_tree(c, &h, tree);
}
