/*
 * What the chats share: the fields that rules know from every chat, and what is said at
 * once. For this folder's files.
 */
#ifndef PROVIDER_CHAT_H
#define PROVIDER_CHAT_H

#include "provider/fields.h"
#include "provider/provider.h"

/* The first answer, where a chat shows one: the delivery is kept. */
#define CHAT_ACCEPTED "Accepted."

/*
 * Where the texts stand in a payload, paths as fields_find takes them; NULL: nowhere.
 * Only strings and numbers count.
 */
struct chat_map {
	const char *command;
	const char *text;
	const char *user;
	const char *channel;
};

struct chat_found {
	struct chat_facts facts; /* slices of texts */
	struct buf texts[4];	 /* owned */
};
/* The result is the caller's (chat_found_done, auto_chat). */
struct chat_found chat_find(const struct chat_map *map, struct json_value payload);
void chat_found_done(struct chat_found *f);
#define auto_chat CLEANUP(chat_found_done) struct chat_found

/* Without blanks at both ends. */
struct slice chat_trim(struct slice text);
/* Of "/deploy shop" the first word becomes the command, the rest the text. */
void chat_split_command(struct chat_facts *f);
/* Where the command is a word that began the text: leaves it out of the text. */
void chat_drop_command(struct chat_facts *f);
/*
 * Turns the entities that chats write for what people typed (&amp; &lt; &gt; &quot;
 * &#39; &nbsp;) and no-break spaces back, in place. Returns what is left of text.
 */
struct slice chat_unescape(char *text, size_t len);

/* Lets json, copied, be the answer after the commit; NULL: an empty 200. */
enum provider_action chat_answer(struct provider_answer *answer, const char *json);
/* Lets it be the answer at once; nothing is kept. */
enum provider_action chat_answer_now(struct provider_answer *answer, const char *json);
/* Sets d->sender_id to a digest of text, where an id is long, or lets its owner act. */
enum provider_action chat_set_digest_id(struct delivery *d, struct slice text);
/* The same of the text of a member; nothing when it is not there. */
enum provider_action chat_read_digest_id(struct delivery *d, struct json_value v);
/* Sets d->type; member is what the text came from, for a refusal. */
enum provider_action chat_set_type(struct delivery *d, const char *type,
				   const char *member, struct provider_answer *answer);
/* Sets d->sender_id to the text of a member; nothing when it is not there. */
enum provider_action chat_read_id(struct delivery *d, struct json_value payload,
				  const char *path, struct provider_answer *answer);
/* Parses the payload; refuses what is no JSON. */
enum provider_action chat_parse(const struct delivery *d, struct json_doc **ret_doc,
				struct provider_answer *answer);

#endif
