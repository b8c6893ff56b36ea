/* Filters on texts. */
#include <assert.h>
#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "match/fold.h"
#include "match/template_value.h"

#define SHORT_HASH 7 /* characters, as git shows a commit */

int
template_default(struct template_value *v, const struct template_argument *arguments,
		 const char **ret_problem)
{
	(void)ret_problem;
	bool is_empty = v->kind == TEMPLATE_TEXT && v->text.len == 0;
	if (v->kind != TEMPLATE_MISSING && !template_is_null(v) && !is_empty)
		return 0;
	buf_reset(&v->text);
	v->kind = arguments[0].kind;
	return buf_append(&v->text, arguments[0].text.data, arguments[0].text.len);
}

int
template_short(struct template_value *v, const struct template_argument *arguments,
	       const char **ret_problem)
{
	uint32_t most = SHORT_HASH;
	int rc = template_to_text(v, ret_problem);
	if (rc < 0)
		return rc;
	if (arguments[0].text.data)
		rc = parse_u32(arguments[0].text.data, 1, LIMIT_TEMPLATE_BYTES, &most);
	assert(rc == 0); /* the parser has refused all others */
	size_t i = 0;
	while (most-- > 0 && i < v->text.len) {
		size_t n = utf8_length(v->text.data + i, v->text.len - i);
		i += n > 0 ? n : 1;
	}
	buf_truncate(&v->text, i);
	return 0;
}

static int
change_case(struct template_value *v, bool upper, const char **ret_problem)
{
	int rc = template_to_text(v, ret_problem);
	if (rc < 0)
		return rc;
	auto_buf out = BUF_INIT(LIMIT_TEMPLATE_BYTES);
	rc = upper ? fold_upper(buf_slice(&v->text), &out)
		   : fold_lower(buf_slice(&v->text), &out);
	if (rc == 0)
		template_replace_text(v, TEMPLATE_TEXT, &out);
	return rc;
}

int
template_lower(struct template_value *v, const struct template_argument *arguments,
	       const char **ret_problem)
{
	(void)arguments;
	return change_case(v, false, ret_problem);
}

int
template_upper(struct template_value *v, const struct template_argument *arguments,
	       const char **ret_problem)
{
	(void)arguments;
	return change_case(v, true, ret_problem);
}

/* Letters and digits of ASCII in lower case, '-' for each run of anything else. */
int
template_slug(struct template_value *v, const struct template_argument *arguments,
	      const char **ret_problem)
{
	(void)arguments;
	int rc = template_to_text(v, ret_problem);
	if (rc < 0)
		return rc;
	auto_buf out = BUF_INIT(LIMIT_TEMPLATE_BYTES);
	bool gap = false;
	for (size_t i = 0; i < v->text.len; i++) {
		char c = v->text.data[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c | 0x20);
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) {
			gap = true;
			continue;
		}
		if (gap && out.len > 0)
			buf_putc(&out, '-');
		gap = false;
		buf_putc(&out, c);
	}
	if (out.error == 0)
		template_replace_text(v, TEMPLATE_TEXT, &out);
	return out.error;
}

int
template_replace(struct template_value *v, const struct template_argument *arguments,
		 const char **ret_problem)
{
	struct slice from = arguments[0].text;
	struct slice to = arguments[1].text;
	int rc = template_to_text(v, ret_problem);
	if (rc < 0)
		return rc;
	assert(from.len > 0); /* the parser has refused that */
	auto_buf out = BUF_INIT(LIMIT_TEMPLATE_BYTES);
	const char *p = buf_str(&v->text);
	const char *end = p + v->text.len;
	while (out.error == 0) {
		const char *found = memmem(p, (size_t)(end - p), from.data, from.len);
		buf_append(&out, p, (size_t)((found ? found : end) - p));
		if (!found)
			break;
		buf_append(&out, to.data, to.len);
		p = found + from.len;
	}
	rc = out.error;
	if (rc == 0)
		template_replace_text(v, TEMPLATE_TEXT, &out);
	return rc;
}

int
template_strip_prefix(struct template_value *v, const struct template_argument *arguments,
		      const char **ret_problem)
{
	struct slice prefix = arguments[0].text;
	int rc = template_to_text(v, ret_problem);
	if (rc == 0 && v->text.len >= prefix.len && prefix.len > 0 &&
	    memcmp(v->text.data, prefix.data, prefix.len) == 0)
		buf_remove_front(&v->text, prefix.len);
	return rc;
}

int
template_strip_suffix(struct template_value *v, const struct template_argument *arguments,
		      const char **ret_problem)
{
	struct slice suffix = arguments[0].text;
	int rc = template_to_text(v, ret_problem);
	if (rc == 0 && v->text.len >= suffix.len && suffix.len > 0 &&
	    memcmp(v->text.data + v->text.len - suffix.len, suffix.data, suffix.len) == 0)
		buf_truncate(&v->text, v->text.len - suffix.len);
	return rc;
}
