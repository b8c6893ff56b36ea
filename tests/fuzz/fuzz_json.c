/* The scanner against jansson: both accept or both refuse, apart from known differences.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* its kinds of values have the names of ours */
#define JSON_OBJECT  JANSSON_OBJECT
#define JSON_ARRAY   JANSSON_ARRAY
#define JSON_STRING  JANSSON_STRING
#define JSON_INTEGER JANSSON_INTEGER
#define JSON_REAL    JANSSON_REAL
#define JSON_TRUE    JANSSON_TRUE
#define JSON_FALSE   JANSSON_FALSE
#define JSON_NULL    JANSSON_NULL
#include <jansson.h>
#undef JSON_OBJECT
#undef JSON_ARRAY
#undef JSON_STRING
#undef JSON_INTEGER
#undef JSON_REAL
#undef JSON_TRUE
#undef JSON_FALSE
#undef JSON_NULL

#include "base/json_doc.h"
#include "match/json_node.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * jansson nests deeper and passes over a NUL byte behind a number or a word ("[1\0]"); it
 * refuses numbers beyond its types and keys with NUL.
 */
static bool
is_known_difference(struct slice text, int ours, const struct json_error *error,
		    const json_error_t *theirs)
{
	if (ours < 0)
		return strstr(error->text, "nested") ||
		       memchr(text.data, '\0', text.len) != NULL;
	return json_error_code(theirs) == json_error_numeric_overflow ||
	       json_error_code(theirs) == json_error_null_byte_in_key;
}

static void
walk(struct json_value v)
{
	size_t n = json_length(v);
	str_free(json_dup_text(v));
	for (size_t i = 0; v.kind == JSON_ARRAY && i < n && i < 4; i++)
		walk(json_item(v, i));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct slice text = {(const char *)data, size};
	struct json_error error = {0};
	json_error_t their_error;
	auto_json_doc doc = NULL;
	int checked = json_check(text, &error);
	int parsed = json_doc_parse(text, &doc, NULL);
	json_t *theirs = json_loadb(text.data, size, JSON_DECODE_ANY | JSON_ALLOW_NUL,
				    &their_error);
	if (checked != parsed)
		abort();
	if ((checked == 0) != (theirs != NULL) &&
	    !is_known_difference(text, checked, &error, &their_error))
		abort();
	json_decref(theirs);
	if (doc)
		walk(json_root(doc));
	struct node *node = NULL;
	if (json_to_node(text, NULL, &node, NULL) == 0)
		node_free(node);
	return 0;
}
