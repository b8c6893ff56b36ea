/*
 * Event patterns (Amazon EventBridge's language; docs/RULES.md) over deliveries. Patterns
 * are added to a set once and then run against many events; a set is immutable after
 * match_set_finish and may be read by several threads.
 */
#ifndef MATCH_MATCH_H
#define MATCH_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/diag.h"
#include "base/str.h"
#include "model/node.h"

/* A top-level field of what patterns and templates see. */
enum match_field_kind {
	MATCH_TEXT, /* value is the content of a string */
	MATCH_JSON  /* value is JSON text */
};

struct match_field {
	const char *name;
	enum match_field_kind kind;
	struct slice value; /* borrowed; data NULL: the field is absent */
};

struct match_event {
	const struct match_field *fields; /* borrowed */
	size_t len;
};

/* One line of an explanation: a field of the pattern and what the event has there. */
struct match_finding {
	const char *path;     /* "payload.ref" */
	const char *expected; /* the pattern's JSON at that place */
	const char *found;    /* the event's JSON there, shortened; NULL: absent */
	bool matches;
};

enum match_dialect {
	MATCH_EXTENDED, /* with the two additions: bare scalars (and later regex) */
	MATCH_STRICT	/* EventBridge to the letter */
};

/* An operator of the language, for the documentation. */
struct match_operator_doc {
	const char *name;
	const char *example; /* what stands in the field's list, as YAML */
	const char *help;
};
/* Ends with name NULL. */
const struct match_operator_doc *match_operators(void);

struct match_set;

struct match_set *match_set_new(void) MUST_CHECK;
void match_set_free(struct match_set *set);
/*
 * Compiles a pattern (copied) and adds it under id (a small number of the caller's).
 * Returns 0, -EINVAL with every mistake in diags, -ENOMEM.
 */
int match_set_add(struct match_set *set, const struct node *pattern, unsigned id,
		  enum match_dialect dialect, struct diag_list *diags) MUST_CHECK;
/* After the last add, before the first run. Returns 0 or -ENOMEM. */
int match_set_finish(struct match_set *set) MUST_CHECK;
/* Bytes of memory that the set holds. */
size_t match_set_memory(const struct match_set *set);

typedef void match_fn(unsigned id, void *arg);
/*
 * Calls on_match once for every pattern that matches, in rising id order. Returns 0,
 * -EBADMSG when a MATCH_JSON field is no JSON (nothing was called then), -ENOMEM.
 */
int match_run(const struct match_set *set, const struct match_event *event,
	      match_fn *on_match, void *arg) MUST_CHECK;
/*
 * Field by field, why pattern id matches or not; one call of on_finding for each leaf of
 * the pattern. When every field fits but not within one element of an array, a last call
 * with the path "(together)" says so. Strings are valid during the call only. Returns 0,
 * -ENOENT without such a pattern, -EBADMSG, -ENOMEM.
 */
typedef void match_finding_fn(const struct match_finding *finding, void *arg);
int match_explain(const struct match_set *set, unsigned id,
		  const struct match_event *event, match_finding_fn *on_finding,
		  void *arg) MUST_CHECK;

#endif
