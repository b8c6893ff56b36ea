/* docs/METRICS.md from the table of metrics. */
#include "admin/metrics.h"
#include "base/limits.h"
#include "cli/docs.h"

static const char intro[] =
	"# Metrics\n"
	"\n"
	"Made from the table of metrics by `make docs`. `GET /metrics` on the admin "
	"listener\n"
	"answers in the text format 0.0.4 of Prometheus.\n"
	"\n";

void
docs_metrics(struct buf *out)
{
	buf_puts(out, intro);
	buf_printf(out,
		   "Labels take their values from the configuration and from fixed "
		   "lists, never from\n"
		   "what senders send. Each series starts at 0 with the process, or with "
		   "the reload that\n"
		   "brings its source or rule, so `rate()` sees the first event too. Of "
		   "the rules that\n"
		   "is true for the first %u; those behind them appear with their first "
		   "event.\n\n",
		   LIMIT_METRIC_RULES);
	buf_puts(out, "| metric | type | labels | meaning |\n|---|---|---|---|\n");
	for (const struct metric_doc *m = metrics_docs(); m->name; m++) {
		buf_printf(out, "| `%s` | %s | %s | ", m->name, m->type, m->labels);
		docs_put_cell(out, m->help);
		buf_puts(out, " |\n");
	}
}
