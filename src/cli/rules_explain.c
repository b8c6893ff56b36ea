#include <errno.h>
#include <stdio.h>

#include "base/json.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/trial.h"

struct output {
	struct json_writer json;
	bool is_json;
};

static void
on_finding(const struct match_finding *f, void *arg)
{
	struct output *o = arg;
	if (!o->is_json) {
		printf("  %-3s  %s: expected %s, found %s\n", f->matches ? "yes" : "no",
		       f->path, f->expected ? f->expected : "",
		       f->found ? f->found : "nothing");
		return;
	}
	json_open_object(&o->json, NULL);
	json_str(&o->json, "path", f->path);
	json_str(&o->json, "expected", f->expected);
	json_str(&o->json, "found", f->found);
	json_bool(&o->json, "matches", f->matches);
	json_close_object(&o->json);
}

static const struct rule *
choose_rule(const struct cli_args *args, const struct trial *t)
{
	const char *name = cli_get(args, "--rule");
	const struct conf *conf = ruleset_conf(t->rs);
	if (!name) {
		const struct rule *rule = trial_nearest(t).rule;
		if (!rule && t->n_matched > 0)
			rule = t->matched[0];
		if (!rule)
			cli_fail(args, CLI_FAILED, "there are no rules");
		return rule;
	}
	const struct rule *rule = conf_rule_find(conf, name);
	if (rule)
		return rule;
	const char *best = NULL;
	for (size_t i = 0; i < conf->n_rules; i++) {
		const char *pair[2] = {conf->rules[i]->name, best};
		best = str_nearest(name, pair, best ? 2 : 1);
	}
	if (best)
		cli_fail(args, CLI_USAGE, "there is no rule \"%s\"; did you mean \"%s\"?",
			 name, best);
	else
		cli_fail(args, CLI_USAGE, "there is no rule \"%s\"", name);
	return NULL;
}

static int
explain(const struct cli_args *args, const struct trial *t, const struct rule *rule)
{
	bool matches = trial_matches(t, rule);
	auto_buf text = BUF_INIT(SIZE_MAX / 2);
	struct output o = {.is_json = cli_has(args, "--json")};
	json_begin(&o.json, &text);
	if (o.is_json) {
		json_open_object(&o.json, NULL);
		json_str(&o.json, "rule", rule->name);
		json_bool(&o.json, "matches", matches);
		json_open_array(&o.json, "fields");
	} else {
		printf("%s %s\n", rule->name, matches ? "matches" : "does not match");
		if (!rule->when)
			puts("  it has no `when`: every delivery starts it");
	}
	int rc = ruleset_explain(t->rs, rule->name, &t->scope.event, on_finding, &o);
	if (rc < 0 || buf_failed(&text))
		return cli_fail(args, CLI_FAILED, "out of memory");
	if (o.is_json) {
		json_close_array(&o.json);
		json_close_object(&o.json);
		puts(buf_str(&text));
	}
	return matches ? CLI_OK : CLI_FAILED;
}

static int
run(const struct cli_args *args)
{
	struct trial trial;
	int rc = trial_open(args, &trial);
	if (rc == CLI_OK) {
		const struct rule *rule = choose_rule(args, &trial);
		if (rule)
			rc = explain(args, &trial, rule);
		else
			rc = cli_has(args, "--rule") ? CLI_USAGE : CLI_FAILED;
	}
	trial_done(&trial);
	return rc;
}

static const struct cli_option options[] = {
	CLI_TRIAL_OPTIONS,
	{"--rule", 'r', "NAME", "the rule; else the nearest one", false},
	{0},
};

const struct cli_command cli_rules_explain = {
	.name = "rules explain",
	.operands = "",
	.summary = "tell field by field why a rule matches a delivery or not",
	.details = "One line a field of the rule's `when`: whether it fits, what the "
		   "pattern expects,\n"
		   "what the delivery has there. Without --rule, the rule with the most "
		   "fields that\n"
		   "fit.",
	.options = options,
	.example = "forgebridge rules explain -c forgebridge.yaml --source github "
		   "--type push --body push.json --rule deploy-shop",
	.exits = CLI_EXITS({CLI_OK, "it matches"}, {CLI_FAILED, "it does not"},
			   {CLI_USAGE, "wrong usage, or there is no such rule or source"},
			   {CLI_BAD_INPUT,
			    "the configuration, the body or the headers have mistakes"}),
	.run = run,
};
