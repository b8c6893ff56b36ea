/* Asks Forge about the accounts and sites of a configuration. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/check_online.h"
#include "cli/forge.h"
#include "forge/operation.h"
#include "forge/tree.h"
#include "match/template.h"
#include "model/rule.h"

/* A server or site that rules name in plain text. */
struct target {
	const char *account; /* NULL: the default */
	const char *server;  /* NULL */
	const char *site;    /* NULL */
	const struct rule_step *step;
	bool is_deployed; /* by any step */
};

struct asking {
	const struct conf *conf;
	struct diag_list *diags;
	const struct conf_account *account;
	struct forge_client *client;
	struct target *targets;
	size_t n_targets;
	bool is_asked[LIMIT_FORGE_SCOPES]; /* by check_scope_index, of the account */
	int status;
};

/* An answer, kept beyond its callback. */
struct kept {
	enum forge_kind kind;
	char *message;
	char *body;
};

static void
kept_done(struct kept *k)
{
	str_free(k->message);
	str_free(k->body);
}
#define auto_kept CLEANUP(kept_done) struct kept

static void
keep(const struct forge_result *result, void *arg)
{
	struct kept *k = arg;
	k->kind = result->kind;
	k->message = str_dup(result->message);
	k->body = str_dup(result->body);
}

/* Takes over what a failed question says about the configuration. */
static void
report(struct asking *a, struct place at, const char *what, const struct kept *k)
{
	int status = cli_forge_status(k->kind);
	diag_error(a->diags, at, "%s: %s", what,
		   str_is_empty(k->message) ? forge_kind_name(k->kind) : k->message);
	/* a wrong name is a mistake in the file, not a failure to ask */
	bool is_mistake = k->kind == FORGE_NOT_FOUND || k->kind == FORGE_INVALID ||
			  k->kind == FORGE_REFUSED;
	if (a->status == CLI_OK)
		a->status = is_mistake ? CLI_BAD_INPUT : status;
}

/* Runs a call to its end. */
static void
ask(struct asking *a, const struct forge_request *rq, struct kept *k)
{
	k->kind = FORGE_CANCELLED;
	if (forge_call(a->client, rq, keep, k))
		forge_run(a->client);
}

/* --- accounts --- */

static bool
account_works(struct asking *a)
{
	auto_kept k = {0};
	struct forge_request rq = {.operation = "organizations.show",
				   .deadline_ms = CHECK_CALL_MS};
	ask(a, &rq, &k);
	if (k.kind == FORGE_OK)
		return true;
	auto_str what = str_format("account \"%s\", organization \"%s\"",
				   a->account->name, a->account->organization);
	report(a, a->account->at, what ? what : "account", &k);
	return false;
}

/* --- sites --- */

static bool
is_plain(const char *text)
{
	return !text || template_is_plain(text);
}

static void
add_targets(struct asking *a, const struct rule_step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct rule_step *s = &steps[i];
		const struct forge_operation *op = forge_operation_find(s->operation);
		if ((!s->site && !s->server) || !is_plain(s->site) ||
		    !is_plain(s->server) || !is_plain(s->account) || !op)
			continue;
		a->targets[a->n_targets++] = (struct target){
			s->account, s->server, s->site, s,
			s->site && str_ends(op->id, ".deployments.store")};
	}
}

static int
compare_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int
compare(const void *left, const void *right)
{
	const struct target *a = left;
	const struct target *b = right;
	int order = compare_text(a->account, b->account);
	if (order == 0)
		order = compare_text(a->server, b->server);
	if (order == 0)
		order = compare_text(a->site, b->site);
	/* the first of equals is the one that is reported */
	if (order == 0)
		order = a->step < b->step ? -1 : a->step > b->step;
	return order;
}

static void
merge_equals(struct asking *a)
{
	size_t kept = 0;
	for (size_t i = 0; i < a->n_targets; i++) {
		struct target *t = &a->targets[i];
		struct target *last = kept > 0 ? &a->targets[kept - 1] : NULL;
		if (last && compare_text(last->account, t->account) == 0 &&
		    compare_text(last->server, t->server) == 0 &&
		    compare_text(last->site, t->site) == 0)
			last->is_deployed = last->is_deployed || t->is_deployed;
		else
			a->targets[kept++] = *t;
	}
	a->n_targets = kept;
}

static int
collect_targets(struct asking *a)
{
	size_t n = 0;
	for (size_t i = 0; i < a->conf->n_rules; i++)
		n += a->conf->rules[i]->n_steps + a->conf->rules[i]->n_on_failure;
	a->targets = x_new_array(struct target, n);
	if (!a->targets)
		return -1;
	for (size_t i = 0; i < a->conf->n_rules; i++) {
		const struct rule *r = a->conf->rules[i];
		add_targets(a, r->steps, r->n_steps);
		add_targets(a, r->on_failure, r->n_on_failure);
	}
	if (a->n_targets > 1)
		qsort(a->targets, a->n_targets, sizeof(*a->targets), compare);
	merge_equals(a);
	return 0;
}

/* Push-to-deploy makes Forge deploy by itself what the rule deploys as well. */
static void
warn_of_push_to_deploy(struct asking *a, const struct target *t)
{
	auto_kept k = {0};
	struct forge_request rq = {.operation = "organizations.sites.show",
				   .site = t->site,
				   .server = t->server,
				   .deadline_ms = CHECK_CALL_MS};
	ask(a, &rq, &k);
	auto_tree answer = k.body ? json_loads(k.body, 0, NULL) : NULL;
	const json_t *data = json_object_get(answer, "data");
	const json_t *attributes = json_object_get(data, "attributes");
	if (json_is_true(json_object_get(attributes, "quick_deploy")))
		diag_warning(
			a->diags, t->step->site_at,
			"push-to-deploy is on for %s: each push would deploy it "
			"twice; `forgebridge forge call push-to-deploy-off` turns it "
			"off",
			t->site);
}

static void
check_target(struct asking *a, const struct target *t)
{
	auto_kept k = {.kind = FORGE_CANCELLED};
	struct forge_request rq = {.operation = t->step->operation,
				   .site = t->site,
				   .server = t->server,
				   .deadline_ms = CHECK_CALL_MS};
	if (forge_resolve(a->client, &rq, keep, &k))
		forge_run(a->client);
	if (k.kind != FORGE_OK)
		report(a, t->site ? t->step->site_at : t->step->server_at,
		       t->site ? t->site : t->server, &k);
	else if (t->is_deployed)
		warn_of_push_to_deploy(a, t);
}

/* --- scopes --- */

static bool
is_of_account(const struct asking *a, const char *account)
{
	return account ? str_eq(account, a->account->name)
		       : a->account == a->conf->accounts;
}

static void
check_scope(struct asking *a, const struct rule_step *s, const char *scope)
{
	auto_kept k = {.kind = FORGE_CANCELLED};
	const struct forge_operation *op = check_scope_question(scope, s);
	struct forge_request rq = {.operation = op ? op->id : NULL,
				   .site = s->site,
				   .server = s->server,
				   .deadline_ms = CHECK_CALL_MS};
	size_t n = check_scope_index(scope);
	if (!op || n >= ARRAY_LEN(a->is_asked) || a->is_asked[n])
		return;
	ask(a, &rq, &k);
	a->is_asked[n] = true;
	if (k.kind != FORGE_FORBIDDEN)
		return;
	diag_error(a->diags, s->operation_at,
		   "the token of account \"%s\" lacks the scope %s, which %s needs",
		   a->account->name, scope, s->operation);
	a->status = CLI_DENIED;
}

static void
check_scopes(struct asking *a, const struct rule_step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct rule_step *s = &steps[i];
		const struct forge_operation *op = forge_operation_find(s->operation);
		if (!op || !is_plain(s->site) || !is_plain(s->server) ||
		    !is_plain(s->account) || !is_of_account(a, s->account))
			continue;
		for (const char *const *scope = op->scopes; *scope; scope++)
			check_scope(a, s, *scope);
	}
}

/* Each scope once, and only with names that were found. */
static void
check_all_scopes(struct asking *a)
{
	memset(a->is_asked, 0, sizeof(a->is_asked));
	for (size_t i = 0; i < a->conf->n_rules && a->status == CLI_OK; i++) {
		const struct rule *r = a->conf->rules[i];
		check_scopes(a, r->steps, r->n_steps);
		check_scopes(a, r->on_failure, r->n_on_failure);
	}
}

/* --- all --- */

static void
check_account(struct asking *a)
{
	struct forge_options options = {
		.url = a->account->url,
		.token = a->account->token.data,
		.organization = a->account->organization,
		.requests_per_minute = a->account->requests_per_minute,
		.timeout_ms = (unsigned)a->account->timeout_ms,
		.attempts = 2, /* somebody is waiting */
		.http1 = a->account->http1,
		.user_agent = "forgebridge/" FORGEBRIDGE_VERSION,
	};
	a->client = forge_client_new(NULL, &options);
	if (!a->client) {
		a->status = CLI_FAILED;
		return;
	}
	bool works = account_works(a);
	for (size_t i = 0; works && i < a->n_targets; i++) {
		const struct target *t = &a->targets[i];
		if (is_of_account(a, t->account))
			check_target(a, t);
	}
	if (works)
		check_all_scopes(a);
	forge_client_free(a->client);
}

int
check_forge(const struct conf *conf, struct diag_list *diags)
{
	struct asking a = {.conf = conf, .diags = diags, .status = CLI_OK};
	if (collect_targets(&a) < 0)
		a.status = CLI_FAILED;
	for (size_t i = 0; a.targets && i < conf->n_accounts; i++) {
		a.account = &conf->accounts[i];
		check_account(&a);
	}
	mem_free(a.targets);
	return a.status;
}
