/*
 * A stand-in for the Forge API, for trying rules and for tests: state in memory, in a
 * file too if wanted, answers as API-wise close to Forge's as is known, faults on
 * request. Nothing of the bridge includes this folder.
 *
 *   URL/api/...        the API, routed by the catalogue
 *   URL/servers/S/sites/T/deploy/http?token=...   the deploy hook of a site
 *   URL/                  a page for people: what there is, the last requests
 *   URL/sandbox/tokens  tokens to make, list and delete
 *   URL/heartbeats/N/ping   what pings a heartbeat
 *   URL/sandbox/state  what was asked and what is there, for tests; no token needed
 *   URL/sandbox/push   POST of a GitHub push payload: what the repositories hold now
 */
#ifndef SANDBOX_SANDBOX_H
#define SANDBOX_SANDBOX_H

#include <stdint.h>

#include "base/attr.h"
#include "base/diag.h"

struct event_base;
struct node;
struct sandbox;

#define SANDBOX_SPEED_ONE     1000000U /* real time */
#define SANDBOX_SPEED_LOWEST  10000U   /* a hundredth of it */
#define SANDBOX_SPEED_HIGHEST (10000ULL * SANDBOX_SPEED_ONE)

struct sandbox_options {
	uint64_t speed;		   /* millionths; everything borrowed during the call */
	const char *token;	   /* may do everything; NULL: only those of the seed */
	const struct node *seed;   /* NULL: what section 6 of the design tells */
	const char *const *faults; /* specs (sandbox/fault.h), NULL-terminated; NULL */
	const char *state;	   /* path; NULL: in memory alone */
};

/*
 * With a state file that is there, the seed is left alone. Returns 0; -EINVAL with the
 * mistakes of the seed in diags, or of a fault in *ret_error (str_free); -EBADMSG with
 * what is wrong with the state file in *ret_error; -ENOMEM.
 */
int sandbox_new(const struct sandbox_options *options, struct diag_list *diags,
		char **ret_error, struct sandbox **ret_box) MUST_CHECK;
/* Writes the state file, where there is one. Returns 0 or -errno. */
int sandbox_save(struct sandbox *box) MUST_CHECK;
/* Closes everything at once. */
void sandbox_free(struct sandbox *box);
/*
 * Listens on base. host and port (0: any), or unix_path. Returns 0 or -EADDRNOTAVAIL with
 * the reason in *ret_error.
 */
int sandbox_listen(struct sandbox *box, struct event_base *base, const char *host,
		   uint16_t port, const char *unix_path, char **ret_error) MUST_CHECK;
/* "http://127.0.0.1:8090", also "unix:/path"; once it listens. */
const char *sandbox_url(const struct sandbox *box);

#endif
