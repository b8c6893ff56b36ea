/* Answers that are JSON, but not what anybody expects: what a fault asks for. */
#ifndef SANDBOX_ODD_H
#define SANDBOX_ODD_H

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"

enum odd_kind {
	ODD_NONE,
	ODD_NULLS,  /* half of the attributes are null */
	ODD_ABSENT, /* half of them are not there */
	ODD_TYPES,  /* half of them are of another type */
	ODD_DEEP,   /* a member of SANDBOX_ODD_DEPTH arrays in each other */
	ODD_HUGE,   /* a member of SANDBOX_ODD_BYTES */
};

/* Which half follows from random. Nothing for the last two. */
void odd_change(enum odd_kind kind, uint64_t random, json_t *document);
/* The last two, to an object's text. Nothing for the others. */
void odd_extend(enum odd_kind kind, struct buf *text);

#endif
