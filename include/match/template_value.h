/* Inside match/: values on their way through filters, and the table of filters. */
#ifndef MATCH_TEMPLATE_VALUE_H
#define MATCH_TEMPLATE_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/json_doc.h"
#include "base/str.h"
#include "match/template.h"

#define TEMPLATE_MAX_ARGUMENTS 2

enum template_kind {
	TEMPLATE_MISSING,
	TEMPLATE_TEXT, /* a string's content */
	TEMPLATE_JSON  /* a number, true, false, null, list or object as JSON */
};

struct template_value {
	enum template_kind kind;
	struct buf text;
};

struct template_argument {
	enum template_kind kind; /* never missing */
	struct slice text;	 /* NUL-terminated */
};

/*
 * Changes the value in place. Returns 0; -EINVAL with *ret_problem (static) saying what
 * was expected; -EMSGSIZE, -ENOMEM. Absent arguments have text.data NULL.
 */
typedef int template_filter_fn(struct template_value *v,
			       const struct template_argument *arguments,
			       const char **ret_problem);

struct template_filter {
	const struct template_filter_doc *doc;
	template_filter_fn *run;
	size_t min_arguments;
	size_t max_arguments;
	bool takes_missing; /* the others never see a missing value */
	/* What is wrong with its arguments (static), NULL: nothing. NULL: all do. */
	const char *(*refuse)(const struct template_argument *arguments);
};

/* NULL: there is none of that name. */
const struct template_filter *template_filter_find(struct slice name);
const char *template_filter_nearest(const char *name);

/* Filters by what they work on: template_text.c, template_list.c, template_encode.c. */
template_filter_fn template_default;
template_filter_fn template_short;
template_filter_fn template_lower;
template_filter_fn template_upper;
template_filter_fn template_slug;
template_filter_fn template_replace;
template_filter_fn template_strip_prefix;
template_filter_fn template_strip_suffix;
template_filter_fn template_split;
template_filter_fn template_first;
template_filter_fn template_last;
template_filter_fn template_join;
template_filter_fn template_length;
template_filter_fn template_json;
template_filter_fn template_url;
template_filter_fn template_shell;
template_filter_fn template_date;

/* JSON null counts as missing where text is wanted. */
bool template_is_null(const struct template_value *v);
/* '{' '[' or another first byte of TEMPLATE_JSON; '"' for text. */
char template_first_byte(const struct template_value *v);
/* "a list" ...: for messages. */
const char *template_kind_name(const struct template_value *v);
/* Makes text of a scalar; -EINVAL for lists, objects and null. */
int template_to_text(struct template_value *v, const char **ret_problem) MUST_CHECK;
/* Replaces the value by what is in out, which is empty afterwards. */
void template_replace_text(struct template_value *v, enum template_kind kind,
			   struct buf *out);
/* Replaces the value by a value of a document. */
int template_take_json(struct template_value *v, struct json_value json) MUST_CHECK;

#endif
