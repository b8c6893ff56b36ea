/* The sandbox itself, as the files of this folder see it. */
#ifndef SANDBOX_INNER_H
#define SANDBOX_INNER_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/limits.h"
#include "sandbox/access.h"
#include "sandbox/fault.h"
#include "sandbox/opmap.h"
#include "sandbox/visit.h"
#include "sandbox/world.h"

struct event_base;
struct http_request;
struct keeper;
struct notifier;
struct http_server;

/* What was counted for one operation. */
struct sandbox_count {
	uint64_t calls;
	uint64_t lost;	     /* connections closed without an answer */
	uint64_t answers[6]; /* [2] 2xx ... */
};

/* One of the last requests. */
struct sandbox_last {
	int64_t at_us;
	char *text; /* owned: method and path */
	int status; /* 0: closed without an answer */
};

struct sandbox {
	struct world *world;
	struct access *access;
	struct faults *faults;
	struct opmap *opmap;
	struct event_base *base; /* borrowed */
	struct http_server *server;
	char *url;
	struct sandbox_count *counts; /* one an operation, in the catalogue's order */
	struct sandbox_count all;     /* those and what is no operation */
	uint64_t refused[600];	      /* by status, from 400 on */
	struct sandbox_last last[LIMIT_SANDBOX_LAST]; /* a ring */
	uint64_t n_last;			      /* ever */
	struct notifier *notifier;
	struct keeper *keeper; /* NULL: state is in memory alone */
};

/* Counts an answer; op NULL: of no operation; status 0: closed without one. */
void sandbox_count_answer(struct sandbox *box, const struct forge_operation *op,
			  int status);

void sandbox_remember(struct sandbox *box, const char *method, struct slice path,
		      int status);
/* Something was changed: it is kept, and what follows from it is awaited. */
void sandbox_changed(struct sandbox *box);

/* http.c: the handler of the HTTP server; arg is the sandbox. */
extern const struct http_handler sandbox_http_handler;

/* api.c: everything that happens to a request before and after its family answers. */
/* Finds the operation. false: answered (404, 405). */
bool sandbox_api_route(struct sandbox *box, struct visit *v, const char *method,
		       struct slice path);
/* Token (the header's value or NULL) and budget. false: answered (401, 429). */
bool sandbox_api_admit(struct sandbox *box, struct visit *v, const char *authorization,
		       struct access_budget *ret_budget);
/* Lets the family answer. */
void sandbox_api_answer(struct visit *v);

/* home.c: writes the page at "/". */
void sandbox_write_home(struct sandbox *box, struct buf *out);

/* state.c: writes /sandbox/state. */
void sandbox_write_state(struct sandbox *box, struct buf *out);

/*
 * tokens.c: /sandbox/tokens, to make, list and delete tokens as Forge's page for them
 * does. false: path is none of those.
 */
bool sandbox_tokens(struct visit *v, const char *method, struct slice path);

/* hook.c, all through v, which has its query set; false: path is none of theirs. */
/* A site's deploy hook. */
bool sandbox_hook(struct visit *v, const char *method, struct slice path);
/* A heartbeat's address: from then on it beats. */
bool sandbox_ping(struct visit *v, const char *method, struct slice path);
/* v->body is a GitHub push payload. */
bool sandbox_push(struct visit *v, const char *method, struct slice path);

#endif
