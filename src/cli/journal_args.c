#include "cli/journal_args.h"

#include <errno.h>
#include <stdio.h>

#include "base/str.h"
#include "conf/conf.h"

int
cli_open_journal(const struct cli_args *args, struct journal_reader **ret_reader)
{
	auto_diag diags = {0};
	struct conf *conf = NULL;
	int rc = conf_load(cli_get(args, "--config"), &diags, &conf);
	if (rc < 0) {
		diag_print(&diags, stderr);
		return CLI_BAD_INPUT;
	}
	auto_str error = NULL;
	*ret_reader = journal_reader_open(conf->journal.url, &error);
	conf_unref(conf);
	if (*ret_reader)
		return CLI_OK;
	return cli_fail(args, CLI_UNREACHABLE, "%s", error ? error : "no memory");
}

int
cli_read_error(const struct cli_args *args, int error, const char *what)
{
	if (error == -ENOENT)
		return cli_fail(args, CLI_FAILED, "there is no %s in the journal", what);
	return cli_fail(args, CLI_UNREACHABLE, "%s cannot be read from the journal",
			what);
}
