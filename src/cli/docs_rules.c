/* The generated regions of docs/RULES.md. */
#include "cli/docs.h"
#include "match/match.h"
#include "match/template.h"
#include "pipeline/ruleset_check.h"

static void
put_fields(struct buf *out)
{
	buf_puts(out, "<!-- fields -->\n| field | where | what |\n|---|---|---|\n");
	for (const struct ruleset_field *f = ruleset_fields(); f->name; f++) {
		buf_printf(out, "| `%s` | %s | ", f->name,
			   f->use != FIELD_TEMPLATES ? "patterns and templates"
						     : "templates of steps");
		docs_put_cell(out, f->help);
		buf_puts(out, " |\n");
	}
	buf_puts(out, "<!-- /fields -->\n");
}

static void
put_operators(struct buf *out)
{
	buf_puts(out, "<!-- operators -->\n| operator | in a list | matches |\n"
		      "|---|---|---|\n");
	for (const struct match_operator_doc *o = match_operators(); o->name; o++) {
		buf_printf(out, "| `%s` | `", o->name);
		docs_put_cell(out, o->example);
		buf_puts(out, "` | ");
		docs_put_cell(out, o->help);
		buf_puts(out, " |\n");
	}
	buf_puts(out, "<!-- /operators -->\n");
}

static void
put_filters(struct buf *out)
{
	buf_puts(out, "<!-- filters -->\n| filter | gives |\n|---|---|\n");
	for (const struct template_filter_doc *f = template_filters(); f->name; f++) {
		buf_printf(out, "| `%s%s%s` | ", f->name, f->argument ? ": " : "",
			   f->argument ? f->argument : "");
		docs_put_cell(out, f->help);
		buf_puts(out, " |\n");
	}
	buf_puts(out, "<!-- /filters -->\n");
}

void
docs_rules(struct buf *out)
{
	put_fields(out);
	put_operators(out);
	put_filters(out);
}
