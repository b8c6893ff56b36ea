#include "match/template_parse.h"

#include <errno.h>
#include <string.h>

#include "base/limits.h"

#define MAX_STEPS   64 /* keys and indexes of one path */
#define SPACES	    " \t\r\n"
#define SHOWN_BYTES 40 /* of what was found, in a message */

struct parser {
	struct arena *arena;
	const char *p;
	char *problem; /* owned; NULL with failed set: no memory */
	bool failed;
	struct template_step steps[MAX_STEPS];
	size_t n_steps;
	struct template_call calls[LIMIT_TEMPLATE_FILTERS];
	size_t n_calls;
};

static bool
fail_with(struct parser *s, char *problem)
{
	if (!s->failed)
		s->problem = problem;
	else
		str_free(problem);
	s->failed = true;
	return false;
}

#define fail(s, ...) fail_with((s), str_format(__VA_ARGS__))

static void
skip_space(struct parser *s)
{
	s->p += strspn(s->p, SPACES);
}

static bool
at_end(const struct parser *s)
{
	return s->p[0] == '}' && s->p[1] == '}';
}

/* What stands at p, for messages. */
static bool
expected(struct parser *s, const char *what)
{
	skip_space(s);
	size_t n = strcspn(s->p, SPACES);
	if (n == 0)
		return fail(s, "expected %s, found the end of the text", what);
	return fail(s, "expected %s, found \"%.*s\"", what,
		    n < SHOWN_BYTES ? (int)n : SHOWN_BYTES, s->p);
}

static struct slice
keep(struct parser *s, const char *text, size_t len)
{
	struct slice copy = arena_copy(s->arena, (struct slice){text, len});
	if (!copy.data)
		fail_with(s, NULL);
	return copy;
}

static char
escaped(char c)
{
	if (c == 'n')
		return '\n';
	return c == 't' ? '\t' : c;
}

/* "text" with \" \\ \n \t, or 'text' as it stands. p is at the opening quote. */
static bool
take_string(struct parser *s, struct slice *ret_text)
{
	char quote = *s->p++;
	const char *begin = s->p;
	while (*s->p && *s->p != quote) {
		bool is_escape = quote == '"' && *s->p == '\\';
		if (is_escape && (s->p[1] == '\0' || !strchr("\"\\nt", s->p[1])))
			return expected(s, "one of \\\" \\\\ \\n \\t");
		s->p += is_escape ? 2 : 1;
	}
	if (*s->p == '\0')
		return fail(s, "a string without its closing %c", quote);
	char *out = arena_array(s->arena, (size_t)(s->p - begin) + 1, 1);
	if (!out)
		return fail_with(s, NULL);
	size_t n = 0;
	for (const char *p = begin; p < s->p; p++) {
		bool is_escape = quote == '"' && *p == '\\';
		out[n++] = is_escape ? escaped(*++p) : *p;
	}
	s->p++;
	*ret_text = (struct slice){out, n};
	return true;
}

static bool
add_step(struct parser *s, struct template_step step)
{
	if (s->n_steps == MAX_STEPS)
		return fail(s, "more than %d steps in a path", MAX_STEPS);
	s->steps[s->n_steps++] = step;
	return true;
}

static bool
take_key(struct parser *s)
{
	size_t n = strcspn(s->p, SPACES ".[]{}()|:,\"'");
	if (n == 0)
		return expected(s, "the name of a field");
	struct template_step step = {.key = keep(s, s->p, n)};
	s->p += n;
	return step.key.data && add_step(s, step);
}

/* [0] or ["key"]; p is behind the bracket. */
static bool
take_bracket(struct parser *s)
{
	struct template_step step = {.index = 0};
	size_t digits = strspn(s->p, "0123456789");
	if (*s->p == '"' || *s->p == '\'') {
		if (!take_string(s, &step.key))
			return false;
	} else if (digits > 0 && digits < 10) {
		for (size_t i = 0; i < digits; i++)
			step.index = step.index * 10 + (size_t)(s->p[i] - '0');
		s->p += digits;
	} else {
		return expected(s, "a number or a quoted key in [ ]");
	}
	if (*s->p != ']')
		return expected(s, "]");
	s->p++;
	return add_step(s, step);
}

static bool
take_path(struct parser *s, struct template_expression *e)
{
	const char *begin = s->p;
	if (!take_key(s))
		return false;
	while (*s->p == '.' || *s->p == '[') {
		bool is_bracket = *s->p++ == '[';
		if (!(is_bracket ? take_bracket(s) : take_key(s)))
			return false;
	}
	e->source = keep(s, begin, (size_t)(s->p - begin));
	return e->source.data != NULL;
}

static bool
is_json_word(struct slice word)
{
	char c = word.data[0];
	bool is_number = c == '-' || (c >= '0' && c <= '9');
	bool is_word = slice_eq_str(word, "true") || slice_eq_str(word, "false") ||
		       slice_eq_str(word, "null");
	return is_word || (is_number && json_check(word, NULL) == 0);
}

static bool
take_argument(struct parser *s, struct template_call *call)
{
	struct template_argument *a = &call->arguments[call->len];
	if (call->len == TEMPLATE_MAX_ARGUMENTS)
		return fail(s, "%s: too many arguments", call->filter->doc->name);
	skip_space(s);
	a->kind = TEMPLATE_TEXT;
	call->len++;
	if (*s->p == '"' || *s->p == '\'')
		return take_string(s, &a->text);
	size_t n = strcspn(s->p, SPACES "|,{}\"'");
	if (n == 0)
		return expected(s, "an argument");
	a->text = keep(s, s->p, n);
	s->p += n;
	if (a->text.data && is_json_word(a->text))
		a->kind = TEMPLATE_JSON;
	return a->text.data != NULL;
}

static bool
unknown_filter(struct parser *s, struct slice name)
{
	auto_str word = str_ndup(name.data, name.len);
	const char *near = word ? template_filter_nearest(word) : NULL;
	if (!word)
		return fail_with(s, NULL);
	if (near)
		return fail(s, "unknown filter \"%s\"; did you mean \"%s\"?", word, near);
	auto_buf list = BUF_INIT(KIB);
	for (const struct template_filter_doc *d = template_filters(); d->name; d++)
		buf_printf(&list, "%s%s", list.len > 0 ? ", " : "", d->name);
	return fail(s, "unknown filter \"%s\"; there are %s", word, buf_str(&list));
}

static bool
check_arguments(struct parser *s, const struct template_call *call)
{
	const struct template_filter *f = call->filter;
	bool right_number = call->len >= f->min_arguments &&
			    call->len <= f->max_arguments;
	const char *problem = right_number && f->refuse ? f->refuse(call->arguments)
							: NULL;
	if (problem)
		return fail(s, "%s: %s, found \"%.*s\"", f->doc->name, problem,
			    SHOWN_BYTES, call->arguments[0].text.data);
	if (right_number)
		return true;
	return fail(s, "%s takes %s, found %zu %s", f->doc->name,
		    f->doc->argument ? f->doc->argument : "no argument", call->len,
		    call->len == 1 ? "argument" : "arguments");
}

/* p is behind the bar. */
static bool
take_filter(struct parser *s)
{
	skip_space(s);
	size_t n = strspn(s->p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-");
	if (n == 0)
		return expected(s, "the name of a filter");
	if (s->n_calls == LIMIT_TEMPLATE_FILTERS)
		return fail(s, "more than %d filters", LIMIT_TEMPLATE_FILTERS);
	struct template_call *call = &s->calls[s->n_calls++];
	*call = (struct template_call){
		.filter = template_filter_find((struct slice){s->p, n})};
	if (!call->filter)
		return unknown_filter(s, (struct slice){s->p, n});
	s->p += n;
	skip_space(s);
	while (*s->p == ':' || (*s->p == ',' && call->len > 0)) {
		if (*s->p == ':' && call->len > 0)
			return expected(s, "a comma between arguments");
		s->p++;
		if (!take_argument(s, call))
			return false;
		skip_space(s);
	}
	return check_arguments(s, call);
}

static bool
take_expression(struct parser *s, struct template_expression *e)
{
	skip_space(s);
	bool is_string = *s->p == '"' || *s->p == '\'';
	if (is_string) {
		if (!take_string(s, &e->literal))
			return false;
		e->source = slice_of("the text");
	} else if (!take_path(s, e)) {
		return false;
	}
	skip_space(s);
	while (*s->p == '|') {
		s->p++;
		if (!take_filter(s))
			return false;
	}
	if (!at_end(s))
		return expected(s, "| or }}");
	s->p += 2;
	return true;
}

static bool
copy_lists(struct parser *s, struct template_expression *e)
{
	struct template_step *steps = arena_array(s->arena, s->n_steps, sizeof(*steps));
	struct template_call *calls = arena_array(s->arena, s->n_calls, sizeof(*calls));
	if (!steps || !calls)
		return fail_with(s, NULL);
	memcpy(steps, s->steps, s->n_steps * sizeof(*steps));
	memcpy(calls, s->calls, s->n_calls * sizeof(*calls));
	e->steps = steps;
	e->n_steps = s->n_steps;
	e->calls = calls;
	e->n_calls = s->n_calls;
	return true;
}

int
template_parse(struct arena *arena, const char **text,
	       struct template_expression *ret_expression, char **ret_problem)
{
	struct parser s = {.arena = arena, .p = *text};
	struct template_expression e = {.n_steps = 0};
	if (!take_expression(&s, &e) || !copy_lists(&s, &e)) {
		if (!s.problem)
			return -ENOMEM;
		*text = s.p;
		*ret_problem = s.problem;
		return -EINVAL;
	}
	*text = s.p;
	*ret_expression = e;
	return 0;
}
