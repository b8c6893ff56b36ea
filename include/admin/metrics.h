/* The metrics page. docs/METRICS.md is made from the table in metrics.c. */
#ifndef ADMIN_METRICS_H
#define ADMIN_METRICS_H

#include "admin/admin.h"
#include "base/buf.h"

int metrics_write(const struct pipeline_view *view, const struct admin_facts *facts,
		  struct buf *out) MUST_CHECK;

struct metric_doc {
	const char *name;
	const char *type;   /* "counter" or "gauge" */
	const char *labels; /* "source, outcome"; "" */
	const char *help;
};
/* All metrics; ends with name NULL. */
const struct metric_doc *metrics_docs(void);

#endif
