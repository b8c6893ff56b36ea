/*
 * A provider is the code that knows one kind of sender: how it signs, what its headers
 * mean, what it expects as an answer. Pure: no I/O, no clock of its own. One file a kind
 * (src/provider/github.c ...) and one row in src/provider/table.c.
 */
#ifndef PROVIDER_PROVIDER_H
#define PROVIDER_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/secret.h"
#include "base/str.h"
#include "model/conf.h"
#include "model/delivery.h"
#include "model/node.h"

/* What the request looks like to a provider. header: value of the first of that name. */
struct provider_request {
	const char *method;
	struct slice path;
	struct slice query;
	const char *(*header)(const void *arg, const char *name);
	size_t (*header_count)(const void *arg, const char *name);
	const void *arg;
	struct slice body;
	int64_t now_us; /* wall clock, for time windows */
};

/* Why a request is not genuine; goes to the log and a metric, never to the sender. */
/* value, its word in metrics, its text */
#define PROVIDER_VERDICTS(X)                                                   \
	X(VERDICT_GENUINE, "genuine", "genuine")                               \
	X(VERDICT_NO_SIGNATURE, "no_signature", "no signature") /* or token */ \
	X(VERDICT_MALFORMED, "malformed", "malformed signature")               \
	X(VERDICT_MISMATCH, "mismatch", "wrong secret or changed body")        \
	X(VERDICT_STALE, "stale", "outside the time window")                   \
	X(VERDICT_AMBIGUOUS, "ambiguous", "more than one signature header")    \
	X(VERDICT_ERROR, "error", "could not be checked") /* no memory */
#define PROVIDER_VERDICT_ENUM(value, word, text) value,
enum provider_verdict { PROVIDER_VERDICTS(PROVIDER_VERDICT_ENUM) };
#define PROVIDER_VERDICT_COUNT (VERDICT_ERROR + 1)
const char *provider_verdict_word(enum provider_verdict v);
const char *provider_verdict_name(enum provider_verdict v);

/* What to do with a genuine request. */
enum provider_action {
	PROVIDER_KEEP,	    /* journal it, then answer: 202, or what answer holds */
	PROVIDER_ANSWER,    /* answer at once (challenge), nothing is kept */
	PROVIDER_MALFORMED, /* answer 400 or 415 (answer.status); error says why */
	PROVIDER_ERROR	    /* no memory: answer 503 */
};

struct provider_answer {
	int status;	  /* 0: the usual one; 400 or 415 with PROVIDER_MALFORMED */
	const char *type; /* static; NULL: no body */
	struct buf body;
	struct buf headers; /* further ones: "Name: value\n" each */
	char *error; /* PROVIDER_MALFORMED: for the sender; owned, NULL without memory */
};
void provider_answer_init(struct provider_answer *a);
void provider_answer_done(struct provider_answer *a);

/* A configured source as a provider prepared it; owned by the caller. */
struct provider_source;

/* What the text of an option has to be. */
enum provider_shape {
	SHAPE_TEXT,   /* printable ASCII, may be empty */
	SHAPE_HEADER, /* the name of a header (RFC 9110 token) */
	SHAPE_NAME,   /* printable ASCII without blanks, not empty */
	SHAPE_NEVER   /* cannot be given; help says why */
};

struct provider_option {
	const char *name; /* key under the source: "header" */
	bool required;
	const char *values;  /* "sha1|sha256|sha512"; NULL: any of its shape */
	const char *initial; /* default; NULL: none */
	const char *help;
	enum provider_shape shape;
};

struct json_value;	/* base/json_doc.h; its names and jansson's do not go together */
struct provider_fields; /* provider/fields.h */

struct provider {
	const char *kind;
	const char *summary;
	const struct provider_option *options; /* ends with name NULL; may be NULL */
	bool needs_secret;
	const char *methods; /* "POST, GET" as in Allow (RFC 9110); NULL: POST */
	/* For docs/PROVIDERS.md. */
	const char *headers;   /* "X-Hub-Signature-256, X-GitHub-Event ..." */
	const char *algorithm; /* "HMAC-SHA256 over the raw body, hex" */
	const char *example;   /* one line of YAML below `sources:` */
	const char *setup;     /* what to do at the sender */
	const char *deadline;  /* "10 s": for the answer; NULL: not documented */
	const char *fields;    /* "git: push, create, delete"; NULL: none */
	/*
	 * Makes ready what the kind needs of a source whose options are right (keys), as
	 * src->data. Returns 0, -ENOMEM, or -EINVAL with the mistake in diags. NULL:
	 * nothing to do.
	 */
	int (*prepare)(struct provider_source *src, const struct conf_source *conf,
		       struct diag_list *diags);
	void (*release)(void *data); /* frees src->data, which may be NULL */
	/*
	 * Answers a request that asks whether deliveries may be sent here (CloudEvents'
	 * OPTIONS). Called once the headers are there, for the methods in
	 * handshake_methods; nothing is verified. Fills answer and returns
	 * PROVIDER_ANSWER, or as read. NULL: no such requests.
	 */
	enum provider_action (*handshake)(const struct provider_source *src,
					  const struct provider_request *rq,
					  struct provider_answer *answer);
	const char *handshake_methods; /* as methods */
	/*
	 * Verification as the body arrives: begin after the headers, feed each piece, end
	 * gives the verdict. state is the provider's, opaque, freed by end or abort.
	 * begin returns NULL when the headers alone decide against the request, with the
	 * verdict in *ret_early: no body needs to be read then. It never returns NULL for
	 * a request that may still be genuine.
	 */
	void *(*begin)(const struct provider_source *src,
		       const struct provider_request *rq,
		       enum provider_verdict *ret_early);
	void (*feed)(void *state, const void *data, size_t len);
	enum provider_verdict (*end)(void *state, const struct provider_request *rq);
	void (*abort)(void *state);
	/*
	 * Reads the genuine request into d: type, sender_id, subject, form, payload. d
	 * has id, source, kind, headers and body already; rq->body is not looked at. With
	 * PROVIDER_MALFORMED answer->status is 400 or 415 and d is as far as it got. With
	 * PROVIDER_KEEP and a status in answer, that answer goes out after the commit.
	 */
	enum provider_action (*read)(const struct provider_source *src,
				     const struct provider_request *rq,
				     struct delivery *d, struct provider_answer *answer);
	/*
	 * Says what a kept delivery is about, in words that are the same for all senders.
	 * payload is that of d. Appends JSON objects to the buffers of out; what does not
	 * apply stays empty. NULL: nothing to say.
	 */
	void (*normalise)(const struct delivery *d, struct json_value payload,
			  struct provider_fields *out);
	/*
	 * Signs a body as the sender would, for `forgebridge send` and tests: appends
	 * whole header lines "Name: value\n" to out, without Content-Type. type, id may
	 * be NULL (the provider makes some up). Returns 0, -EINVAL when type or id cannot
	 * be a header's value, -ENOMEM, -EIO.
	 */
	int (*sign)(const struct provider_source *src, const char *type, const char *id,
		    struct slice body, int64_t now_us, struct buf *out);
	/*
	 * For kinds whose secret travels in the URL: appends "name=value", encoded, when
	 * the source is one of those. NULL: never. Returns 0 or -ENOMEM.
	 */
	int (*sign_query)(const struct provider_source *src, struct buf *out);
};

/* Whether list, as in Allow, names method. */
bool provider_method_in(const char *list, const char *method);
const struct provider *provider_find(const char *kind);
/* Writes what is wrong with a kind that there is not: the nearest one, or all. */
void provider_put_unknown(const char *kind, struct buf *out);
/* All of them, for documentation and lists; ends with NULL. */
const struct provider *const *provider_all(void);

/*
 * Checks the source's options and secrets against the provider's table (unknown option,
 * value outside its set, missing or empty secret: diags) and prepares it. Copies what it
 * needs of conf. NULL when there are errors or memory is short.
 */
struct provider_source *provider_source_new(const struct conf_source *conf,
					    struct diag_list *diags) MUST_CHECK;
void provider_source_free(struct provider_source *src);
const struct provider *provider_source_provider(const struct provider_source *src);
/* Verifies a whole request at once (tests, `verify`). */
enum provider_verdict provider_verify(const struct provider_source *src,
				      const struct provider_request *rq);

#endif
