#include "pipeline/ruleset_check.h"

#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/str.h"
#include "forge/operation.h"
#include "match/template.h"
#include "provider/provider.h"

bool
ruleset_check_kind(const struct conf_source *source, struct diag_list *diags)
{
	if (provider_find(source->kind))
		return true;
	const char *near = provider_nearest(source->kind);
	diag_error(diags, source->kind_at, "unknown kind \"%s\"%s%s%s", source->kind,
		   near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
	return false;
}

/* --- one step
 * ----------------------------------------------------------------------------- */

/* The step whose params or body forge_validate_template looks at. */
struct checking {
	const struct rule_step *step;
	struct diag_list *diags;
};

/* The node that a JSON pointer names below root, or the nearest one above it. */
static const struct node *
node_at(const struct node *root, const char *pointer)
{
	const struct node *n = root;
	for (const char *p = pointer; n && *p == '/';) {
		size_t len = strcspn(p + 1, "/");
		auto_str key = str_ndup(p + 1, len);
		uint64_t index = 0;
		const struct node *child = NULL;
		if (n->kind == NODE_OBJECT)
			child = node_get(n, key ? key : "");
		else if (n->kind == NODE_ARRAY &&
			 parse_u64(key, 0, n->len, &index) == 0 && index < n->len)
			child = n->items[index];
		if (!child)
			return n;
		n = child;
		p += 1 + len;
	}
	return n;
}

/* "/body/command" is below step->body; "/params/..." below step->params. */
static void
on_mistake(const char *where, const char *text, void *arg)
{
	const struct checking *c = arg;
	const struct node *root = NULL;
	const char *rest = strchr(where + (*where == '/'), '/');
	if (str_starts(where, "/body"))
		root = c->step->body;
	else if (str_starts(where, "/params"))
		root = c->step->params;
	const struct node *n = root ? node_at(root, rest ? rest : "") : NULL;
	struct place at = c->step->operation_at;
	if (n)
		at = n == root || n->key_at.line == 0 ? n->at : n->key_at;
	diag_error(c->diags, at, "%s: %s", c->step->operation, text);
}

/* JSON of a tree; NULL for none. False when it does not fit. */
static bool
to_json(const struct node *tree, struct buf *out, const char **ret_text)
{
	*ret_text = NULL;
	if (!tree)
		return true;
	if (node_write_json(tree, out) < 0)
		return false;
	*ret_text = buf_str(out);
	return true;
}

static void
check_fields(const struct forge_operation *op, const struct rule_step *step,
	     struct diag_list *diags)
{
	auto_buf params = BUF_INIT(LIMIT_CONF_BYTES);
	auto_buf body = BUF_INIT(LIMIT_CONF_BYTES);
	const char *params_text = NULL;
	const char *body_text = NULL;
	struct checking c = {step, diags};
	if (to_json(step->params, &params, &params_text) &&
	    to_json(step->body, &body, &body_text))
		forge_validate_template(op, params_text, body_text, on_mistake, &c);
	else
		diag_error(diags, step->at, "the step's request is too large");
}

static void
check_target(const struct forge_operation *op, const struct rule_step *step,
	     struct diag_list *diags)
{
	bool needs_site = forge_operation_needs(op, "site");
	bool needs_server = forge_operation_needs(op, "server");
	if (needs_site && !step->site)
		diag_error(diags, step->operation_at,
			   "%s needs `site:` (a name or an id)", step->operation);
	if (needs_server && !needs_site && !step->server)
		diag_error(diags, step->operation_at,
			   "%s needs `server:` (a name or an id)", step->operation);
	if (step->site && !needs_site)
		diag_error(diags, step->site_at, "%s takes no `site:`", step->operation);
	if (step->server && !needs_server && !needs_site)
		diag_error(diags, step->server_at, "%s takes no `server:`",
			   step->operation);
}

static void
check_operation(const struct rule_step *step, struct diag_list *diags)
{
	const struct forge_operation *op = forge_operation_find(step->operation);
	if (op) {
		check_target(op, step, diags);
		check_fields(op, step, diags);
		return;
	}
	const char *near = forge_operation_nearest(step->operation);
	if (near)
		diag_error(diags, step->operation_at,
			   "unknown operation \"%s\"; did you mean \"%s\"?",
			   step->operation, near);
	else
		diag_error(
			diags, step->operation_at,
			"unknown operation \"%s\"; `forgebridge forge list` shows them",
			step->operation);
}

static void
check_account(const struct conf *conf, const struct rule_step *step,
	      struct diag_list *diags)
{
	if (conf->n_accounts == 0)
		diag_error(diags, step->at, "a step needs a `forge:` section");
	else if (step->account && template_is_plain(step->account) &&
		 !conf_account_find(conf, step->account))
		diag_error(diags, step->account_at,
			   "unknown account \"%s\"; forge.accounts names them",
			   step->account);
}

static void
check_steps(const struct conf *conf, const struct rule_step *steps, size_t n,
	    struct diag_list *diags)
{
	for (size_t i = 0; i < n; i++) {
		const struct rule_step *step = &steps[i];
		check_operation(step, diags);
		check_account(conf, step, diags);
		if (step->site)
			template_check_text(step->site, step->site_at, diags);
		if (step->server)
			template_check_text(step->server, step->server_at, diags);
		if (step->account)
			template_check_text(step->account, step->account_at, diags);
		if (step->params)
			template_check(step->params, diags);
		if (step->body)
			template_check(step->body, diags);
	}
}

/* --- sources that rules name
 * ----------------------------------------------------------------- */

/* The pattern's source, where it is plain text: a scalar or a list of alternatives. */
static const struct node *
source_literal(const struct rule *rule, size_t i)
{
	const struct node *n = node_get(rule->when, "source");
	if (n && n->kind == NODE_STRING)
		return i == 0 ? n : NULL;
	if (!n || n->kind != NODE_ARRAY || i >= n->len)
		return NULL;
	return n->items[i];
}

static void
check_sources_exist(const struct conf *conf, const struct rule *rule,
		    struct diag_list *diags)
{
	const char *names[64];
	size_t n_names = 0;
	for (; n_names < conf->n_sources && n_names < ARRAY_LEN(names); n_names++)
		names[n_names] = conf->sources[n_names].name;
	const struct node *n = NULL;
	for (size_t i = 0; (n = source_literal(rule, i)) != NULL; i++) {
		if (n->kind != NODE_STRING || conf_source_find(conf, n->text))
			continue;
		const char *near = str_nearest(n->text, names, n_names);
		diag_error(diags, n->at, "no source is named \"%s\"%s%s%s", n->text,
			   near ? "; did you mean \"" : "", near ? near : "",
			   near ? "\"?" : "");
	}
}

/* Whether a rule may match deliveries of the source: it names it, or none in plain text.
 */
static bool
may_use(const struct rule *rule, const char *source)
{
	const struct node *n = NULL;
	size_t i = 0;
	for (; (n = source_literal(rule, i)) != NULL; i++) {
		if (n->kind != NODE_STRING || str_eq(n->text, source))
			return true;
	}
	return i == 0;
}

static void
check_sources_used(const struct conf *conf, struct diag_list *diags)
{
	for (size_t i = 0; i < conf->n_sources; i++) {
		const struct conf_source *source = &conf->sources[i];
		bool used = false;
		for (size_t k = 0; k < conf->n_rules && !used; k++)
			used = may_use(conf->rules[k], source->name);
		if (!used)
			diag_warning(diags, source->at,
				     "no rule uses the source \"%s\": its deliveries are "
				     "kept, but start nothing",
				     source->name);
	}
}

void
ruleset_check(const struct conf *conf, struct diag_list *diags)
{
	for (size_t i = 0; i < conf->n_rules; i++) {
		const struct rule *rule = conf->rules[i];
		check_sources_exist(conf, rule, diags);
		check_steps(conf, rule->steps, rule->n_steps, diags);
		check_steps(conf, rule->on_failure, rule->n_on_failure, diags);
		if (rule->queue)
			template_check_text(rule->queue, rule->queue_at, diags);
	}
	check_sources_used(conf, diags);
}
