/*
 * What a delivery is about, in words that are the same whoever the sender is: the fields
 * git, chat and alert of what rules see. docs/PROVIDERS.md says which kinds fill them.
 */
#ifndef PROVIDER_FIELDS_H
#define PROVIDER_FIELDS_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/json_doc.h"
#include "model/delivery.h"

/* A JSON object each; empty: the delivery has none. */
struct provider_fields {
	struct buf git;
	struct buf chat;
	struct buf alert;
};

void provider_fields_init(struct provider_fields *f);
void provider_fields_done(struct provider_fields *f);
/*
 * Asks the provider of d's kind. A payload that is no JSON, or of another shape than the
 * provider knows, gives fewer fields or none. Returns 0 or -ENOMEM.
 */
int provider_fields_read(const struct delivery *d,
			 struct provider_fields *out) MUST_CHECK;

/*
 * Facts of a git event; JSON_NONE and null leave a field out, and so does a commit of
 * zeros (there is none).
 */
struct git_facts {
	struct json_value repository; /* "acme/shop" */
	struct json_value ref;	      /* "refs/heads/main", "refs/tags/v1": gives both */
	struct json_value branch;     /* where it is given without its prefix */
	struct json_value tag;
	struct json_value commit;
	struct json_value before;
	struct json_value author;
	struct json_value message;
	struct json_value url;
	struct json_value commits; /* each with the lists added, removed, modified */
};
/* Appends the object of git; nothing when no field is there. */
void git_put(struct buf *out, const struct git_facts *f);
/*
 * For senders that tell a push of several refs at once: add puts what one of the changes
 * says into f, which has the facts of the whole push already. Of several changes branch
 * and tag become lists of all names, so that a rule for one of them matches, and facts of
 * a single commit are left out.
 */
typedef void git_change_fn(struct json_value change, struct git_facts *f);
void git_put_changes(struct buf *out, const struct git_facts *all,
		     struct json_value changes, git_change_fn *add);
/* The element of commits whose member key is the same text as id; JSON_NONE. */
struct json_value git_commit_of(struct json_value commits, const char *key,
				struct json_value id);
/*
 * "owner/name" of two values, NONE unless both are strings. The text is kept in storage,
 * which must outlive the value.
 */
struct json_value git_join(struct buf *storage, struct json_value owner,
			   struct json_value name);

/*
 * Where the facts stand in the payload of a type: paths as json_find takes them, several
 * separated by "|" (the first that is there and not null counts); NULL: nowhere.
 */
struct git_map {
	const char *type; /* NULL: every other, ends a table */
	const char *repository;
	const char *ref;
	const char *branch;
	const char *tag;
	const char *commit;
	const char *before;
	const char *author;
	const char *message;
	const char *url;
	const char *commits;
};
struct git_facts git_find(const struct git_map *table, const char *type,
			  struct json_value payload);
/* The value at the first of the paths that is there and not null; JSON_NONE. */
struct json_value fields_find(struct json_value payload, const char *paths);

struct chat_facts {
	struct slice
		command; /* "/deploy"; data NULL: none. args is text split at blanks */
	struct slice text;
	struct slice user;
	struct slice channel;
};
/* Appends the object of chat; nothing when no field is there. */
void chat_put(struct buf *out, const struct chat_facts *f);

struct alert_facts {
	struct json_value name;
	struct json_value severity;
	const char *state; /* "firing", "acknowledged" or "resolved"; NULL: not known */
};
/* Appends the object of alert; nothing when no field is there. */
void alert_put(struct buf *out, const struct alert_facts *f);
/* A sender's word for a state and the word that rules see; word NULL ends a table. */
struct alert_word {
	const char *word;
	const char *state;
};
/* NULL when v is none of the words. */
const char *alert_state(const struct alert_word *table, struct json_value v);

#endif
