/* What providers share: reading single headers, ids and types. For this folder's files.
 */
#ifndef PROVIDER_COMMON_H
#define PROVIDER_COMMON_H

#include "base/json_doc.h"
#include "provider/provider.h"

/*
 * The value of a header that counts only when it is there once. NULL otherwise, with
 * VERDICT_NO_SIGNATURE (absent or empty) or VERDICT_AMBIGUOUS in *ret_verdict.
 */
const char *common_header(const struct provider_request *rq, const char *name,
			  enum provider_verdict *ret_verdict);
/* Fills answer for PROVIDER_MALFORMED and returns it. */
enum provider_action common_refuse(struct provider_answer *answer, int status,
				   const char *fmt, ...) PRINTF_LIKE(3, 4);
/*
 * Take a header of the sender as d->type, d->sender_id. Absent or empty leaves it as it
 * is; given twice, too long or with anything but printable ASCII is malformed. name may
 * be NULL. Return PROVIDER_KEEP to go on.
 */
enum provider_action common_read_type(const struct provider_request *rq, const char *name,
				      struct delivery *d, struct provider_answer *answer);
enum provider_action common_read_id(const struct provider_request *rq, const char *name,
				    struct delivery *d, struct provider_answer *answer);
/*
 * Takes type and id from members of the payload, for senders that say them only there;
 * what a header told already stays. Paths as json_find takes them, NULL: not there.
 * Refuses a payload that is no JSON, a text that is too long, and a missing type.
 */
enum provider_action common_read_members(struct delivery *d, const char *type_path,
					 const char *id_path,
					 struct provider_answer *answer);
/* For kinds that read more of the payload than that: parses it, or refuses it. */
enum provider_action common_parse(const struct delivery *d, struct json_doc **ret_doc,
				  struct provider_answer *answer);
/* Copies a text or number of at most max bytes into *dst, which stays when it has one. */
enum provider_action common_take_member(struct json_value payload, const char *paths,
					size_t max, char **dst,
					struct provider_answer *answer);
/* Copies text (NULL or "": none) as what d is about. */
enum provider_action common_set_subject(struct delivery *d, const char *text);
/*
 * Likewise where the payload need not tell them; without a type d->type is "". Paths as
 * fields_find takes them ("a|b").
 */
enum provider_action common_find_members(struct delivery *d, const char *type_paths,
					 const char *id_paths,
					 struct provider_answer *answer);
/*
 * Copies text, which name says the origin of, into *dst; refuses what is longer than max
 * or is not printable ASCII.
 */
enum provider_action common_take_text(const char *name, const char *text, size_t max,
				      char **dst, struct provider_answer *answer);
/* Makes d->dedupe_key of d->sender_id, or of the body when there is none. */
enum provider_action common_set_dedupe_key(struct delivery *d);
/* Appends "name: value\n"; -EINVAL when the value cannot be one of a header. */
int common_put_header(struct buf *out, const char *name, const char *value) MUST_CHECK;
/* A random UUID (RFC 9562 version 4), new memory; NULL without memory or entropy. */
char *common_uuid(void) MUST_CHECK;

#endif
