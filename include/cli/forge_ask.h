/*
 * What the commands of `forge` do with the Forge API: calls one after the other, each
 * waited for, its result kept.
 */
#ifndef CLI_FORGE_ASK_H
#define CLI_FORGE_ASK_H

#include <jansson.h>

#include "base/buf.h"
#include "cli/forge.h"
#include "cli/live.h"
#include "forge/client.h"

struct forge_ask {
	const struct cli_args *args;
	struct cli_forge forge;
	struct live live;
	/* What stands before the state on the live line: "deploying", and of what.
	 * Borrowed; NULL: "waiting", and nothing. */
	const char *doing;
	const char *of;
	/* What the last call came to. */
	enum forge_kind kind;
	bool accepted_only;
	bool is_away;	/* see forge_is_away */
	char *message;	/* owned, as resource; NULL: memory was short */
	char *resource; /* id; NULL */
	struct buf body;
};

/* Returns CLI_OK or the exit status, after saying why. */
int ask_open(struct forge_ask *a, const struct cli_args *args) MUST_CHECK;
void ask_done(struct forge_ask *a); /* also after a failed ask_open */
#define auto_ask CLEANUP(ask_done) struct forge_ask

/* Runs the loop until call (NULL: memory is short) has ended. The exit status; silent. */
int ask_finish(struct forge_ask *a, struct forge_call *call);
/* The callbacks for a call that ask_finish gets; arg is the struct forge_ask. */
void ask_on_result(const struct forge_result *result, void *arg);
void ask_on_progress(const char *status, void *arg);
/* Says how the last call ended. Returns the exit status. */
int ask_fail(const struct forge_ask *a);

/* A parameter of the path or query, or a member of the body: see forge/arguments.h. */
struct ask_word {
	const char *name;  /* NULL: the end */
	const char *value; /* NULL: left out */
};
#define ASK_WORDS(...) ((const struct ask_word[]){__VA_ARGS__, {0}})

enum ask_how {
	ASK_ONCE,
	ASK_ALL_PAGES,
	ASK_TO_THE_END /* forge_wait, with its states on standard error */
};

/*
 * Calls an operation. Returns CLI_OK, or the exit status after saying why. *ret_answer
 * (may be NULL as a whole) is set in every case: the answer, to be given back with
 * json_decref; NULL when it is no JSON. deadline: --timeout where the command has it.
 */
int ask(struct forge_ask *a, enum ask_how how, const char *operation,
	const struct ask_word *words, json_t **ret_answer) MUST_CHECK;
/* The same without saying why it failed. */
int ask_quietly(struct forge_ask *a, enum ask_how how, const char *operation,
		const struct ask_word *words, json_t **ret_answer) MUST_CHECK;

/* Full names and ids of a server or site. */
struct ask_place {
	char *server_id; /* owned, all of them; NULL where there is none */
	char *server;
	char *site_id;
	char *site;
};
void ask_place_done(struct ask_place *p);
#define auto_place CLEANUP(ask_place_done) struct ask_place
/* server, site: name or id; NULL: not wanted. CLI_OK, or the exit status; silent. */
int ask_where(struct forge_ask *a, const char *server, const char *site,
	      struct ask_place *ret_place) MUST_CHECK;

/*
 * One of a list by id or name, such as a recipe. Returns CLI_OK with *ret_item in list,
 * or CLI_FAILED after saying that there is none (with the nearest) or that there are
 * several. name NULL: the only one. what: "recipe".
 */
int ask_pick(const struct forge_ask *a, const json_t *list, const char *what,
	     const char *name, const json_t **ret_item) MUST_CHECK;

#endif
