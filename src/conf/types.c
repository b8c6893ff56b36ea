/* The types of options that are used in many places. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/mem.h"
#include "base/net.h"
#include "base/str.h"
#include "conf/reader.h"

/* Gets a text and makes sure it is one: not empty, a string (or, if may_be_number, ...)
 */
static int
get_text(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	 bool may_be_number, struct conf_value *ret_value)
{
	int rc = conf_value_get(r, o, n, ret_value);
	if (rc < 0)
		return rc;
	bool is_text = ret_value->is_reference || n->kind == NODE_STRING ||
		       (may_be_number && n->kind == NODE_NUMBER);
	if (!is_text) {
		auto_str expected = str_format("%s (in quotes)", o->type->expected);
		return conf_expected(r, o, n, expected ? expected : o->type->expected);
	}
	if (secret_is_empty(&ret_value->text) && ret_value->is_reference) {
		diag_error(r->diags, n->at, "`%s`: %s is empty", o->key, n->text);
		return -EINVAL;
	}
	if (secret_is_empty(&ret_value->text))
		return conf_expected(r, o, n, o->type->expected);
	if (o->max > 0 && ret_value->text.len > o->max) {
		diag_error(r->diags, n->at, "`%s`: longer than %llu bytes", o->key,
			   (unsigned long long)o->max);
		return -EINVAL;
	}
	const char *wrong = o->check ? o->check(ret_value->text.data) : NULL;
	return wrong ? conf_expected(r, o, n, wrong) : 0;
}

static int
read_section(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	     void *record)
{
	return conf_read_section(r, o->section, n, conf_field(o, record));
}

static int
store_text(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	   void *record, bool may_be_number)
{
	auto_value v = {0};
	int rc = get_text(r, o, n, may_be_number, &v);
	if (rc < 0)
		return rc;
	if (o->companion > 0)
		*(struct place *)(void *)((char *)record + o->companion) = n->at;
	return str_set(conf_field(o, record), v.text.data);
}

static int
read_text(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	  void *record)
{
	return store_text(r, o, n, record, false);
}

/*
 * A file that is opened later: said now if that cannot work. Only a warning, since who
 * checks a configuration need not be who may read its keys.
 */
static int
read_file(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	  void *record)
{
	int rc = read_text(r, o, n, record);
	const char *path = rc == 0 ? *(char **)conf_field(o, record) : NULL;
	if (!path || access(path, R_OK) == 0)
		return rc;
	diag_warning(r->diags, n->at, "`%s`: cannot read %s: %s", o->key, path,
		     strerror(errno));
	return 0;
}

static int
read_name(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	  void *record)
{
	return store_text(r, o, n, record, true);
}

/* Numbers, durations and sizes: text of a number or string, never true or a list. */
static int
get_quantity(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	     struct conf_value *ret_value)
{
	int rc = conf_value_get(r, o, n, ret_value);
	if (rc == 0 && n->kind == NODE_BOOL)
		return conf_expected(r, o, n, o->type->expected);
	return rc;
}

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit size_units[] = {
	{"GiB", 1ULL << 30}, {"MiB", MIB}, {"KiB", KIB}, {"", 1}};
static const struct unit time_units[] = {
	{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}};
static const struct unit plain_units[] = {{"", 1}};

/* In the largest unit that leaves no rest. */
static char *
format_quantity(uint64_t n, const struct unit *units)
{
	while (n % units->factor != 0 || (n == 0 && units->factor != 1))
		units++;
	return str_format("%llu%s", (unsigned long long)(n / units->factor), units->name);
}

static int
check_bounds(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	     uint64_t value, const struct unit *units)
{
	if (o->max == 0 || (value >= o->min && value <= o->max))
		return 0;
	auto_str min = format_quantity(o->min, units);
	auto_str max = format_quantity(o->max, units);
	return min && max ? conf_out_of_bounds(r, o, n, min, max) : -ENOMEM;
}

static const struct unit *
units_of(const struct conf_type *type)
{
	if (type == &conf_type_size)
		return size_units;
	if (type == &conf_type_duration || type == &conf_type_days)
		return time_units;
	return plain_units;
}

void
conf_option_bounds(const struct conf_option *o, struct buf *out)
{
	auto_str min = format_quantity(o->min, units_of(o->type));
	auto_str max = format_quantity(o->max, units_of(o->type));
	bool is_text = o->type == &conf_type_text || o->type == &conf_type_name;
	if (o->max > 0 && is_text)
		buf_printf(out, "at most %llu bytes", (unsigned long long)o->max);
	else if (o->max > 0 && min && max)
		buf_printf(out, "%s to %s", min, max);
}

bool
conf_option_is_later(const struct conf_option *o)
{
	return o->type == &conf_type_later;
}

static int
read_number(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	    void *record)
{
	auto_value v = {0};
	uint64_t value = 0;
	int rc = get_quantity(r, o, n, &v);
	if (rc < 0)
		return rc;
	rc = parse_u64(v.text.data, 0, UINT64_MAX, &value);
	if (rc == -EINVAL)
		return conf_expected(r, o, n, o->type->expected);
	if (rc == -ERANGE)
		value = UINT64_MAX;
	rc = check_bounds(r, o, n, value, plain_units);
	if (rc == 0)
		*(uint32_t *)conf_field(o, record) = (uint32_t)value;
	return rc;
}

static int
read_quantity(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	      int (*parse)(const char *, uint64_t *), const struct unit *units,
	      uint64_t *ret_value)
{
	auto_value v = {0};
	uint64_t value = 0;
	int rc = get_quantity(r, o, n, &v);
	if (rc < 0)
		return rc;
	rc = parse(v.text.data, &value);
	if (rc == -EINVAL)
		return conf_expected(r, o, n, o->type->expected);
	rc = check_bounds(r, o, n, rc == -ERANGE ? UINT64_MAX : value, units);
	if (rc == 0)
		*ret_value = value;
	return rc;
}

static int
read_size(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	  void *record)
{
	return read_quantity(r, o, n, parse_size, size_units, conf_field(o, record));
}

static int
read_duration(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	      void *record)
{
	return read_quantity(r, o, n, parse_duration, time_units, conf_field(o, record));
}

#define DAY_MS 86400000ULL

static int
read_days(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	  void *record)
{
	uint64_t ms = 0;
	int rc = read_quantity(r, o, n, parse_duration, time_units, &ms);
	if (rc == 0 && ms % DAY_MS != 0)
		return conf_expected(r, o, n, "whole days such as 30d");
	if (rc == 0)
		*(uint32_t *)conf_field(o, record) = (uint32_t)(ms / DAY_MS);
	return rc;
}

/* Index of text in "a|b|c", -1 when it is none of them. */
static int
index_of(const char *values, const char *text)
{
	int i = 0;
	size_t len = strlen(text);
	for (const char *p = values; *p; i++) {
		size_t n = strcspn(p, "|");
		if (n == len && strncmp(p, text, n) == 0)
			return i;
		p += n + (p[n] == '|');
	}
	return -1;
}

static int
refuse_choice(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	      const struct conf_value *v)
{
	const char *words[16];
	auto_str copy = str_dup(o->values);
	size_t len = 0;
	char *rest = copy;
	char *word = NULL;
	while (rest && (word = strsep(&rest, "|")) != NULL && len < ARRAY_LEN(words))
		words[len++] = word;
	auto_buf expected = BUF_INIT(KIB);
	for (size_t i = 0; i < len; i++)
		buf_printf(&expected, "%s`%s`",
			   i == 0	  ? ""
			   : i + 1 == len ? " or "
					  : ", ",
			   words[i]);
	const char *given = v->is_reference ? NULL : v->text.data;
	const char *near = given ? str_nearest(given, words, len) : NULL;
	if (near)
		buf_printf(&expected, " (did you mean `%s`?)", near);
	return conf_expected(r, o, n, buf_str(&expected));
}

/* Gets a text that is one of o->values. */
static int
get_choice(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	   struct conf_value *ret_value, int *ret_index)
{
	if (!n->text && !n->broken)
		return refuse_choice(r, o, n, ret_value);
	int rc = conf_value_get(r, o, n, ret_value);
	if (rc < 0)
		return rc;
	int i = index_of(o->values, ret_value->text.data);
	if (i < 0)
		return refuse_choice(r, o, n, ret_value);
	*ret_index = i;
	return 0;
}

static int
read_choice(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	    void *record)
{
	auto_value v = {0};
	int i = 0;
	int rc = get_choice(r, o, n, &v, &i);
	if (rc == 0)
		*(unsigned *)conf_field(o, record) = (unsigned)i;
	return rc;
}

static int
read_word(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	  void *record)
{
	auto_value v = {0};
	int i = 0;
	int rc = get_choice(r, o, n, &v, &i);
	return rc == 0 ? str_set(conf_field(o, record), v.text.data) : rc;
}

static int
read_secret(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	    void *record)
{
	auto_value v = {0};
	int rc = get_text(r, o, n, false, &v);
	return rc == 0 ? secret_copy(conf_field(o, record), &v.text) : rc;
}

static int
add_network(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	    char **items, size_t *len)
{
	auto_value v = {0};
	int rc = get_text(r, o, n, false, &v);
	if (rc < 0)
		return rc;
	struct net net;
	rc = net_parse(v.text.data, &net);
	if (rc == -EINVAL)
		return conf_expected(r, o, n, o->type->expected);
	if (rc == -ERANGE)
		diag_warning(r->diags, n->at,
			     "`%s`: %s has bits set behind its /%u; they are ignored",
			     o->key, v.text.data, net.bits);
	items[*len] = str_dup(v.text.data);
	return items[*len] && ++*len ? 0 : -ENOMEM;
}

/* One network or a list of them. */
static int
read_networks(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	      void *record)
{
	bool is_list = n->kind == NODE_ARRAY;
	size_t count = is_list ? n->len : 1;
	size_t *len = (size_t *)(void *)((char *)record + o->companion);
	if (count > LIMIT_NETWORKS) {
		diag_error(r->diags, n->at, "`%s`: more than %d entries", o->key,
			   LIMIT_NETWORKS);
		return -EINVAL;
	}
	char **items = x_new_array(char *, count);
	if (!items)
		return -ENOMEM;
	*(char ***)conf_field(o, record) = items;
	int worst = 0;
	for (size_t i = 0; i < count; i++) {
		const struct node *item = is_list ? n->items[i] : n;
		worst = conf_worse(worst, add_network(r, o, item, items, len));
	}
	return worst;
}

static int
read_mapping(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	     void *record)
{
	if (n->kind != NODE_OBJECT)
		return conf_expected(r, o, n, o->type->expected);
	struct node *copy = node_copy(n);
	*(struct node **)conf_field(o, record) = copy;
	return copy ? 0 : -ENOMEM;
}

static int
read_later(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	   void *record)
{
	(void)record;
	diag_error(r->diags, conf_key_place(n), "`%s` is not supported by this version",
		   o->key);
	return -EINVAL;
}

const struct conf_type conf_type_section = {"mapping", "a mapping (key: value)",
					    read_section};
const struct conf_type conf_type_text = {"text", "text", read_text};
const struct conf_type conf_type_file = {"file", "the path of a file", read_file};
const struct conf_type conf_type_name = {"name or id", "a name or an id", read_name};
const struct conf_type conf_type_number = {"a number", "a whole number", read_number};
const struct conf_type conf_type_size = {"a size", "a size such as 25MiB", read_size};
const struct conf_type conf_type_duration = {"a duration", "a duration such as 30s",
					     read_duration};
const struct conf_type conf_type_days = {"days", "days such as 30d", read_days};
const struct conf_type conf_type_choice = {"choice", "one of its words", read_choice};
const struct conf_type conf_type_word = {"choice", "one of its words", read_word};
const struct conf_type conf_type_secret = {"secret", "text or ${NAME} or ${file:PATH}",
					   read_secret};
const struct conf_type conf_type_networks = {
	"addresses", "an address or network such as 10.0.0.0/8", read_networks};
const struct conf_type conf_type_mapping = {"mapping", "a mapping (key: value)",
					    read_mapping};
const struct conf_type conf_type_later = {"later", "", read_later};
