/*
 * Texts and settings of which a server, site or thing has one each: logs, configurations,
 * outputs. One row each in src/sandbox/document.c.
 */
#ifndef SANDBOX_DOCUMENT_H
#define SANDBOX_DOCUMENT_H

#include "sandbox/visit.h"

struct document {
	const char *prefix;    /* operation id without its last word */
	const char *attribute; /* of the resource */
	const char *field;     /* of the body of an update; NULL: there is none */
	const char *value;     /* of the thing that it belongs to */
	const char *fallback;  /* JSON, before anybody set it */
	const char *empty;     /* JSON, what deleting leaves */
	const char *log;       /* for the answer's meta; NULL */
};

extern const struct document documents[]; /* ends with prefix NULL */

void document_show(struct visit *v);
void document_store(struct visit *v);
void document_update(struct visit *v);
void document_destroy(struct visit *v);
/*
 * Answers with a resource of the operation's type that has the request's own link and the
 * id of v->thing. Takes over attributes.
 */
void document_answer(struct visit *v, json_t *attributes);

#endif
