#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "cli/capture.h"
#include "cli/commands.h"
#include "cli/source.h"

struct sending {
	const struct cli_args *args;
	struct provider_source *src; /* owned */
	CURL *curl;		     /* owned; one connection, kept alive */
	struct buf body;
	struct buf url;
	struct buf answer;
	bool all_accepted;
};

static size_t
on_data(char *data, size_t size, size_t n, void *arg)
{
	struct sending *s = arg;
	return buf_append(&s->answer, data, size * n) == 0 ? size * n : 0;
}

/* Appends each line of text to list. */
static int
append_lines(struct curl_slist **list, const char *text)
{
	for (const char *p = text; *p; p += *p == '\n') {
		size_t len = strcspn(p, "\n");
		auto_str line = str_ndup(p, len);
		struct curl_slist *longer = line ? curl_slist_append(*list, line) : NULL;
		if (!longer)
			return -ENOMEM;
		*list = longer;
		p += len;
	}
	return 0;
}

/* All headers of one request: the signature's, the content type, the user's own. */
static int
make_headers(struct sending *s, struct curl_slist **ret_list)
{
	auto_buf lines = BUF_INIT(LIMIT_SIGNED_BYTES);
	const char *type = cli_get(s->args, "--content-type");
	const struct provider *p = provider_source_provider(s->src);
	int rc = p->sign(s->src, cli_get(s->args, "--type"), cli_get(s->args, "--id"),
			 buf_slice(&s->body), clock_wall_us(), &lines);
	if (rc < 0)
		return rc;
	buf_printf(&lines, "Content-Type: %s\n", type ? type : "application/json");
	/* curl would ask and wait before a large body */
	buf_puts(&lines, "Expect:\n");
	const char *header = NULL;
	for (size_t i = 0; (header = cli_get_nth(s->args, "--header", i)); i++)
		buf_printf(&lines, "%s\n", header);
	if (buf_failed(&lines))
		return lines.error;
	return append_lines(ret_list, buf_str(&lines));
}

static void
print_answer(struct sending *s, long status)
{
	struct slice text = buf_slice(&s->answer);
	while (text.len > 0 && strchr("\r\n", text.data[text.len - 1]))
		text.len--;
	if (cli_has(s->args, "--json")) {
		auto_buf out = BUF_INIT(LIMIT_TEXT_BYTES);
		struct json_writer w;
		json_begin(&w, &out);
		json_open_object(&w, NULL);
		json_int(&w, "status", status);
		json_slice(&w, "body", text);
		json_close_object(&w);
		puts(buf_str(&out));
	} else {
		printf("%ld %.*s\n", status, (int)text.len, text.len ? text.data : "");
	}
	fflush(stdout);
}

static int
fail_curl(struct sending *s, CURLcode rc)
{
	curl_off_t connected_us = 0;
	curl_easy_getinfo(s->curl, CURLINFO_CONNECT_TIME_T, &connected_us);
	enum cli_status status = CLI_UNREACHABLE;
	if (rc == CURLE_OPERATION_TIMEDOUT && connected_us > 0)
		status = CLI_TIMEOUT;
	if (rc == CURLE_URL_MALFORMAT || rc == CURLE_UNSUPPORTED_PROTOCOL)
		status = CLI_USAGE;
	return cli_fail(s->args, status, "%s: %s", cli_operand(s->args, 0),
			curl_easy_strerror(rc));
}

static int
send_one(struct sending *s)
{
	struct curl_slist *headers = NULL;
	int rc = make_headers(s, &headers);
	if (rc < 0) {
		curl_slist_free_all(headers);
		return cli_fail(s->args, CLI_BAD_INPUT, "cannot sign this: %s",
				strerror(-rc));
	}
	buf_reset(&s->answer);
	curl_easy_setopt(s->curl, CURLOPT_HTTPHEADER, headers);
	CURLcode code = curl_easy_perform(s->curl);
	curl_slist_free_all(headers);
	if (code != CURLE_OK)
		return fail_curl(s, code);
	long status = 0;
	curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
	print_answer(s, status);
	s->all_accepted = s->all_accepted && status >= 200 && status <= 299;
	return CLI_OK;
}

/* The URL as given, with the query that some kinds show their secret in. */
static int
make_url(struct sending *s)
{
	const char *url = cli_operand(s->args, 0);
	const struct provider *p = provider_source_provider(s->src);
	auto_buf query = BUF_INIT(DEFAULT_URI_BYTES);
	if (p->sign_query && p->sign_query(s->src, &query) < 0)
		return -ENOMEM;
	buf_puts(&s->url, url);
	if (query.len > 0)
		buf_printf(&s->url, "%c%s", strchr(url, '?') ? '&' : '?',
			   buf_str(&query));
	return s->url.error;
}

static int
prepare(struct sending *s)
{
	const char *path = cli_get(s->args, "--body");
	int rc = file_read(path, &s->body);
	if (rc < 0)
		return cli_fail(s->args, CLI_BAD_INPUT, "%s: %s", path, strerror(-rc));
	s->curl = curl_easy_init();
	if (!s->curl || make_url(s) < 0)
		return cli_fail(s->args, CLI_FAILED, "out of memory");
	curl_easy_setopt(s->curl, CURLOPT_URL, buf_str(&s->url));
	curl_easy_setopt(s->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(s->curl, CURLOPT_POSTFIELDS, buf_str(&s->body));
	curl_easy_setopt(s->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)s->body.len);
	curl_easy_setopt(s->curl, CURLOPT_USERAGENT, "forgebridge/" FORGEBRIDGE_VERSION);
	curl_easy_setopt(s->curl, CURLOPT_CONNECTTIMEOUT_MS, (long)SEND_CONNECT_MS);
	curl_easy_setopt(s->curl, CURLOPT_TIMEOUT_MS, (long)SEND_TIMEOUT_MS);
	curl_easy_setopt(s->curl, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(s->curl, CURLOPT_WRITEDATA, s);
	return CLI_OK;
}

static int
send_all(struct sending *s)
{
	uint64_t repeat = 1;
	int rc = cli_get_u64(s->args, "--repeat", 1, LIMIT_SEND_REPEAT, 1, &repeat);
	if (rc == CLI_OK)
		rc = prepare(s);
	for (uint64_t i = 0; rc == CLI_OK && i < repeat; i++)
		rc = send_one(s);
	if (rc == CLI_OK && !s->all_accepted)
		rc = CLI_FAILED;
	return rc;
}

static int
run(const struct cli_args *args)
{
	struct sending s = {.args = args, .all_accepted = true};
	int rc = CLI_OK;
	s.src = cli_source_new(args, &rc);
	if (!s.src)
		return rc;
	buf_init(&s.body, LIMIT_CAPTURE_BYTES);
	buf_init(&s.url, DEFAULT_URI_BYTES);
	buf_init(&s.answer, LIMIT_ANSWER_BYTES);
	curl_global_init(CURL_GLOBAL_DEFAULT);
	rc = send_all(&s);
	curl_easy_cleanup(s.curl);
	curl_global_cleanup();
	buf_done(&s.body);
	buf_done(&s.url);
	buf_done(&s.answer);
	provider_source_free(s.src);
	return rc;
}

static const struct cli_option options[] = {
	CLI_SOURCE_OPTIONS,
	{"--body", 'b', "FILE", "the body", true},
	{"--type", 't', "TYPE", "the event's type", false},
	{"--id", 0, "ID", "the delivery's id; without it each gets a new one", false},
	{"--repeat", 'n', "N", "send it N times over one connection", false},
	{"--content-type", 0, "T", "instead of application/json", false},
	{"--header", 0, "LINE", "a further header, \"Name: value\"", false},
	{"--json", 0, NULL, "print each answer as JSON", false},
	{0},
};

const struct cli_command cli_send = {
	.name = "send",
	.operands = "URL",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "sign a body as that kind of sender does and send it",
	.details = "FILE may be - for standard input. Prints status and body of each "
		   "answer.",
	.options = options,
	.example = "forgebridge send http://127.0.0.1:8080/hooks/github --kind github "
		   "--secret-file secret --type push --body push.json",
	.exits = CLI_EXITS({CLI_OK, "all answers were 2xx"},
			   {CLI_FAILED, "some were not"},
			   {CLI_BAD_INPUT, "a file cannot be read, or not be signed"},
			   {CLI_UNREACHABLE, "nobody answered"},
			   {CLI_TIMEOUT, "the answer did not come in time"}),
	.run = run,
};
