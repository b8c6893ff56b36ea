#include "cli/git_hook.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"

struct update {
	char *old_id; /* owned, as the rest */
	char *new_id;
	char *ref;
};

struct git_hook {
	struct update *updates; /* owned */
	size_t n;
	size_t cap;
	char *repository;
	char *pusher;
	struct buf known; /* what was there before, as rev-list excludes it */
};

static bool
is_id(const char *text)
{
	size_t n = strspn(text, "0123456789abcdef");
	return (n == 40 || n == 64) && text[n] == '\0'; /* SHA-1, SHA-256 */
}

static bool
is_zeros(const char *id)
{
	return id[strspn(id, "0")] == '\0';
}

/* The line break behind git's answer. */
static void
chomp(struct buf *b)
{
	while (b->len > 0 && b->data[b->len - 1] == '\n')
		buf_truncate(b, b->len - 1);
}

/* One line of git's answer, in new memory; NULL when it has none. */
static char *
ask(const char *const *args)
{
	auto_buf out = BUF_INIT(LIMIT_TEXT_BYTES);
	struct slice nothing = {"", 0};
	if (git_run(args, nothing, &out) < 0)
		return NULL;
	chomp(&out);
	return str_dup(buf_str(&out));
}

static int
add_line(struct git_hook *h, const char *line, size_t len)
{
	const char *first = memchr(line, ' ', len);
	const char *end = line + len;
	const char *second = first ? memchr(first + 1, ' ', (size_t)(end - first - 1))
				   : NULL;
	if (!second || second + 1 == end)
		return -EINVAL;
	if (h->n == LIMIT_GIT_REFS)
		return -E2BIG;
	if (x_reserve(&h->updates, &h->cap, h->n) < 0)
		return -ENOMEM;
	struct update *u = &h->updates[h->n++];
	u->old_id = str_ndup(line, (size_t)(first - line));
	u->new_id = str_ndup(first + 1, (size_t)(second - first - 1));
	u->ref = str_ndup(second + 1, (size_t)(end - second - 1));
	if (!u->old_id || !u->new_id || !u->ref)
		return -ENOMEM;
	return is_id(u->old_id) && is_id(u->new_id) ? 0 : -EINVAL;
}

static int
add_lines(struct git_hook *h, struct slice input)
{
	const char *end = input.data + input.len;
	for (const char *p = input.data; p && p < end;) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *stop = newline ? newline : end;
		int rc = stop > p ? add_line(h, p, (size_t)(stop - p)) : 0;
		if (rc < 0)
			return rc;
		p = stop + 1;
	}
	return 0;
}

/* "/srv/git/shop.git" and "/srv/web/shop/.git" are both "shop". */
static char *
name_of_folder(char *path)
{
	if (str_ends(path, "/.git"))
		path[strlen(path) - strlen("/.git")] = '\0';
	else if (str_ends(path, ".git"))
		path[strlen(path) - strlen(".git")] = '\0';
	const char *slash = strrchr(path, '/');
	return str_dup(slash ? slash + 1 : path);
}

static int
name_repository(struct git_hook *h)
{
	static const char *const folder[] = {"rev-parse", "--absolute-git-dir", NULL};
	static const char *const config[] = {"config", "forgebridge.repository", NULL};
	auto_str path = ask(folder);
	if (!path)
		return -ENOENT;
	h->repository = ask(config);
	if (!h->repository)
		h->repository = name_of_folder(path);
	return h->repository ? 0 : -ENOMEM;
}

/* Who gitolite or the web server says it is, else the user of the process. */
static int
name_pusher(struct git_hook *h)
{
	const char *name = getenv("GL_USER");
	if (str_is_empty(name))
		name = getenv("REMOTE_USER");
	if (str_is_empty(name)) {
		const struct passwd *user = getpwuid(geteuid());
		name = user ? user->pw_name : "";
	}
	h->pusher = str_dup(name);
	return h->pusher ? 0 : -ENOMEM;
}

static bool
is_changed(const struct git_hook *h, const char *ref, size_t len)
{
	for (size_t i = 0; i < h->n; i++) {
		if (strlen(h->updates[i].ref) == len &&
		    strncmp(h->updates[i].ref, ref, len) == 0)
			return true;
	}
	return false;
}

/*
 * The commits that were there before: the old ones of the refs that changed and all
 * others' as they are. (What HEAD points to may have changed, so rev-list --all would
 * take too much.)
 */
static int
find_known(struct git_hook *h)
{
	static const char *const refs[] = {"for-each-ref",
					   "--format=%(objectname) %(refname)", NULL};
	auto_buf all = BUF_INIT(SIZE_MAX / 2);
	struct slice nothing = {"", 0};
	for (size_t i = 0; i < h->n; i++) {
		if (!is_zeros(h->updates[i].old_id))
			buf_printf(&h->known, "^%s\n", h->updates[i].old_id);
	}
	int rc = git_run(refs, nothing, &all);
	for (const char *p = buf_str(&all); rc == 0 && *p; p += strcspn(p, "\n") + 1) {
		size_t id = strcspn(p, " ");
		size_t len = strcspn(p, "\n");
		if (id < len && !is_changed(h, p + id + 1, len - id - 1))
			buf_printf(&h->known, "^%.*s\n", (int)id, p);
	}
	return rc < 0 ? rc : h->known.error;
}

int
git_hook_open(struct slice input, struct git_hook **ret_hook)
{
	struct git_hook *h = x_new(struct git_hook);
	if (!h)
		return -ENOMEM;
	buf_init(&h->known, SIZE_MAX / 2);
	int rc = add_lines(h, input);
	if (rc == 0)
		rc = name_repository(h);
	if (rc == 0)
		rc = name_pusher(h);
	if (rc == 0)
		rc = find_known(h);
	if (rc == 0)
		*ret_hook = h;
	else
		git_hook_free(h);
	return rc;
}

void
git_hook_free(struct git_hook *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->n; i++) {
		str_free(h->updates[i].old_id);
		str_free(h->updates[i].new_id);
		str_free(h->updates[i].ref);
	}
	mem_free(h->updates);
	str_free(h->repository);
	str_free(h->pusher);
	buf_done(&h->known);
	mem_free(h);
}

size_t
git_hook_refs(const struct git_hook *h)
{
	return h->n;
}

const char *
git_hook_ref(const struct git_hook *h, size_t i)
{
	return h->updates[i].ref;
}

/* Ids that the push brought to a ref, newest first, a line each. */
static int
list_commits(const struct git_hook *h, const char *commit, struct buf *out)
{
	static const char *const args[] = {"rev-list", "--stdin", NULL};
	auto_buf input = BUF_INIT(SIZE_MAX / 2);
	buf_printf(&input, "%s\n", commit);
	int rc = buf_append(&input, h->known.data, h->known.len);
	return rc == 0 ? git_run(args, buf_slice(&input), out) : rc;
}

/* At most LIMIT_GIT_COMMITS of the newest, the oldest of them first. */
static size_t
choose(const struct buf *ids, struct buf *out)
{
	size_t total = 0;
	const char *lines[LIMIT_GIT_COMMITS];
	for (const char *p = buf_str(ids); *p; p += strcspn(p, "\n") + 1) {
		if (total < LIMIT_GIT_COMMITS)
			lines[total] = p;
		total++;
	}
	size_t n = total < LIMIT_GIT_COMMITS ? total : LIMIT_GIT_COMMITS;
	while (n-- > 0)
		buf_append(out, lines[n], strcspn(lines[n], "\n") + 1);
	return total;
}

static int
put_commits(const struct git_hook *h, const char *commit, struct json_writer *w)
{
	static const char *const args[] = {"-c",
					   "core.quotePath=false",
					   "diff-tree",
					   "--stdin",
					   "--always",
					   "--root",
					   "-r",
					   "--no-renames",
					   "--name-status",
					   "--pretty=raw",
					   "--encoding=UTF-8",
					   NULL};
	auto_buf all = BUF_INIT(SIZE_MAX / 2);
	auto_buf ids = BUF_INIT(SIZE_MAX / 2);
	auto_buf raw = BUF_INIT(LIMIT_CAPTURE_BYTES);
	int rc = commit ? list_commits(h, commit, &all) : 0;
	size_t total = choose(&all, &ids);
	if (rc == 0 && total > 0)
		rc = git_run(args, buf_slice(&ids), &raw);
	json_int(w, "commits_total", (int64_t)total);
	json_open_array(w, "commits");
	git_put_commits(w, buf_slice(&raw));
	json_close_array(w);
	return rc;
}

/* What git log says of the commit in that format. */
static int
put_told(struct json_writer *w, const char *key, const char *commit, const char *format)
{
	const char *args[] = {
		"log",	"-1", format, "--encoding=UTF-8", "--no-show-signature",
		commit, NULL};
	auto_buf text = BUF_INIT(LIMIT_TEXT_BYTES);
	struct slice nothing = {"", 0};
	int rc = commit ? git_run(args, nothing, &text) : 0;
	chomp(&text);
	if (commit)
		json_slice(w, key, (struct slice){buf_str(&text), text.len});
	else
		json_str(w, key, NULL);
	return rc;
}

int
git_hook_body(const struct git_hook *h, size_t i, struct buf *out)
{
	const struct update *u = &h->updates[i];
	auto_str peeled = str_format("%s^{commit}", u->new_id);
	const char *parse[] = {"rev-parse", "--verify", "--quiet", peeled, NULL};
	if (!peeled)
		return -ENOMEM;
	/* there is none of a deleted ref nor of a tag on something else */
	auto_str commit = is_zeros(u->new_id) ? NULL : ask(parse);
	struct json_writer w;
	json_begin(&w, out);
	json_open_object(&w, NULL);
	json_str(&w, "ref", u->ref);
	json_str(&w, "before", u->old_id);
	json_str(&w, "after", u->new_id);
	json_str(&w, "commit", commit);
	json_str(&w, "repository", h->repository);
	json_str(&w, "pusher", h->pusher);
	int rc = put_told(&w, "author", commit, "--format=%an");
	if (rc == 0)
		rc = put_told(&w, "message", commit, "--format=%B");
	if (rc == 0)
		rc = put_commits(h, commit, &w);
	json_close_object(&w);
	return rc < 0 ? rc : out->error;
}
