/* A captured request, given in files or in a list of cases, as a provider sees it. */
#ifndef CLI_CAPTURE_H
#define CLI_CAPTURE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "provider/provider.h"

struct capture_header {
	char *name;
	char *value;
};

struct capture {
	char *method; /* owned; NULL: POST */
	char *target; /* owned; path and query; NULL: / */
	struct capture_header *headers;
	size_t n;
	size_t cap;
	struct buf body;
};

void capture_init(struct capture *c);
void capture_done(struct capture *c);
#define auto_capture CLEANUP(capture_done) struct capture

/* Copies both. Returns 0 or -ENOMEM. */
int capture_add_header(struct capture *c, struct slice name,
		       struct slice value) MUST_CHECK;
/*
 * Reads header lines "Name: value" (LF or CRLF, empty ones are skipped), also with the
 * request line of HTTP before them. Returns 0; -EINVAL with the line's number in
 * *ret_line; -ENOMEM.
 */
int capture_parse_headers(struct capture *c, struct slice text,
			  unsigned *ret_line) MUST_CHECK;
/* What a provider gets; borrows c. */
struct provider_request capture_request(const struct capture *c, int64_t now_us);

#endif
