#include "cli/source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/codec.h"
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

int
cli_source_check_kind(const struct cli_args *args, const char *kind)
{
	auto_buf problem = BUF_INIT(KIB);
	if (provider_find(kind))
		return CLI_OK;
	provider_put_unknown(kind, &problem);
	return cli_fail(args, CLI_USAGE, "%s", buf_str(&problem));
}

static int
fill(const struct cli_args *args, struct conf_source *conf)
{
	if (!cli_has(args, "--kind"))
		return cli_fail(args, CLI_USAGE, "--kind KIND is missing");
	int rc = cli_source_check_kind(args, cli_get(args, "--kind"));
	if (rc != CLI_OK)
		return rc;
	conf->kind = str_dup(cli_get(args, "--kind"));
	conf->name = str_dup("command-line");
	if (!conf->kind || !conf->name)
		return cli_fail(args, CLI_FAILED, "out of memory");
	rc = read_secrets(args, conf);
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

static int
decode(const struct secret *s, enum cli_secret_change change, struct buf *out)
{
	if (change == CLI_SECRET_BASE64)
		return base64_decode(out, s->data, s->len);
	if (s->len % 2 != 0 || buf_reserve(out, s->len) < 0)
		return -EINVAL;
	int n = hex_decode(s->data, s->len, out->data, s->len);
	out->len = n > 0 ? (size_t)n : 0;
	return n;
}

static void
trim(const struct secret *s, struct buf *out)
{
	static const char blanks[] = " \t\r\n";
	size_t begin = strspn(s->data, blanks);
	size_t end = s->len;
	while (end > begin && strchr(blanks, s->data[end - 1]))
		end--;
	buf_append(out, s->data + begin, end - begin);
}

/* Returns 1 when the secret is another one now, 0 when not, -ENOMEM. */
static int
change_secret(struct secret *s, enum cli_secret_change change)
{
	auto_buf text = BUF_INIT(LIMIT_SECRET_BYTES + 2);
	switch (change) {
	case CLI_SECRET_TRIMMED:
		trim(s, &text);
		break;
	case CLI_SECRET_NEWLINE:
	case CLI_SECRET_CRLF:
		buf_append(&text, s->data, s->len);
		buf_puts(&text, change == CLI_SECRET_CRLF ? "\r\n" : "\n");
		break;
	case CLI_SECRET_BASE64:
	case CLI_SECRET_HEX:
		if (decode(s, change, &text) < 0)
			buf_reset(&text);
		break;
	}
	bool changed = text.len > 0 && text.len != s->len;
	int rc = changed ? secret_set(s, text.data, text.len) : 0;
	if (text.data)
		explicit_bzero(text.data, text.len);
	return rc < 0 ? rc : changed;
}

struct provider_source *
cli_source_changed(const struct cli_args *args, enum cli_secret_change change)
{
	struct conf_source conf = {0};
	struct provider_source *src = NULL;
	int changed = 0;
	int rc = fill(args, &conf) == CLI_OK ? 0 : -EINVAL;
	for (size_t i = 0; rc == 0 && i < conf.n_secrets; i++) {
		int one = change_secret(&conf.secrets[i], change);
		rc = one < 0 ? one : 0;
		changed |= one;
	}
	if (rc == 0 && changed > 0) {
		auto_diag diags = {0};
		src = provider_source_new(&conf, &diags);
	}
	cli_source_done(&conf);
	return src;
}
