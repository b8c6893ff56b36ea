/* docs/PROVIDERS.md from the table of providers. */
#include "cli/docs.h"
#include "provider/provider.h"

static const char intro[] =
	"# Kinds of sources\n"
	"\n"
	"Made from the table of providers by `make docs`. A source is a place that "
	"deliveries\n"
	"come from; its kind says how they are signed and what their headers mean. The\n"
	"deliveries of the source NAME are sent to `/hooks/NAME`. The keys `kind`,\n"
	"`secret` and `allow` are those of every source ([CONFIG.md](CONFIG.md)). Any "
	"of\n"
	"several secrets is accepted, so that one can be replaced without a gap.\n"
	"\n"
	"A delivery that comes again is known by its source and the sender's id; "
	"without\n"
	"an id, by its body within a day. It is answered 202 with `\"duplicate\":true` "
	"and\n"
	"starts nothing. What is not genuine is answered 401, for every cause the same; "
	"the\n"
	"cause stands in the log.\n"
	"\n"
	"`forgebridge verify` says of a captured request whether it is genuine and, if "
	"not,\n"
	"why; `forgebridge send` sends one as that kind of sender does.\n";

static void
put_option(struct buf *out, const struct provider_option *o)
{
	buf_printf(out, "| `%s` | ", o->name);
	docs_put_cell(out, o->values ? o->values : "text");
	if (o->initial && *o->initial)
		buf_printf(out, " | `%s` | ", o->initial);
	else
		buf_puts(out, o->required ? " | required | " : " | | ");
	docs_put_cell(out, o->help);
	buf_puts(out, " |\n");
}

static void
put_provider(struct buf *out, const struct provider *p)
{
	buf_printf(out, "\n## %s\n\nFor %s.\n\n", p->kind, p->summary);
	if (p->algorithm)
		buf_printf(out, "- Signature: %s\n", p->algorithm);
	if (p->headers)
		buf_printf(out, "- Headers: %s\n", p->headers);
	if (p->deadline)
		buf_printf(out, "- Answer due within: %s\n", p->deadline);
	if (p->fields)
		buf_printf(out, "- Fields for rules: %s\n", p->fields);
	buf_printf(out, "- Secret: %s\n", p->needs_secret ? "required" : "not needed");
	buf_printf(out, "\n```yaml\nsources:\n  %s\n```\n\n%s\n", p->example, p->setup);
	if (!p->options)
		return;
	buf_puts(out, "\n| key | value | default | meaning |\n|---|---|---|---|\n");
	for (const struct provider_option *o = p->options; o->name; o++) {
		if (o->shape != SHAPE_NEVER)
			put_option(out, o);
	}
}

void
docs_providers(struct buf *out)
{
	buf_puts(out, intro);
	for (const struct provider *const *p = provider_all(); *p; p++)
		put_provider(out, *p);
}
