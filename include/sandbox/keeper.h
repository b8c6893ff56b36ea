/* Keeps the state in a file: a while after each change, and at the end. */
#ifndef SANDBOX_KEEPER_H
#define SANDBOX_KEEPER_H

#include "base/attr.h"
#include "sandbox/access.h"
#include "sandbox/world.h"

struct event_base;
struct keeper;

/* All but path are borrowed. NULL without memory. */
struct keeper *keeper_new(const char *path, struct world *w, struct access *a) MUST_CHECK;
void keeper_free(struct keeper *k); /* without saving */
/*
 * Reads the file. Returns 0; -ENOENT when there is none yet; -EBADMSG with what is wrong
 * in *ret_error (str_free); -ENOMEM.
 */
int keeper_load(struct keeper *k, char **ret_error) MUST_CHECK;
/* From then on changes are saved by the loop. Returns 0 or -ENOMEM. */
int keeper_start(struct keeper *k, struct event_base *base) MUST_CHECK;
void keeper_note_change(struct keeper *k);
/* Saves now. Returns 0 or -errno. */
int keeper_save(struct keeper *k) MUST_CHECK;
/* What the last attempt gave: 0 or -errno. */
int keeper_error(const struct keeper *k);

#endif
