/*
 * A list page by page: the next page is asked for when it is wanted, and only one is held
 * at a time. Forge gives at most 30 entries a page, whatever page[size] says.
 */
#ifndef FORGE_PAGES_H
#define FORGE_PAGES_H

#include <stdbool.h>

#include "forge/client.h"

#ifdef __cplusplus
extern "C" {
#endif

struct forge_pages;

/* rq: of a list; it is copied. Nothing is sent yet. NULL when memory is short. */
struct forge_pages *forge_pages_new(struct forge_client *c,
				    const struct forge_request *rq);
/* Not between forge_pages_next and its callback. */
void forge_pages_free(struct forge_pages *p);
/* Whether there is a page that was not asked for yet; true at first. */
bool forge_pages_more(const struct forge_pages *p);
/*
 * Asks for the next page: body {"data":[...],...} as Forge gave it. One that fails may be
 * asked for again. NULL when there is no more page, one is under way, or memory is short.
 */
struct forge_call *forge_pages_next(struct forge_pages *p, forge_result_fn *on_result,
				    void *arg);
/* The same, blocking (see forge_call_sync; a forge_pages is for one thread at a time). */
struct forge_result *forge_pages_next_sync(struct forge_pages *p);
/*
 * The resources one by one as JSON texts, blocking for the next page as needed. A text
 * lives until the next call. NULL behind the last, and when a page cannot be had:
 * forge_pages_failure tells one from the other.
 */
const char *forge_pages_item(struct forge_pages *p);
/* Why there was no page; NULL: all is well. p's, until the next call. */
const struct forge_result *forge_pages_failure(const struct forge_pages *p);

#ifdef __cplusplus
}
#endif

#endif
