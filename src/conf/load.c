/* Files, what they include, and how they become one configuration. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/reader.h"
#include "conf/yaml.h"

struct loader {
	struct conf_reader reader;
	struct node *root; /* all files merged; owned */
	size_t budget;	   /* values still allowed */
	size_t files_cap;
	bool may_include;
	size_t errors_before; /* in the caller's list */
	/* files seen, so that none is read twice: device and inode */
	struct seen {
		dev_t device;
		ino_t inode;
	} * seen;
	size_t n_seen;
	size_t seen_cap;
};

/* Keeps a file's name for the places; NULL when memory is short. */
static const char *
keep_name(struct loader *l, const char *name)
{
	struct conf *c = l->reader.conf;
	char *copy = str_dup(name);
	if (!copy || x_reserve(&c->files, &l->files_cap, c->n_files) < 0) {
		str_free(copy);
		return NULL;
	}
	c->files[c->n_files++] = copy;
	return copy;
}

/* --- merging --- */

static void
refuse_second(struct loader *l, const struct node *first, const struct node *second)
{
	diag_error(l->reader.diags, second->key_at,
		   "`%s` is there twice; the first is at %s:%u", second->key,
		   first->key_at.file, first->key_at.line);
}

/* Moves the items of `from` into `to`. */
static int
append_items(struct node *to, struct node *from)
{
	for (size_t i = 0; i < from->len; i++) {
		int rc = node_append(to, from->items[i]);
		if (rc < 0)
			return rc;
		from->items[i] = NULL;
	}
	from->len = 0;
	return 0;
}

static struct node *
find_member(struct node *object, const char *key)
{
	for (size_t i = 0; i < object->len; i++) {
		if (str_eq(object->items[i]->key, key))
			return object->items[i];
	}
	return NULL;
}

/* Moves the members of a section (or of a file) over; doubles are mistakes. */
static int
merge_members(struct loader *l, struct node *to, struct node *from, bool is_top)
{
	int rc = 0;
	for (size_t i = 0; i < from->len && rc == 0; i++) {
		struct node *n = from->items[i];
		struct node *there = find_member(to, n->key);
		if (!there) {
			rc = node_append(to, n);
			if (rc == 0)
				from->items[i] = NULL;
		} else if (is_top && there->kind == NODE_ARRAY && n->kind == NODE_ARRAY) {
			rc = append_items(there, n);
		} else if (is_top && there->kind == NODE_OBJECT &&
			   n->kind == NODE_OBJECT) {
			rc = merge_members(l, there, n, false);
		} else {
			refuse_second(l, there, n); /* and go on: others may be there */
		}
	}
	return rc;
}

/* --- files --- */

static int load_file(struct loader *l, const char *path, struct place from);

/* path relative to the folder of the file that names it. */
static char *
relative_to(const char *file, const char *path)
{
	const char *slash = *path != '/' ? strrchr(file, '/') : NULL;
	if (!slash)
		return str_dup(path);
	return str_format("%.*s/%s", (int)(slash - file), file, path);
}

struct names {
	char **items;
	size_t len;
	size_t cap;
};

static void
names_done(struct names *n)
{
	for (size_t i = 0; i < n->len; i++)
		str_free(n->items[i]);
	mem_free(n->items);
}
#define auto_names CLEANUP(names_done) struct names

static int
compare_strings(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

static int
list_folder(DIR *folder, const char *path, struct names *names)
{
	struct dirent *entry = NULL;
	while ((entry = readdir(folder)) != NULL) {
		const char *name = entry->d_name;
		if (*name == '.' || (!str_ends(name, ".yaml") && !str_ends(name, ".yml")))
			continue;
		if (x_reserve(&names->items, &names->cap, names->len) < 0)
			return -ENOMEM;
		char *whole = str_format("%s/%s", path, name);
		if (!whole)
			return -ENOMEM;
		names->items[names->len++] = whole;
	}
	if (names->len > 1)
		qsort(names->items, names->len, sizeof(char *), compare_strings);
	return 0;
}

static int
load_folder(struct loader *l, const char *path, DIR *folder, struct place from)
{
	auto_names names = {0};
	int rc = list_folder(folder, path, &names);
	closedir(folder);
	for (size_t i = 0; i < names.len && rc != -ENOMEM; i++)
		rc = conf_worse(rc, load_file(l, names.items[i], from));
	if (rc == 0 && names.len == 0)
		diag_warning(l->reader.diags, from, "%s holds no *.yaml and no *.yml",
			     path);
	return rc;
}

static int
include_one(struct loader *l, const struct node *n)
{
	if (n->broken)
		return -EINVAL;
	if (n->kind != NODE_STRING || n->text_len == 0) {
		l->reader.conf->incomplete = true;
		diag_error(l->reader.diags, n->at,
			   "`include`: expected the path of a file or folder, or a list "
			   "of them");
		return -EINVAL;
	}
	auto_str path = relative_to(n->at.file, n->text);
	if (!path)
		return -ENOMEM;
	DIR *folder = opendir(path);
	return folder ? load_folder(l, path, folder, n->at) : load_file(l, path, n->at);
}

static int
include_all(struct loader *l, const struct node *n)
{
	if (n->kind != NODE_ARRAY)
		return include_one(l, n);
	int rc = 0;
	for (size_t i = 0; i < n->len && rc != -ENOMEM; i++)
		rc = conf_worse(rc, include_one(l, n->items[i]));
	return rc;
}

/* Takes `include` out of a file's tree; NULL when there is none. */
static struct node *
take_include(struct node *tree)
{
	for (size_t i = 0; i < tree->len; i++) {
		if (!str_eq(tree->items[i]->key, "include"))
			continue;
		struct node *n = tree->items[i];
		memmove(&tree->items[i], &tree->items[i + 1],
			(tree->len - i - 1) * sizeof(struct node *));
		tree->len--;
		return n;
	}
	return NULL;
}

/* Merges a file's tree (taken over) into the whole, then what it includes. */
static int
add_tree(struct loader *l, struct node *tree)
{
	if (tree->kind != NODE_OBJECT && tree->kind != NODE_NULL) {
		diag_error(l->reader.diags, tree->at,
			   "expected a mapping (key: value), found %s",
			   node_kind_name(tree->kind));
		node_free(tree);
		return -EINVAL;
	}
	struct node *include = l->may_include ? take_include(tree) : NULL;
	int rc = merge_members(l, l->root, tree, true);
	node_free(tree);
	if (include && rc == 0)
		rc = include_all(l, include);
	node_free(include);
	return rc;
}

static int
add_text(struct loader *l, const char *file, const char *text, size_t len)
{
	struct yaml_input in = {file, text, len, false, &l->budget};
	struct node *tree = NULL;
	int rc = yaml_parse(&in, l->reader.diags, &tree);
	if (!tree)
		l->reader.conf->incomplete = true;
	return tree ? conf_worse(rc, add_tree(l, tree)) : rc;
}

/* Whether the file was read before; remembers it otherwise. -ENOMEM. */
static int
was_seen(struct loader *l, const char *path)
{
	struct stat st = {0};
	if (str_eq(path, "-") || stat(path, &st) < 0)
		return 0;
	for (size_t i = 0; i < l->n_seen; i++) {
		if (l->seen[i].device == st.st_dev && l->seen[i].inode == st.st_ino)
			return 1;
	}
	if (x_reserve(&l->seen, &l->seen_cap, l->n_seen) < 0)
		return -ENOMEM;
	l->seen[l->n_seen++] = (struct seen){st.st_dev, st.st_ino};
	return 0;
}

static int
refuse_file(struct loader *l, struct place from, const char *path, const char *why)
{
	l->reader.conf->incomplete = true;
	diag_error(l->reader.diags, from, "cannot read %s: %s", path, why);
	return -EINVAL;
}

static int
load_file(struct loader *l, const char *path, struct place from)
{
	if (l->reader.conf->n_files >= LIMIT_CONF_INCLUDES)
		return refuse_file(l, from, path, "too many files");
	int seen = was_seen(l, path);
	if (seen != 0)
		return seen < 0 ? seen
				: refuse_file(l, from, path, "it is included already");
	auto_buf text = BUF_INIT(LIMIT_CONF_BYTES);
	int rc = file_read(path, &text);
	if (rc == -ENOMEM)
		return rc;
	if (rc < 0)
		return refuse_file(l, from, path,
				   rc == -EMSGSIZE ? "it is too long" : strerror(-rc));
	const char *file = keep_name(l, str_eq(path, "-") ? "standard input" : path);
	rc = file ? add_text(l, file, buf_str(&text), text.len) : -ENOMEM;
	/* secrets may stand in it literally */
	if (text.data)
		explicit_bzero(text.data, text.len);
	return rc;
}

/* --- the whole --- */

static int
loader_init(struct loader *l, struct diag_list *diags, bool may_include)
{
	*l = (struct loader){.budget = LIMIT_CONF_NODES, .may_include = may_include};
	l->reader.diags = diags;
	l->errors_before = diags->errors;
	l->reader.conf = conf_new();
	l->root = node_new(NODE_OBJECT, (struct place){0});
	return l->reader.conf && l->root ? 0 : -ENOMEM;
}

static void
loader_done(struct loader *l)
{
	node_free(l->root);
	mem_free(l->seen);
	conf_unref(l->reader.conf);
}

static int
read_whole(struct loader *l, int rc, struct conf **ret_conf)
{
	if (rc != -ENOMEM && l->reader.conf->n_files > 0) {
		rc = conf_worse(rc, conf_read_section(&l->reader, &conf_section_root,
						      l->root, l->reader.conf));
		conf_check_whole(&l->reader);
	}
	if (rc == 0 && l->reader.diags->errors > l->errors_before)
		rc = -EINVAL;
	*ret_conf = NULL;
	if (rc != -ENOMEM && l->reader.conf->n_files > 0)
		*ret_conf = conf_ref(l->reader.conf);
	return rc;
}

/* Keeps a configuration only if it has no mistakes. */
static int
only_right(int rc, struct conf *conf, struct conf **ret_conf)
{
	if (rc == 0)
		*ret_conf = conf;
	else
		conf_unref(conf);
	return rc;
}

int
conf_read(const char *path, struct diag_list *diags, struct conf **ret_conf)
{
	struct loader l;
	int rc = loader_init(&l, diags, true);
	if (rc == 0)
		rc = load_file(&l, path, (struct place){0});
	rc = read_whole(&l, rc, ret_conf);
	loader_done(&l);
	return rc;
}

int
conf_load(const char *path, struct diag_list *diags, struct conf **ret_conf)
{
	struct conf *conf = NULL;
	int rc = conf_read(path, diags, &conf);
	return only_right(rc, conf, ret_conf);
}

int
conf_parse(const char *name, const char *text, size_t len, struct diag_list *diags,
	   struct conf **ret_conf)
{
	struct loader l;
	int rc = loader_init(&l, diags, false);
	const char *file = rc == 0 ? keep_name(&l, name) : NULL;
	rc = file ? add_text(&l, file, text, len) : -ENOMEM;
	struct conf *conf = NULL;
	rc = read_whole(&l, rc, &conf);
	rc = only_right(rc, conf, ret_conf);
	loader_done(&l);
	return rc;
}

int
conf_parse_tree(const char *file, const char *text, size_t len, struct diag_list *diags,
		struct node **ret_tree)
{
	size_t budget = LIMIT_CONF_NODES;
	struct yaml_input in = {file, text, len, true, &budget};
	struct node *tree = NULL;
	int rc = yaml_parse(&in, diags, &tree);
	if (rc == 0)
		*ret_tree = tree;
	else
		node_free(tree);
	return rc;
}

int
conf_parse_rule(const char *text, struct rule **ret_rule)
{
	auto_diag diags = {0};
	struct node *tree = NULL;
	int rc = conf_parse_tree(NULL, text, strlen(text), &diags, &tree);
	if (rc < 0)
		return rc;
	struct conf_reader r = {.diags = &diags};
	struct rule *rule = NULL;
	rc = conf_read_rule(&r, tree, &rule);
	node_free(tree);
	if (rc == 0)
		*ret_rule = rule;
	else
		rule_free(rule);
	return rc;
}

/* The loader has taken it out already; here it comes only from conf_parse. */
static int
refuse_include(struct conf_reader *r, const struct conf_option *o, const struct node *n,
	       void *record)
{
	(void)record;
	diag_error(r->diags, n->key_at, "`%s` works in files only", o->key);
	return -EINVAL;
}

const struct conf_type conf_type_include = {
	"paths", "the path of a file or folder, or a list of them", refuse_include};
