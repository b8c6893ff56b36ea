/*
 * The part of Structured Fields (RFC 9651) that signatures need: dictionaries whose
 * members are inner lists of strings, byte sequences or anything else. For this folder's
 * files.
 */
#ifndef PROVIDER_SF_H
#define PROVIDER_SF_H

#include <stdbool.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/str.h"

/* The value of a member of a dictionary as it stands there, parameters among it. */
struct sf_member {
	struct slice key;
	struct slice value;
};

/*
 * Takes the next member off *rest. Returns 1, 0 at the end, -EINVAL when the text is not
 * of the form.
 */
int sf_next_member(struct slice *rest, struct sf_member *ret_member) MUST_CHECK;
/*
 * Takes the next item off the inner list at *rest (from behind its bracket): a string
 * without its quotes, and its parameters as they stand (";name=\"x\"" or empty). A string
 * with escapes is refused. Returns as sf_next_member, at the end with *rest behind the
 * bracket.
 */
int sf_next_item(struct slice *rest, struct slice *ret_text,
		 struct slice *ret_params) MUST_CHECK;
/*
 * The value of a parameter in params, of a string without its quotes. Returns 0, -ENOENT,
 * -EINVAL when params are not of the form or have the name twice.
 */
int sf_parameter(struct slice params, const char *name,
		 struct slice *ret_value) MUST_CHECK;
/* The bytes of ":base64:". Returns 0, -EINVAL or -ENOMEM. */
int sf_bytes(struct slice value, struct buf *out) MUST_CHECK;

#endif
