#include "cli/verify_cases.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "cli/capture.h"
#include "cli/source.h"

struct tally {
	unsigned passed;
	unsigned failed;
	unsigned skipped; /* of a kind that is not known */
};

static struct slice
text_of(const json_t *v)
{
	return (struct slice){json_string_value(v), json_string_length(v)};
}

/* "base64:..." or the text as it is. */
static int
take_secret(struct conf_source *conf, const json_t *v)
{
	struct slice text = text_of(v);
	if (!text.data || conf->n_secrets == LIMIT_SECRETS)
		return -EINVAL;
	auto_buf decoded = BUF_INIT(LIMIT_SECRET_BYTES);
	if (str_starts(text.data, "base64:")) {
		int rc = base64_decode(&decoded, text.data + 7, text.len - 7);
		if (rc < 0)
			return rc;
		text = (struct slice){buf_str(&decoded), decoded.len};
	}
	return secret_set(&conf->secrets[conf->n_secrets++], text.data, text.len);
}

static int
take_secrets(struct conf_source *conf, const json_t *v)
{
	conf->secrets = x_new_array(struct secret, LIMIT_SECRETS);
	if (!conf->secrets)
		return -ENOMEM;
	if (!json_is_array(v))
		return v ? take_secret(conf, v) : 0;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < json_array_size(v); i++)
		rc = take_secret(conf, json_array_get(v, i));
	return rc;
}

static bool
has_option(const struct provider *p, const char *name)
{
	const struct provider_option *o = p->options;
	while (o && o->name && !str_eq(o->name, name))
		o++;
	return o && o->name;
}

/* The kind's options, in a member `options` or beside the other members. */
static int
take_options(struct conf_source *conf, const json_t *row, const struct provider *p)
{
	json_t *options = json_object_get(row, "options");
	const struct provider_option *o = p->options;
	int rc = 0;
	for (size_t i = 0; o && o[i].name && rc == 0; i++) {
		const json_t *v = json_object_get(row, o[i].name);
		if (json_is_string(v))
			rc = cli_source_set(conf, o[i].name, json_string_value(v));
	}
	const char *name = NULL;
	json_t *v = NULL;
	json_object_foreach(options, name, v)
	{
		if (rc == 0)
			rc = json_is_string(v) && has_option(p, name)
				     ? cli_source_set(conf, name, json_string_value(v))
				     : -EINVAL;
	}
	return rc;
}

/* A header's value, or a list of them for one that is there more than once. */
static int
take_header(struct capture *c, const char *name, const json_t *v)
{
	if (json_is_string(v))
		return capture_add_header(c, slice_of(name), text_of(v));
	if (!json_is_array(v))
		return -EINVAL;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < json_array_size(v); i++) {
		const json_t *item = json_array_get(v, i);
		rc = json_is_string(item)
			     ? capture_add_header(c, slice_of(name), text_of(item))
			     : -EINVAL;
	}
	return rc;
}

/* An object, or a list of pairs [name, value]. */
static int
take_headers(struct capture *c, json_t *headers)
{
	int rc = headers ? 0 : -EINVAL;
	const char *name = NULL;
	json_t *v = NULL;
	json_object_foreach(headers, name, v)
	{
		if (rc == 0)
			rc = take_header(c, name, v);
	}
	for (size_t i = 0; rc == 0 && i < json_array_size(headers); i++) {
		const json_t *pair = json_array_get(headers, i);
		const char *first = json_string_value(json_array_get(pair, 0));
		rc = first ? take_header(c, first, json_array_get(pair, 1)) : -EINVAL;
	}
	return rc;
}

static int
take_body(struct capture *c, const json_t *row)
{
	struct slice text = text_of(json_object_get(row, "body"));
	const json_t *repeat = json_object_get(row, "body_repeat");
	struct slice piece = text_of(json_object_get(repeat, "text"));
	json_int_t count = json_integer_value(json_object_get(repeat, "count"));
	if ((!text.data && !repeat) || (repeat && (!piece.data || count < 0)))
		return -EINVAL;
	int rc = buf_append(&c->body, text.data, text.len);
	for (json_int_t i = 0; rc == 0 && piece.len > 0 && i < count; i++)
		rc = buf_append(&c->body, piece.data, piece.len);
	return rc;
}

static int
take_request(struct capture *c, const json_t *row)
{
	const json_t *rq = json_object_get(row, "request");
	int rc = str_set(&c->method, json_string_value(json_object_get(rq, "method")));
	if (rc == 0)
		rc = str_set(&c->target,
			     json_string_value(json_object_get(rq, "target")));
	return rc;
}

/* Returns 0 with the verdict, or -errno when the case itself is not of its form. */
static int
verdict_of(const json_t *row, const struct provider *p,
	   enum provider_verdict *ret_verdict)
{
	const json_t *now = json_object_get(row, "now");
	int64_t now_us = json_is_number(now) ? (int64_t)json_number_value(now) * 1000000
					     : clock_wall_us();
	struct conf_source conf = {0};
	auto_capture c = {0};
	capture_init(&c);
	conf.kind = str_dup(p->kind);
	int rc = conf.kind ? take_secrets(&conf, json_object_get(row, "secret"))
			   : -ENOMEM;
	if (rc == 0)
		rc = take_options(&conf, row, p);
	if (rc == 0)
		rc = take_headers(&c, json_object_get(row, "headers"));
	if (rc == 0)
		rc = take_body(&c, row);
	if (rc == 0)
		rc = take_request(&c, row);
	if (rc == 0) {
		auto_diag diags = {0};
		struct provider_source *src = provider_source_new(&conf, &diags);
		struct provider_request rq = capture_request(&c, now_us);
		/* a source that is refused accepts nothing */
		*ret_verdict = src ? provider_verify(src, &rq) : VERDICT_NO_SIGNATURE;
		provider_source_free(src);
	}
	cli_source_done(&conf);
	return rc;
}

static void
print_miss(size_t number, const json_t *row, const char *text)
{
	const char *kind = json_string_value(json_object_get(row, "kind"));
	const char *why = json_string_value(json_object_get(row, "why"));
	printf("case %zu (%s: %s): %s\n", number, kind ? kind : "no kind",
	       why ? why : "no reason given", text);
}

static bool
passes(size_t number, const json_t *row, const struct provider *p)
{
	const char *expect = json_string_value(json_object_get(row, "expect"));
	bool expects_valid = str_eq(expect, "valid");
	enum provider_verdict verdict = VERDICT_ERROR;
	if (!expects_valid && !str_eq(expect, "invalid")) {
		print_miss(number, row, "expect must be \"valid\" or \"invalid\"");
		return false;
	}
	int rc = verdict_of(row, p, &verdict);
	if (rc < 0) {
		print_miss(number, row, "the case is not of the right form");
		return false;
	}
	bool is_valid = verdict == VERDICT_GENUINE;
	if (is_valid == expects_valid && verdict != VERDICT_ERROR)
		return true;
	print_miss(number, row, provider_verdict_name(verdict));
	return false;
}

/* A name in --kinds that is none would let every case be left out. */
static int
check_kinds(const struct cli_args *args)
{
	const char *p = cli_get(args, "--kinds");
	while (p && *p) {
		size_t n = strcspn(p, ",");
		auto_str kind = str_ndup(p, n);
		if (!kind)
			return cli_fail(args, CLI_FAILED, "out of memory");
		int rc = cli_source_check_kind(args, kind);
		if (rc != CLI_OK)
			return rc;
		p += n + (p[n] == ',');
	}
	return CLI_OK;
}

/* Whether kind is in the list "a,b"; a list that is not given holds all. */
static bool
is_wanted(const char *kinds, const char *kind)
{
	if (!kinds)
		return true;
	size_t len = kind ? strlen(kind) : 0;
	for (const char *p = kinds; *p; p += *p == ',') {
		size_t n = strcspn(p, ",");
		if (n > 0 && n == len && strncmp(p, kind, n) == 0)
			return true;
		p += n;
	}
	return false;
}

static void
run_case(size_t number, const json_t *row, const char *kinds, struct tally *tally)
{
	const char *kind = json_string_value(json_object_get(row, "kind"));
	if (!kind) {
		print_miss(number, row, "the case is not of the right form");
		tally->failed++;
		return;
	}
	if (!is_wanted(kinds, kind))
		return;
	const struct provider *p = provider_find(kind);
	if (!p)
		tally->skipped++;
	else if (passes(number, row, p))
		tally->passed++;
	else
		tally->failed++;
}

int
cli_verify_cases(const struct cli_args *args)
{
	const char *path = cli_get(args, "--cases");
	auto_buf text = BUF_INIT(LIMIT_CAPTURE_BYTES);
	int rc = check_kinds(args);
	if (rc != CLI_OK)
		return rc;
	rc = file_read(path, &text);
	if (rc < 0)
		return cli_fail(args, CLI_BAD_INPUT, "%s: %s", path, strerror(-rc));
	json_error_t error;
	json_t *rows = json_loadb(buf_str(&text), text.len, JSON_ALLOW_NUL, &error);
	if (!json_is_array(rows)) {
		const char *why = rows ? "expected an array of cases" : error.text;
		rc = cli_fail(args, CLI_BAD_INPUT, "%s:%d:%d: %s", path,
			      rows ? 1 : error.line, rows ? 1 : error.column, why);
		json_decref(rows);
		return rc;
	}
	struct tally tally = {0};
	for (size_t i = 0; i < json_array_size(rows); i++)
		run_case(i + 1, json_array_get(rows, i), cli_get(args, "--kinds"),
			 &tally);
	json_decref(rows);
	printf("%u passed, %u failed", tally.passed, tally.failed);
	if (tally.skipped > 0)
		printf(", %u skipped", tally.skipped);
	putchar('\n');
	return tally.failed > 0 ? CLI_FAILED : CLI_OK;
}
