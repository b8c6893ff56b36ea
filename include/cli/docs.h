/*
 * The generated parts of docs/: one function a page, in Markdown but for the last two.
 * Regions of hand-written pages stand between lines "<!-- NAME -->" and "<!-- /NAME -->".
 */
#ifndef CLI_DOCS_H
#define CLI_DOCS_H

#include "base/buf.h"

void docs_config(struct buf *out);
void docs_cli(struct buf *out);
void docs_providers(struct buf *out);
void docs_metrics(struct buf *out);
void docs_rules(struct buf *out);    /* regions: fields, operators, filters */
void docs_sdk(struct buf *out);	     /* regions: waiting, nothing, found */
void docs_notices(struct buf *out);  /* regions: attributes, nouns, states */
void docs_schemas(struct buf *out);  /* JSON: an object of schemas by name */
void docs_asyncapi(struct buf *out); /* YAML */

/* Text for a cell of a table: | and line breaks would end it. */
void docs_put_cell(struct buf *out, const char *text);

#endif
