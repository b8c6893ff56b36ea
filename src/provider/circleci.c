/*
 * CircleCI outbound webhooks: https://circleci.com/docs/outbound-webhooks/
 * The signature header is a list "v1=HEX,v2=...", of which version 1 is the only one so
 * far. The id stands in the body.
 */
#include <errno.h>
#include <string.h>

#include "base/codec.h"
#include "provider/common.h"
#include "provider/content.h"
#include "provider/fields.h"
#include "provider/kinds.h"
#include "provider/signature.h"
#include "provider/source.h"

#define SIGNATURE_HEADER "circleci-signature"
#define TYPE_HEADER	 "circleci-event-type"

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

/* The one entry of version 1. */
static enum provider_verdict
read_signature(const char *text, struct signature_mac *ret_mac)
{
	enum provider_verdict verdict = VERDICT_MALFORMED;
	size_t found = 0;
	for (const char *p = text; *p; p += strspn(p, ", ")) {
		size_t n = strcspn(p, ", ");
		auto_str entry = str_ndup(p, n);
		if (!entry)
			return VERDICT_ERROR;
		p += n;
		if (!str_starts(entry, "v1="))
			continue;
		verdict = signature_from_hex(entry, "v1=", hmac_length(HMAC_SHA256),
					     ret_mac);
		found++;
	}
	return found == 1 ? verdict : VERDICT_MALFORMED;
}

static void *
begin(const struct provider_source *src, const struct provider_request *rq,
      enum provider_verdict *ret_early)
{
	const char *text = common_header(rq, SIGNATURE_HEADER, ret_early);
	if (!text)
		return NULL;
	struct signature_mac mac;
	*ret_early = read_signature(text, &mac);
	if (*ret_early != VERDICT_GENUINE)
		return NULL;
	return signature_begin(src->data, &mac, ret_early);
}

static enum provider_action
read_request(const struct provider_source *src, const struct provider_request *rq,
	     struct delivery *d, struct provider_answer *answer)
{
	(void)src;
	enum provider_action action = content_read_json(rq, d, answer);
	if (action == PROVIDER_KEEP)
		action = common_read_type(rq, TYPE_HEADER, d, answer);
	if (action == PROVIDER_KEEP)
		action = common_read_members(d, "type", "id", answer);
	if (action == PROVIDER_KEEP)
		action = common_set_dedupe_key(d);
	return action;
}

/* Pipelines of a GitHub App have trigger_parameters instead of vcs. */
static const struct git_map maps[] = {
	{.branch = "pipeline.vcs.branch|pipeline.trigger_parameters.git.branch",
	 .tag = "pipeline.vcs.tag|pipeline.trigger_parameters.git.tag",
	 .commit = "pipeline.vcs.revision|pipeline.trigger_parameters.git.checkout_sha",
	 .author = "pipeline.vcs.commit.author.name|"
		   "pipeline.trigger_parameters.git.commit_author_name",
	 .message = "pipeline.vcs.commit.subject|"
		    "pipeline.trigger_parameters.git.commit_message",
	 .url = "workflow.url"},
};

/* The repository's path of its URL: "https://github.com/acme/shop" is "acme/shop". */
static struct json_value
path_of_url(struct json_value url, struct buf *storage)
{
	struct json_value none = {.kind = JSON_NONE};
	auto_buf text = BUF_INIT(SIZE_MAX / 2);
	if (url.kind != JSON_STRING || json_text(url, &text) < 0)
		return none;
	const char *host = strstr(buf_str(&text), "://");
	const char *path = host ? strchr(host + 3, '/') : NULL;
	if (!path || path[1] == '\0')
		return none;
	size_t len = strlen(path + 1);
	if (str_ends(path, ".git"))
		len -= strlen(".git");
	if (json_put_string(storage, path + 1, len) < 0)
		return none;
	return (struct json_value){.kind = JSON_STRING, .raw = buf_slice(storage)};
}

static void
normalise(const struct delivery *d, struct json_value payload,
	  struct provider_fields *out)
{
	(void)d;
	auto_buf name = BUF_INIT(SIZE_MAX / 2);
	struct git_facts f = git_find(maps, NULL, payload);
	f.repository = path_of_url(
		fields_find(payload, "pipeline.vcs.target_repository_url|"
				     "pipeline.trigger_parameters.git.repo_url"),
		&name);
	git_put(&out->git, &f);
}

/* The id stands in the body, so there is no place for another one. */
static int
sign(const struct provider_source *src, const char *type, const char *id,
     struct slice body, int64_t now_us, struct buf *out)
{
	(void)id;
	(void)now_us;
	struct signature_mac mac;
	int rc = signature_make(src->data, body, &mac);
	if (rc == 0)
		rc = common_put_header(out, TYPE_HEADER,
				       type ? type : "workflow-completed");
	if (rc < 0)
		return rc;
	buf_puts(out, SIGNATURE_HEADER ": v1=");
	hex_encode(out, mac.bytes, mac.len);
	return buf_putc(out, '\n');
}

const struct provider provider_circleci = {
	.kind = "circleci",
	.summary = "CircleCI",
	.needs_secret = true,
	.headers = "circleci-signature, circleci-event-type",
	.algorithm = "HMAC-SHA256 over the raw body, hex, behind \"v1=\"; the id is the "
		     "body's",
	.deadline = "10 s",
	.fields = "git: workflow-completed, job-completed; no changed_paths",
	.example = "circleci: {kind: circleci, secret: \"${CIRCLECI_SECRET}\"}",
	.setup = "At the project, Project Settings, Webhooks: the receiver URL ends with "
		 "`/hooks/circleci`, with a secret token, for workflows, jobs or both.",
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
