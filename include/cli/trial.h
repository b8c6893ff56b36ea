/* A delivery made up from files, to be tried against the rules of a configuration. */
#ifndef CLI_TRIAL_H
#define CLI_TRIAL_H

#include "base/attr.h"
#include "cli/command.h"
#include "model/delivery.h"
#include "pipeline/ruleset.h"
#include "pipeline/scope.h"

#define CLI_TRIAL_OPTIONS                                                             \
	{"--config", 'c', "FILE", "the configuration", true},                         \
		{"--source", 's', "NAME", "the source it comes from", true},          \
		{"--type", 't', "T", "its type; else the headers tell", false},       \
		{"--body", 'b', "FILE", "its body; - is standard input", true},       \
		{"--headers", 'H', "FILE", "its headers, one \"Name: value\" a line", \
		 false},                                                              \
	{                                                                             \
		"--json", 0, NULL, "print JSON", false                                \
	}

struct trial {
	struct ruleset *rs;
	struct delivery *delivery;
	struct scope scope;
	const struct rule **matched; /* owned; in the table's order */
	size_t n_matched;
	size_t cap;
};

/*
 * Loads the configuration, makes the delivery and matches it. Returns CLI_OK, or the exit
 * status after saying why on stderr.
 */
int trial_open(const struct cli_args *args, struct trial *t) MUST_CHECK;
void trial_done(struct trial *t); /* also after a failed trial_open */
bool trial_matches(const struct trial *t, const struct rule *rule);

/*
 * Loads --config with all checks; mistakes go to stderr. Returns CLI_OK with a reference,
 * or CLI_BAD_INPUT.
 */
int cli_ruleset(const struct cli_args *args, struct ruleset **ret_ruleset) MUST_CHECK;

/* How near a rule is: leaves of its pattern that match, and all of them. */
struct trial_nearness {
	const struct rule *rule; /* NULL: no rule has a pattern */
	size_t matching;
	size_t leaves;
};
/* The rule with the most leaves matching; of equals the one with the fewest missing. */
struct trial_nearness trial_nearest(const struct trial *t);

#endif
