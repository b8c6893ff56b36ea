/*
 * A call of the interface: names to ids first, then what its kind does.
 *
 *   new -> resolving -> acting -> ended (on_result, freed)
 *
 * forge_cancel and forge_client_free lead to the end from everywhere.
 * Private to libforge: not installed.
 */
#ifndef FORGE_CALL_H
#define FORGE_CALL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "forge/answer.h"
#include "forge/client.h"
#include "forge/exchange.h"
#include "forge/follow.h"
#include "forge/resolve.h"

struct forge_call;

struct call_kind {
	bool checks; /* params and body must fit the operation */
	bool names;  /* full names are wanted, not only ids */
	/* All names are known. */
	void (*begin)(struct forge_call *call);
	/* The timer set with call_sleep. */
	void (*on_timer)(struct forge_call *call);
};

/* Names as given and as resolved. */
struct call_target {
	char *organization;
	char *server;
	char *site;
	char *slug;
	char *server_id;
	char *server_name;
	char *site_id;
	char *site_name;
};

struct forge_call {
	struct forge_client *client;
	const struct call_kind *kind;
	struct forge_call *prev; /* in the client's list */
	struct forge_call *next;
	struct forge_call *next_ready;
	bool ready; /* waits for the client's kick */
	bool begun;
	bool cancelled;
	bool asked_anew;   /* names were resolved a second time after a 404 */
	bool looked_twice; /* forge_adopt: the list was read again after a while */
	const struct forge_operation *op;
	char *operation; /* as given, for messages */
	char *params_text;
	char *body_text;
	json_t *params;
	json_t *body;
	struct call_target target;
	uint64_t deadline;
	unsigned attempts;	   /* of each request; 0: the client's */
	struct exchange *exchange; /* at most one of exchange, waiter, timer is active */
	struct waiter waiter;
	struct event *timer;
	forge_result_fn *on_result;
	void *arg;
	/* What comes after the step at hand, instead of the call's end. */
	void (*then)(struct forge_call *call, struct answer *a);
	/* of the kinds */
	bool accepted_only;
	char *doubt; /* forge_wait: why there was no answer; NULL: there was one */
	bool all_pages;
	json_t *pages; /* what came so far */
	const struct follow_row *row;
	bool has_mark;
	char *last; /* of the mark: the greatest id before the call */
	unsigned looks;
	char *resource;
	size_t current;	     /* offset into resource of the id that is followed */
	unsigned good_looks; /* in a row */
	forge_progress_fn *on_progress;
	char *status;
	unsigned failed_looks; /* in a row */
	struct buf last_body;
	uint64_t began;
	uint64_t looked_at;
};

struct forge_call *call_new(struct forge_client *c, const struct call_kind *kind,
			    const struct forge_request *rq, forge_result_fn *on_result,
			    void *arg);
/* Takes back a call that could not be completed by its starter: no callback. */
void call_drop(struct forge_call *call);
/*
 * Calls on_result and frees the call, or goes on with `then` where one is set. a's kind,
 * status, message, body are what it tells.
 */
void call_end(struct forge_call *call, struct answer *a);
void call_fail(struct forge_call *call, enum forge_kind kind, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
void call_out_of_memory(struct forge_call *call);
/* Runs kind->on_timer in us, at the deadline if that comes first. */
void call_sleep(struct forge_call *call, uint64_t us);
/* In result.c: tells on_result what a says. */
void result_hand_over(struct forge_call *call, const struct answer *a);
/* One block of memory; NULL when there is none. */
struct forge_result *result_copy(const struct forge_result *r);
/* Resolves what is still unknown, then begins. */
void call_advance(struct forge_call *call);

/*
 * Sends op with the call's names, params (borrowed; NULL: the call's own) and body.
 * Returns false after the call has ended with a reason.
 */
struct call_send {
	const struct forge_operation *op;
	const json_t *params;
	const json_t *body;
	enum forge_priority priority;
	unsigned attempts; /* 0: the call's */
	bool skim;	   /* the answer's tree is not wanted */
};
void call_send(struct forge_call *call, const struct call_send *s, exchange_fn *on_done);

/* The steps of forge_wait, each ending in call_end. */
void call_begin_plain(struct forge_call *call);
void call_begin_mark(struct forge_call *call);
void call_begin_adopt(struct forge_call *call);
void call_begin_follow(struct forge_call *call);

/*
 * Fills the target. Returns 0 when all is known, -EINPROGRESS when a lookup is under way,
 * -ENOMEM, -ENOENT with failure filled.
 */
int target_advance(struct forge_call *call, struct answer *failure) MUST_CHECK;
/* Forgets what was resolved, here and in the cache. False: there were only ids. */
bool target_forget(struct forge_call *call);
void target_done(struct call_target *t);

#endif
