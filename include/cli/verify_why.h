/*
 * Why a captured request is not genuine: what verify says beside the verdict. Nothing
 * here shows a signature; only verify_show does, which the user asks for.
 */
#ifndef CLI_VERIFY_WHY_H
#define CLI_VERIFY_WHY_H

#include "base/buf.h"
#include "cli/capture.h"
#include "cli/command.h"
#include "provider/provider.h"

struct why {
	const struct cli_args *args;
	const struct provider_source *source; /* borrowed, as the rest */
	struct capture *capture;
	int64_t now_us;
	enum provider_verdict verdict;
};

/* Appends what was found out, a line each; nothing when nothing was. 0 or -ENOMEM. */
int verify_why(const struct why *w, struct buf *out) MUST_CHECK;
/*
 * Appends the headers that hold the signature of this body, "Name: value\n" each: with
 * the first secret, and with id and time of the request where it has them. Nothing for
 * kinds that only show a secret. 0, -ENOMEM or what signing failed with.
 */
int verify_show(const struct why *w, struct buf *out) MUST_CHECK;

/*
 * verify_body.c: change number n of a body (how it may have been before somebody changed
 * it) and what it means that this one is genuine; NULL behind the last. The change
 * returns -ENOENT when it makes no other body.
 */
const char *verify_body_says(size_t n);
int verify_body_change(size_t n, struct slice body, struct buf *out) MUST_CHECK;

#endif
