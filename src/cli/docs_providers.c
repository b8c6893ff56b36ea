/* docs/PROVIDERS.md from the table of providers. */
#include "cli/docs.h"
#include "provider/provider.h"

static const char intro[] =
	"# Kinds of sources\n"
	"\n"
	"Made from the table of providers by `make docs`. A source is a place that "
	"deliveries\n"
	"come from; its kind says how they are signed and what their headers mean:\n"
	"\n"
	"```yaml\n"
	"sources:\n"
	"  github: {kind: github, secret: [\"${HOOK_SECRET}\", \"${HOOK_SECRET_OLD}\"]}\n"
	"```\n"
	"\n"
	"Its deliveries are sent to `/hooks/github`. Any of several secrets is "
	"accepted.\n"
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
	buf_printf(out, "- Secret: %s\n", p->needs_secret ? "required" : "not needed");
	if (!p->options)
		return;
	buf_puts(out, "\n| key | value | default | meaning |\n|---|---|---|---|\n");
	for (const struct provider_option *o = p->options; o->name; o++)
		put_option(out, o);
}

void
docs_providers(struct buf *out)
{
	buf_puts(out, intro);
	for (const struct provider *const *p = provider_all(); *p; p++)
		put_provider(out, *p);
}
