/*
 * Azure DevOps service hooks:
 * https://learn.microsoft.com/azure/devops/service-hooks/services/webhooks
 * Nothing is signed: a secret comes by basic authentication or in a header of one's own.
 * Type and id stand in the body. An answer 410 would end the subscription at once; none
 * of ours has that status.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/codec.h"
#include "base/mem.h"
#include "provider/common.h"
#include "provider/content.h"
#include "provider/fields.h"
#include "provider/kinds.h"
#include "provider/source.h"
#include "verify/token.h"

struct azure_source {
	struct token_set *tokens; /* owned */
	struct secret first;	  /* owned; what signing shows */
	const char *header;	  /* borrowed from the source; NULL: Basic */
};

static const struct provider_option options[] = {
	{"header", false, NULL, NULL,
	 "the header that holds the secret; without it the secret comes by basic "
	 "authentication, as \"user:password\" or as the password of any user",
	 SHAPE_HEADER},
	{0},
};

static void
release(void *data)
{
	struct azure_source *a = data;
	if (!a)
		return;
	token_set_free(a->tokens);
	secret_done(&a->first);
	mem_free(a);
}

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	(void)diags;
	struct azure_source *a = x_new(struct azure_source);
	if (!a)
		return -ENOMEM;
	src->data = a;
	a->header = source_option(src, "header");
	a->tokens = token_set_new(conf->secrets, conf->n_secrets);
	if (!a->tokens)
		return -ENOMEM;
	return secret_copy(&a->first, &conf->secrets[0]);
}

static enum provider_verdict
verdict_from(int rc)
{
	if (rc == 0)
		return VERDICT_GENUINE;
	return rc == -EBADMSG ? VERDICT_MISMATCH : VERDICT_ERROR;
}

/* RFC 7617. Both comparisons are made whatever the first one says. */
static enum provider_verdict
check_basic(const struct azure_source *a, const char *value)
{
	auto_buf pair = BUF_INIT(LIMIT_SECRET_BYTES);
	if (strncasecmp(value, "Basic ", 6) != 0)
		return VERDICT_MALFORMED;
	value += 6 + strspn(value + 6, " ");
	if (base64_decode(&pair, value, strlen(value)) < 0)
		return pair.error == -ENOMEM ? VERDICT_ERROR : VERDICT_MALFORMED;
	const char *colon = pair.len > 0 ? memchr(pair.data, ':', pair.len) : NULL;
	if (!colon)
		return VERDICT_MALFORMED;
	size_t password = (size_t)(colon + 1 - pair.data);
	int whole = token_set_compare(a->tokens, pair.data, pair.len);
	int part = token_set_compare(a->tokens, colon + 1, pair.len - password);
	explicit_bzero(pair.data, pair.len);
	return verdict_from(whole == 0 ? 0 : part);
}

/* The headers decide; the state only says that they did. */
static char seen_genuine;

static void *
begin(const struct provider_source *src, const struct provider_request *rq,
      enum provider_verdict *ret_early)
{
	const struct azure_source *a = src->data;
	const char *name = a->header ? a->header : "Authorization";
	const char *value = common_header(rq, name, ret_early);
	if (!value)
		return NULL;
	*ret_early =
		a->header
			? verdict_from(token_set_compare(a->tokens, value, strlen(value)))
			: check_basic(a, value);
	return *ret_early == VERDICT_GENUINE ? &seen_genuine : NULL;
}

static void
feed(void *state, const void *data, size_t len)
{
	(void)state;
	(void)data;
	(void)len;
}

static enum provider_verdict
end(void *state, const struct provider_request *rq)
{
	(void)rq;
	return state == &seen_genuine ? VERDICT_GENUINE : VERDICT_ERROR;
}

static void
abort_state(void *state)
{
	(void)state;
}

static enum provider_action
read_request(const struct provider_source *src, const struct provider_request *rq,
	     struct delivery *d, struct provider_answer *answer)
{
	(void)src;
	enum provider_action action = content_read_json(rq, d, answer);
	if (action == PROVIDER_KEEP)
		action = common_read_members(d, "eventType", "id", answer);
	if (action == PROVIDER_KEEP)
		action = common_set_dedupe_key(d);
	return action;
}

static void
add_update(struct json_value update, struct git_facts *f)
{
	f->ref = json_member(update, "name");
	f->commit = json_member(update, "newObjectId");
	f->before = json_member(update, "oldObjectId");
	struct json_value head = git_commit_of(f->commits, "commitId", f->commit);
	f->commits.kind = JSON_NONE; /* they have no paths */
	if (head.kind == JSON_NONE)
		return;
	f->author = json_find(head, "author.name");
	f->message = json_member(head, "comment");
	f->url = json_member(head, "url");
}

/* Of every type that is about a pull request: see github.c. */
static const struct git_map pull_request[] = {
	{.ref = "resource.targetRefName",
	 .commit = "resource.lastMergeCommit.commitId|"
		   "resource.lastMergeSourceCommit.commitId",
	 .before = "resource.lastMergeTargetCommit.commitId",
	 .author = "resource.createdBy.displayName",
	 .message = "resource.title",
	 .url = "resource._links.web.href|resource.url"},
};
static const struct git_map maps[] = {
	{.type = "git.push",
	 .author = "resource.pushedBy.displayName",
	 .url = "resource.url",
	 .commits = "resource.commits"},
	{.type = "build.complete",
	 .ref = "resource.sourceBranch",
	 .commit = "resource.sourceVersion",
	 .author = "resource.requestedFor.displayName",
	 .url = "resource._links.web.href|resource.url"},
	{.type = NULL},
};

/*
 * A repository is known by its project and its name: "Fabrikam/shop". What a
 * commit changed is not told.
 */
static void
normalise(const struct delivery *d, struct json_value payload,
	  struct provider_fields *out)
{
	auto_buf name = BUF_INIT(SIZE_MAX / 2);
	bool is_pull = str_starts(d->type, "git.pullrequest.");
	struct git_facts f = git_find(is_pull ? pull_request : maps, d->type, payload);
	struct json_value repository = json_find(payload, "resource.repository");
	f.repository = git_join(&name, json_find(repository, "project.name"),
				json_member(repository, "name"));
	struct json_value updates = json_find(payload, "resource.refUpdates");
	git_put_changes(&out->git, &f, updates, add_update);
}

static int
put_basic(const struct secret *secret, struct buf *out)
{
	auto_buf pair = BUF_INIT(LIMIT_SECRET_BYTES);
	if (!memchr(secret->data, ':', secret->len))
		buf_puts(&pair, "forgebridge:");
	int rc = buf_append(&pair, secret->data, secret->len);
	buf_puts(out, "Authorization: Basic ");
	base64_encode(out, pair.data, pair.len);
	buf_putc(out, '\n');
	if (pair.data)
		explicit_bzero(pair.data, pair.len);
	return rc < 0 ? rc : out->error;
}

/* Type and id stand in the body, so there is no place for other ones. */
static int
sign(const struct provider_source *src, const char *type, const char *id,
     struct slice body, int64_t now_us, struct buf *out)
{
	(void)type;
	(void)id;
	(void)body;
	(void)now_us;
	const struct azure_source *a = src->data;
	if (!a->header)
		return put_basic(&a->first, out);
	return strlen(a->first.data) == a->first.len
		       ? common_put_header(out, a->header, a->first.data)
		       : -EINVAL;
}

const struct provider provider_azure_devops = {
	.kind = "azure-devops",
	.summary = "Azure DevOps service hooks",
	.options = options,
	.needs_secret = true,
	.headers = "Authorization, or as configured",
	.algorithm = "none: a secret by basic authentication or in a header, compared in "
		     "constant time; type and id are the body's eventType and id",
	.fields = "git: git.push (with several refs branch and tag are lists), all "
		  "git.pullrequest types, build.complete; no changed_paths",
	.example = "azure: {kind: azure-devops, secret: \"${AZURE_SECRET}\"}",
	.setup = "At the project, Project settings, Service hooks, Web Hooks: the URL "
		 "ends with `/hooks/azure` (https, or Azure sends no password), and the "
		 "secret is the basic authentication password, with any user name. The "
		 "secret may also be `user:password` as a whole.",
	.prepare = prepare,
	.release = release,
	.begin = begin,
	.feed = feed,
	.end = end,
	.abort = abort_state,
	.read = read_request,
	.normalise = normalise,
	.sign = sign,
};
