#include "cli/docs.h"

#include <stdio.h>

#include "base/limits.h"
#include "cli/commands.h"

#define PAGES "config|cli|providers|rules|notices|schemas|asyncapi|metrics|sdk"

static const struct page {
	const char *name;
	void (*write)(struct buf *out);
} pages[] = {
	{"config", docs_config},
	{"cli", docs_cli},
	{"providers", docs_providers},
	{"rules", docs_rules},
	{"notices", docs_notices},
	{"schemas", docs_schemas},
	{"asyncapi", docs_asyncapi},
	{"metrics", docs_metrics},
	{"sdk", docs_sdk},
};

void
docs_put_cell(struct buf *out, const char *text)
{
	for (const char *p = text ? text : ""; *p; p++) {
		if (*p == '|')
			buf_putc(out, '\\');
		buf_putc(out, *p == '\n' ? ' ' : *p);
	}
}

static int
run(const struct cli_args *args)
{
	const char *name = cli_operand(args, 0);
	for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
		if (!str_eq(pages[i].name, name))
			continue;
		auto_buf out = BUF_INIT(4 * MIB);
		pages[i].write(&out);
		if (buf_failed(&out))
			return cli_fail(args, CLI_FAILED, "out of memory");
		fputs(buf_str(&out), stdout);
		return CLI_OK;
	}
	return cli_fail(args, CLI_USAGE, "expected %s", PAGES);
}

const struct cli_command cli_docs = {
	.name = "docs",
	.operands = PAGES,
	.min_operands = 1,
	.max_operands = 1,
	.summary = "the generated parts of the documentation",
	.run = run,
	.hidden = true,
};
