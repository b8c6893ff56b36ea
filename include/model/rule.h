/* One row of the rules table as written: templates are not rendered yet. */
#ifndef MODEL_RULE_H
#define MODEL_RULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"
#include "model/node.h"

#define RULE_VERSION_SIZE 17 /* 16 hex digits and the NUL */

/* One call of a Forge operation. Strings are owned; site, server, account: NULL if
 * absent. */
struct rule_step {
	struct place at;
	bool broken;	 /* it has mistakes: only good for finding further ones */
	char *id;	 /* as written, or "1", "2" ... */
	char *operation; /* full id or short name, as written */
	struct place operation_at;
	char *site; /* name, id or template */
	struct place site_at;
	char *server;
	struct place server_at;
	char *account;
	struct place account_at;
	struct node *params; /* path and query parameters: an object, or NULL */
	struct node *body;   /* an object, or NULL */
	uint64_t timeout_ms; /* 0: DEFAULT_STEP_TIMEOUT_MS */
};

enum rule_coalesce { COALESCE_NONE, COALESCE_LATEST };

struct rule {
	struct place at;
	bool broken; /* it has mistakes: only good for finding further ones */
	char *name;
	char version[RULE_VERSION_SIZE]; /* hash of the rule's canonical JSON */
	char *text;			 /* that JSON: enough to build the rule again */
	struct node *when;		 /* NULL: matches everything */
	struct rule_step *steps;
	size_t n_steps;
	struct rule_step *on_failure;
	size_t n_on_failure;
	char *queue; /* template; NULL: the site of the first step */
	struct place queue_at;
	enum rule_coalesce coalesce;
};

struct rule *rule_new(void) MUST_CHECK;
void rule_free(struct rule *r);
void rule_step_done(struct rule_step *s);

#endif
