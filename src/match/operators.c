/* The operators of event patterns: one row each, with the function that compiles it. */
#include "base/str.h"
#include "match/pattern.h"

typedef bool compile_fn(struct compiler *c, const struct node *value, struct test *t);

struct operator_row {
	const char *name;
	compile_fn *compile;
	bool under_anything_but;
	bool no_empty_text; /* under anything-but */
};

static bool
refuse(struct compiler *c, const struct node *value, const char *name,
       const char *expected)
{
	diag_error(c->diags, value->at, "%s: expected %s, found %s", name, expected,
		   node_kind_name(value->kind));
	return false;
}

static bool
keep_text(struct compiler *c, const struct node *value, struct test *t,
	  enum test_kind kind)
{
	t->kind = kind;
	t->text = arena_copy(c->arena, (struct slice){value->text, value->text_len});
	c->no_memory = c->no_memory || !t->text.data;
	return t->text.data != NULL;
}

static bool
compile_exactly(struct compiler *c, const struct node *value, struct test *t)
{
	if (value->kind != NODE_STRING)
		return refuse(c, value, "exactly", "a string");
	return keep_text(c, value, t, TEST_STRING);
}

static bool
compile_fold(struct compiler *c, const struct node *value, struct test *t)
{
	if (value->kind != NODE_STRING)
		return refuse(c, value, "equals-ignore-case", "a string");
	return keep_text(c, value, t, TEST_FOLD);
}

/* A string, or {equals-ignore-case: string}. */
static bool
compile_end(struct compiler *c, const struct node *value, const char *name,
	    const enum test_kind kinds[2], struct test *t)
{
	if (value->kind == NODE_STRING)
		return keep_text(c, value, t, kinds[0]);
	if (value->kind != NODE_OBJECT || value->len != 1 ||
	    !str_eq(value->items[0]->key, "equals-ignore-case"))
		return refuse(c, value, name, "a string or {equals-ignore-case: string}");
	if (value->items[0]->kind != NODE_STRING)
		return refuse(c, value->items[0], "equals-ignore-case", "a string");
	return keep_text(c, value->items[0], t, kinds[1]);
}

static bool
compile_prefix(struct compiler *c, const struct node *value, struct test *t)
{
	static const enum test_kind kinds[2] = {TEST_PREFIX, TEST_PREFIX_FOLD};
	return compile_end(c, value, "prefix", kinds, t);
}

static bool
compile_suffix(struct compiler *c, const struct node *value, struct test *t)
{
	static const enum test_kind kinds[2] = {TEST_SUFFIX, TEST_SUFFIX_FOLD};
	return compile_end(c, value, "suffix", kinds, t);
}

static bool
compile_wildcard(struct compiler *c, const struct node *value, struct test *t)
{
	if (value->kind != NODE_STRING)
		return refuse(c, value, "wildcard", "a string");
	t->kind = TEST_WILDCARD;
	return wildcard_compile(c, value, &t->pieces);
}

static bool
compile_cidr(struct compiler *c, const struct node *value, struct test *t)
{
	if (value->kind != NODE_STRING)
		return refuse(c, value, "cidr", "a string");
	t->kind = TEST_CIDR;
	struct slice text = {value->text, value->text_len};
	const char *expected = value_cidr(text, &t->addresses);
	if (expected)
		diag_error(c->diags, value->at, "cidr: \"%s\": expected %s", value->text,
			   expected);
	return !expected;
}

static bool
take_number(struct compiler *c, const struct node *value, const char *name,
	    double *ret_number)
{
	if (value->kind != NODE_NUMBER)
		return refuse(c, value, name, "a number");
	struct slice text = {value->text, value->text_len};
	if (json_check(text, NULL) == 0 && value_number(text, ret_number))
		return true;
	diag_error(c->diags, value->at,
		   "%s: %s is not a decimal number that binary64 holds exactly enough",
		   name, value->text);
	return false;
}

/* "<" or "<=" when is_upper, ">" or ">=" otherwise, with the number behind it. */
static bool
take_bound(struct compiler *c, const struct node *list, size_t at, bool is_upper,
	   struct number_range *r)
{
	const struct node *word = list->items[at];
	const char *text = word->kind == NODE_STRING ? word->text : "";
	bool open = str_eq(text, is_upper ? "<" : ">");
	if (!open && !str_eq(text, is_upper ? "<=" : ">=")) {
		diag_error(c->diags, word->at, "numeric: expected %s, found \"%s\"",
			   is_upper ? "\"<\" or \"<=\"" : "one of = < <= > >=", text);
		return false;
	}
	double *number = is_upper ? &r->high : &r->low;
	*(is_upper ? &r->high_open : &r->low_open) = open;
	return take_number(c, list->items[at + 1], "numeric", number);
}

static bool
compile_range(struct compiler *c, const struct node *list, struct test *t)
{
	struct number_range r = {-__builtin_inf(), __builtin_inf(), false, false};
	const char *word = node_text(list->items[0]);
	bool starts_with_upper = word && *word == '<';
	if (starts_with_upper && list->len > 2) {
		diag_error(c->diags, list->items[2]->at,
			   "numeric: the lower bound comes first");
		return false;
	}
	if (!take_bound(c, list, 0, starts_with_upper, &r))
		return false;
	if (list->len > 2 && !take_bound(c, list, 2, true, &r))
		return false;
	if (r.low >= r.high) {
		diag_error(c->diags, list->at,
			   "numeric: the lower bound is not below the upper one");
		return false;
	}
	t->kind = TEST_RANGE;
	t->range = r;
	return true;
}

static bool
compile_numeric(struct compiler *c, const struct node *value, struct test *t)
{
	if (value->kind != NODE_ARRAY || (value->len != 2 && value->len != 4)) {
		diag_error(c->diags, value->at,
			   "numeric: expected a list such as [\">\", 0, \"<=\", 5]");
		return false;
	}
	bool is_equal = value->items[0]->kind == NODE_STRING &&
			str_eq(value->items[0]->text, "=");
	if (!is_equal)
		return compile_range(c, value, t);
	if (value->len > 2) {
		diag_error(c->diags, value->items[2]->at, "numeric: = takes one number");
		return false;
	}
	t->kind = TEST_EQUAL;
	return take_number(c, value->items[1], "numeric", &t->number);
}

static bool
compile_exists(struct compiler *c, const struct node *value, struct test *t)
{
	if (value->kind != NODE_BOOL)
		return refuse(c, value, "exists", "true or false");
	t->kind = TEST_EXISTS;
	return true;
}

static bool
compile_regex(struct compiler *c, const struct node *value, struct test *t)
{
	(void)t;
	diag_error(c->diags, value->at, "regex is not supported by this version");
	return false;
}

static compile_fn compile_anything_but;

static const struct operator_row rows[] = {
	{"prefix", compile_prefix, true, true},
	{"suffix", compile_suffix, true, true},
	{"equals-ignore-case", compile_fold, true, false},
	{"wildcard", compile_wildcard, true, false},
	{"anything-but", compile_anything_but, false, false},
	{"numeric", compile_numeric, false, false},
	{"exists", compile_exists, false, false},
	{"cidr", compile_cidr, false, false},
	{"exactly", compile_exactly, false, false},
	{"regex", compile_regex, false, false},
};

/* Words that EventBridge keeps for operators to come. */
static const char *const reserved[] = {
	"=",
	"<",
	"<=",
	">",
	">=",
	"not-wildcard",
	"not-equals-ignore-case",
	"date-after",
	"date-on-or-after",
	"date-before",
	"date-on-or-before",
	"in-date-range",
	"ip-address-in-range",
	"ip-address-not-in-range",
};

static const struct match_operator_doc docs[] = {
	{"\"text\", 12, true, null", "refs/heads/main",
	 "the value itself; numbers are equal as numbers, addresses in any spelling"},
	{"prefix", "{prefix: refs/heads/}",
	 "a string that begins so; {prefix: {equals-ignore-case: text}} in any case"},
	{"suffix", "{suffix: .lock}",
	 "a string that ends so; {suffix: {equals-ignore-case: text}} in any case"},
	{"equals-ignore-case", "{equals-ignore-case: Main}",
	 "the same string in upper or lower case"},
	{"wildcard", "{wildcard: \"release/*/hotfix-*\"}",
	 "* stands for any text, also none; \\* and \\\\ for the characters"},
	{"anything-but", "{anything-but: [main, staging]}",
	 "a value that is there and is none of these strings or numbers; also "
	 "{anything-but: {prefix: text}}, with suffix, equals-ignore-case, wildcard, "
	 "each "
	 "with one string or a list"},
	{"numeric", "{numeric: [\">\", 0, \"<=\", 5]}",
	 "a number: = < <= > >= and a number, or a lower and an upper bound"},
	{"exists", "{exists: false}", "whether the field has a value (null is one)"},
	{"cidr", "{cidr: 10.0.0.0/8}", "an IPv4 or IPv6 address of that network"},
	{"exactly", "{exactly: 10.0.0.1}", "the string, letter by letter"},
	{"$or", "$or: [{type: push}, {type: create}]",
	 "a field that holds two or more patterns of which one must match"},
	{NULL, NULL, NULL},
};

const struct match_operator_doc *
match_operators(void)
{
	return docs;
}

static const struct operator_row *
find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (str_eq(rows[i].name, name))
			return &rows[i];
	}
	return NULL;
}

bool
operator_is_known(const char *name)
{
	return find(name) != NULL;
}

bool
operator_is_reserved(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(reserved); i++) {
		if (str_eq(reserved[i], name))
			return true;
	}
	return operator_is_known(name);
}

const char *
operator_nearest(const char *name)
{
	const char *names[ARRAY_LEN(rows)];
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		names[i] = rows[i].name;
	return str_nearest(name, names, ARRAY_LEN(names));
}

/* A string or number of a plain anything-but. */
static bool
compile_but_literal(struct compiler *c, const struct node *value, struct test *t)
{
	if (value->kind == NODE_STRING)
		return keep_text(c, value, t, TEST_STRING);
	if (value->kind != NODE_NUMBER)
		return refuse(c, value, "anything-but", "a string or a number");
	t->kind = TEST_EQUAL;
	return take_number(c, value, "anything-but", &t->number);
}

static bool
compile_but_item(struct compiler *c, const struct operator_row *row,
		 const struct node *value, struct test *t)
{
	if (!row)
		return compile_but_literal(c, value, t);
	if (value->kind != NODE_STRING)
		return refuse(c, value, row->name, "a string inside anything-but");
	if (row->no_empty_text && value->text_len == 0) {
		diag_error(c->diags, value->at,
			   "anything-but: %s of an empty string would match nothing",
			   row->name);
		return false;
	}
	return row->compile(c, value, t);
}

static bool
is_one_kind(struct compiler *c, const struct node *list)
{
	if (list->len == 0) {
		diag_error(c->diags, list->at, "anything-but: the list is empty");
		return false;
	}
	for (size_t i = 1; i < list->len; i++) {
		if (list->items[i]->kind != list->items[0]->kind) {
			diag_error(c->diags, list->items[i]->at,
				   "anything-but: either all strings or all numbers");
			return false;
		}
	}
	return true;
}

/* One value or a list of them, each a test of which none may hold. */
static bool
compile_but_values(struct compiler *c, const struct operator_row *row,
		   const struct node *value, struct test *t)
{
	bool is_list = value->kind == NODE_ARRAY;
	if (is_list && !is_one_kind(c, value))
		return false;
	size_t n = is_list ? value->len : 1;
	struct test *tests = arena_array(c->arena, n, sizeof(*tests));
	if (!tests) {
		c->no_memory = true;
		return false;
	}
	bool ok = true;
	for (size_t i = 0; i < n; i++) {
		const struct node *item = is_list ? value->items[i] : value;
		ok = compile_but_item(c, row, item, &tests[i]) && ok;
	}
	t->kind = TEST_ANYTHING_BUT;
	t->but = (struct tests){tests, n};
	return ok;
}

static bool
compile_anything_but(struct compiler *c, const struct node *value, struct test *t)
{
	if (value->kind != NODE_OBJECT)
		return compile_but_values(c, NULL, value, t);
	if (value->len != 1) {
		diag_error(c->diags, value->at,
			   "anything-but: expected one operator in the mapping");
		return false;
	}
	const struct node *sub = value->items[0];
	const struct operator_row *row = find(sub->key);
	if (row && row->under_anything_but)
		return compile_but_values(c, row, sub, t);
	diag_error(c->diags, sub->key_at,
		   "anything-but: expected prefix, suffix, equals-ignore-case or "
		   "wildcard, found \"%s\"",
		   sub->key);
	return false;
}

bool
operator_compile(struct compiler *c, const struct node *object, struct test *ret_test,
		 bool *ret_absent)
{
	if (object->len != 1) {
		diag_error(
			c->diags, object->at,
			"expected one operator, such as {prefix: text}, found %zu keys",
			object->len);
		return false;
	}
	const struct node *value = object->items[0];
	const struct operator_row *row = find(value->key);
	if (row) {
		*ret_absent = row->compile == compile_exists &&
			      value->kind == NODE_BOOL && !node_is_true(value);
		return row->compile(c, value, ret_test);
	}
	const char *near = operator_nearest(value->key);
	if (near)
		diag_error(c->diags, value->key_at,
			   "unknown operator \"%s\"; did you mean \"%s\"?", value->key,
			   near);
	else
		diag_error(c->diags, value->key_at, "unknown operator \"%s\"",
			   value->key);
	return false;
}
