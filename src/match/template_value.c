#include "match/template_value.h"

#include <errno.h>

#include "base/json_tape.h"
#include "base/limits.h"

bool
template_is_null(const struct template_value *v)
{
	return v->kind == TEMPLATE_JSON && template_first_byte(v) == 'n';
}

char
template_first_byte(const struct template_value *v)
{
	return v->kind == TEMPLATE_JSON ? buf_str(&v->text)[0] : '"';
}

const char *
template_kind_name(const struct template_value *v)
{
	if (v->kind == TEMPLATE_MISSING)
		return "nothing";
	switch (template_first_byte(v)) {
	case '"':
		return "text";
	case '[':
		return "a list";
	case '{':
		return "an object";
	case 'n':
		return "null";
	case 't':
	case 'f':
		return "true or false";
	default:
		return "a number";
	}
}

int
template_to_text(struct template_value *v, const char **ret_problem)
{
	char c = template_first_byte(v);
	if (c == '[' || c == '{' || c == 'n') {
		*ret_problem = "expected text or a number";
		return -EINVAL;
	}
	v->kind = TEMPLATE_TEXT;
	return 0;
}

void
template_replace_text(struct template_value *v, enum template_kind kind, struct buf *out)
{
	buf_done(&v->text);
	v->kind = kind;
	v->text = *out;
	*out = BUF_INIT(LIMIT_TEMPLATE_BYTES);
}

/* json may point into v's own text, hence the copy first. */
int
template_take_json(struct template_value *v, struct json_value json)
{
	auto_buf out = BUF_INIT(LIMIT_TEMPLATE_BYTES);
	int rc = json_text(json, &out);
	if (rc < 0)
		return rc;
	enum template_kind kind = TEMPLATE_JSON;
	if (json.kind == JSON_STRING)
		kind = TEMPLATE_TEXT;
	if (json.kind == JSON_NONE)
		kind = TEMPLATE_MISSING;
	template_replace_text(v, kind, &out);
	return 0;
}
