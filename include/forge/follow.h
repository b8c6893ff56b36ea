/* What becomes of an operation's work: the table behind mark, adopt, follow and wait.
 * Private to libforge: not installed. */
#ifndef FORGE_FOLLOW_H
#define FORGE_FOLLOW_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "forge/operation.h"

struct follow_pair { /* a field of the request's body is found again as an attribute */
	const char *body;
	const char *attribute;
};

/*
 * One operation. A resource is at its end when everything that its row names holds:
 * status is a word of good, flag is as wanted, the pairs of `same` are equal. A row that
 * names none of them ends as soon as the resource is there.
 */
struct follow_row {
	const char *operation;
	const char *nothing; /* why there is nothing to look at; the rest is empty then */
	const char *list;    /* where what it makes appears; NULL: nowhere */
	const char *show;    /* reads one; NULL: nothing to look at */
	/* Of show. When the operation has it in its own path, the id is known from there;
	 * NULL: there is but one. */
	const char *id_param;
	const char *id_body; /* or the field of the body that is the id */
	const char *status;  /* path among the attributes */
	const char *good;    /* ends, words; what is in neither list goes on */
	const char *bad;
	struct follow_pair same[2]; /* tell ours from others in the list */
	bool any_new;		    /* of several new ones the oldest serves as well */
	const char *each;      /* list in the body: every item makes one, all are ours */
	bool must_be_same;     /* no good end before `same` holds */
	bool gone;	       /* the end is a 404 */
	bool appears;	       /* a 404 comes before it is there */
	bool null_is_good;     /* a status of null */
	bool settles;	       /* was at a good end before: two looks must agree */
	const char *flag;      /* attribute that is true at the end; "!x": false */
	const char *ended_at;  /* attribute that is set at the end, for free statuses */
	const char *exit_code; /* attribute that is 0 or null when all went well */
};

extern const struct follow_row follow_rows[];
extern const size_t follow_n_rows;

/* NULL when op has none. */
const struct follow_row *follow_find(const struct forge_operation *op);

enum follow_verdict { FOLLOW_GOING, FOLLOW_GOOD, FOLLOW_BAD };
/* resource: {"id","attributes"}; body: of the request, may be NULL. */
enum follow_verdict follow_judge(const struct follow_row *row, const json_t *resource,
				 const json_t *body);
/* The status as text; "unknown" when it is absent. */
const char *follow_status(const struct follow_row *row, const json_t *resource);
/* How many resources the call makes. */
size_t follow_expected(const struct follow_row *row, const json_t *body);

/* Milliseconds until the next look, for a budget of 60 requests a minute. */
uint64_t follow_interval_ms(uint64_t elapsed_ms);

/* Whether numeric id a is greater than b; NULL is less than all. */
bool follow_id_greater(const char *a, const char *b);
/* Replaces *last by the greatest numeric id of a page that is greater (NULL: there was
 * none so far). Returns 0 or -ENOMEM. */
int follow_greatest(const json_t *page, char **last) MUST_CHECK;
/*
 * Adds ids of a page that are after last and fit the request to found (array of strings).
 * Returns 1 when the page reaches back to last, 0 when not, or -ENOMEM.
 */
int follow_collect(const struct follow_row *row, const json_t *page, const json_t *body,
		   const char *last, json_t *found) MUST_CHECK;

#endif
