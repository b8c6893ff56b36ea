/* Shared by forge call and the short commands; declared in cli/forge.h. */
#include "cli/forge.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/limits.h"
#include "base/str.h"
#include "conf/conf.h"
#include "forge/operation.h"

int
cli_forge_status(enum forge_kind kind)
{
	switch (kind) {
	case FORGE_OK:
		return CLI_OK;
	case FORGE_REFUSED:
		return CLI_USAGE;
	case FORGE_UNAUTHENTICATED:
	case FORGE_FORBIDDEN:
		return CLI_DENIED;
	case FORGE_NETWORK:
	case FORGE_MAINTENANCE:
		return CLI_UNREACHABLE;
	case FORGE_TIMEOUT:
	case FORGE_RATE_LIMITED:
		return CLI_TIMEOUT;
	case FORGE_NOT_FOUND:
	case FORGE_INVALID:
	case FORGE_SERVER:
	case FORGE_FAILED:
	case FORGE_UNCERTAIN:
	case FORGE_CANCELLED:
		break;
	}
	return CLI_FAILED;
}

const struct forge_operation *
cli_forge_operation(const struct cli_args *args, const char *name)
{
	const struct forge_operation *op = forge_operation_find(name);
	if (op)
		return op;
	const char *near = forge_operation_nearest(name);
	if (near)
		cli_fail(args, CLI_USAGE,
			 "unknown operation \"%s\"; did you mean \"%s\"?", name, near);
	else
		cli_fail(args, CLI_USAGE,
			 "unknown operation \"%s\"; see forgebridge forge list", name);
	return NULL;
}

static int
check_timeout(const struct cli_args *args)
{
	const char *text = cli_get(args, "--timeout");
	uint64_t ms = 0;
	if (text && (parse_duration(text, &ms) < 0 || ms == 0 || ms > UINT32_MAX))
		return cli_fail(args, CLI_USAGE,
				"--timeout: \"%s\" is not a time like 90s or 10m", text);
	return CLI_OK;
}

unsigned
cli_forge_timeout(const struct cli_args *args, bool to_the_end)
{
	const char *text = cli_get(args, "--timeout");
	uint64_t ms = to_the_end ? DEFAULT_STEP_TIMEOUT_MS : CLI_FORGE_CALL_MS;
	if (text && parse_duration(text, &ms) < 0)
		ms = CLI_FORGE_CALL_MS;
	return (unsigned)ms;
}

static int
read_conf(const struct cli_args *args, struct cli_forge *f, struct forge_options *o)
{
	const char *path = cli_get(args, "--config");
	const char *name = cli_get(args, "--account");
	if (!path)
		return name ? cli_fail(args, CLI_USAGE, "--account needs --config")
			    : CLI_OK;
	auto_diag diags = {0};
	if (conf_load(path, &diags, &f->conf) < 0) {
		diag_print(&diags, stderr);
		return cli_fail(args, CLI_BAD_INPUT, "%s cannot be used", path);
	}
	const struct conf_account *a = conf_account_find(f->conf, name);
	if (!a)
		return cli_fail(args, CLI_BAD_INPUT, "%s has no account \"%s\"", path,
				name ? name : "default");
	o->url = a->url;
	o->organization = a->organization;
	o->requests_per_minute = a->requests_per_minute;
	o->timeout_ms = (unsigned)a->timeout_ms;
	o->http1 = a->http1;
	o->token = a->token.data;
	return CLI_OK;
}

static int
read_token_file(const struct cli_args *args, struct cli_forge *f, struct forge_options *o)
{
	const char *path = cli_get(args, "--token-file");
	if (!path)
		return CLI_OK;
	int rc = secret_read_file(&f->token, path);
	if (rc < 0)
		return cli_fail(args, CLI_BAD_INPUT, "%s: %s", path, strerror(-rc));
	o->token = f->token.data;
	return CLI_OK;
}

/* What was given on the command line, else what the file said, else the environment. */
static void
choose(const char **value, const char *option, const char *variable)
{
	const char *env = getenv(variable);
	if (option)
		*value = option;
	else if (str_is_empty(*value) && !str_is_empty(env))
		*value = env;
}

static void
print_trace(const char *line, void *arg)
{
	(void)arg;
	fprintf(stderr, "%s\n", line);
}

static int
connect_client(const struct cli_args *args, struct cli_forge *f, struct forge_options *o)
{
	int rc = check_timeout(args);
	if (rc == CLI_OK)
		rc = read_conf(args, f, o);
	if (rc == CLI_OK)
		rc = read_token_file(args, f, o);
	if (rc != CLI_OK)
		return rc;
	choose(&o->url, cli_get(args, "--url"), "FORGE_URL");
	choose(&o->organization, cli_get(args, "--organization"), "FORGE_ORGANIZATION");
	choose(&o->token, NULL, "FORGE_TOKEN");
	if (str_is_empty(o->token))
		return cli_fail(
			args, CLI_USAGE,
			"no token: give --token-file, set FORGE_TOKEN, or -c FILE");
	f->scope = str_format("%s %s", o->url ? o->url : FORGE_DEFAULT_URL,
			      o->organization ? o->organization : "");
	f->base = event_base_new();
	f->client = f->base ? forge_client_new(f->base, o) : NULL;
	return f->client ? CLI_OK : cli_fail(args, CLI_FAILED, "out of memory");
}

int
cli_forge_open(const struct cli_args *args, struct cli_forge *ret_forge)
{
	struct cli_forge f = {0};
	struct forge_options o = {
		.attempts = 3, /* somebody is waiting */
		.on_trace = cli_has(args, "--verbose") ? print_trace : NULL,
		.user_agent = "forgebridge/" FORGEBRIDGE_VERSION,
	};
	int rc = connect_client(args, &f, &o);
	if (rc == CLI_OK)
		*ret_forge = f;
	else
		cli_forge_close(&f);
	return rc;
}

void
cli_forge_close(struct cli_forge *f)
{
	forge_client_free(f->client);
	if (f->base)
		event_base_free(f->base);
	secret_done(&f->token);
	str_free(f->scope);
	conf_unref(f->conf);
	*f = (struct cli_forge){0};
}
