/*
 * Asynchronous client of the Forge API on a libevent base (libcurl multi, socket action).
 * One client is one Forge user: one token, one budget of requests a minute that all calls
 * share; calls that change something go before polls. Callbacks run on the loop, exactly
 * once a call, never before the function that started the call has returned.
 *
 * 429 and 5xx are retried where that is safe, with backoff and jitter, honouring
 * X-RateLimit-Reset, Retry-After, or neither. A call that changes something and whose
 * answer was lost ends as FORGE_UNCERTAIN; it is never repeated by the client itself.
 * What can safely be repeated (GET, PUT with a body, DELETE) is sent up to five times
 * when Forge answers 5xx; so is everything when it could not be sent, or when Forge says
 * that it is offline for maintenance. Waiting times (backoff, polls) are for 60 requests
 * a minute; a higher requests_per_minute shortens them in proportion, down to 50 ms.
 */
#ifndef FORGE_CLIENT_H
#define FORGE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "forge/operation.h"

#ifdef __cplusplus
extern "C" {
#endif

struct event_base;
struct forge_client;
struct forge_call;

#define FORGE_DEFAULT_URL "https://forge.laravel.com/api"

struct forge_options {
	const char *url; /* NULL: FORGE_DEFAULT_URL; all strings are copied */
	const char *token;
	const char *organization;     /* slug; default of every call */
	unsigned requests_per_minute; /* 0: 60 */
	unsigned window_ms;  /* of the budget, for a sandbox with --speed; 0: a minute */
	unsigned timeout_ms; /* of one request; 0: 30,000 */
	unsigned attempts;   /* of one request, 429 not counted; 0: five */
	/* A 429 that lasts longer (at 60 requests a minute) ends the call; 0: it waits.
	 */
	unsigned limited_ms;
	bool http1;		/* speak HTTP/1.1 only */
	const char *ca_file;	/* PEM, instead of the system's; NULL */
	const char *user_agent; /* NULL: "libforge/VERSION" */
	/* Debug trace, one line; may be NULL. Never holds the token. */
	void (*on_trace)(const char *line, void *arg);
	void *trace_arg;
};

enum forge_kind {
	FORGE_OK,
	FORGE_REFUSED, /* not sent: the request does not fit the schema */
	FORGE_NETWORK, /* could not connect, resolve, or TLS failed: nothing was sent; or
			  no answer to a call that changes nothing */
	FORGE_TIMEOUT, /* gave up before anything was sent */
	FORGE_UNAUTHENTICATED, /* 401 */
	FORGE_FORBIDDEN,       /* 403; message names the scope where it is known */
	FORGE_NOT_FOUND,       /* 404, or a name that does not exist */
	FORGE_INVALID,	       /* 422, 400; message holds the field errors; or a name that
				  is not unique */
	FORGE_RATE_LIMITED,    /* 429 until the call's own deadline, or limited_ms */
	FORGE_MAINTENANCE,     /* 503 */
	FORGE_SERVER,	 /* 5xx that is known to have changed nothing, other answers */
	FORGE_FAILED,	 /* what was followed came to a bad end; message names it */
	FORGE_UNCERTAIN, /* sent, but no answer: it may or may not have taken place */
	FORGE_CANCELLED	 /* by forge_cancel or forge_client_free */
};
const char *forge_kind_name(enum forge_kind kind); /* "not found" */

struct forge_field_error {
	const char *field; /* "command"; "/body/command" of a FORGE_REFUSED */
	const char *text;  /* "is required (string)" */
};

struct forge_result {
	enum forge_kind kind;
	long status;	     /* HTTP; 0 without an answer */
	const char *message; /* for people, one line; "" when OK */
	const char *said;    /* Forge's own message as it came; NULL */
	const char *body;    /* of the answer, NUL-terminated; "" when empty */
	size_t body_len;
	/* Id of data.id in the answer, or of what forge_adopt has found (several joined
	 * by commas where one call makes several); NULL. */
	const char *resource;
	int64_t retry_at_us; /* FORGE_RATE_LIMITED: wall clock; 0 unknown */
	/* FORGE_FORBIDDEN: what the token must have, NULL-terminated; NULL unknown. */
	const char *const *scopes;
	/* FORGE_INVALID and FORGE_REFUSED: what is wrong with which field. */
	const struct forge_field_error *errors;
	size_t n_errors;
	/* forge_wait: Forge has taken it, and shows nothing from which its end could be
	 * seen (forge_nothing_to_follow says why). */
	bool accepted_only;
};
/*
 * Whether the cause may pass by itself, and the call is known to have changed nothing:
 * made again later it may succeed.
 */
bool forge_is_away(const struct forge_result *result);
/* Everything in result is valid during the call only. */
typedef void forge_result_fn(const struct forge_result *result, void *arg);

enum forge_priority { FORGE_CHANGE, FORGE_LOOKUP, FORGE_POLL };

/* A call as the caller has it: names or ids. Strings are copied. */
struct forge_request {
	const char *operation;	  /* id or short name */
	const char *organization; /* NULL: the client's */
	const char *server;	  /* name or id; NULL: from the site, or not needed */
	const char *site;	  /* name or id; NULL: not needed */
	const char *params;   /* JSON object: further path parameters and query; NULL */
	const char *body;     /* JSON object; NULL */
	unsigned deadline_ms; /* for all attempts, waiting for the budget included;
				 0: ten minutes */
	/*
	 * Of each request, 429 not counted; 0: the client's. For forge_follow: looks in a
	 * row that fail before it ends with their cause; 0: any number.
	 */
	unsigned attempts;
	/* Follow the cursors of a list: the body is {"data":[...],"included":[...]}. */
	bool all_pages;
};

/* base NULL: the client makes one of its own, see forge_run. NULL: memory is short. */
struct forge_client *forge_client_new(struct event_base *base,
				      const struct forge_options *options);
/* Runs the client's loop until no call is under way: the blocking form of all this. */
void forge_run(struct forge_client *c);
/* Calls under way end as FORGE_CANCELLED from inside this function. */
void forge_client_free(struct forge_client *c);

/*
 * Resolves names, validates, waits for the budget, sends. NULL when memory is short.
 * Priority follows from the operation: what changes something first.
 */
struct forge_call *forge_call(struct forge_client *c, const struct forge_request *rq,
			      forge_result_fn *on_result, void *arg);
/* Its callback runs with FORGE_CANCELLED from the loop (a request on the wire is cut). */
void forge_cancel(struct forge_call *call);

/*
 * Resolves server and site of a request to their ids and full names. The answer's body is
 * {"organization":"acme","server":{"id":"1","name":"web-1"},"site":{"id":"1","name":...}}
 * (server, site null when not needed). Cached for some minutes.
 */
struct forge_call *forge_resolve(struct forge_client *c, const struct forge_request *rq,
				 forge_result_fn *on_result, void *arg);

/*
 * What an operation makes can be found later when its answer is lost or empty: these
 * three follow one table (which list, which id, which attribute: docs/SDK.md has it).
 */
/* Whether there is a list in which what op makes appears. */
bool forge_can_adopt(const struct forge_operation *op);
/* Whether op goes on after its answer and has something to look at. */
bool forge_can_follow(const struct forge_operation *op);
/*
 * Takes note of what is there before a call: result.body is a small JSON text (the mark)
 * to be kept until the call's outcome is known.
 */
struct forge_call *forge_mark(struct forge_client *c, const struct forge_request *rq,
			      forge_result_fn *on_result, void *arg);
/*
 * Looks in the list for what the call made after its mark: FORGE_OK with result.resource
 * its id, FORGE_NOT_FOUND when nothing new is there, FORGE_UNCERTAIN when several are and
 * cannot be told apart (message says so). Looks twice before it says that there is
 * nothing, since a request whose answer was lost may still be at work. Of several new
 * deployments the oldest is taken: jobs of a site run one after the other, so ours is the
 * first after the mark unless somebody started one in between, and that one deploys the
 * same commit.
 */
struct forge_call *forge_adopt(struct forge_client *c, const struct forge_request *rq,
			       const char *mark, forge_result_fn *on_result, void *arg);
/*
 * Follows resource to its end: polls from 5 s, backing off to 30 s (at a higher budget
 * than 60 a minute proportionally shorter, not below 50 ms). on_progress (may be NULL) is
 * called with every new status. Ends with FORGE_OK when the status is a good end,
 * FORGE_FAILED when it is a bad one (message names it), FORGE_TIMEOUT after deadline_ms;
 * body: the last answer. forge_look makes a waiting follow look at once.
 */
typedef void forge_progress_fn(const char *status, void *arg);
struct forge_call *forge_follow(struct forge_client *c, const struct forge_request *rq,
				const char *resource, forge_progress_fn *on_progress,
				forge_result_fn *on_result, void *arg);
void forge_look(struct forge_call *call);
/* Why op has nothing to follow, one line; NULL: it can be followed. */
const char *forge_nothing_to_follow(const struct forge_operation *op);
/*
 * All of the above in one: marks, calls, adopts what the call made when its answer does
 * not tell or was lost, and follows it to its end. A deletion ends well with a 404. What
 * shows nothing to look at ends with its answer, accepted_only set. A call whose answer
 * was lost is never sent again: it is found in its list, or ends as FORGE_UNCERTAIN.
 */
struct forge_call *forge_wait(struct forge_client *c, const struct forge_request *rq,
			      forge_progress_fn *on_progress, forge_result_fn *on_result,
			      void *arg);

/*
 * Blocking forms: they return the result, to be freed with forge_result_free, or NULL
 * when memory is short (or 10,000 calls are under way). Any number of threads may call
 * them at once on one client that has its own loop (base NULL); they share its
 * connections and its budget. One of the callers runs the loop for all, so on_progress,
 * on_trace run on any of their threads, one at a time. Everything else of a client is for
 * one thread at a time: with a base of yours, that base's; none of it while a blocking
 * call is under way.
 */
struct forge_result *forge_call_sync(struct forge_client *c,
				     const struct forge_request *rq);
struct forge_result *forge_wait_sync(struct forge_client *c,
				     const struct forge_request *rq,
				     forge_progress_fn *on_progress, void *arg);
struct forge_result *forge_resolve_sync(struct forge_client *c,
					const struct forge_request *rq);
void forge_result_free(struct forge_result *result);

/* A waiting time for 60 requests a minute, shortened for this client's budget. */
uint64_t forge_pace_ms(const struct forge_client *c, uint64_t ms);

/* Sums since the start, and gauges. */
struct forge_stats {
	uint64_t requests;
	uint64_t answers[6]; /* [2] 2xx ... [5] 5xx; [0] no answer */
	uint64_t retries;
	uint64_t rate_limited; /* 429 seen */
	unsigned limit;	       /* of the budget, as Forge last said */
	unsigned remaining;
	unsigned waiting; /* calls that wait for the budget */
};
void forge_get_stats(const struct forge_client *c, struct forge_stats *ret_stats);

#ifdef __cplusplus
}
#endif

#endif
