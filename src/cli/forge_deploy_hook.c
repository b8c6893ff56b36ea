/* Deployments through a site's deploy hook; declared in cli/forge_deploy.h. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "base/limits.h"
#include "base/str.h"
#include "cli/forge_deploy.h"
#include "forge/tree.h"

/* Options that Forge knows as parameters of the hook. */
static const struct {
	const char *option;
	const char *parameter;
} labels[] = {
	{"--commit", "forge_deploy_commit"},
	{"--message", "forge_deploy_message"},
	{"--author", "forge_deploy_author"},
};

static bool
is_var(const char *text)
{
	size_t n = strcspn(text, "=");
	size_t letters = strspn(text,
				"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				"0123456789_");
	bool is_reserved = strncasecmp(text, "forge_deploy_", 13) == 0 ||
			   (n == 5 && strncasecmp(text, "token", n) == 0);
	return text[n] == '=' && n > 0 && letters == n && !is_reserved;
}

int
deploy_check_vars(const struct cli_args *args)
{
	const char *var = NULL;
	for (size_t i = 0; (var = cli_get_nth(args, "--var", i)); i++) {
		if (!is_var(var))
			return cli_fail(args, CLI_USAGE,
					"--var: \"%s\" is not NAME=VALUE with a name of "
					"letters, digits and _ that Forge leaves free",
					var);
	}
	return CLI_OK;
}

bool
deploy_needs_hook(const struct cli_args *args)
{
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		if (cli_has(args, labels[i].option))
			return true;
	}
	return cli_has(args, "--var");
}

/* --- the request ---------------------------------------------------------------------
 */

static void
put_query(CURL *curl, struct buf *url, struct slice name, const char *value)
{
	char *escaped = curl_easy_escape(curl, value, (int)strlen(value));
	buf_printf(url, "%c%.*s=%s", strchr(buf_str(url), '?') ? '&' : '?', (int)name.len,
		   name.data, escaped ? escaped : "");
	curl_free(escaped);
}

static void
put_all(const struct cli_args *args, CURL *curl, const char *branch, struct buf *url)
{
	if (branch)
		put_query(curl, url, slice_of("forge_deploy_branch"), branch);
	for (size_t i = 0; i < ARRAY_LEN(labels); i++) {
		const char *value = cli_get(args, labels[i].option);
		if (value)
			put_query(curl, url, slice_of(labels[i].parameter), value);
	}
	const char *var = NULL;
	for (size_t i = 0; (var = cli_get_nth(args, "--var", i)); i++) {
		size_t n = strcspn(var, "=");
		put_query(curl, url, (struct slice){var, n}, var + n + 1);
	}
}

static size_t
ignore_data(char *data, size_t size, size_t n, void *arg)
{
	(void)data;
	(void)arg;
	return size * n;
}

static CURLcode
post(CURL *curl, const char *url, long *ret_status)
{
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "forgebridge/" FORGEBRIDGE_VERSION);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)LIMIT_FORGE_CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)DEFAULT_FORGE_TIMEOUT_MS);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, ignore_data);
	CURLcode rc = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, ret_status);
	return rc;
}

static bool
was_not_sent(CURLcode rc)
{
	return rc == CURLE_COULDNT_RESOLVE_HOST || rc == CURLE_COULDNT_RESOLVE_PROXY ||
	       rc == CURLE_COULDNT_CONNECT || rc == CURLE_SSL_CONNECT_ERROR ||
	       rc == CURLE_PEER_FAILED_VERIFICATION || rc == CURLE_URL_MALFORMAT ||
	       rc == CURLE_UNSUPPORTED_PROTOCOL;
}

/* CLI_OK: it may have started something. The URL holds a secret and is never shown. */
static int
judge(const struct forge_ask *a, CURLcode rc, long status)
{
	if (was_not_sent(rc))
		return cli_fail(a->args, CLI_UNREACHABLE,
				"the deploy hook cannot be reached: %s",
				curl_easy_strerror(rc));
	if (rc == CURLE_OK && (status == 401 || status == 403))
		return cli_fail(a->args, CLI_DENIED, "the deploy hook refused: %ld",
				status);
	if (rc == CURLE_OK && status >= 300 && status < 500)
		return cli_fail(a->args, CLI_FAILED, "the deploy hook answered %ld",
				status);
	if (rc != CURLE_OK)
		fprintf(stderr,
			"no answer of the deploy hook (%s); looking for the "
			"deployment\n",
			curl_easy_strerror(rc));
	return CLI_OK;
}

static int
call_hook(const struct forge_ask *a, const char *base, const char *branch)
{
	long status = 0;
	CURL *curl = curl_easy_init();
	auto_buf url = BUF_INIT(LIMIT_TEXT_BYTES);
	buf_puts(&url, base);
	if (curl)
		put_all(a->args, curl, branch, &url);
	int rc = CLI_FAILED;
	if (!curl || buf_failed(&url))
		cli_fail(a->args, CLI_FAILED, "the labels are too long");
	else
		rc = judge(a, post(curl, buf_str(&url), &status), status);
	curl_easy_cleanup(curl);
	return rc;
}

/* --- what it started -----------------------------------------------------------------
 */

static int
find(struct forge_ask *a, const struct forge_request *rq, const char *mark)
{
	int rc = ask_finish(a, forge_adopt(a->forge.client, rq, mark, ask_on_result, a));
	if (rc == CLI_OK)
		return CLI_OK;
	if (a->kind == FORGE_NOT_FOUND)
		return cli_fail(a->args, CLI_FAILED,
				"the deploy hook started no deployment");
	return ask_fail(a);
}

static int
follow(struct forge_ask *a, const struct forge_request *rq, const char *site,
       json_t **ret_answer)
{
	auto_str what = str_format("deploying %s", site);
	auto_str id = str_dup(a->resource);
	if (!id)
		return cli_fail(a->args, CLI_FAILED, "out of memory");
	live_begin(&a->live, a->forge.base, what ? what : "");
	int rc = ask_finish(a, forge_follow(a->forge.client, rq, id, ask_on_progress,
					    ask_on_result, a));
	live_end(&a->live);
	*ret_answer = tree_parse(buf_str(&a->body), a->body.len);
	return rc;
}

int
deploy_by_hook(struct forge_ask *a, const struct ask_place *place, const char *branch,
	       bool *ret_started, json_t **ret_answer)
{
	auto_tree hook = NULL;
	struct forge_request rq = {
		.operation = "deploy",
		.server = place->server_id,
		.site = place->site_id,
		.deadline_ms = cli_forge_timeout(a->args, true),
	};
	int rc = ask(
		a, ASK_ONCE, "organizations.servers.sites.deployments.deploy-hook.show",
		ASK_WORDS({"server", place->server_id}, {"site", place->site_id}), &hook);
	if (rc != CLI_OK)
		return rc;
	rc = ask_finish(a, forge_mark(a->forge.client, &rq, ask_on_result, a));
	if (rc != CLI_OK)
		return ask_fail(a);
	auto_str mark = str_dup(buf_str(&a->body));
	const char *url = tree_text(hook, "data.attributes.url");
	if (!mark)
		return cli_fail(a->args, CLI_FAILED, "out of memory");
	rc = call_hook(a, url ? url : "", branch);
	if (rc == CLI_OK)
		rc = find(a, &rq, mark);
	if (rc != CLI_OK)
		return rc;
	*ret_started = true;
	return follow(a, &rq, place->site, ret_answer);
}
