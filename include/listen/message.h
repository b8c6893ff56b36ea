/*
 * Private to listen/. One HTTP/1.x request taken apart as its bytes arrive (RFC 9112),
 * without any I/O: llhttp does the grammar, the rules that it leaves open are checked
 * here (one way to read a request, or none: whatever another parser could take
 * differently is refused). The bytes of the head are kept as they came; names and values
 * are places in them.
 */
#ifndef LISTEN_MESSAGE_H
#define LISTEN_MESSAGE_H

#include <llhttp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"

enum message_event {
	MESSAGE_MORE,	  /* all was used, feed more */
	MESSAGE_HEAD,	  /* the head is complete and right: message_start_body next */
	MESSAGE_COMPLETE, /* the body is complete; what follows is another request */
	MESSAGE_REFUSED,  /* see status and detail; nothing behind it means anything */
	MESSAGE_STOPPED	  /* on_body said so */
};

enum message_phase {
	MESSAGE_PHASE_HEAD,
	MESSAGE_PHASE_DECIDE, /* between MESSAGE_HEAD and message_start_body */
	MESSAGE_PHASE_LENGTH, /* a body of Content-Length bytes, or none */
	MESSAGE_PHASE_CHUNKED,
	MESSAGE_PHASE_TRAILER,
	MESSAGE_PHASE_DONE
};

struct message_header {
	uint32_t name; /* offsets in head, both texts end with NUL */
	uint32_t value;
	uint32_t name_len;
	uint32_t value_len;
};

/* A piece of the body. Not 0 stops the parsing: MESSAGE_STOPPED. */
typedef int message_on_body(void *arg, const char *data, size_t len);

struct message {
	llhttp_t parser;
	enum message_phase phase;
	struct buf head; /* limit: the bytes a head may have */
	struct message_header *headers;
	size_t header_count;
	size_t header_cap;
	uint32_t target; /* offset in head */
	uint32_t target_len;
	uint8_t minor; /* of HTTP/1.x */
	bool keep_alive;
	bool chunked;
	bool expects_continue;
	uint64_t remaining;  /* MESSAGE_PHASE_LENGTH: bytes still to come */
	uint64_t body_limit; /* set by message_start_body */
	uint64_t body_len;
	uint64_t framing; /* bytes spent on chunk headers */
	uint64_t trailer; /* bytes of the trailer section */
	int status;	  /* of a refusal */
	const char *detail;
	message_on_body *on_body; /* set by message_start_body */
	void *arg;
	/* of the piece being fed */
	const char *piece;
	bool version_seen;
	bool target_seen;
	char last; /* last byte of the trailer so far */
};

void message_init(struct message *m, size_t head_limit);
void message_done(struct message *m);
/* Ready for the next request; memory is kept. */
void message_reset(struct message *m);

/*
 * Takes bytes; how many is in *ret_used (what is left belongs to the next call). Never
 * uses a byte of a body before message_start_body.
 */
enum message_event message_feed(struct message *m, const char *data, size_t len,
				size_t *ret_used) MUST_CHECK;
/*
 * After MESSAGE_HEAD: pieces of the body go to on_body, never more than limit bytes in
 * all (413). message_feed must be called once more even if there is no body.
 */
void message_start_body(struct message *m, uint64_t limit, message_on_body *on_body,
			void *arg);
/*
 * For those who read a body of known length into their own memory: len more bytes of it
 * arrived (at most m->remaining, in MESSAGE_PHASE_LENGTH). on_body is not called.
 */
void message_skip(struct message *m, size_t len);
/* A body was announced, by length or as chunks. */
bool message_has_body(const struct message *m);

/* Valid from MESSAGE_HEAD on. */
const char *message_method(const struct message *m);
/* The value of the first header of that name, NULL when there is none. */
const char *message_header(const struct message *m, const char *name);
size_t message_header_count(const struct message *m, const char *name);
/* The path and query of the target: "/p?q", "http://host/p?q" and "*" are taken apart. */
void message_split_target(const struct message *m, struct slice *ret_path,
			  struct slice *ret_query);

/* --- between the two files of this module */

/* Sets the refusal; always returns false. The first one counts. */
bool message_refuse(struct message *m, int status, const char *detail);
/* The rules of a complete head; false: refused. Terminates the texts in head. */
bool message_check_head(struct message *m);
/*
 * Lines end with CRLF, none begins with a blank (obsolete folding), there is no NUL.
 * last is the byte before data; '\n' where a line begins.
 */
bool message_lines_are_strict(char last, const char *data, size_t len);

#endif
