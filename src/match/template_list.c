/* Filters that make lists or work on them. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "match/template_value.h"

int
template_split(struct template_value *v, const struct template_argument *arguments,
	       const char **ret_problem)
{
	struct slice by = arguments[0].text;
	int rc = template_to_text(v, ret_problem);
	if (rc < 0)
		return rc;
	assert(by.len > 0); /* the parser has refused that */
	auto_buf out = BUF_INIT(LIMIT_TEMPLATE_BYTES);
	const char *p = buf_str(&v->text);
	const char *end = p + v->text.len;
	buf_putc(&out, '[');
	for (size_t n = 1; out.error == 0; n++) {
		const char *found = memmem(p, (size_t)(end - p), by.data, by.len);
		json_put_string(&out, p, (size_t)((found ? found : end) - p));
		if (!found)
			break;
		buf_putc(&out, ',');
		p = found + by.len;
		if (n == LIMIT_TEMPLATE_LIST)
			return -EMSGSIZE;
	}
	rc = buf_putc(&out, ']');
	if (rc == 0)
		template_replace_text(v, TEMPLATE_JSON, &out);
	return rc;
}

static int
parse_list(const struct template_value *v, struct json_doc **ret_doc,
	   const char **ret_problem)
{
	if (template_first_byte(v) != '[') {
		*ret_problem = "expected a list";
		return -EINVAL;
	}
	return json_doc_parse(buf_slice(&v->text), ret_doc, NULL);
}

int
template_first(struct template_value *v, const struct template_argument *arguments,
	       const char **ret_problem)
{
	(void)arguments;
	auto_json_doc doc = NULL;
	int rc = parse_list(v, &doc, ret_problem);
	return rc == 0 ? template_take_json(v, json_item(json_root(doc), 0)) : rc;
}

int
template_last(struct template_value *v, const struct template_argument *arguments,
	      const char **ret_problem)
{
	(void)arguments;
	auto_json_doc doc = NULL;
	int rc = parse_list(v, &doc, ret_problem);
	if (rc < 0)
		return rc;
	struct json_value root = json_root(doc);
	size_t n = json_length(root);
	return template_take_json(v, json_item(root, n > 0 ? n - 1 : 0));
}

static bool
is_scalar(enum json_kind kind)
{
	return kind == JSON_STRING || kind == JSON_NUMBER || kind == JSON_TRUE ||
	       kind == JSON_FALSE;
}

int
template_join(struct template_value *v, const struct template_argument *arguments,
	      const char **ret_problem)
{
	struct slice by = arguments[0].text;
	auto_json_doc doc = NULL;
	int rc = parse_list(v, &doc, ret_problem);
	if (rc < 0)
		return rc;
	auto_buf out = BUF_INIT(LIMIT_TEMPLATE_BYTES);
	struct json_value root = json_root(doc);
	size_t i = 0;
	for (struct json_value item = json_item(root, 0);
	     rc == 0 && item.kind != JSON_NONE; item = json_after(root, item)) {
		if (!is_scalar(item.kind)) {
			*ret_problem = "expected a list of texts and numbers";
			return -EINVAL;
		}
		if (i++ > 0)
			buf_append(&out, by.data ? by.data : ", ", by.data ? by.len : 2);
		rc = json_text(item, &out);
	}
	if (out.error == 0)
		template_replace_text(v, TEMPLATE_TEXT, &out);
	return out.error;
}

static size_t
count_characters(const struct buf *text)
{
	size_t n = 0;
	for (size_t i = 0; i < text->len; n++) {
		size_t used = utf8_length(text->data + i, text->len - i);
		i += used > 0 ? used : 1;
	}
	return n;
}

int
template_length(struct template_value *v, const struct template_argument *arguments,
		const char **ret_problem)
{
	(void)arguments;
	size_t n = 0;
	char c = template_first_byte(v);
	if (c == '[' || c == '{') {
		auto_json_doc doc = NULL;
		int rc = json_doc_parse(buf_slice(&v->text), &doc, NULL);
		if (rc < 0)
			return rc;
		n = json_length(json_root(doc));
	} else if (v->kind == TEMPLATE_TEXT) {
		n = count_characters(&v->text);
	} else {
		*ret_problem = "expected text, a list or an object";
		return -EINVAL;
	}
	buf_reset(&v->text);
	v->kind = TEMPLATE_JSON;
	return buf_printf(&v->text, "%zu", n);
}
