/* What only Forge and the broker can tell about a configuration. */
#ifndef CLI_CHECK_ONLINE_H
#define CLI_CHECK_ONLINE_H

#include "base/diag.h"
#include "model/conf.h"

#define CHECK_CALL_MS	15000 /* one question to Forge */
#define CHECK_BROKER_MS 10000 /* connecting and one publication */

/*
 * Both block. What is wrong goes to diags at its place in the file. Return the exit
 * status that it stands for (CLI_DENIED, CLI_UNREACHABLE ...), CLI_OK for none.
 */
int check_forge(const struct conf *conf, struct diag_list *diags);
int check_broker(const struct conf *conf, struct diag_list *diags);

#endif
