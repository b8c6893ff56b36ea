/* How a body becomes the payload that rules see. For this folder's files. */
#ifndef PROVIDER_CONTENT_H
#define PROVIDER_CONTENT_H

#include <stdbool.h>

#include "provider/provider.h"

/*
 * Sets d->form, and d->payload where the payload is not the body as it came, by
 * Content-Type; whether JSON is well-formed is not checked here. A gzip Content-Encoding
 * is undone (at most LIMIT_UNPACKED_BYTES, else 413), others and multipart are refused
 * with 415. Without a Content-Type the body is JSON when it begins like an object or an
 * array, else text. Return PROVIDER_KEEP to go on.
 */

/* Whether the Content-Type is that of a form (application/x-www-form-urlencoded). */
bool content_is_form(const struct provider_request *rq);

/* JSON whatever the Content-Type says (SNS calls it text/plain). */
enum provider_action content_read_any_json(const struct provider_request *rq,
					   struct delivery *d,
					   struct provider_answer *answer);
/* JSON, or a form: its field `payload` when there is one, else all fields as an object.
 */
enum provider_action content_read_fields(const struct provider_request *rq,
					 struct delivery *d,
					 struct provider_answer *answer);
/* JSON, or a form with its field `payload`; anything else is refused. */
enum provider_action content_read_json(const struct provider_request *rq,
				       struct delivery *d,
				       struct provider_answer *answer);
/* Anything: what is neither JSON nor such a form is text. */
enum provider_action content_read_any(const struct provider_request *rq,
				      struct delivery *d, struct provider_answer *answer);

#endif
