/* Private to listen/. Writing answers. */
#ifndef LISTEN_ANSWER_H
#define LISTEN_ANSWER_H

#include "listen/state.h"

struct answer {
	int status;
	const char *type; /* NULL: no body */
	struct slice body;
	struct slice extra; /* header lines */
	bool no_body;	    /* Content-Length alone: HEAD */
	bool old;	    /* the peer speaks HTTP/1.0 */
	bool stream;	    /* chunks follow, on HTTP/1.0 bytes up to the end */
};

/* Writes head and body; c->keep decides on Connection. 0, -EPIPE or -ENOMEM. */
int answer_send(struct conn *c, const struct answer *a) MUST_CHECK;
/* The problem for that status and detail in s->problem. */
struct slice answer_problem(struct http_server *s, int status, const char *detail);
/* Answers a request with a problem, or a connection that has none (rq NULL). */
int answer_refuse(struct conn *c, int status, const char *detail) MUST_CHECK;
int answer_continue(struct conn *c) MUST_CHECK;

#define PROBLEM_TYPE "application/problem+json"

#endif
