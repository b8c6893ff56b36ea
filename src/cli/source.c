#include "cli/source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

int
cli_source_set(struct conf_source *conf, const char *name, const char *value)
{
	struct place nowhere = {0};
	if (!conf->options)
		conf->options = node_new(NODE_OBJECT, nowhere);
	struct node *n = conf->options ? node_new(NODE_STRING, nowhere) : NULL;
	if (!n)
		return -ENOMEM;
	n->key = str_dup(name);
	n->text = str_dup(value);
	n->text_len = strlen(value);
	if (n->key && n->text && node_append(conf->options, n) == 0)
		return 0;
	node_free(n);
	return -ENOMEM;
}

void
cli_source_done(struct conf_source *conf)
{
	for (size_t i = 0; i < conf->n_secrets; i++)
		secret_done(&conf->secrets[i]);
	mem_free(conf->secrets);
	str_free(conf->kind);
	str_free(conf->name);
	node_free(conf->options);
	*conf = (struct conf_source){0};
}

static int
read_secrets(const struct cli_args *args, struct conf_source *conf)
{
	const char *path = NULL;
	conf->secrets = x_new_array(struct secret, LIMIT_SECRETS);
	if (!conf->secrets)
		return cli_fail(args, CLI_FAILED, "out of memory");
	for (size_t i = 0; (path = cli_get_nth(args, "--secret-file", i)); i++) {
		if (i == LIMIT_SECRETS)
			return cli_fail(args, CLI_USAGE, "more than %d secrets",
					LIMIT_SECRETS);
		int rc = secret_read_file(&conf->secrets[i], path);
		if (rc < 0)
			return cli_fail(args, CLI_BAD_INPUT, "%s: %s", path,
					strerror(-rc));
		conf->n_secrets++;
	}
	return CLI_OK;
}

static int
read_options(const struct cli_args *args, struct conf_source *conf)
{
	const char *given = NULL;
	for (size_t i = 0; (given = cli_get_nth(args, "--option", i)); i++) {
		const char *eq = strchr(given, '=');
		if (!eq)
			return cli_fail(args, CLI_USAGE,
					"--option: expected NAME=VALUE, not \"%s\"",
					given);
		auto_str name = str_ndup(given, (size_t)(eq - given));
		if (!name || cli_source_set(conf, name, eq + 1) < 0)
			return cli_fail(args, CLI_FAILED, "out of memory");
	}
	return CLI_OK;
}

static int
fill(const struct cli_args *args, struct conf_source *conf)
{
	if (!cli_has(args, "--kind"))
		return cli_fail(args, CLI_USAGE, "--kind KIND is missing");
	conf->kind = str_dup(cli_get(args, "--kind"));
	conf->name = str_dup("command-line");
	if (!conf->kind || !conf->name)
		return cli_fail(args, CLI_FAILED, "out of memory");
	int rc = read_secrets(args, conf);
	return rc == CLI_OK ? read_options(args, conf) : rc;
}

struct provider_source *
cli_source_new(const struct cli_args *args, int *ret_status)
{
	struct conf_source conf = {0};
	struct provider_source *src = NULL;
	*ret_status = fill(args, &conf);
	if (*ret_status == CLI_OK) {
		auto_diag diags = {0};
		src = provider_source_new(&conf, &diags);
		diag_print(&diags, stderr);
		if (!src)
			*ret_status = CLI_BAD_INPUT;
	}
	cli_source_done(&conf);
	return src;
}
