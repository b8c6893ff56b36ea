/*
 * The request of a step as it is journaled and sent: JSON {"operation", "account",
 * "organization", "server", "site", "params", "body"}. Made from the rule by rendering
 * its templates; names become ids once they are resolved, so that a restart need not ask
 * again.
 */
#ifndef PIPELINE_CALL_H
#define PIPELINE_CALL_H

#include "base/attr.h"
#include "forge/client.h"
#include "match/match.h"
#include "model/rule.h"

/* A request unpacked; strings are owned. */
struct call {
	char *operation;
	char *account;
	char *organization;
	char *server;
	char *site;
	char *params;
	char *body;
};

void call_done(struct call *c);
/*
 * Renders a step over scope. Returns 0; -EINVAL with *ret_error (str_free) saying what
 * could not be rendered and where; -ENOMEM.
 */
int call_render(const struct rule_step *step, const struct match_event *scope,
		struct call *ret_call, char **ret_error) MUST_CHECK;
/* The JSON of c (str_free), NULL when memory is short. */
char *call_format(const struct call *c) MUST_CHECK;
int call_parse(const char *text, struct call *ret_call) MUST_CHECK;
/* What libforge takes; borrows from c. */
struct forge_request call_request(const struct call *c, unsigned deadline_ms);
/*
 * Takes over the ids (server, site, organisation) of an answer of forge_resolve, and
 * gives their names (str_free, NULL where there is none).
 */
int call_set_resolved(struct call *c, const char *answer, char **ret_server,
		      char **ret_site) MUST_CHECK;

#endif
