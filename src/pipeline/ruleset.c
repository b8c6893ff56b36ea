#include "pipeline/ruleset.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "pipeline/ruleset_check.h"

/* A source by name, prepared by its provider. */
struct prepared {
	const struct conf_source *conf;
	struct provider_source *source; /* owned */
};

struct ruleset {
	unsigned refs;
	unsigned generation;
	struct conf *conf;	  /* a reference */
	struct prepared *sources; /* sorted by name */
	size_t n_sources;
	struct match_set *patterns; /* ids are indexes into conf->rules */
	bool *everything;	    /* per rule: it has no pattern and matches all */
};

static unsigned last_generation;

struct ruleset *
ruleset_ref(struct ruleset *rs)
{
	rs->refs++;
	return rs;
}

void
ruleset_unref(struct ruleset *rs)
{
	if (!rs || --rs->refs > 0)
		return;
	for (size_t i = 0; i < rs->n_sources; i++)
		provider_source_free(rs->sources[i].source);
	mem_free(rs->sources);
	mem_free(rs->everything);
	match_set_free(rs->patterns);
	conf_unref(rs->conf);
	mem_free(rs);
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

static int
by_name(const void *left, const void *right)
{
	const struct prepared *a = left;
	const struct prepared *b = right;
	return strcmp(a->conf->name, b->conf->name);
}

const struct provider_source *
ruleset_source(const struct ruleset *rs, const char *name,
	       const struct conf_source **ret_conf)
{
	const struct conf_source named = {.name = (char *)(uintptr_t)name};
	const struct prepared key = {&named, NULL};
	const struct prepared *found = rs->n_sources > 0
					       ? bsearch(&key, rs->sources, rs->n_sources,
							 sizeof(*rs->sources), by_name)
					       : NULL;
	if (!found)
		return NULL;
	*ret_conf = found->conf;
	return found->source;
}

static int
prepare_sources(struct ruleset *rs, struct diag_list *diags)
{
	const struct conf *conf = rs->conf;
	rs->sources = x_new_array(struct prepared, conf->n_sources);
	if (!rs->sources)
		return -ENOMEM;
	for (size_t i = 0; i < conf->n_sources; i++) {
		struct prepared *p = &rs->sources[rs->n_sources];
		p->conf = &conf->sources[i];
		if (ruleset_check_kind(p->conf, diags))
			p->source = provider_source_new(p->conf, diags);
		rs->n_sources += p->source != NULL;
	}
	if (rs->n_sources > 1)
		qsort(rs->sources, rs->n_sources, sizeof(*rs->sources), by_name);
	return 0;
}

static int
compile_patterns(struct ruleset *rs, struct diag_list *diags)
{
	const struct conf *conf = rs->conf;
	rs->patterns = match_set_new();
	rs->everything = x_new_array(bool, conf->n_rules);
	if (!rs->patterns || !rs->everything)
		return -ENOMEM;
	for (size_t i = 0; i < conf->n_rules; i++) {
		const struct rule *rule = conf->rules[i];
		rs->everything[i] = rule->when == NULL;
		if (!rule->when) {
			diag_warning(
				diags, rule->at,
				"rule \"%s\" has no `when`: it matches every delivery",
				rule->name);
			continue;
		}
		int rc = match_set_add(rs->patterns, rule->when, (unsigned)i,
				       MATCH_EXTENDED, diags);
		if (rc == -ENOMEM)
			return rc;
	}
	return match_set_finish(rs->patterns);
}

int
ruleset_new(struct conf *conf, struct diag_list *diags, struct ruleset **ret_ruleset)
{
	struct ruleset *rs = x_new(struct ruleset);
	if (!rs)
		return -ENOMEM;
	rs->refs = 1;
	rs->conf = conf_ref(conf);
	int rc = prepare_sources(rs, diags);
	if (rc == 0)
		rc = compile_patterns(rs, diags);
	if (rc == 0) {
		ruleset_check(conf, diags);
		rc = diags->errors > 0 ? -EINVAL : 0;
	}
	if (rc < 0) {
		ruleset_unref(rs);
		return rc;
	}
	rs->generation = ++last_generation;
	*ret_ruleset = rs;
	return 0;
}

/* Puts the rules without a pattern between the others, so that the order is the table's.
 */
struct merging {
	const struct ruleset *ruleset;
	size_t next; /* the first rule that was not decided yet */
	ruleset_match_fn *on_match;
	void *arg;
};

static void
emit_everything_before(struct merging *m, size_t end)
{
	const struct ruleset *rs = m->ruleset;
	for (; m->next < end; m->next++) {
		if (rs->everything[m->next])
			m->on_match(rs->conf->rules[m->next], m->arg);
	}
}

static void
on_match(unsigned id, void *arg)
{
	struct merging *m = arg;
	emit_everything_before(m, id);
	m->on_match(m->ruleset->conf->rules[id], m->arg);
	m->next = id + 1;
}

int
ruleset_match(const struct ruleset *rs, const struct match_event *event,
	      ruleset_match_fn *on_rule, void *arg)
{
	struct merging m = {rs, 0, on_rule, arg};
	int rc = match_run(rs->patterns, event, on_match, &m);
	if (rc == 0)
		emit_everything_before(&m, rs->conf->n_rules);
	return rc;
}

int
ruleset_explain(const struct ruleset *rs, const char *rule,
		const struct match_event *event, match_finding_fn *on_finding, void *arg)
{
	for (size_t i = 0; i < rs->conf->n_rules; i++) {
		if (!str_eq(rs->conf->rules[i]->name, rule))
			continue;
		if (rs->everything[i])
			return 0;
		return match_explain(rs->patterns, (unsigned)i, event, on_finding, arg);
	}
	return -ENOENT;
}
