/*
 * GitHub, also Enterprise Server.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads
 * https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
 * A ping is kept like any other delivery: the operator sees that the hook is connected,
 * and rules may use it.
 */
#include <errno.h>

#include "base/codec.h"
#include "provider/common.h"
#include "provider/content.h"
#include "provider/fields.h"
#include "provider/kinds.h"
#include "provider/signature.h"
#include "provider/source.h"

#define SIGNATURE_HEADER "X-Hub-Signature-256"

static int
prepare(struct provider_source *src, const struct conf_source *conf,
	struct diag_list *diags)
{
	(void)diags;
	src->data = hmac_key_new(HMAC_SHA256, conf->secrets, conf->n_secrets);
	return src->data ? 0 : -ENOMEM;
}

static void
release(void *data)
{
	hmac_key_free(data);
}

static void *
begin(const struct provider_source *src, const struct provider_request *rq,
      enum provider_verdict *ret_early)
{
	const char *text = common_header(rq, SIGNATURE_HEADER, ret_early);
	if (!text)
		return NULL;
	struct signature_mac mac;
	*ret_early = signature_from_hex(text, "sha256=", hmac_length(HMAC_SHA256), &mac);
	if (*ret_early != VERDICT_GENUINE)
		return NULL;
	return signature_begin(src->data, &mac, ret_early);
}

static enum provider_action
read_request(const struct provider_source *src, const struct provider_request *rq,
	     struct delivery *d, struct provider_answer *answer)
{
	(void)src;
	enum provider_action action = common_read_type(rq, "X-GitHub-Event", d, answer);
	if (action == PROVIDER_KEEP && str_is_empty(d->type))
		action = common_refuse(answer, 400, "X-GitHub-Event is missing");
	if (action == PROVIDER_KEEP)
		action = common_read_id(rq, "X-GitHub-Delivery", d, answer);
	if (action == PROVIDER_KEEP)
		action = content_read_json(rq, d, answer);
	if (action == PROVIDER_KEEP)
		action = common_set_dedupe_key(d);
	return action;
}

/*
 * A pull request is about its base branch, where a merge of it lands; its commit is that
 * of the merge, or the head as long as there is none.
 */
static const struct git_map maps[] = {
	{.type = "push",
	 .repository = "repository.full_name",
	 .ref = "ref",
	 .commit = "after",
	 .before = "before",
	 .author = "head_commit.author.name|pusher.name",
	 .message = "head_commit.message",
	 .url = "head_commit.url|compare",
	 .commits = "commits"},
	{.type = "pull_request",
	 .repository = "repository.full_name",
	 .branch = "pull_request.base.ref",
	 .commit = "pull_request.merge_commit_sha|pull_request.head.sha",
	 .before = "pull_request.base.sha",
	 .author = "pull_request.user.login",
	 .message = "pull_request.title",
	 .url = "pull_request.html_url"},
	{.type = "release",
	 .repository = "repository.full_name",
	 .tag = "release.tag_name",
	 .author = "release.author.login",
	 .message = "release.name",
	 .url = "release.html_url"},
	{.type = "workflow_run",
	 .repository = "repository.full_name",
	 .branch = "workflow_run.head_branch",
	 .commit = "workflow_run.head_sha",
	 .author = "workflow_run.head_commit.author.name|workflow_run.actor.login",
	 .message = "workflow_run.head_commit.message",
	 .url = "workflow_run.html_url"},
	{.type = "check_suite",
	 .repository = "repository.full_name",
	 .branch = "check_suite.head_branch",
	 .commit = "check_suite.head_sha",
	 .before = "check_suite.before",
	 .author = "check_suite.head_commit.author.name",
	 .message = "check_suite.head_commit.message"},
	{.type = "check_run",
	 .repository = "repository.full_name",
	 .branch = "check_run.check_suite.head_branch",
	 .commit = "check_run.head_sha",
	 .url = "check_run.html_url"},
	{.type = "status",
	 .repository = "name|repository.full_name",
	 .branch = "branches[0].name",
	 .commit = "sha",
	 .author = "commit.commit.author.name",
	 .message = "commit.commit.message",
	 .url = "commit.html_url"},
	{.type = NULL, .repository = "repository.full_name"},
};

static void
normalise(const struct delivery *d, struct json_value payload,
	  struct provider_fields *out)
{
	struct git_facts f = git_find(maps, d->type, payload);
	if (str_eq(d->type, "create") || str_eq(d->type, "delete")) {
		struct json_value ref = json_find(payload, "ref");
		if (json_is_text(json_find(payload, "ref_type"), "tag"))
			f.tag = ref;
		else
			f.branch = ref;
	}
	git_put(&out->git, &f);
}

static int
sign(const struct provider_source *src, const char *type, const char *id,
     struct slice body, int64_t now_us, struct buf *out)
{
	(void)now_us;
	struct signature_mac mac;
	int rc = signature_make(src->data, body, &mac);
	if (rc < 0)
		return rc;
	auto_str made_up = id ? NULL : common_uuid();
	if (!id && !made_up)
		return -ENOMEM;
	rc = common_put_header(out, "X-GitHub-Event", type ? type : "push");
	if (rc == 0)
		rc = common_put_header(out, "X-GitHub-Delivery", id ? id : made_up);
	if (rc < 0)
		return rc;
	buf_puts(out, SIGNATURE_HEADER ": sha256=");
	hex_encode(out, mac.bytes, mac.len);
	return buf_putc(out, '\n');
}

const struct provider provider_github = {
	.kind = "github",
	.summary = "GitHub and GitHub Enterprise Server",
	.needs_secret = true,
	.headers = "X-Hub-Signature-256, X-GitHub-Event, X-GitHub-Delivery",
	.algorithm = "HMAC-SHA256 over the raw body, hex, behind \"sha256=\"",
	.example = "github: {kind: github, secret: [\"${HOOK_SECRET}\", "
		   "\"${HOOK_SECRET_OLD}\"]}",
	.setup =
		"At the repository or organization, Settings, Webhooks, Add webhook: the "
		"payload URL ends with `/hooks/github`, the content type is "
		"application/json (a form is taken, too), the secret is the one of the "
		"configuration, and the events are those that rules ask for. GitHub "
		"sends a "
		"`ping` at once; it is kept like any delivery, so `forgebridge "
		"deliveries "
		"list` shows that the hook works.",
	.deadline = "10 s",
	.fields = "git: push, create, delete, pull_request, release, workflow_run, "
		  "check_suite, check_run, status; of others the repository",
	.prepare = prepare,
	.release = release,
	.begin = begin,
	.feed = signature_feed,
	.end = signature_end,
	.abort = signature_abort,
	.read = read_request,
	.normalise = normalise,
	.sign = sign,
};
