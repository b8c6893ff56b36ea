#include "provider/provider.h"

#include <string.h>

#include "base/limits.h"

#define VERDICT_WORD(value, word, text) [value] = word,
#define VERDICT_TEXT(value, word, text) [value] = text,

const char *
provider_verdict_word(enum provider_verdict v)
{
	static const char *const words[] = {PROVIDER_VERDICTS(VERDICT_WORD)};
	return words[v];
}

const char *
provider_verdict_name(enum provider_verdict v)
{
	static const char *const texts[] = {PROVIDER_VERDICTS(VERDICT_TEXT)};
	return texts[v];
}

enum provider_verdict
provider_verify(const struct provider_source *src, const struct provider_request *rq)
{
	const struct provider *p = provider_source_provider(src);
	enum provider_verdict early = VERDICT_ERROR;
	void *state = p->begin(src, rq, &early);
	if (!state)
		return early;
	p->feed(state, rq->body.data, rq->body.len);
	return p->end(state, rq);
}

void
provider_answer_init(struct provider_answer *a)
{
	*a = (struct provider_answer){.status = 0};
	buf_init(&a->body, LIMIT_ANSWER_BYTES);
	buf_init(&a->headers, LIMIT_SIGNED_BYTES);
}

void
provider_answer_done(struct provider_answer *a)
{
	buf_done(&a->body);
	buf_done(&a->headers);
	str_free(a->error);
	a->error = NULL;
}

bool
provider_method_in(const char *list, const char *method)
{
	size_t len = strlen(method);
	for (const char *p = list; p && *p; p += strspn(p, ", ")) {
		size_t n = strcspn(p, ", ");
		if (n == len && strncmp(p, method, n) == 0)
			return true;
		p += n;
	}
	return false;
}
