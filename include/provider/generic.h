/* What the kinds for any sender (hmac, token) share. For this folder's files. */
#ifndef PROVIDER_GENERIC_H
#define PROVIDER_GENERIC_H

#include "provider/provider.h"

/* Where id and type come from; borrowed from the source, NULL: nowhere. */
struct generic_names {
	const char *id_header;
	const char *type_header;
	const char *type; /* where no header tells it */
};

/* The rows of the option table for them. */
#define GENERIC_OPTIONS                                                                 \
	{"id_header",                                                                   \
	 false,                                                                         \
	 NULL,                                                                          \
	 NULL,                                                                          \
	 "the header that holds the delivery's id; without an id, equal bodies within " \
	 "a day are duplicates",                                                        \
	 SHAPE_HEADER},                                                                 \
		{"type_header",                                                         \
		 false,                                                                 \
		 NULL,                                                                  \
		 NULL,                                                                  \
		 "the header that holds the event's type",                              \
		 SHAPE_HEADER},                                                         \
	{                                                                               \
		"type", false, NULL, NULL, "the event's type where no header tells it", \
			SHAPE_NAME                                                      \
	}

void generic_names_init(struct generic_names *names, const struct provider_source *src);
/* A provider's read. */
enum provider_action generic_read(const struct generic_names *names,
				  const struct provider_request *rq, struct delivery *d,
				  struct provider_answer *answer);
/* The header lines of a signed request that hold id (made up when NULL) and type. */
int generic_put(const struct generic_names *names, const char *type, const char *id,
		struct buf *out) MUST_CHECK;

#endif
