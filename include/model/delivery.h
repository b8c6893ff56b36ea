/* One inbound webhook, verified and kept. */
#ifndef MODEL_DELIVERY_H
#define MODEL_DELIVERY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/id.h"
#include "base/str.h"

/* How the payload that patterns and templates see follows from the body. */
enum payload_form {
	PAYLOAD_JSON, /* the body is JSON */
	PAYLOAD_FORM, /* JSON made of the body: unpacked, or from a form */
	PAYLOAD_TEXT  /* the body is any text: payload is one string */
};

struct delivery {
	unsigned refs;	  /* those who may free it */
	struct id id;	  /* given by the bridge at reception */
	char *source;	  /* name of the source */
	char *kind;	  /* "github" ... */
	char *type;	  /* "push" ...; "" when the sender has none */
	char *sender_id;  /* the sender's own id, NULL when it has none */
	char *dedupe_key; /* unique within a source: "id:<sender_id>" or "body:<sha256>"
			   */
	char *subject;	  /* NULL when there is none */
	char *peer;	  /* address of the sender, text */
	int64_t received_us; /* wall clock */
	enum payload_form form;
	struct buf headers; /* as received: "Name: value\n" each, in their order */
	struct buf body;    /* as received, byte for byte */
	struct buf payload; /* where it is not the body itself; empty otherwise */
	char *result;	    /* what came of it, set before it is journaled: names of the
			       rules that matched, comma-separated; "" none; owned */
};

struct delivery *delivery_new(void) MUST_CHECK;
/* One more who calls delivery_free; the last call frees. Of one thread only. */
struct delivery *delivery_ref(struct delivery *d);
void delivery_free(struct delivery *d);
/* The payload's text: payload or body, whichever holds it. */
struct slice delivery_payload(const struct delivery *d);
/* Whether the dedupe key stands for the body alone (then it holds for a day). */
bool delivery_key_is_body(const struct delivery *d);

#endif
