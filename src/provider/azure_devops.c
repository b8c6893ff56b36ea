/*
 * Azure DevOps service hooks:
 * https://learn.microsoft.com/azure/devops/service-hooks/services/webhooks
 * Nothing is signed: a secret comes by basic authentication or in a header of one's own.
 * Type and id stand in the body. An answer 410 would end the subscription at once; none
 * of ours has that status.
 */
#include <errno.h>

#include "provider/common.h"
#include "provider/content.h"
#include "provider/fields.h"
#include "provider/kinds.h"
#include "provider/shown.h"
#include "provider/source.h"

static const struct provider_option options[] = {
	{"header", false, NULL, NULL,
	 "the header that holds the secret; without it the secret comes by basic "
	 "authentication, as \"user:password\" or as the password of any user",
	 SHAPE_HEADER},
	{0},
};

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	(void)diags;
	const char *header = source_option(src, "header");
	struct shown_place place = {.header = header, .schemes = SHOWN_PLAIN};
	if (!header) {
		place.header = "Authorization";
		place.schemes = SHOWN_BASIC | SHOWN_PASSWORD;
	}
	src->data = shown_new(conf, &place);
	return src->data ? 0 : -ENOMEM;
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
	.release = shown_release,
	.begin = shown_begin,
	.feed = shown_feed,
	.end = shown_end,
	.abort = shown_abort,
	.read = read_request,
	.normalise = normalise,
	.sign = shown_sign,
};
