/* A step's request as it would be sent, as far as it is known before the rule has run. */
#ifndef CLI_RENDERING_H
#define CLI_RENDERING_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "forge/operation.h"
#include "match/match.h"
#include "model/conf.h"
#include "model/rule.h"

struct rendering {
	const struct forge_operation *operation;
	struct buf url;	 /* "/orgs/acme/servers/{server}/..."; in braces: not known yet */
	struct buf body; /* JSON; empty: none */
	bool pending;	 /* something waits for the results of earlier steps */
	struct buf error; /* why the step would fail; a line each */
};

void rendering_init(struct rendering *r);
void rendering_done(struct rendering *r);
/*
 * Templates that ask for `steps` or `job` stay as they are written. Returns 0 or -ENOMEM;
 * whether the step would fail: r->error.
 */
int rendering_make(struct rendering *r, const struct conf *conf,
		   const struct rule_step *step,
		   const struct match_event *event) MUST_CHECK;
/*
 * One text, such as a queue's template. Returns 0 with the text in out (its template, if
 * it has to wait: then *ret_pending is set), -EINVAL with a line in error, -ENOMEM.
 */
int rendering_text(const char *text, struct place at, const struct match_event *event,
		   struct buf *out, bool *ret_pending, struct buf *error) MUST_CHECK;
/* rendering_url.c: path and query of a call, from JSON params (NULL: none). */
int rendering_put_url(struct buf *out, const struct forge_operation *op,
		      const char *organization, const char *server, const char *site,
		      const char *params) MUST_CHECK;

#endif
