/* Which fields a rule's pattern asks for, and which sources it takes. */
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "pipeline/ruleset_check.h"
#include "provider/provider.h"

static const struct ruleset_field fields[] = {
	{"source", FIELD_ALWAYS, "name of the source"},
	{"kind", FIELD_ALWAYS, "kind of the source, \"github\""},
	{"type", FIELD_ALWAYS, "what the sender calls it, \"push\"; \"\" without"},
	{"id", FIELD_ALWAYS, "the id that the sender gave it; may be absent"},
	{"subject", FIELD_ALWAYS,
	 "what it is about, where the kind tells; none does yet"},
	{"received_at", FIELD_ALWAYS, "RFC 3339, in UTC"},
	{"headers", FIELD_ALWAYS, "of the request, names in lower case"},
	{"payload", FIELD_ALWAYS, "the body: JSON, or one string"},
	{"git", FIELD_NORMALISED,
	 "the same for all git hosts: repository, branch, tag, commit, before, author, "
	 "message, url, changed_paths"},
	{"chat", FIELD_NORMALISED,
	 "the same for all chats: command, text, args, user, channel"},
	{"alert", FIELD_NORMALISED, "the same for all monitors: name, severity, state"},
	{"steps", FIELD_TEMPLATES, "by id: status, resource, and Forge's answer"},
	{"job", FIELD_TEMPLATES, "id, rule, queue, state, error"},
	{NULL, FIELD_ALWAYS, NULL},
};

const struct ruleset_field *
ruleset_fields(void)
{
	return fields;
}

const struct ruleset_field *
ruleset_field_find(const char *name, const char **ret_near)
{
	const char *names[ARRAY_LEN(fields)];
	size_t n = 0;
	for (const struct ruleset_field *f = fields; f->name; f++) {
		if (str_eq(f->name, name))
			return f;
		names[n++] = f->name;
	}
	*ret_near = str_nearest(name, names, n);
	return NULL;
}

static void
check_field(struct ruleset_check *c, const struct node *member)
{
	const char *near = NULL;
	const struct ruleset_field *f = ruleset_field_find(member->key, &near);
	if (!f && near)
		diag_error(c->diags, member->key_at,
			   "no delivery has the field \"%s\"; did you mean \"%s\"?",
			   member->key, near);
	else if (!f)
		diag_error(c->diags, member->key_at,
			   "no delivery has the field \"%s\"; there are source, kind, "
			   "type, id, subject, received_at, headers, payload, git, chat, "
			   "alert",
			   member->key);
	else if (f->use == FIELD_NORMALISED)
		c->wants_fields = true;
	else if (f->use == FIELD_TEMPLATES)
		diag_error(c->diags, member->key_at,
			   "the field \"%s\" is there only for templates, once the rule "
			   "has started",
			   member->key);
}

/* The names of headers come in lower case, so no other one is ever there. */
void
ruleset_check_header(struct ruleset_check *c, const char *name, struct place at)
{
	auto_str lower = str_dup(name);
	for (char *p = lower; p && *p; p++) {
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	}
	if (lower && !str_eq(lower, name))
		diag_warning(c->diags, at,
			     "`headers` has names in lower case only: \"%s\", not \"%s\"",
			     lower, name);
}

static void
check_headers(struct ruleset_check *c, const struct node *headers)
{
	if (headers->kind != NODE_OBJECT)
		return;
	for (size_t i = 0; i < headers->len; i++)
		ruleset_check_header(c, headers->items[i]->key,
				     headers->items[i]->key_at);
}

/* --- sources --- */

static size_t
source_index(const struct conf *conf, const char *name)
{
	size_t i = 0;
	while (i < conf->n_sources && !str_eq(conf->sources[i].name, name))
		i++;
	return i;
}

static const char *
nearest_source(const struct conf *conf, const char *name)
{
	const char *best = NULL;
	for (size_t i = 0; i < conf->n_sources; i++) {
		const char *pair[2] = {conf->sources[i].name, best};
		best = str_nearest(name, pair, best ? 2 : 1);
	}
	return best;
}

static void
use_all_sources(struct ruleset_check *c)
{
	for (size_t i = 0; i < c->conf->n_sources; i++)
		c->source_used[i] = true;
}

/* One alternative of `source`: a name, or an operator, which may mean any. */
static void
use_source(struct ruleset_check *c, const struct node *n)
{
	if (n->kind != NODE_STRING) {
		use_all_sources(c);
		return;
	}
	size_t i = source_index(c->conf, n->text);
	if (i < c->conf->n_sources) {
		c->source_used[i] = true;
		return;
	}
	if (c->conf->incomplete)
		return;
	const char *near = nearest_source(c->conf, n->text);
	if (near)
		diag_error(c->diags, n->at,
			   "there is no source \"%s\"; did you mean \"%s\"?", n->text,
			   near);
	else
		diag_error(c->diags, n->at, "there is no source \"%s\"", n->text);
}

/* One alternative of `kind`. */
static void
check_kind(struct ruleset_check *c, const struct node *n)
{
	if (n->kind != NODE_STRING || provider_find(n->text))
		return;
	auto_buf problem = BUF_INIT(KIB);
	provider_put_unknown(n->text, &problem);
	diag_error(c->diags, n->at, "%s", buf_str(&problem));
}

typedef void alternative_fn(struct ruleset_check *c, const struct node *n);

static void
each_alternative(struct ruleset_check *c, const struct node *n, alternative_fn *check)
{
	if (n->kind != NODE_ARRAY) {
		check(c, n);
		return;
	}
	for (size_t i = 0; i < n->len; i++)
		check(c, n->items[i]);
}

static bool check_object(struct ruleset_check *c, const struct node *when);

/* $or at the top: an alternative that names no source takes all. */
static bool
check_or(struct ruleset_check *c, const struct node *alternatives)
{
	bool all_name_one = alternatives->kind == NODE_ARRAY && alternatives->len > 0;
	for (size_t i = 0; i < alternatives->len; i++) {
		bool names_one = check_object(c, alternatives->items[i]);
		all_name_one = all_name_one && names_one;
	}
	return all_name_one;
}

/* Returns whether the object says which sources it takes. */
static bool
check_object(struct ruleset_check *c, const struct node *when)
{
	bool names_source = false;
	if (when->kind != NODE_OBJECT)
		return false;
	for (size_t i = 0; i < when->len; i++) {
		const struct node *member = when->items[i];
		if (member->broken)
			continue;
		if (str_eq(member->key, "$or")) {
			names_source = check_or(c, member) || names_source;
			continue;
		}
		check_field(c, member);
		if (str_eq(member->key, "source")) {
			each_alternative(c, member, use_source);
			names_source = true;
		} else if (str_eq(member->key, "kind")) {
			each_alternative(c, member, check_kind);
		} else if (str_eq(member->key, "headers")) {
			check_headers(c, member);
		}
	}
	return names_source;
}

void
ruleset_check_when(struct ruleset_check *c, const struct rule *rule)
{
	if (!rule->when) {
		use_all_sources(c);
		if (!rule->broken)
			diag_warning(c->diags, rule->at,
				     "rule \"%s\" has no `when`: every delivery starts "
				     "it",
				     rule->name);
		return;
	}
	if (!check_object(c, rule->when))
		use_all_sources(c);
}

void
ruleset_check_sources_used(struct ruleset_check *c)
{
	for (size_t i = 0; i < c->conf->n_sources; i++) {
		if (!c->source_used[i] && !c->conf->incomplete)
			diag_warning(c->diags, c->conf->sources[i].at,
				     "no rule uses the source \"%s\"",
				     c->conf->sources[i].name);
	}
}
