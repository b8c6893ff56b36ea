/* Redirect rules as a file, and their order. */
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/mem.h"
#include "sandbox/check.h"
#include "sandbox/csv.h"
#include "sandbox/family.h"
#include "sandbox/kind.h"
#include "sandbox/laravel.h"

#define COLUMNS 3 /* from, to, type */

static int
by_position(const void *left, const void *right)
{
	const struct thing *const *a = left;
	const struct thing *const *b = right;
	json_int_t first = json_integer_value(thing_get(*a, "position"));
	json_int_t second = json_integer_value(thing_get(*b, "position"));
	return (first > second) - (first < second);
}

/* The rules in their order (mem_free); NULL when there are none, or memory is short. */
static struct thing **
ordered(struct visit *v, size_t *ret_n)
{
	size_t n = thing_count(v->world, v->site->node, &kind_redirect_rule);
	struct thing **rules = n > 0 ? x_new_array(struct thing *, n) : NULL;
	*ret_n = rules ? n : 0;
	for (size_t i = 0; i < *ret_n; i++)
		rules[i] = thing_at(v->site->node, &kind_redirect_rule, i);
	if (rules)
		qsort(rules, n, sizeof(*rules), by_position);
	return rules;
}

static void export(struct visit *v)
{
	size_t n = 0;
	struct thing **rules = ordered(v, &n);
	auto_buf out = BUF_INIT(LIMIT_SANDBOX_BODY_BYTES);
	buf_puts(&out, "from,to,type\n");
	for (size_t i = 0; i < n; i++) {
		csv_put(&out, thing_text(rules[i], "from"));
		buf_putc(&out, ',');
		csv_put(&out, thing_text(rules[i], "to"));
		buf_printf(&out, ",%s\n", thing_text(rules[i], "type"));
	}
	mem_free(rules);
	if (buf_failed(&out))
		visit_server_error(v);
	else
		visit_answer_text(v, 200, "text/csv; charset=UTF-8", buf_str(&out));
}

static bool
is_type(const char *text)
{
	return str_eq(text, "redirect") || str_eq(text, "permanent");
}

/* rules: what was read before. false: answered. */
static bool
take_record(struct visit *v, char *const *fields, int n, json_t *rules)
{
	bool is_head = n == COLUMNS && str_eq(fields[0], "from") &&
		       str_eq(fields[1], "to") && json_array_size(rules) == 0;
	if (is_head)
		return true;
	if (n < 2 || (n == COLUMNS && !is_type(fields[2]))) {
		laravel_refuse(v, "file",
			       "The file has a line that is no redirect rule.");
		return false;
	}
	json_array_append_new(rules, json_pack("{s:s, s:s, s:s}", "from", fields[0], "to",
					       fields[1], "type",
					       n == COLUMNS ? fields[2] : "redirect"));
	return true;
}

/* All rules of the file as objects; NULL: answered. */
static json_t *
read_file(struct visit *v)
{
	struct slice rest = slice_of(check_text(v, "file"));
	json_t *rules = json_array();
	bool ok = rules != NULL;
	int n = 1;
	while (ok && n > 0) {
		char *fields[COLUMNS] = {0};
		n = csv_next(&rest, fields, COLUMNS);
		if (n < 0)
			laravel_refuse(v, "file",
				       "The file must be a file of type: csv.");
		ok = n == 0 || (n > 0 && take_record(v, fields, n, rules));
		for (size_t i = 0; i < COLUMNS; i++)
			str_free(fields[i]);
	}
	if (ok)
		return rules;
	json_decref(rules);
	return NULL;
}

static void
add_rules(struct visit *v, json_t *rules)
{
	for (size_t i = 0; i < json_array_size(rules); i++) {
		struct thing *t =
			thing_new(v->world, &kind_redirect_rule, v->site->node, 0);
		if (!t) {
			visit_server_error(v);
			return;
		}
		json_object_update(t->values, json_array_get(rules, i));
		thing_set(t, "position", json_integer((json_int_t)t->id));
	}
	visit_answer_empty(v);
}

static void
import(struct visit *v)
{
	json_t *rules = read_file(v);
	struct thing *node = v->site->node;
	if (!rules)
		return;
	while (str_eq(check_text(v, "mode"), "replace") &&
	       thing_count(v->world, node, &kind_redirect_rule) > 0)
		thing_free(v->world, thing_at(node, &kind_redirect_rule, 0));
	add_rules(v, rules);
	json_decref(rules);
}

/* Those that the list leaves out come behind it, as they stood. */
static void
reorder(struct visit *v)
{
	const json_t *ids = json_object_get(v->body, "redirects");
	json_int_t position = 0;
	size_t n = 0;
	if (!check_ids(v, "redirects", v->site->node, &kind_redirect_rule))
		return;
	struct thing **rules = ordered(v, &n);
	for (size_t i = 0; i < json_array_size(ids); i++) {
		uint64_t id = (uint64_t)json_integer_value(json_array_get(ids, i));
		struct thing *t =
			thing_find(v->world, v->site->node, &kind_redirect_rule, id);
		if (t)
			thing_set(t, "position",
				  json_integer(-(json_int_t)n + position++));
	}
	qsort(rules, n, sizeof(*rules), by_position);
	for (size_t i = 0; i < n; i++)
		thing_set(rules[i], "position", json_integer((json_int_t)i + 1));
	mem_free(rules);
	visit_answer_empty(v);
}

const struct family_entry family_redirects[] = {
	{"organizations.servers.sites.redirect-rules.export", export},
	{"organizations.servers.sites.redirect-rules.import", import},
	{"organizations.servers.sites.redirect-rules.reorder", reorder},
	{NULL, NULL},
};
