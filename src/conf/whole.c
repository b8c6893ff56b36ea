/* What can be checked only when everything was read. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/net.h"
#include "base/str.h"
#include "conf/reader.h"

static int
compare_names(const void *left, const void *right)
{
	struct rule *const *a = *(struct rule *const *const *)left;
	struct rule *const *b = *(struct rule *const *const *)right;
	int order = strcmp((*a)->name, (*b)->name);
	if (order != 0)
		return order;
	/* the later one of two is the mistake */
	return a < b ? -1 : 1;
}

static void
refuse_double_names(struct conf_reader *r)
{
	const struct conf *c = r->conf;
	/* places in c->rules, whose order is that of the file */
	struct rule *const **sorted = x_new_array(struct rule *const *, c->n_rules);
	size_t len = 0;
	for (size_t i = 0; sorted && i < c->n_rules; i++) {
		if (c->rules[i]->name)
			sorted[len++] = &c->rules[i];
	}
	if (len > 1)
		qsort(sorted, len, sizeof(*sorted), compare_names);
	for (size_t i = 1; i < len; i++) {
		const struct rule *rule = *sorted[i], *before = *sorted[i - 1];
		if (!str_eq(before->name, rule->name))
			continue;
		diag_error(r->diags, rule->at,
			   "two rules have the name \"%s\"; the other is at %s:%u",
			   rule->name, before->at.file, before->at.line);
	}
	mem_free(sorted);
}

static void
check_rules(struct conf_reader *r)
{
	const struct conf *c = r->conf;
	const struct rule *first_with_steps = NULL;
	for (size_t i = 0; i < c->n_rules; i++) {
		const struct rule *rule = c->rules[i];
		if (rule->n_steps == 0 && rule->name)
			diag_warning(r->diags, rule->at,
				     "rule \"%s\" has no steps: its jobs do nothing",
				     rule->name);
		else if (!first_with_steps)
			first_with_steps = rule;
	}
	if (first_with_steps && !r->has_forge)
		diag_error(r->diags, first_with_steps->at,
			   "this rule has steps, so `forge` is needed: organization and "
			   "token");
}

static bool
is_loopback(const struct conf_address *a)
{
	struct net v4;
	return a->unix_path || str_eq(a->host, "localhost") || str_eq(a->host, "::1") ||
	       (net_parse("127.0.0.0/8", &v4) == 0 && net_contains(&v4, a->host));
}

static void
check_listeners(struct conf_reader *r)
{
	const struct conf_listen *hooks = &r->conf->listen;
	const struct conf_listen *admin = &r->conf->admin;
	if (hooks->bodies_bytes < hooks->body_bytes)
		diag_error(r->diags, hooks->address.at,
			   "`bodies_bytes` is less than `body_bytes`: the longest body "
			   "could never be taken");
	if (!r->conf->admin_enabled)
		return;
	bool same_port = hooks->address.port != 0 &&
			 hooks->address.port == admin->address.port &&
			 str_eq(hooks->address.host, admin->address.host);
	bool same_path = hooks->address.unix_path &&
			 str_eq(hooks->address.unix_path, admin->address.unix_path);
	if (same_path || (same_port && !hooks->address.unix_path))
		diag_error(r->diags, admin->address.at,
			   "`listen` and `admin` have the same address");
	/* TLS would hide what is read, not who may read it */
	if (!is_loopback(&admin->address))
		diag_error(r->diags, admin->address.at,
			   "`address`: the admin listener asks nobody who they are, so "
			   "it may not be reached from other machines: expected an "
			   "address of this machine alone (127.0.0.1:PORT, [::1]:PORT) "
			   "or unix:PATH");
}

void
conf_check_whole(struct conf_reader *r)
{
	refuse_double_names(r);
	if (r->conf->incomplete)
		return;
	check_listeners(r);
	check_rules(r);
	struct place start = {r->conf->files[0], 1, 1};
	if (r->conf->n_sources == 0)
		diag_warning(r->diags, start,
			     "there are no sources: nothing can be received");
}
