/*
 * What an answer of Forge means: pure, so that it can be tested and fuzzed without a
 * network. struct answer is the result of one exchange, before names and operations of
 * the caller come into it.
 * Private to libforge: not installed.
 */
#ifndef FORGE_ANSWER_H
#define FORGE_ANSWER_H

#include <jansson.h>
#include <stdbool.h>

#include "base/buf.h"
#include "forge/client.h"
#include "forge/operation.h"
#include "forge/wire.h"

struct answer {
	enum forge_kind kind;
	long status;
	struct buf message; /* one line; empty when OK */
	struct buf body;
	json_t *json; /* the body parsed; NULL when it is empty or no JSON is due */
	bool skimmed; /* it is JSON, but only read over: json is NULL */
	char *id;     /* of data.id, when it was skimmed; NULL: none */
	int64_t retry_at_us;
	const char *const *scopes; /* of a 403; NULL */
	json_t *errors;		   /* {"field":"text" or ["text"]}; NULL */
};

void answer_init(struct answer *a);
void answer_done(struct answer *a);
#define auto_answer CLEANUP(answer_done) struct answer
void answer_set(struct answer *a, enum forge_kind kind, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/* What to do now. */
enum answer_step {
	ANSWER_FINAL,
	ANSWER_LATER, /* try again after a while; when that is over, kind is the end */
	ANSWER_WAIT   /* 429: nobody may send for a time */
};

/* The id of the resource that a tells, in new memory; NULL: none. Returns 0 or -ENOMEM.
 */
int answer_id(const struct answer *a, char **ret_id) MUST_CHECK;

/*
 * Fills a from what came over the wire (takes w->body). doubt: an earlier attempt of the
 * same call may have taken place already.
 */
enum answer_step answer_judge(struct answer *a, const struct forge_operation *op,
			      struct wire_answer *w, bool doubt);

#endif
