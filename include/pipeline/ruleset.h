/*
 * A configuration made ready to run: patterns compiled into one set, sources prepared by
 * their providers, operations and templates checked. Immutable, reference counted;
 * running jobs keep the one they began with.
 */
#ifndef PIPELINE_RULESET_H
#define PIPELINE_RULESET_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/diag.h"
#include "match/match.h"
#include "model/conf.h"
#include "model/delivery.h"
#include "model/job.h"
#include "model/rule.h"
#include "provider/provider.h"

struct ruleset;

/*
 * Checks everything that conf alone could not: kinds and their options, patterns,
 * operations (unknown, missing or wrong fields, site or server missing), templates, rules
 * naming an unknown source, sources that no rule uses (a warning). Takes a reference of
 * conf. Returns 0; -EINVAL with the mistakes in diags; -ENOMEM.
 */
int ruleset_new(struct conf *conf, struct diag_list *diags,
		struct ruleset **ret_ruleset) MUST_CHECK;
/*
 * conf_load and ruleset_new in one run, so that all mistakes of both kinds are named.
 * Returns as ruleset_new.
 */
int ruleset_load(const char *path, struct diag_list *diags,
		 struct ruleset **ret_ruleset) MUST_CHECK;
struct ruleset *ruleset_ref(struct ruleset *rs);
void ruleset_unref(struct ruleset *rs);
const struct conf *ruleset_conf(const struct ruleset *rs);
/* Counts up with every ruleset_new of the process: the configuration's generation. */
unsigned ruleset_generation(const struct ruleset *rs);
/* Whether a pattern or a queue asks for git, chat or alert. */
bool ruleset_wants_fields(const struct ruleset *rs);
/* The prepared source of that name (borrowed), NULL when there is none. */
const struct provider_source *ruleset_source(const struct ruleset *rs, const char *name,
					     const struct conf_source **ret_conf);
typedef void ruleset_match_fn(const struct rule *rule, void *arg);
/* Calls on_match for every rule that matches, in the table's order. As match_run. */
int ruleset_match(const struct ruleset *rs, const struct match_event *event,
		  ruleset_match_fn *on_match, void *arg) MUST_CHECK;
/* As match_explain for the rule of that name; -ENOENT without one. */
int ruleset_explain(const struct ruleset *rs, const char *rule,
		    const struct match_event *event, match_finding_fn *on_finding,
		    void *arg) MUST_CHECK;

#endif
