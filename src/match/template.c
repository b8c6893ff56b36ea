/* Rendering: texts and trees with {{ ... }} over the fields of an event. */
#include "match/template.h"

#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "match/template_parse.h"
#include "match/template_value.h"
#include "match/walk.h"

struct rendering {
	struct evaluation e;
	struct buf *out;
	size_t begin; /* of our output in out */
	struct place at;
	char **ret_error;
};

bool
template_is_plain(const char *text)
{
	return strstr(text, "{{") == NULL;
}

/* The place is where the text begins; of several lines the one meant is told. */
static void
report_mistake(const char *text, const char *p, struct place at, const char *problem,
	       struct diag_list *diags)
{
	unsigned line = 1;
	bool is_long = strchr(text, '\n') && strchr(text, '\n')[1] != '\0';
	for (const char *q = text; q < p; q++)
		line += *q == '\n' ? 1 : 0;
	if (is_long)
		diag_error(diags, at, "in {{ }}, line %u of the text: %s", line, problem);
	else
		diag_error(diags, at, "in {{ }}: %s", problem);
}

static void
check_one(const char *text, struct place at, struct diag_list *diags)
{
	struct arena arena = {0};
	const char *p = text;
	while (p && (p = strstr(p, "{{")) != NULL) {
		struct template_expression expression;
		auto_str problem = NULL;
		p += 2;
		int rc = template_parse(&arena, &p, &expression, &problem);
		if (rc == -EINVAL) {
			report_mistake(text, p, at, problem, diags);
			p = strstr(p, "}}");
		} else if (rc < 0) {
			diag_error(diags, at, "out of memory");
			break;
		}
	}
	arena_done(&arena);
}

void
template_check_text(const char *text, struct place at, struct diag_list *diags)
{
	check_one(text, at, diags);
}

/* Recursion is bounded by the depth of the file that the nodes come from. */
void
template_check(const struct node *tree, struct diag_list *diags)
{
	if (tree->kind == NODE_STRING) {
		if (memchr(tree->text, '\0', tree->text_len) &&
		    memmem(tree->text, tree->text_len, "{{", 2))
			diag_error(diags, tree->at, "a template with a NUL character");
		check_one(tree->text, tree->at, diags);
	}
	for (size_t i = 0; i < tree->len; i++)
		template_check(tree->items[i], diags);
}

/* *ret_error = "FILE:LINE:COLUMN: text"; what of the place is unknown is left out. */
static int
report(struct rendering *r, int rc, const char *what, size_t len, const char *text)
{
	const struct place *at = &r->at;
	auto_buf out = BUF_INIT(LIMIT_TEXT_BYTES);
	if (at->file)
		buf_printf(&out, "%s:", at->file);
	if (at->line > 0)
		buf_printf(&out, "%u:%u:", at->line, at->column);
	if (out.len > 0)
		buf_putc(&out, ' ');
	buf_append(&out, what, len);
	buf_puts(&out, text);
	str_free(*r->ret_error);
	*r->ret_error = buf_take(&out);
	return rc;
}

static int
report_source(struct rendering *r, int rc, const struct template_expression *e,
	      const char *text)
{
	return report(r, rc, e->source.data, e->source.len, text);
}

static int
too_long(struct rendering *r, int rc)
{
	return rc == -EMSGSIZE ? report(r, rc, "", 0, "the text becomes too long") : rc;
}

static struct json_value
take_step(struct json_value v, const struct template_step *step)
{
	if (!step->key.data)
		return json_item(v, step->index);
	return json_member(v, step->key.data);
}

static int
look_up(struct rendering *r, const struct template_expression *e,
	struct template_value *v)
{
	size_t field = walk_find_field(&r->e, e->steps[0].key);
	if (field == r->e.event->len)
		return 0;
	const struct match_field *f = &r->e.event->fields[field];
	if (f->kind == MATCH_TEXT) {
		if (e->n_steps > 1)
			return 0;
		v->kind = TEMPLATE_TEXT;
		return buf_append(&v->text, f->value.data, f->value.len);
	}
	const struct json_doc *doc = walk_field(&r->e, field);
	if (!doc)
		return r->e.rc == -ENOMEM ? -ENOMEM
					  : report(r, -EINVAL, f->name, strlen(f->name),
						   " is no JSON");
	struct json_value json = json_root(doc);
	for (size_t i = 1; i < e->n_steps; i++)
		json = take_step(json, &e->steps[i]);
	return template_take_json(v, json);
}

static int
filter_failed(struct rendering *r, const struct template_expression *e,
	      const struct template_call *call, const struct template_value *v,
	      const char *problem)
{
	auto_str text = str_format(" | %s: %s, found %s", call->filter->doc->name,
				   problem, template_kind_name(v));
	return text ? report_source(r, -EINVAL, e, text) : -ENOMEM;
}

/* What is missing or null passes by filters, so that a default behind them is taken. */
static int
run_filters(struct rendering *r, const struct template_expression *e,
	    struct template_value *v)
{
	bool null_passed = false;
	for (size_t i = 0; i < e->n_calls; i++) {
		const struct template_call *call = &e->calls[i];
		const char *problem = NULL;
		bool is_null = template_is_null(v) && call->filter->run != template_json;
		if ((is_null || v->kind == TEMPLATE_MISSING) &&
		    !call->filter->takes_missing) {
			null_passed = null_passed || is_null;
			continue;
		}
		int rc = call->filter->run(v, call->arguments, &problem);
		if (rc == -EINVAL && problem)
			return filter_failed(r, e, call, v, problem);
		if (rc < 0)
			return too_long(r, rc);
	}
	if (null_passed && template_is_null(v))
		return report_source(r, -ENOENT, e, " is null");
	return 0;
}

static int
evaluate(struct rendering *r, const struct template_expression *e,
	 struct template_value *v)
{
	int rc = 0;
	if (e->literal.data) {
		v->kind = TEMPLATE_TEXT;
		rc = buf_append(&v->text, e->literal.data, e->literal.len);
	} else {
		rc = look_up(r, e, v);
	}
	if (rc == -EMSGSIZE)
		return report_source(r, rc, e, " is too long");
	if (rc == 0)
		rc = run_filters(r, e, v);
	if (rc == 0 && v->kind == TEMPLATE_MISSING)
		rc = report_source(r, -ENOENT, e, " is missing");
	return rc;
}

/* A value inside a longer text. */
static int
put_text(struct rendering *r, const struct template_expression *e,
	 const struct template_value *v, struct buf *text)
{
	char c = template_first_byte(v);
	if (c == 'n')
		return report_source(r, -ENOENT, e, " is null");
	if (c == '[')
		return report_source(r, -EINVAL, e,
				     " is a list; join or json makes text "
				     "of it");
	if (c == '{')
		return report_source(r, -EINVAL, e,
				     " is an object; json makes text of it");
	return too_long(r, buf_append(text, v->text.data, v->text.len));
}

static int
put_literal(struct rendering *r, const char *p, size_t len, struct buf *text)
{
	return too_long(r, buf_append(text, p, len));
}

static int
parse_failed(struct rendering *r, int rc, const char *problem)
{
	return rc == -EINVAL ? report(r, rc, "in {{ }}: ", strlen("in {{ }}: "), problem)
			     : rc;
}

/* text as a string into out. */
static int
render_parts(struct rendering *r, const char *text, size_t len, struct buf *out)
{
	const char *p = text;
	int rc = 0;
	struct arena arena = {0};
	for (;;) {
		const char *open = strstr(p, "{{");
		size_t plain = open ? (size_t)(open - p) : len - (size_t)(p - text);
		rc = put_literal(r, p, plain, out);
		if (rc < 0 || !open)
			break;
		p = open + 2;
		struct template_expression e;
		struct template_value v = {.text = BUF_INIT(LIMIT_TEMPLATE_BYTES)};
		auto_str problem = NULL;
		rc = template_parse(&arena, &p, &e, &problem);
		if (rc < 0)
			rc = parse_failed(r, rc, problem);
		else
			rc = evaluate(r, &e, &v);
		if (rc == 0)
			rc = put_text(r, &e, &v, out);
		buf_done(&v.text);
		if (rc < 0)
			break;
	}
	arena_done(&arena);
	return rc;
}

/* Whether out has grown beyond what a template may write. */
static int
bound(struct rendering *r)
{
	int rc = r->out->error;
	if (rc == 0 && r->out->len - r->begin > LIMIT_TEMPLATE_BYTES)
		rc = -EMSGSIZE;
	return too_long(r, rc);
}

static int
put_value(struct rendering *r, const struct template_value *v)
{
	if (v->kind == TEMPLATE_TEXT)
		json_put_string(r->out, buf_str(&v->text), v->text.len);
	else
		buf_append(r->out, v->text.data, v->text.len);
	return bound(r);
}

/* 1 when text is nothing but one template, whose value went out; 0 when it is not. */
static int
render_whole(struct rendering *r, const char *text)
{
	if (strncmp(text, "{{", 2) != 0)
		return 0;
	struct arena arena = {0};
	struct template_expression e;
	struct template_value v = {.text = BUF_INIT(LIMIT_TEMPLATE_BYTES)};
	auto_str problem = NULL;
	const char *p = text + 2;
	int rc = template_parse(&arena, &p, &e, &problem);
	if (rc < 0) {
		rc = parse_failed(r, rc, problem);
	} else if (*p == '\0') {
		rc = evaluate(r, &e, &v);
		if (rc == 0)
			rc = put_value(r, &v);
		rc = rc == 0 ? 1 : rc;
	}
	buf_done(&v.text);
	arena_done(&arena);
	return rc;
}

static int
render_string(struct rendering *r, const struct node *n)
{
	if (template_is_plain(n->text)) {
		json_put_string(r->out, n->text, n->text_len);
		return bound(r);
	}
	int rc = render_whole(r, n->text);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	auto_buf text = BUF_INIT(LIMIT_TEMPLATE_BYTES);
	rc = render_parts(r, n->text, n->text_len, &text);
	if (rc < 0)
		return rc;
	json_put_string(r->out, buf_str(&text), text.len);
	return bound(r);
}

/* Recursion is bounded by the depth of the file that the nodes come from. */
static int
render_node(struct rendering *r, const struct node *n)
{
	r->at = n->at;
	if (n->kind == NODE_STRING)
		return render_string(r, n);
	if (n->kind != NODE_ARRAY && n->kind != NODE_OBJECT) {
		node_write_json(n, r->out);
		return bound(r);
	}
	bool is_object = n->kind == NODE_OBJECT;
	buf_putc(r->out, is_object ? '{' : '[');
	for (size_t i = 0; i < n->len; i++) {
		if (i > 0)
			buf_putc(r->out, ',');
		if (is_object) {
			json_put_string(r->out, n->items[i]->key,
					strlen(n->items[i]->key));
			buf_putc(r->out, ':');
		}
		int rc = render_node(r, n->items[i]);
		if (rc < 0)
			return rc;
	}
	buf_putc(r->out, is_object ? '}' : ']');
	return bound(r);
}

int
template_render_text(const char *text, struct place at, const struct match_event *scope,
		     struct buf *out, char **ret_error)
{
	char *error = NULL;
	struct rendering r = {
		.out = out, .begin = out->len, .at = at, .ret_error = &error};
	auto_buf rendered = BUF_INIT(LIMIT_TEMPLATE_BYTES);
	int rc = eval_init(&r.e, scope);
	if (rc == 0)
		rc = render_parts(&r, text, strlen(text), &rendered);
	if (rc == 0)
		rc = too_long(&r, buf_append(out, buf_str(&rendered), rendered.len));
	eval_done(&r.e);
	if (rc < 0)
		*ret_error = error;
	return rc;
}

int
template_render(const struct node *tree, const struct match_event *scope, struct buf *out,
		char **ret_error)
{
	char *error = NULL;
	struct rendering r = {.out = out, .begin = out->len, .ret_error = &error};
	int rc = eval_init(&r.e, scope);
	if (rc == 0)
		rc = render_node(&r, tree);
	eval_done(&r.e);
	if (rc < 0)
		*ret_error = error;
	return rc;
}
