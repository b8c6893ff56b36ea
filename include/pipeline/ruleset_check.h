/* The checks behind ruleset_new. Inside pipeline/ only. */
#ifndef PIPELINE_RULESET_CHECK_H
#define PIPELINE_RULESET_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/diag.h"
#include "model/conf.h"
#include "model/rule.h"

struct ruleset_check {
	const struct conf *conf;
	struct diag_list *diags;
	bool *source_used; /* one for each of conf->sources */
	bool wants_fields; /* a pattern or a queue asks for FIELD_NORMALISED */
};

/* ruleset_when.c: the fields that a pattern asks for, and the sources it takes. */
void ruleset_check_when(struct ruleset_check *c, const struct rule *rule);
void ruleset_check_sources_used(struct ruleset_check *c);
/* Warns of the name of a header that no delivery can have, for its capitals. */
void ruleset_check_header(struct ruleset_check *c, const char *name, struct place at);
/* ruleset_step.c: operations and what they are called with. */
void ruleset_check_steps(struct ruleset_check *c, const struct rule *rule);
/*
 * ruleset_template.c: syntax and the fields that are asked for. step is the step that
 * holds the template, NULL for the queue, which is known before any step runs.
 */
void ruleset_check_text(struct ruleset_check *c, const struct rule *rule,
			const struct rule_step *step, const char *text, struct place at);
void ruleset_check_tree(struct ruleset_check *c, const struct rule *rule,
			const struct rule_step *step, const struct node *tree);

/* The fields that patterns and templates see. */
enum ruleset_field_use {
	FIELD_ALWAYS,
	FIELD_NORMALISED, /* made by the provider when something asks for it */
	FIELD_TEMPLATES	  /* not for patterns */
};
struct ruleset_field {
	const char *name;
	enum ruleset_field_use use;
	const char *help;
};
/* Ends with name NULL. */
const struct ruleset_field *ruleset_fields(void);
/* NULL when there is none; then *ret_near is the nearest, or NULL. */
const struct ruleset_field *ruleset_field_find(const char *name, const char **ret_near);

#endif
