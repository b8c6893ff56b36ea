/* Whether a step's operation exists and gets what it needs. */
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "forge/operation.h"
#include "match/template.h"
#include "pipeline/ruleset_check.h"

struct step_check {
	struct ruleset_check *all;
	const struct rule_step *step;
	const struct forge_operation *op;
};

static const struct forge_operation *
find_operation(struct ruleset_check *c, const struct rule_step *step)
{
	const struct forge_operation *op = forge_operation_find(step->operation);
	if (op)
		return op;
	const char *near = forge_operation_nearest(step->operation);
	if (!template_is_plain(step->operation))
		diag_error(c->diags, step->operation_at,
			   "`operation` is fixed; no template can stand there");
	else if (near)
		diag_error(c->diags, step->operation_at,
			   "unknown operation \"%s\"; did you mean \"%s\"?",
			   step->operation, near);
	else
		diag_error(c->diags, step->operation_at,
			   "unknown operation \"%s\"; `forgebridge forge list` shows "
			   "them",
			   step->operation);
	return NULL;
}

static void
check_account(struct ruleset_check *c, const struct rule_step *step)
{
	const struct conf *conf = c->conf;
	if (!step->account || conf->n_accounts == 0 || conf->incomplete ||
	    !template_is_plain(step->account) || conf_account_find(conf, step->account))
		return;
	const char *names[LIMIT_ACCOUNTS];
	size_t n = 0;
	for (size_t i = 0; i < conf->n_accounts && n < LIMIT_ACCOUNTS; i++)
		names[n++] = conf->accounts[i].name;
	const char *near = str_nearest(step->account, names, n);
	if (near)
		diag_error(c->diags, step->account_at,
			   "unknown account \"%s\"; did you mean \"%s\"?", step->account,
			   near);
	else
		diag_error(c->diags, step->account_at,
			   "unknown account \"%s\"; `forge.accounts` names them",
			   step->account);
}

/* Whether the step says so itself or among its params. */
static bool
gives(const struct rule_step *step, const char *text, const char *param)
{
	return text || node_get(step->params, param);
}

static void
check_target(struct ruleset_check *c, const struct rule_step *step,
	     const struct forge_operation *op)
{
	bool needs_site = forge_operation_needs(op, "site");
	bool needs_server = forge_operation_needs(op, "server");
	bool has_site = gives(step, step->site, "site");
	bool has_server = gives(step, step->server, "server");
	if (needs_site && !has_site)
		diag_error(c->diags, step->operation_at,
			   "%s needs `site`: a name or an id", step->operation);
	/* the server follows from the site, if there is one */
	if (needs_server && !has_server && !has_site && !needs_site)
		diag_error(c->diags, step->operation_at,
			   "%s needs `server`: a name or an id", step->operation);
	if (step->site && !needs_site && !needs_server)
		diag_warning(c->diags, step->site_at, "%s has no use for `site`",
			     step->operation);
	if (step->server && !needs_server && !needs_site)
		diag_warning(c->diags, step->server_at, "%s has no use for `server`",
			     step->operation);
}

/* The member or element that one token of a JSON pointer (RFC 6901) names; NULL. */
static const struct node *
step_down(const struct node *n, const char *token, size_t len)
{
	auto_buf key = BUF_INIT(LIMIT_TEXT_BYTES);
	for (size_t i = 0; i < len; i++) {
		if (token[i] == '~' && i + 1 < len)
			buf_putc(&key, token[++i] == '1' ? '/' : '~');
		else
			buf_putc(&key, token[i]);
	}
	uint32_t index = 0;
	if (n->kind == NODE_ARRAY && parse_u32(buf_str(&key), 0, UINT32_MAX, &index) == 0)
		return index < n->len ? n->items[index] : NULL;
	return node_get(n, buf_str(&key));
}

/*
 * The place that a pointer of forge_validate means: "/body/a/0" in the step's body. What
 * is missing is reported at what should hold it.
 */
static struct place
place_of(const struct rule_step *step, const char *where, bool at_key)
{
	bool in_body = str_starts(where, "/body");
	const struct node *n = in_body ? step->body : step->params;
	if (!n)
		return step->operation_at;
	const char *p = where + 1 + strcspn(where + 1, "/");
	while (*p == '/') {
		size_t len = strcspn(p + 1, "/");
		const struct node *next = step_down(n, p + 1, len);
		if (!next) /* missing: the key of what lacks it */
			return n->key ? n->key_at : n->at;
		n = next;
		p += 1 + len;
	}
	return at_key && n->key ? n->key_at : n->at;
}

static void
on_mistake(const char *where, const char *text, void *arg)
{
	const struct step_check *c = arg;
	/* what seems to be missing may be what was not understood */
	if (c->step->broken && str_starts(text, "is required"))
		return;
	bool is_unknown = str_starts(text, "unknown");
	struct place at = place_of(c->step, where, is_unknown);
	diag_error(c->all->diags, at, "%s: %s: %s", c->step->operation, where + 1, text);
}

static const char *
put_json(const struct node *n, struct buf *out)
{
	if (!n)
		return NULL;
	node_write_json(n, out);
	return buf_str(out);
}

static void
check_call(struct ruleset_check *c, const struct rule_step *step,
	   const struct forge_operation *op)
{
	auto_buf params = BUF_INIT(LIMIT_CONF_BYTES);
	auto_buf body = BUF_INIT(LIMIT_CONF_BYTES);
	const char *params_json = put_json(step->params, &params);
	const char *body_json = put_json(step->body, &body);
	struct step_check check = {c, step, op};
	forge_validate_template(op, params_json, body_json, on_mistake, &check);
}

static void
check_templates(struct ruleset_check *c, const struct rule *rule,
		const struct rule_step *step)
{
	if (step->site)
		ruleset_check_text(c, rule, step, step->site, step->site_at);
	if (step->server)
		ruleset_check_text(c, rule, step, step->server, step->server_at);
	if (step->account)
		ruleset_check_text(c, rule, step, step->account, step->account_at);
	if (step->params)
		ruleset_check_tree(c, rule, step, step->params);
	if (step->body)
		ruleset_check_tree(c, rule, step, step->body);
}

static void
check_step(struct ruleset_check *c, const struct rule *rule, const struct rule_step *step)
{
	const struct forge_operation *op = step->operation ? find_operation(c, step)
							   : NULL;
	check_account(c, step);
	check_templates(c, rule, step);
	if (op && !step->broken)
		check_target(c, step, op);
	if (op)
		check_call(c, step, op);
}

void
ruleset_check_steps(struct ruleset_check *c, const struct rule *rule)
{
	for (size_t i = 0; i < rule->n_steps; i++)
		check_step(c, rule, &rule->steps[i]);
	for (size_t i = 0; i < rule->n_on_failure; i++)
		check_step(c, rule, &rule->on_failure[i]);
	if (rule->queue)
		ruleset_check_text(c, rule, NULL, rule->queue, rule->queue_at);
}
