/*
 * Answers of Forge: the first byte chooses the operation (of all that make or change
 * something to follow, and some that read), the second the status, the rest is the body.
 * Judged, told as a result and kept, then read as a list, as a resource that is followed,
 * and as headers of the rate limit.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "forge/answer.h"
#include "forge/budget.h"
#include "forge/call.h"
#include "forge/follow.h"
#include "forge/page.h"
#include "forge/skim.h"

static const char *const readers[] = {
	"deployments",
	"deployment",
	"sites",
	"me",
	"organizations.servers.sites.redirect-rules.export",
};
static const int statuses[] = {200, 202, 204, 301, 400, 401, 403,
			       404, 422, 429, 500, 503, 599};

static void
read_list(const json_t *json, const struct follow_row *row)
{
	auto_str cursor = NULL;
	auto_str greatest = str_dup("5");
	(void)!page_next(json, &cursor);
	(void)!follow_greatest(json, &greatest);
	json_t *found = json_array();
	const json_t *item = page_item(json, 0);
	auto_str id = NULL;
	(void)!page_id(item, &id);
	if (row && found) {
		(void)!follow_collect(row, json, item, greatest, found);
		(void)follow_judge(row, item, json);
		(void)strlen(follow_status(row, item));
		(void)follow_expected(row, json);
	}
	(void)page_included(json, "servers", cursor, "name");
	json_decref(found);
}

static void
read_headers(const char *text)
{
	struct budget_headers h = {text, text, text, text, NULL};
	(void)budget_read(&h, 1763942400);
	h.date = text;
	(void)budget_read(&h, 1763942400);
}

/* Every text of a result is there, and of its copy. */
static size_t
read_result(const struct forge_result *r)
{
	size_t n = strlen(r->message) + strlen(r->body) + (r->said ? strlen(r->said) : 0);
	for (size_t i = 0; i < r->n_errors; i++)
		n += strlen(r->errors[i].field) + strlen(r->errors[i].text);
	return n;
}

static void
on_result(const struct forge_result *r, void *arg)
{
	(void)arg;
	struct forge_result *copy = result_copy(r);
	if (copy && read_result(copy) != read_result(r))
		abort();
	forge_result_free(copy);
}

static const struct forge_operation *
choose(uint8_t byte)
{
	size_t n = byte % (follow_n_rows + ARRAY_LEN(readers));
	return forge_operation_find(n < follow_n_rows ? follow_rows[n].operation
						      : readers[n - follow_n_rows]);
}

/*
 * What is read over is JSON for jansson, too, with the same id; the other way round
 * jansson is stricter with numbers and NULs, and allows more depth.
 */
static void
compare_skim(const char *text, size_t len)
{
	struct slice id = {0};
	bool good = skim(text, len, &id);
	json_error_t error;
	json_t *tree = json_loadb(text, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
	enum json_error_code code = tree ? json_error_unknown : json_error_code(&error);
	bool number = code == json_error_numeric_overflow;
	bool surrogate = !tree && good && memmem(text, len, "\\u", 2);
	if (good && !tree && !number && !surrogate && code != json_error_null_byte_in_key)
		abort();
	/* jansson takes a NUL behind the text for its end */
	if (tree && !good && len < LIMIT_JSON_DEPTH && !memchr(text, 0, len))
		abort();
	json_decref(tree);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	const struct forge_operation *op = choose(data[0]);
	struct wire_answer w = {.outcome = WIRE_ANSWERED,
				.status = statuses[data[1] % ARRAY_LEN(statuses)],
				.error = "none"};
	buf_init(&w.body, size);
	buf_append(&w.body, data + 2, size - 2);
	auto_str text = str_ndup((const char *)data + 2, size - 2);
	auto_answer a = {0};
	answer_init(&a);
	(void)answer_judge(&a, op, &w, data[1] & 128);
	struct forge_call call = {.op = op, .on_result = on_result};
	result_hand_over(&call, &a);
	read_list(a.json, follow_find(op));
	if (text)
		read_headers(text);
	buf_done(&w.body);
	compare_skim((const char *)data + 2, size - 2);
	return 0;
}
