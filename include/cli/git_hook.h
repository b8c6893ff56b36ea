/*
 * What a git hook is told on its standard input, and the body that a source of kind git
 * takes for each ref: the same as deploy/git-hooks/post-receive sends. docs/GIT.md.
 */
#ifndef CLI_GIT_HOOK_H
#define CLI_GIT_HOOK_H

#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"

struct git_hook; /* one push */

/*
 * Reads lines "old new ref" and asks git, in the working folder, what the repository is
 * called. Returns 0; -EINVAL when the lines are not of that form; -ENOENT when there is
 * no repository or git; -E2BIG over LIMIT_GIT_REFS; -ENOMEM.
 */
int git_hook_open(struct slice input, struct git_hook **ret_hook) MUST_CHECK;
void git_hook_free(struct git_hook *h);
size_t git_hook_refs(const struct git_hook *h);
const char *git_hook_ref(const struct git_hook *h, size_t i);
/* Appends the body for ref number i. Returns 0, -EIO when git fails, -EMSGSIZE... */
int git_hook_body(const struct git_hook *h, size_t i, struct buf *out) MUST_CHECK;

/* git_run.c: runs git with input on its standard input; its output goes to out. */
int git_run(const char *const *args, struct slice input, struct buf *out) MUST_CHECK;
/* git_commits.c: git's list of commits as members of a JSON array. */
struct json_writer;
void git_put_commits(struct json_writer *w, struct slice raw);

#endif
