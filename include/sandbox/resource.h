/*
 * Answers in JSON:API form (https://jsonapi.org/format/1.0/): single resources, lists by
 * pages. All functions that give a json_t give a new reference, NULL without memory.
 */
#ifndef SANDBOX_RESOURCE_H
#define SANDBOX_RESOURCE_H

#include <jansson.h>
#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "sandbox/page.h"
#include "sandbox/visit.h"

/*
 * {"id", "type", "attributes", "links": {"self": {"href": root + "/api" + path}}}. Takes
 * over attributes. path as printf makes it.
 */
json_t *resource_new(const struct visit *v, const char *type, uint64_t id,
		     json_t *attributes, const char *path, ...) PRINTF_LIKE(5, 6);
/* "2026-11-23T12:00:00.000000Z" as Laravel writes it, null for 0. */
json_t *resource_time(int64_t us);
/* A string, null for NULL and "". */
json_t *resource_text(const char *text);
/* Adds a to-one relationship; id 0: {"data": null}. */
void resource_relate(json_t *resource, const char *name, const char *type, uint64_t id);

/* A to-many one; takes over data, an array of resource identifiers. */
void resource_relate_all(json_t *resource, const char *name, json_t *data);
/* The URL of the request without its query. */
void resource_put_path(const struct visit *v, struct buf *out);

/*
 * Makes the resource of a record. included is an object that collects what include=...
 * asked for, by resource_include.
 */
typedef json_t *resource_render_fn(struct visit *v, void *record, json_t *included);
/* Takes over resource; the same one is kept once. */
void resource_include(json_t *included, json_t *resource);
/*
 * Answers with the page of list that the query asks for: by cursor where the operation
 * takes one, else by number, or all at once.
 */
void resource_answer_list(struct visit *v, struct page_list *list,
			  resource_render_fn *render);
/* Answers with one record, with what include=... asked for. */
void resource_answer_one(struct visit *v, void *record, resource_render_fn *render);

/* Whether text contains filter[name]'s value, case ignored; true without the filter. */
bool resource_filter(const struct visit *v, const char *filter, const char *text);
/*
 * The first word of sort=..., without its minus; fallback (the same form) when absent.
 * *ret_descending tells about the minus.
 */
struct slice resource_sort(const struct visit *v, const char *fallback,
			   bool *ret_descending);

#endif
