#include "pipeline/ruleset.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "conf/conf.h"
#include "pipeline/ruleset_check.h"

/* A source, prepared by its provider. */
struct prepared {
	const struct conf_source *conf;
	struct provider_source *source; /* owned; NULL after a mistake */
};

struct ruleset {
	unsigned refs;
	unsigned generation;
	struct conf *conf;	  /* a reference */
	struct prepared *sources; /* all of conf->sources, sorted by name */
	struct match_set *set;	  /* pattern i is rule i */
	unsigned *always;	  /* rules without a pattern, rising */
	size_t n_always;
	bool wants_fields;
};

static unsigned generations;

static void
ruleset_free(struct ruleset *rs)
{
	for (size_t i = 0; rs->sources && i < rs->conf->n_sources; i++)
		provider_source_free(rs->sources[i].source);
	mem_free(rs->sources);
	match_set_free(rs->set);
	mem_free(rs->always);
	conf_unref(rs->conf);
	mem_free(rs);
}

struct ruleset *
ruleset_ref(struct ruleset *rs)
{
	rs->refs++;
	return rs;
}

void
ruleset_unref(struct ruleset *rs)
{
	if (rs && --rs->refs == 0)
		ruleset_free(rs);
}

static struct ruleset *
ruleset_alloc(struct conf *conf)
{
	struct ruleset *rs = x_new(struct ruleset);
	if (!rs)
		return NULL;
	rs->refs = 1;
	rs->generation = ++generations;
	rs->conf = conf_ref(conf);
	rs->sources = x_new_array(struct prepared, conf->n_sources);
	rs->always = x_new_array(unsigned, conf->n_rules);
	rs->set = match_set_new();
	if (rs->sources && rs->always && rs->set)
		return rs;
	ruleset_free(rs);
	return NULL;
}

static int
by_name(const void *left, const void *right)
{
	const struct prepared *a = left;
	const struct prepared *b = right;
	return strcmp(a->conf->name, b->conf->name);
}

static void
prepare_sources(struct ruleset *rs, struct diag_list *diags)
{
	size_t n = rs->conf->n_sources;
	for (size_t i = 0; i < n; i++) {
		const struct conf_source *source = &rs->conf->sources[i];
		rs->sources[i].conf = source;
		if (source->kind)
			rs->sources[i].source = provider_source_new(source, diags);
	}
	if (n > 1)
		qsort(rs->sources, n, sizeof(struct prepared), by_name);
}

/* Adds the patterns; 0 or -ENOMEM, mistakes go to diags. */
static int
add_rule(struct ruleset *rs, unsigned i, struct ruleset_check *c)
{
	const struct rule *rule = rs->conf->rules[i];
	ruleset_check_when(c, rule);
	ruleset_check_steps(c, rule);
	if (!rule->when) {
		rs->always[rs->n_always++] = i;
		return 0;
	}
	int rc = match_set_add(rs->set, rule->when, i, MATCH_EXTENDED, c->diags);
	return rc == -ENOMEM ? rc : 0;
}

static int
add_rules(struct ruleset *rs, struct diag_list *diags)
{
	struct ruleset_check c = {.conf = rs->conf, .diags = diags};
	c.source_used = x_new_array(bool, rs->conf->n_sources);
	int rc = c.source_used ? 0 : -ENOMEM;
	for (size_t i = 0; rc == 0 && i < rs->conf->n_rules; i++)
		rc = add_rule(rs, (unsigned)i, &c);
	rs->wants_fields = c.wants_fields;
	if (rc == 0)
		ruleset_check_sources_used(&c);
	mem_free(c.source_used);
	return rc == 0 ? match_set_finish(rs->set) : rc;
}

int
ruleset_new(struct conf *conf, struct diag_list *diags, struct ruleset **ret_ruleset)
{
	size_t errors = diags->errors;
	struct ruleset *rs = ruleset_alloc(conf);
	if (!rs)
		return -ENOMEM;
	prepare_sources(rs, diags);
	int rc = add_rules(rs, diags);
	if (rc == 0 && diags->errors > errors)
		rc = -EINVAL;
	if (rc == 0)
		*ret_ruleset = rs;
	else
		ruleset_unref(rs);
	return rc;
}

int
ruleset_load(const char *path, struct diag_list *diags, struct ruleset **ret_ruleset)
{
	struct conf *conf = NULL;
	struct ruleset *rs = NULL;
	int rc = conf_read(path, diags, &conf);
	if (conf) {
		int more = ruleset_new(conf, diags, &rs);
		rc = rc == 0 || more == -ENOMEM ? more : rc;
	}
	conf_unref(conf);
	if (rc == 0)
		*ret_ruleset = rs;
	else
		ruleset_unref(rs);
	return rc;
}

const struct conf *
ruleset_conf(const struct ruleset *rs)
{
	return rs->conf;
}

unsigned
ruleset_generation(const struct ruleset *rs)
{
	return rs->generation;
}

bool
ruleset_wants_fields(const struct ruleset *rs)
{
	return rs->wants_fields;
}

const struct provider_source *
ruleset_source(const struct ruleset *rs, const char *name,
	       const struct conf_source **ret_conf)
{
	const struct conf_source named = {.name = (char *)(uintptr_t)name};
	const struct prepared key = {&named, NULL};
	const struct prepared *found = NULL;
	if (name && rs->conf->n_sources > 0)
		found = bsearch(&key, rs->sources, rs->conf->n_sources,
				sizeof(struct prepared), by_name);
	if (!found)
		return NULL;
	if (ret_conf)
		*ret_conf = found->conf;
	return found->source;
}

/* Merges the rules that match with those that always do. */
struct merging {
	const struct ruleset *rs;
	size_t next_always;
	ruleset_match_fn *on_match;
	void *arg;
};

static void
emit_always(struct merging *m, unsigned before)
{
	const struct ruleset *rs = m->rs;
	while (m->next_always < rs->n_always && rs->always[m->next_always] < before)
		m->on_match(rs->conf->rules[rs->always[m->next_always++]], m->arg);
}

static void
on_pattern(unsigned id, void *arg)
{
	struct merging *m = arg;
	emit_always(m, id);
	m->on_match(m->rs->conf->rules[id], m->arg);
}

int
ruleset_match(const struct ruleset *rs, const struct match_event *event,
	      ruleset_match_fn *on_match, void *arg)
{
	struct merging m = {.rs = rs, .on_match = on_match, .arg = arg};
	int rc = match_run(rs->set, event, on_pattern, &m);
	if (rc == 0)
		emit_always(&m, (unsigned)rs->conf->n_rules);
	return rc;
}

int
ruleset_explain(const struct ruleset *rs, const char *name,
		const struct match_event *event, match_finding_fn *on_finding, void *arg)
{
	for (size_t i = 0; i < rs->conf->n_rules; i++) {
		const struct rule *rule = rs->conf->rules[i];
		if (!str_eq(rule->name, name))
			continue;
		if (!rule->when)
			return 0;
		return match_explain(rs->set, (unsigned)i, event, on_finding, arg);
	}
	return -ENOENT;
}
