/* What template_check accepts must render, as text and as JSON, or say why not. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_doc.h"
#include "base/limits.h"
#include "match/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char payload[] = "{\"a\":\"x'y\",\"b\":[1,\"two\",null,{\"c\":true}],"
			      "\"n\":12,\"d\":\"2026-11-23T12:00:00Z\",\"e\":null}";

static void
render(const char *text, bool is_valid)
{
	static const struct match_field fields[] = {
		{"p", MATCH_JSON, {payload, sizeof(payload) - 1}},
		{"s", MATCH_TEXT, {"text", 4}},
	};
	const struct match_event scope = {fields, 2};
	const struct place at = {"fuzz", 1, 1};
	auto_buf out = BUF_INIT(MIB);
	auto_str error = NULL;
	int rc = template_render_text(text, at, &scope, &out, &error);
	if (rc < 0 && rc != -ENOMEM && !error)
		abort();
	bool quoted = strstr(text, "in {{ }}") !=
		      NULL; /* the error may repeat the text */
	if (is_valid && !quoted && error && strstr(error, "in {{ }}"))
		abort();
	buf_reset(&out);
	char *copy = str_dup(text);
	struct node node = {
		.kind = NODE_STRING, .at = at, .text = copy, .text_len = strlen(text)};
	auto_str tree_error = NULL;
	rc = copy ? template_render(&node, &scope, &out, &tree_error) : -ENOMEM;
	if (rc == 0 && json_check(buf_slice(&out), NULL) < 0)
		abort();
	str_free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	auto_str text = str_ndup((const char *)data, size);
	auto_diag diags = {0};
	if (!text)
		return 0;
	template_check_text(text, (struct place){"fuzz", 1, 1}, &diags);
	render(text, diags.errors == 0);
	return 0;
}
