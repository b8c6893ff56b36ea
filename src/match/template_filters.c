/* The table of filters: documentation, arguments, function. */
#include <string.h>

#include "base/limits.h"
#include "match/template.h"
#include "match/template_value.h"

static const struct template_filter_doc docs[] = {
	{"default", "value", "the value to take when it is missing, null or empty"},
	{"short", "[count]", "the first characters, 7 without an argument"},
	{"lower", NULL, "in lower case"},
	{"upper", NULL, "in upper case"},
	{"slug", NULL, "lower case letters and digits, - for all between them"},
	{"replace", "text, by", "every occurrence of text replaced"},
	{"strip_prefix", "text", "without text at its beginning"},
	{"strip_suffix", "text", "without text at its end"},
	{"split", "text", "the list of the pieces between occurrences of text"},
	{"first", NULL, "the first element of a list"},
	{"last", NULL, "the last element of a list"},
	{"join", "[text]", "the elements of a list with text between them, or \", \""},
	{"length", NULL, "the number of characters, elements or members"},
	{"json", NULL, "the value written as JSON"},
	{"url", NULL, "percent-encoded"},
	{"shell", NULL, "quoted as one word of a POSIX shell"},
	{"date", "[format]",
	 "RFC 3339 or seconds since 1970 as strftime writes it, in UTC"},
	{NULL, NULL, NULL},
};

static const char *
refuse_no_count(const struct template_argument *arguments)
{
	uint32_t n = 0;
	const char *text = arguments[0].text.data;
	bool is_count = !text || parse_u32(text, 1, LIMIT_TEMPLATE_BYTES, &n) == 0;
	return is_count ? NULL : "expected a number of characters";
}

static const char *
refuse_empty(const struct template_argument *arguments)
{
	return arguments[0].text.len > 0 ? NULL : "nothing to look for";
}

/* In the order of docs. */
static const struct template_filter filters[] = {
	{&docs[0], template_default, 1, 1, true, NULL},
	{&docs[1], template_short, 0, 1, false, refuse_no_count},
	{&docs[2], template_lower, 0, 0, false, NULL},
	{&docs[3], template_upper, 0, 0, false, NULL},
	{&docs[4], template_slug, 0, 0, false, NULL},
	{&docs[5], template_replace, 2, 2, false, refuse_empty},
	{&docs[6], template_strip_prefix, 1, 1, false, NULL},
	{&docs[7], template_strip_suffix, 1, 1, false, NULL},
	{&docs[8], template_split, 1, 1, false, refuse_empty},
	{&docs[9], template_first, 0, 0, false, NULL},
	{&docs[10], template_last, 0, 0, false, NULL},
	{&docs[11], template_join, 0, 1, false, NULL},
	{&docs[12], template_length, 0, 0, false, NULL},
	{&docs[13], template_json, 0, 0, false, NULL},
	{&docs[14], template_url, 0, 0, false, NULL},
	{&docs[15], template_shell, 0, 0, false, NULL},
	{&docs[16], template_date, 0, 1, false, NULL},
};

const struct template_filter_doc *
template_filters(void)
{
	return docs;
}

const struct template_filter *
template_filter_find(struct slice name)
{
	for (size_t i = 0; i < ARRAY_LEN(filters); i++) {
		if (slice_eq_str(name, filters[i].doc->name))
			return &filters[i];
	}
	return NULL;
}

const char *
template_filter_nearest(const char *name)
{
	const char *names[ARRAY_LEN(filters)];
	for (size_t i = 0; i < ARRAY_LEN(filters); i++)
		names[i] = filters[i].doc->name;
	return str_nearest(name, names, ARRAY_LEN(names));
}
