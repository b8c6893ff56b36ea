/* One MQTT publication, as it waits in the outbox. */
#ifndef MODEL_NOTICE_H
#define MODEL_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/id.h"

struct notice {
	uint64_t sequence; /* of the row, given by the journal at commit, rising; 0 before
			    */
	struct id id;	   /* the CloudEvent's id; stays over repeats. Publications of one
			      event on several topics share it */
	struct id delivery; /* correlation; may be empty */
	char *topic;	    /* behind the prefix: "event/job/started" */
	char *type;	    /* "io.forgebridge.job.started.v1"; NULL for plain state */
	bool retain;
	char *payload; /* JSON object. For a CloudEvent without `sequence`, which is
			  added when it is published */
	int64_t created_us;
};

struct notice *notice_new(void) MUST_CHECK;
void notice_free(struct notice *n);
void notice_done(struct notice *n); /* the members of one in the caller's storage */

#endif
