/*
 * The generated parts of docs/, as Markdown: one function a page. Regions of hand-written
 * pages stand between lines "<!-- NAME -->" and "<!-- /NAME -->".
 */
#ifndef CLI_DOCS_H
#define CLI_DOCS_H

#include "base/buf.h"

void docs_config(struct buf *out);
void docs_cli(struct buf *out);
void docs_providers(struct buf *out);
void docs_rules(struct buf *out); /* regions: fields, operators, filters */

/* Text for a cell of a table: | and line breaks would end it. */
void docs_put_cell(struct buf *out, const char *text);

#endif
