#include <stdio.h>

#include "base/json.h"
#include "base/limits.h"
#include "cli/commands.h"
#include "cli/trial.h"

static void
put_steps(struct json_writer *w, const char *key, const struct rule_step *steps, size_t n)
{
	json_open_array(w, key);
	for (size_t i = 0; i < n; i++) {
		const struct rule_step *s = &steps[i];
		json_open_object(w, NULL);
		json_str(w, "id", s->id);
		json_str(w, "operation", s->operation);
		json_opt_str(w, "server", s->server);
		json_opt_str(w, "site", s->site);
		json_opt_str(w, "account", s->account);
		json_close_object(w);
	}
	json_close_array(w);
}

static int
print_json(const struct conf *conf)
{
	auto_buf out = BUF_INIT(SIZE_MAX / 2);
	struct json_writer w;
	json_begin(&w, &out);
	json_open_array(&w, NULL);
	for (size_t i = 0; i < conf->n_rules; i++) {
		const struct rule *r = conf->rules[i];
		json_open_object(&w, NULL);
		json_str(&w, "name", r->name);
		json_str(&w, "version", r->version);
		json_str(&w, "file", r->at.file);
		json_int(&w, "line", r->at.line);
		put_steps(&w, "steps", r->steps, r->n_steps);
		put_steps(&w, "on_failure", r->on_failure, r->n_on_failure);
		json_opt_str(&w, "queue", r->queue);
		json_str(&w, "coalesce",
			 r->coalesce == COALESCE_LATEST ? "latest" : "none");
		json_raw(&w, "rule", r->text);
		json_close_object(&w);
	}
	json_close_array(&w);
	if (buf_failed(&out))
		return CLI_FAILED;
	puts(buf_str(&out));
	return CLI_OK;
}

static void
print_text(const struct conf *conf)
{
	for (size_t i = 0; i < conf->n_rules; i++) {
		const struct rule *r = conf->rules[i];
		printf("%s", r->name);
		for (size_t k = 0; k < r->n_steps; k++) {
			const struct rule_step *s = &r->steps[k];
			const char *target = s->site ? s->site : s->server;
			printf("%s%s%s%s", k > 0 ? ", " : ": ", s->operation,
			       target ? " " : "", target ? target : "");
		}
		printf("  (%s:%u)\n", r->at.file, r->at.line);
	}
}

static int
run(const struct cli_args *args)
{
	struct ruleset *rs = NULL;
	int rc = cli_ruleset(args, &rs);
	if (rc != CLI_OK)
		return rc;
	if (cli_has(args, "--json"))
		rc = print_json(ruleset_conf(rs));
	else
		print_text(ruleset_conf(rs));
	ruleset_unref(rs);
	return rc;
}

static const struct cli_option options[] = {
	{"--config", 'c', "FILE", "the configuration", true},
	{"--json", 0, NULL, "print JSON", false},
	{0},
};

const struct cli_command cli_rules_list = {
	.name = "rules list",
	.operands = "",
	.summary = "list the rules of a configuration",
	.details = "One line a rule, in their order: its name, what it does, where it "
		   "stands.",
	.options = options,
	.example = "forgebridge rules list -c forgebridge.yaml",
	.exits = CLI_EXITS({CLI_OK, "done"},
			   {CLI_BAD_INPUT, "the configuration has mistakes"}),
	.run = run,
};
