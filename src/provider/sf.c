#include "provider/sf.h"

#include <errno.h>
#include <string.h>

#include "base/codec.h"

static void
skip(struct slice *s, size_t n)
{
	s->data += n;
	s->len -= n;
}

static void
skip_blanks(struct slice *s)
{
	while (s->len > 0 && (*s->data == ' ' || *s->data == '\t'))
		skip(s, 1);
}

static size_t
key_length(struct slice s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_-.*";
	size_t n = 0;
	while (n < s.len && s.data[n] != '\0' && strchr(letters, s.data[n]))
		n++;
	bool starts = n > 0 && ((s.data[0] >= 'a' && s.data[0] <= 'z') || *s.data == '*');
	return starts ? n : 0;
}

/* Of a string with its quotes; 0 when it does not end. */
static size_t
string_length(struct slice s)
{
	for (size_t i = 1; i < s.len; i++) {
		if (s.data[i] == '\\')
			i++;
		else if (s.data[i] == '"')
			return i + 1;
	}
	return 0;
}

/* Up to a comma outside of strings; 0 when a string does not end. */
static size_t
value_length(struct slice s)
{
	size_t i = 0;
	while (i < s.len && s.data[i] != ',') {
		struct slice rest = {s.data + i, s.len - i};
		size_t n = s.data[i] == '"' ? string_length(rest) : 1;
		if (n == 0)
			return 0;
		i += n;
	}
	return i;
}

int
sf_next_member(struct slice *rest, struct sf_member *ret_member)
{
	skip_blanks(rest);
	if (rest->len == 0)
		return 0;
	size_t key = key_length(*rest);
	if (key == 0 || key == rest->len || rest->data[key] != '=')
		return -EINVAL;
	struct sf_member m = {.key = {rest->data, key}};
	skip(rest, key + 1);
	m.value = (struct slice){rest->data, value_length(*rest)};
	if (m.value.len == 0)
		return -EINVAL;
	skip(rest, m.value.len);
	while (m.value.len > 0 && (m.value.data[m.value.len - 1] == ' ' ||
				   m.value.data[m.value.len - 1] == '\t'))
		m.value.len--;
	if (rest->len > 0) {
		skip(rest, 1);
		skip_blanks(rest);
		if (rest->len == 0)
			return -EINVAL; /* a comma with nothing behind it */
	}
	*ret_member = m;
	return 1;
}

/* Of the parameter at the start of s, ";name=value" or ";name". */
static int
take_parameter(struct slice *s, struct slice *ret_name, struct slice *ret_value)
{
	skip(s, 1);
	while (s->len > 0 && *s->data == ' ')
		skip(s, 1);
	size_t n = key_length(*s);
	if (n == 0)
		return -EINVAL;
	*ret_name = (struct slice){s->data, n};
	*ret_value = (struct slice){NULL, 0};
	skip(s, n);
	if (s->len == 0 || *s->data != '=')
		return 0;
	skip(s, 1);
	bool quoted = s->len > 0 && *s->data == '"';
	n = quoted ? string_length(*s) : 0;
	while (!quoted && n < s->len && s->data[n] != '\0' && !strchr("; )", s->data[n]))
		n++;
	if (n == 0)
		return -EINVAL;
	*ret_value = quoted ? (struct slice){s->data + 1, n - 2}
			    : (struct slice){s->data, n};
	skip(s, n);
	return 0;
}

int
sf_next_item(struct slice *rest, struct slice *ret_text, struct slice *ret_params)
{
	while (rest->len > 0 && *rest->data == ' ')
		skip(rest, 1);
	if (rest->len == 0)
		return -EINVAL;
	if (*rest->data == ')') {
		skip(rest, 1);
		return 0;
	}
	size_t n = *rest->data == '"' ? string_length(*rest) : 0;
	if (n < 3 || memchr(rest->data, '\\', n))
		return -EINVAL;
	*ret_text = (struct slice){rest->data + 1, n - 2};
	skip(rest, n);
	const char *start = rest->data;
	while (rest->len > 0 && *rest->data == ';') {
		struct slice name;
		struct slice value;
		if (take_parameter(rest, &name, &value) < 0)
			return -EINVAL;
	}
	*ret_params = (struct slice){start, (size_t)(rest->data - start)};
	bool ends = rest->len > 0 && (*rest->data == ' ' || *rest->data == ')');
	return ends ? 1 : -EINVAL;
}

int
sf_parameter(struct slice params, const char *name, struct slice *ret_value)
{
	int rc = -ENOENT;
	while (params.len > 0) {
		struct slice key;
		struct slice value;
		if (*params.data != ';' || take_parameter(&params, &key, &value) < 0)
			return -EINVAL;
		if (!slice_eq_str(key, name))
			continue;
		if (rc == 0)
			return -EINVAL;
		*ret_value = value;
		rc = 0;
	}
	return rc;
}

int
sf_bytes(struct slice value, struct buf *out)
{
	if (value.len < 2 || value.data[0] != ':' || value.data[value.len - 1] != ':')
		return -EINVAL;
	int rc = base64_decode(out, value.data + 1, value.len - 2);
	return rc < 0 && rc != -ENOMEM ? -EINVAL : rc;
}
