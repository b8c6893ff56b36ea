/*
 * Inside match/: one {{ ... }} of a template.
 *
 *     expression = ( path / string ) *( "|" filter )
 *     path       = key *( "." key / "[" number "]" / "[" string "]" )
 *     filter     = name [ ":" argument *( "," argument ) ]
 *     argument   = string / number / true / false / null / word
 *     string     = in double quotes (with \" \\ \n \t) or in single quotes (without)
 */
#ifndef MATCH_TEMPLATE_PARSE_H
#define MATCH_TEMPLATE_PARSE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/str.h"
#include "match/template_value.h"

struct template_step {
	struct slice key; /* data NULL: an index */
	size_t index;
};

struct template_call {
	const struct template_filter *filter;
	struct template_argument arguments[TEMPLATE_MAX_ARGUMENTS];
	size_t len;
};

struct template_expression {
	struct slice source;  /* the path as written, for messages */
	struct slice literal; /* instead of a path; data NULL: none */
	const struct template_step *steps;
	size_t n_steps;
	const struct template_call *calls;
	size_t n_calls;
};

/*
 * *text stands behind "{{" and is moved behind "}}", or to the mistake. Returns 0;
 * -EINVAL with *ret_problem (str_free) saying what is wrong; -ENOMEM.
 */
int template_parse(struct arena *arena, const char **text,
		   struct template_expression *ret_expression,
		   char **ret_problem) MUST_CHECK;

#endif
