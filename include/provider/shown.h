/*
 * Kinds whose senders sign nothing but show a secret: in a header or in the query. The
 * headers decide, the body is not looked at. For this folder's files.
 */
#ifndef PROVIDER_SHOWN_H
#define PROVIDER_SHOWN_H

#include "provider/provider.h"

/* How a header may hold the secret. */
enum shown_scheme {
	SHOWN_PLAIN = 1,   /* as it is */
	SHOWN_BEARER = 2,  /* "Bearer SECRET" (RFC 6750) */
	SHOWN_BASIC = 4,   /* "Basic ..." (RFC 7617) of a secret "user:password" */
	SHOWN_PASSWORD = 8 /* with SHOWN_BASIC: also as the password of any user */
};

/* Borrowed from the source. The query is looked at when there is no such header. */
struct shown_place {
	const char *header; /* NULL: only the query */
	const char *query;  /* a parameter's name; NULL: only the header */
	unsigned schemes;   /* of enum shown_scheme */
};

struct shown;

/* NULL when memory is short. */
struct shown *shown_new(const struct conf_source *conf,
			const struct shown_place *place) MUST_CHECK;
void shown_free(struct shown *s);
void *shown_begin_with(const struct shown *s, const struct provider_request *rq,
		       enum provider_verdict *ret_early);
/* What stands behind "scheme ", whose case is free; NULL: another one. */
const char *shown_behind(const char *value, const char *scheme);
/*
 * Append what the sender shows of the first secret: a header line, the parameter. The
 * header wins where there are both. Return 0, -ENOMEM, or -EINVAL when the secret cannot
 * stand in a header.
 */
int shown_put(const struct shown *s, struct buf *out) MUST_CHECK;
int shown_put_query(const struct shown *s, struct buf *out) MUST_CHECK;

/* For a begin whose headers decide: the state for shown_end, NULL unless genuine. */
void *shown_decided(enum provider_verdict verdict);

/* Members of a provider's row; feed, end and abort go with shown_begin_with and
 * shown_decided. */
void shown_feed(void *state, const void *data, size_t len);
enum provider_verdict shown_end(void *state, const struct provider_request *rq);
void shown_abort(void *state);

/* Further members, for kinds whose src->data is a struct shown. */
void shown_release(void *data);
void *shown_begin(const struct provider_source *src, const struct provider_request *rq,
		  enum provider_verdict *ret_early);
/* Type and id stand in the body then, so there is no place for other ones. */
int shown_sign(const struct provider_source *src, const char *type, const char *id,
	       struct slice body, int64_t now_us, struct buf *out) MUST_CHECK;
int shown_sign_query(const struct provider_source *src, struct buf *out) MUST_CHECK;

#endif
