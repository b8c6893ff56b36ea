/* What only Forge and the broker can tell about a configuration. */
#ifndef CLI_CHECK_ONLINE_H
#define CLI_CHECK_ONLINE_H

#include "base/diag.h"
#include "forge/operation.h"
#include "model/conf.h"
#include "model/rule.h"

#define CHECK_CALL_MS	15000 /* one question to Forge */
#define CHECK_BROKER_MS 10000 /* connecting and one publication */

/*
 * Both block. What is wrong goes to diags at its place in the file. Return the exit
 * status that it stands for (CLI_DENIED, CLI_UNREACHABLE ...), CLI_OK for none.
 */
int check_forge(const struct conf *conf, struct diag_list *diags);
int check_broker(const struct conf *conf, struct diag_list *diags);

/*
 * An operation that changes nothing, needs that scope alone, and can be called with the
 * server and site of step. NULL: there is none, so whether a token has the scope shows
 * only when the step runs.
 */
const struct forge_operation *check_scope_question(const char *scope,
						   const struct rule_step *step);
/* Where a scope stands in forge_scopes; its length for one that is not there. */
size_t check_scope_index(const char *scope);

#endif
