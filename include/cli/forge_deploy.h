/* Deployments: what forge deploy and forge deploy-log share. */
#ifndef CLI_FORGE_DEPLOY_H
#define CLI_FORGE_DEPLOY_H

#include "cli/forge_ask.h"

/* The options that only a deploy hook can hand over. */
#define CLI_DEPLOY_HOOK_OPTIONS                                                       \
	{"--commit", 0, "HASH", "name of the commit, shown by Forge", false},         \
		{"--message", 0, "TEXT", "its message, shown by Forge", false},       \
		{"--author", 0, "NAME", "its author, shown by Forge", false},         \
	{                                                                             \
		"--var", 0, "K=V",                                                    \
			"FORGE_VAR_K in the deployment script; may be given several " \
			"times",                                                      \
			false                                                         \
	}

/* CLI_OK, or CLI_USAGE after saying which --var is wrong. */
int deploy_check_vars(const struct cli_args *args);
/* Whether an option was given that needs the hook. */
bool deploy_needs_hook(const struct cli_args *args);
/*
 * Deploys through the site's deploy hook and follows what it started to its end, as
 * ask_quietly with ASK_TO_THE_END. An answer that was lost is looked up in the list of
 * deployments. *ret_started: whether there is a deployment; if not, it was said why.
 */
int deploy_by_hook(struct forge_ask *a, const struct ask_place *place, const char *branch,
		   bool *ret_started, json_t **ret_answer) MUST_CHECK;

/* The log of a deployment; NULL: Forge has none yet. CLI_OK, or says why not. */
int deploy_log(struct forge_ask *a, const struct ask_place *place, const char *deployment,
	       char **ret_log) MUST_CHECK;

#endif
