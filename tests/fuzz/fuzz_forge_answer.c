/*
 * Answers of Forge: the first byte chooses the operation, the second the status, the rest
 * is the body. Judged, then read as a list, as a resource that is followed, and as
 * headers of the rate limit.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"
#include "forge/answer.h"
#include "forge/budget.h"
#include "forge/follow.h"
#include "forge/page.h"

static const char *const operations[] = {
	"deploy",     "run-command", "deployments",
	"deployment", "sites",	     "backup",
	"set-branch", "me",	     "organizations.servers.sites.destroy",
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
	if (row && found) {
		(void)!follow_collect(row, json, item, greatest, found);
		(void)follow_judge(row, item, json);
		(void)strlen(follow_status(row, item));
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	const struct forge_operation *op =
		forge_operation_find(operations[data[0] % ARRAY_LEN(operations)]);
	struct wire_answer w = {.outcome = WIRE_ANSWERED,
				.status = statuses[data[1] % ARRAY_LEN(statuses)],
				.error = "none"};
	buf_init(&w.body, size);
	buf_append(&w.body, data + 2, size - 2);
	auto_str text = str_ndup((const char *)data + 2, size - 2);
	auto_answer a = {0};
	answer_init(&a);
	(void)answer_judge(&a, op, &w, data[0] & 128);
	read_list(a.json, follow_find(op));
	if (text)
		read_headers(text);
	buf_done(&w.body);
	return 0;
}
