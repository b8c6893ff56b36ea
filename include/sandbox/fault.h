/*
 * Faults that the sandbox plays on request: what --fail asks for.
 *
 *   SPEC  = ITEM *("," ITEM)
 *   ITEM  = KIND ["@" WHERE] [":" WHEN] ["=" TIME] | "seed=" NUMBER
 *   WHERE = operation id or short name | pattern of ids with "*" | method | site name
 *   WHEN  = share of the calls, "0.1" or "10%" | their number, "#3" "#3-5" "#3+"
 *
 * The kinds stand in a table in fault.c. The same specs and calls give the same faults:
 * every item draws from a generator of its own, started from the seed.
 */
#ifndef SANDBOX_FAULT_H
#define SANDBOX_FAULT_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "sandbox/odd.h"
#include "sandbox/world.h"

struct forge_operation;
struct faults;

enum fault_effect {
	FAULT_STATUS,	  /* an error, nothing takes place */
	FAULT_DISCONNECT, /* the connection closes, nothing takes place */
	FAULT_LATE,	  /* it takes place, then an error */
	FAULT_LOST,	  /* it takes place, the connection closes without an answer */
	FAULT_TRUNCATE,	  /* it takes place, half of the answer's body */
	FAULT_HTML,	  /* it takes place, the answer is a web page */
	FAULT_TYPE,	  /* it takes place, the content type is another */
	FAULT_ODD,	  /* it takes place, the answer is odd JSON */
	FAULT_SLOW,	  /* the request waits first */
	FAULT_DEPLOYMENT, /* a deployment ends badly */
	FAULT_COMMAND,	  /* a command ends badly */
};

struct fault_kind {
	const char *name; /* "429"; NULL: any status from 400 to 599 */
	const char *help;
	enum fault_effect effect;
	int status; /* 0: that of the name */
	/* FAULT_STATUS 429 and 503: which headers come with it */
	bool reset_header;
	bool retry_header;
	enum world_deploy_status outcome; /* FAULT_DEPLOYMENT */
	enum odd_kind odd;		  /* FAULT_ODD */
};

/* The table, for the help; ends with help NULL. */
extern const struct fault_kind fault_kinds[];

/* What happens to one request. */
struct fault_plan {
	uint64_t delay_ms;
	const struct fault_kind *kind; /* NULL: nothing but the delay */
	int status;
	uint64_t random; /* for what the kind leaves to chance */
};

/* Where a request goes. */
struct fault_target {
	const struct forge_operation *operation; /* NULL: none, a deploy hook or push */
	const char *site;			 /* name; NULL */
};

struct faults *faults_new(void) MUST_CHECK;
void faults_free(struct faults *f);
/*
 * Adds the items of a spec; site names are checked against w. Returns 0, -ENOMEM, or
 * -EINVAL with what is wrong and what was expected in *ret_error (str_free).
 */
int faults_add(struct faults *f, const struct world *w, const char *spec,
	       char **ret_error) MUST_CHECK;
/* Draws for one request; called once for each. */
void faults_draw(struct faults *f, const struct fault_target *at,
		 struct fault_plan *ret_plan);
/* Draws for one new deployment or command: how it is going to end. */
enum world_deploy_status faults_draw_deployment(struct faults *f,
						const struct fault_target *at);
enum world_command_status faults_draw_command(struct faults *f,
					      const struct fault_target *at);
/* How often each item fired: calls fn with its text. */
void faults_each(const struct faults *f,
		 void (*fn)(const char *item, uint64_t fired, void *arg), void *arg);

#endif
