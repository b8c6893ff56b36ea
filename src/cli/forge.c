/* Shared by forge call and the short commands; declared in cli/forge.h. */
#include "cli/forge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
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

/* The option, or the environment's variable; NULL when neither is there. */
static const char *
option_or_env(const struct cli_args *args, const char *option, const char *variable)
{
	const char *value = cli_get(args, option);
	if (!value)
		value = getenv(variable);
	return str_is_empty(value) ? NULL : value;
}

static int
read_token(const struct cli_args *args, struct secret *token)
{
	const char *path = cli_get(args, "--token-file");
	const char *value = getenv("FORGE_TOKEN");
	if (path) {
		int rc = secret_read_file(token, path);
		if (rc < 0)
			return cli_fail(args, CLI_BAD_INPUT, "%s: %s", path,
					strerror(-rc));
	} else if (value && *value) {
		if (secret_set(token, value, strlen(value)) < 0)
			return cli_fail(args, CLI_FAILED, "out of memory");
	}
	if (secret_is_empty(token))
		return cli_fail(args, CLI_USAGE,
				"no token: give --token-file or set FORGE_TOKEN");
	return CLI_OK;
}

static void
print_trace(const char *line, void *arg)
{
	(void)arg;
	fprintf(stderr, "%s\n", line);
}

int
cli_forge_open(const struct cli_args *args, struct cli_forge *ret_forge)
{
	struct cli_forge f = {0};
	struct forge_options o = {
		.url = option_or_env(args, "--url", "FORGE_URL"),
		.organization =
			option_or_env(args, "--organization", "FORGE_ORGANIZATION"),
		.attempts = 3, /* somebody is waiting */
		.on_trace = cli_has(args, "--verbose") ? print_trace : NULL,
		.user_agent = "forgebridge/" FORGEBRIDGE_VERSION,
	};
	int rc = read_token(args, &f.token);
	if (rc != CLI_OK)
		return rc;
	o.token = f.token.data;
	f.client = forge_client_new(NULL, &o);
	if (!f.client) {
		cli_forge_close(&f);
		return cli_fail(args, CLI_FAILED, "out of memory");
	}
	*ret_forge = f;
	return CLI_OK;
}

void
cli_forge_close(struct cli_forge *f)
{
	forge_client_free(f->client);
	secret_done(&f->token);
	*f = (struct cli_forge){0};
}
