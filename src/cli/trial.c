#include "cli/trial.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json_doc.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cli/capture.h"

int
cli_ruleset(const struct cli_args *args, struct ruleset **ret_ruleset)
{
	auto_diag diags = {0};
	int rc = ruleset_load(cli_get(args, "--config"), &diags, ret_ruleset);
	if (rc == 0)
		return CLI_OK;
	diag_print(&diags, stderr);
	if (rc == -ENOMEM)
		return cli_fail(args, CLI_FAILED, "out of memory");
	return CLI_BAD_INPUT;
}

static int
out_of_memory(const struct cli_args *args)
{
	return cli_fail(args, CLI_FAILED, "out of memory");
}

static int
unknown_source(const struct cli_args *args, const struct conf *conf, const char *name)
{
	const char *best = NULL;
	for (size_t i = 0; i < conf->n_sources; i++) {
		const char *pair[2] = {conf->sources[i].name, best};
		best = str_nearest(name, pair, best ? 2 : 1);
	}
	if (best)
		return cli_fail(args, CLI_USAGE,
				"there is no source \"%s\"; did you mean \"%s\"?", name,
				best);
	return cli_fail(args, CLI_USAGE, "there is no source \"%s\"", name);
}

/* Header lines into the capture; where: what to call them in a message. */
static int
take_headers(const struct cli_args *args, struct slice text, const char *where,
	     struct capture *c)
{
	unsigned line = 0;
	int rc = capture_parse_headers(c, text, &line);
	if (rc == -ENOMEM)
		return out_of_memory(args);
	if (rc < 0)
		return cli_fail(args, CLI_BAD_INPUT,
				"%s:%u: expected a header line \"Name: value\"", where,
				line);
	return CLI_OK;
}

/* The headers of the file; without one, those that such a sender would send. */
static int
read_headers(const struct cli_args *args, const struct provider_source *src,
	     struct capture *c)
{
	auto_buf text = BUF_INIT(MIB);
	const char *path = cli_get(args, "--headers");
	if (path) {
		int rc = file_read(path, &text);
		if (rc < 0)
			return cli_fail(args, CLI_BAD_INPUT, "%s: %s", path,
					strerror(-rc));
		return take_headers(args, buf_slice(&text), path, c);
	}
	const struct provider *p = provider_source_provider(src);
	int rc = p->sign(src, cli_get(args, "--type"), NULL, buf_slice(&c->body),
			 clock_wall_us(), &text);
	if (rc == -EINVAL)
		return cli_fail(args, CLI_USAGE, "--type: no header can hold it");
	if (rc < 0)
		return out_of_memory(args);
	return take_headers(args, buf_slice(&text), "headers", c);
}

static int
fill_delivery(struct trial *t, const struct conf_source *conf, struct capture *c)
{
	struct delivery *d = t->delivery;
	d->id = id_new();
	d->received_us = clock_wall_us();
	for (size_t i = 0; i < c->n; i++)
		buf_printf(&d->headers, "%s: %s\n", c->headers[i].name,
			   c->headers[i].value);
	d->body = c->body;
	c->body = BUF_INIT(0);
	if (str_set(&d->source, conf->name) < 0 || str_set(&d->kind, conf->kind) < 0)
		return -ENOMEM;
	return d->headers.error;
}

/* What the provider makes of the request. */
static int
read_request(const struct cli_args *args, struct trial *t,
	     const struct provider_source *src, const struct capture *c)
{
	struct provider_request rq = capture_request(c, t->delivery->received_us);
	struct provider_answer answer;
	provider_answer_init(&answer);
	enum provider_action action =
		provider_source_provider(src)->read(src, &rq, t->delivery, &answer);
	int rc = CLI_OK;
	if (action == PROVIDER_MALFORMED)
		rc = cli_fail(args, CLI_BAD_INPUT,
			      "the bridge would answer %d: %s; is a header missing?",
			      answer.status, answer.error ? answer.error : "");
	else if (action == PROVIDER_ANSWER)
		rc = cli_fail(args, CLI_FAILED,
			      "the bridge would answer at once; no rule is asked");
	else if (action == PROVIDER_ERROR)
		rc = out_of_memory(args);
	provider_answer_done(&answer);
	if (rc == CLI_OK && cli_has(args, "--type") &&
	    str_set(&t->delivery->type, cli_get(args, "--type")) < 0)
		rc = out_of_memory(args);
	return rc;
}

static int
check_payload(const struct cli_args *args, const struct delivery *d)
{
	struct json_error error = {0};
	if (d->form == PAYLOAD_TEXT)
		return CLI_OK;
	int rc = json_check(delivery_payload(d), &error);
	if (rc == -EBADMSG)
		return cli_fail(args, CLI_BAD_INPUT, "%s: byte %zu: no JSON: %s",
				cli_get(args, "--body"), error.offset, error.text);
	return rc < 0 ? out_of_memory(args) : CLI_OK;
}

static int
make_delivery(const struct cli_args *args, struct trial *t)
{
	const struct conf_source *conf = NULL;
	const char *name = cli_get(args, "--source");
	const struct provider_source *src = ruleset_source(t->rs, name, &conf);
	if (!src)
		return unknown_source(args, ruleset_conf(t->rs), name);
	auto_capture c = {0};
	capture_init(&c);
	int rc = file_read(cli_get(args, "--body"), &c.body);
	if (rc < 0)
		return cli_fail(args, CLI_BAD_INPUT, "%s: %s", cli_get(args, "--body"),
				strerror(-rc));
	rc = read_headers(args, src, &c);
	if (rc == CLI_OK && fill_delivery(t, conf, &c) < 0)
		rc = out_of_memory(args);
	if (rc == CLI_OK)
		rc = read_request(args, t, src, &c);
	return rc == CLI_OK ? check_payload(args, t->delivery) : rc;
}

static void
on_match(const struct rule *rule, void *arg)
{
	struct trial *t = arg;
	if (x_reserve(&t->matched, &t->cap, t->n_matched) == 0)
		t->matched[t->n_matched++] = rule;
}

int
trial_open(const struct cli_args *args, struct trial *t)
{
	*t = (struct trial){0};
	int rc = cli_ruleset(args, &t->rs);
	if (rc != CLI_OK)
		return rc;
	t->delivery = delivery_new();
	if (!t->delivery)
		return out_of_memory(args);
	rc = make_delivery(args, t);
	if (rc != CLI_OK)
		return rc;
	if (scope_init(&t->scope, t->delivery, true) < 0 ||
	    ruleset_match(t->rs, &t->scope.event, on_match, t) < 0)
		return out_of_memory(args);
	return CLI_OK;
}

void
trial_done(struct trial *t)
{
	scope_done(&t->scope);
	delivery_free(t->delivery);
	mem_free(t->matched);
	ruleset_unref(t->rs);
}

bool
trial_matches(const struct trial *t, const struct rule *rule)
{
	for (size_t i = 0; i < t->n_matched; i++) {
		if (t->matched[i] == rule)
			return true;
	}
	return false;
}

static void
count_finding(const struct match_finding *finding, void *arg)
{
	struct trial_nearness *n = arg;
	n->leaves++;
	n->matching += finding->matches;
}

static bool
is_nearer(const struct trial_nearness *a, const struct trial_nearness *b)
{
	if (a->matching != b->matching)
		return a->matching > b->matching;
	return !b->rule || a->leaves < b->leaves;
}

struct trial_nearness
trial_nearest(const struct trial *t)
{
	const struct conf *conf = ruleset_conf(t->rs);
	struct trial_nearness best = {0};
	for (size_t i = 0; i < conf->n_rules; i++) {
		struct trial_nearness n = {.rule = conf->rules[i]};
		if (!n.rule->when)
			continue;
		int rc = ruleset_explain(t->rs, n.rule->name, &t->scope.event,
					 count_finding, &n);
		if (rc == 0 && is_nearer(&n, &best))
			best = n;
	}
	return best;
}
