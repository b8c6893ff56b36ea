/*
 * Inside match/: what patterns are compiled to. A pattern becomes alternatives (one for
 * each way through its $or fields); an alternative is a list of conditions, one a path,
 * that must all hold with array consistency; a condition is a list of tests of which one
 * must hold, or the field's absence. All of it lives in the set's arena and never
 * changes.
 */
#ifndef MATCH_PATTERN_H
#define MATCH_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/attr.h"
#include "base/diag.h"
#include "base/json_doc.h"
#include "base/str.h"
#include "match/match.h"
#include "match/values.h"
#include "model/node.h"

enum test_kind {
	TEST_STRING,
	TEST_ADDRESS, /* a literal that is an address: other spellings are equal */
	TEST_NUMBER,  /* a literal: equal as number or as text */
	TEST_EQUAL,   /* numeric "=" */
	TEST_WORD,    /* true, false, null */
	TEST_PREFIX,
	TEST_SUFFIX,
	TEST_FOLD,
	TEST_PREFIX_FOLD,
	TEST_SUFFIX_FOLD,
	TEST_WILDCARD,
	TEST_RANGE,
	TEST_EXISTS,
	TEST_CIDR,
	TEST_ANYTHING_BUT
};

struct number_range {
	double low;
	double high;
	bool low_open;
	bool high_open;
};

/* A wildcard's literal pieces: text between its stars. */
struct pieces {
	const struct slice *items;
	size_t len; /* stars + 1 */
};

struct tests {
	const struct test *items;
	size_t len;
};

struct test {
	enum test_kind kind;
	bool has_number; /* TEST_NUMBER: comparable as one */
	union {
		struct slice text;
		struct {
			struct slice literal;
			double number;
		};
		struct number_range range;
		struct address_range addresses;
		struct pieces pieces;
		struct tests but;
		enum json_kind word;
	};
};

struct pattern_path {
	struct slice name;	   /* steps joined by dots */
	const struct slice *steps; /* keys, split at their dots */
	uint32_t len;
	uint32_t hash;
	uint32_t number;	   /* counts up in a set */
	struct pattern_path *next; /* in its chain of the path table */
};

struct leaf {
	struct tests tests;
	bool or_absent; /* exists: false stood in the list */
	const struct pattern_path *path;
	struct slice expected; /* the pattern's JSON there */
	struct leaf *next;     /* in its chain of the leaf table */
	uint32_t hash;
};

struct condition {
	const struct pattern_path *path;
	const struct leaf *leaf;
	uint32_t rank; /* place among the conditions by name of path */
	bool absent;   /* the field's absence, not the leaf's tests */
};

/* Conditions are sorted step by step, so those below one path stand together. */
struct alternative {
	const struct pattern *pattern;
	const struct condition *items;
	size_t len;
};

struct pattern {
	unsigned id;
	const struct alternative *alternatives;
	size_t len;
	const struct leaf *const *leaves; /* as they stand in the rule */
	size_t n_leaves;
};

/* Paths are kept once a set. */
struct path_table {
	struct pattern_path **chains; /* owned */
	size_t n_chains;	      /* power of two */
	size_t len;
};

/* Leaves too: most rules share theirs for source and type. */
struct leaf_table {
	struct leaf **chains; /* owned */
	size_t n_chains;      /* power of two */
	size_t len;
};

void leaf_table_done(struct leaf_table *t);
void path_table_done(struct path_table *t);
uint32_t match_hash(struct slice text);
/* The path of these steps, made when it is new; NULL without memory. */
const struct pattern_path *path_intern(struct path_table *t, struct arena *arena,
				       const struct slice *steps, size_t len) MUST_CHECK;

struct compiler {
	struct arena *arena;
	struct path_table *paths;
	struct leaf_table *leaves;
	enum match_dialect dialect;
	struct diag_list *diags;
	bool no_memory;
};

/* Compiles a whole pattern: 0, -EINVAL (diags), -ENOMEM. */
int pattern_compile(struct compiler *c, const struct node *node, unsigned id,
		    const struct pattern **ret_pattern) MUST_CHECK;
/*
 * Compiles the value of a field: a list of literals and operators. NULL: diags or
 * no_memory say why.
 */
const struct leaf *leaf_compile(struct compiler *c, const struct node *node,
				const struct pattern_path *path) MUST_CHECK;
/* One operator object. exists: false sets *ret_absent and leaves the test alone. */
bool operator_compile(struct compiler *c, const struct node *object,
		      struct test *ret_test, bool *ret_absent) MUST_CHECK;
bool operator_is_known(const char *name);
/* Names that turn an $or into a plain field, operators and words kept for later. */
bool operator_is_reserved(const char *name);
const char *operator_nearest(const char *name);
/* Literal pieces of a wildcard; what is wrong with it, or NULL. */
bool wildcard_compile(struct compiler *c, const struct node *node,
		      struct pieces *ret_pieces) MUST_CHECK;
bool wildcard_matches(const struct pieces *pieces, struct slice text);

/* The pattern of a set by its id, NULL when there is none. */
const struct pattern *match_pattern(const struct match_set *set, unsigned id);

/* A value of an event: a string's content, or a scalar as written. */
struct scalar {
	enum json_kind kind;
	struct slice text;
};

bool tests_match(const struct tests *tests, const struct scalar *value);

#endif
