/* The checks of a configuration that need the other layers: what ruleset_new promises. */
#ifndef PIPELINE_RULESET_CHECK_H
#define PIPELINE_RULESET_CHECK_H

#include <stdbool.h>

#include "base/diag.h"
#include "model/conf.h"

/* Whether a provider knows the kind; says so, with the nearest one, when none does. */
bool ruleset_check_kind(const struct conf_source *source, struct diag_list *diags);
/* Operations, their fields, templates, accounts, names of sources. */
void ruleset_check(const struct conf *conf, struct diag_list *diags);

#endif
