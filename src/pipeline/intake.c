#include "pipeline/intake.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "pipeline/job.h"
#include "pipeline/peer.h"

struct intake {
	struct intake_options options;
	struct ruleset *ruleset; /* a reference */
	/* of lines that any sender can cause, however often */
	struct log_budget says[INTAKE_OUTCOME_COUNT];
};

/*
 * One request. Owned by the HTTP request until its delivery is handed to the journal;
 * from then on until both have ended.
 */
struct arrival {
	struct intake *intake;
	struct http_request *rq; /* NULL once it has ended */
	struct ruleset *ruleset; /* a reference */
	const struct conf_source *conf;
	const struct provider_source *source;
	const struct provider *provider;
	void *verifying;	     /* the provider's state; NULL outside begin..end */
	enum provider_verdict early; /* the headers alone decided: told behind the body */
	struct delivery *delivery;
	struct provider_answer answer; /* the provider's; for after the commit */
	struct plan plan;
	bool submitted;
};

struct intake *
intake_new(const struct intake_options *options)
{
	struct intake *in = x_new(struct intake);
	if (in)
		in->options = *options;
	return in;
}

void
intake_free(struct intake *in)
{
	if (!in)
		return;
	ruleset_unref(in->ruleset);
	mem_free(in);
}

void
intake_set_ruleset(struct intake *in, struct ruleset *rs)
{
	ruleset_ref(rs);
	ruleset_unref(in->ruleset);
	in->ruleset = rs;
}

static void
arrival_free(struct arrival *a)
{
	if (a->verifying)
		a->provider->abort(a->verifying);
	plan_done(&a->plan);
	provider_answer_done(&a->answer);
	delivery_free(a->delivery);
	ruleset_unref(a->ruleset);
	mem_free(a);
}

static void
count(const struct arrival *a, enum intake_outcome outcome)
{
	counters_add(a->intake->options.counters, COUNTER_DELIVERIES, a->conf->name,
		     intake_outcome_name(outcome), 1);
}

/* Counts it. Whether there is to be a line in the log, which *ret_says belongs to. */
static bool
count_refused(struct arrival *a, enum intake_outcome outcome,
	      struct log_budget **ret_says)
{
	count(a, outcome);
	*ret_says = &a->intake->says[outcome];
	return log_budget_take(*ret_says);
}

/* --- answers ---------------------------------------------------------------------------
 */

#define RETRY_AFTER_S "5"

static void
answer_unavailable(struct http_request *rq, const char *detail)
{
	http_add_header(rq, "Retry-After", RETRY_AFTER_S);
	http_problem(rq, 503, detail);
}

static void
unavailable(struct arrival *a, const char *why)
{
	struct log_budget *says = NULL;
	if (count_refused(a, INTAKE_UNAVAILABLE, &says))
		log_warning(log_msg("delivery not taken"),
			    log_str("source", a->conf->name), log_str("why", why),
			    log_unsaid(says));
	if (a->rq)
		answer_unavailable(a->rq,
				   "The delivery cannot be kept now; send it again.");
}

/* One text for every cause: the sender learns nothing, the log says it. */
static void
not_genuine(struct arrival *a, enum provider_verdict verdict)
{
	struct log_budget *says = NULL;
	counters_add(a->intake->options.counters, COUNTER_REFUSALS, a->conf->name,
		     provider_verdict_word(verdict), 1);
	if (count_refused(a, INTAKE_NOT_GENUINE, &says))
		log_warning(log_msg("request is not genuine"),
			    log_str("source", a->conf->name),
			    log_str("peer", http_peer(a->rq)),
			    log_str("why", provider_verdict_name(verdict)),
			    log_unsaid(says));
	http_problem(a->rq, 401, "The request is not genuine.");
}

static void
malformed(struct arrival *a, int status, const char *detail)
{
	struct log_budget *says = NULL;
	if (count_refused(a, INTAKE_MALFORMED, &says))
		log_warning(log_msg("request is malformed"),
			    log_str("source", a->conf->name),
			    log_str("peer", http_peer(a->rq)), log_str("why", detail),
			    log_unsaid(says));
	http_problem(a->rq, status, detail);
}

/* What the provider wants told instead of the usual answer. */
static void
answer_as_told(struct http_request *rq, const struct provider_answer *answer)
{
	const char *end = buf_str(&answer->headers) + answer->headers.len;
	for (const char *p = buf_str(&answer->headers); p < end;) {
		const char *line = p + strcspn(p, "\n");
		const char *colon = p + strcspn(p, ":\n");
		auto_str name = str_ndup(p, (size_t)(colon - p));
		auto_str value = *colon == ':' && colon + 2 <= line
					 ? str_ndup(colon + 2, (size_t)(line - colon - 2))
					 : NULL;
		if (name && value)
			http_add_header(rq, name, value);
		p = line + 1;
	}
	http_reply(rq, answer->status > 0 ? answer->status : 200, answer->type,
		   buf_str(&answer->body), answer->body.len);
}

static void
answer_taken(const struct arrival *a, const char *id, bool duplicate)
{
	char body[96];
	if (a->answer.status > 0) {
		answer_as_told(a->rq, &a->answer);
		return;
	}
	int n = snprintf(body, sizeof(body), "{\"delivery\":\"%s\",\"duplicate\":%s}\n",
			 id, duplicate ? "true" : "false");
	http_reply(a->rq, 202, "application/json", body, (size_t)n);
}

/* --- the request as a provider sees it
 * --------------------------------------------------- */

static const char *
get_header(const void *arg, const char *name)
{
	return http_header(arg, name);
}

static size_t
get_header_count(const void *arg, const char *name)
{
	return http_header_count(arg, name);
}

static struct provider_request
provider_view(const struct http_request *rq, struct slice body)
{
	return (struct provider_request){
		.method = http_method(rq),
		.path = http_path(rq),
		.query = http_query(rq),
		.header = get_header,
		.header_count = get_header_count,
		.arg = rq,
		.body = body,
		.now_us = clock_wall_us(),
	};
}

/* --- headers: who may send, and is it worth a body
 * ---------------------------------------- */

/* The source's name in /hooks/<source>; NULL for any other path. */
static char *
source_name(const struct http_request *rq)
{
	static const char prefix[] = "/hooks/";
	struct slice path = http_path(rq);
	size_t n = sizeof(prefix) - 1;
	if (path.len <= n || path.len > n + LIMIT_WORD_BYTES ||
	    memcmp(path.data, prefix, n) != 0)
		return NULL;
	return str_ndup(path.data + n, path.len - n);
}

static bool
may_send(const struct arrival *a)
{
	auto_buf address = BUF_INIT(LIMIT_WORD_BYTES);
	if (a->conf->n_allow == 0)
		return true;
	peer_address(&ruleset_conf(a->ruleset)->listen, a->rq, &address);
	return peer_is_in(a->conf->allow, a->conf->n_allow, buf_str(&address));
}

static void
refuse_method(const struct arrival *a, const char *methods)
{
	const char *more = a->provider->handshake_methods;
	auto_str allow =
		str_format("%s%s%s", methods, more ? ", " : "", more ? more : "");
	auto_str detail = str_format("Webhooks are sent with %s.", methods);
	http_add_header(a->rq, "Allow", allow ? allow : "POST");
	http_problem(a->rq, 405, detail);
}

static void
shake_hands(struct arrival *a)
{
	struct provider_request view = provider_view(a->rq, (struct slice){0});
	switch (a->provider->handshake(a->source, &view, &a->answer)) {
	case PROVIDER_KEEP:
	case PROVIDER_ANSWER:
		count(a, INTAKE_ANSWERED);
		answer_as_told(a->rq, &a->answer);
		break;
	case PROVIDER_ERROR:
		unavailable(a, "no memory");
		break;
	case PROVIDER_MALFORMED:
		malformed(a, a->answer.status >= 400 ? a->answer.status : 400,
			  a->answer.error);
		break;
	}
}

static void
begin(struct arrival *a)
{
	struct intake *in = a->intake;
	const char *methods = a->provider->methods ? a->provider->methods : "POST";
	bool handshake =
		provider_method_in(a->provider->handshake_methods, http_method(a->rq));
	if (!handshake && !provider_method_in(methods, http_method(a->rq))) {
		refuse_method(a, methods);
		return;
	}
	if (!may_send(a)) {
		count(a, INTAKE_FORBIDDEN);
		http_problem(a->rq, 403, "This address may not send here.");
		return;
	}
	if (handshake) {
		shake_hands(a);
		return;
	}
	if (journal_get_health(in->options.journal) != JOURNAL_OK) {
		unavailable(a, "the journal takes nothing now");
		return;
	}
	struct provider_request view = provider_view(a->rq, (struct slice){0});
	a->verifying = a->provider->begin(a->source, &view, &a->early);
	/*
	 * A request that is not genuine is answered when it is complete all the same:
	 * whether its framing is sound is said first, and all causes take the same way.
	 */
	if (a->verifying || (a->early != VERDICT_GENUINE && a->early != VERDICT_ERROR))
		http_want_body(a->rq, ruleset_conf(a->ruleset)->listen.body_bytes);
	else
		unavailable(a, "no memory");
}

static void
on_headers(struct http_request *rq, void *arg)
{
	struct intake *in = arg;
	const struct conf_source *conf = NULL;
	auto_str name = source_name(rq);
	const struct provider_source *source =
		name ? ruleset_source(in->ruleset, name, &conf) : NULL;
	if (!source) {
		counters_add(in->options.counters, COUNTER_DELIVERIES, "",
			     intake_outcome_name(INTAKE_UNKNOWN_SOURCE), 1);
		http_problem(rq, 404, "There is no such source.");
		return;
	}
	struct arrival *a = x_new(struct arrival);
	if (!a) {
		answer_unavailable(rq, NULL);
		return;
	}
	*a = (struct arrival){.intake = in,
			      .rq = rq,
			      .ruleset = ruleset_ref(in->ruleset),
			      .conf = conf,
			      .source = source,
			      .provider = provider_source_provider(source)};
	provider_answer_init(&a->answer);
	http_set_data(rq, a);
	begin(a);
}

static void
on_body(struct http_request *rq, const void *data, size_t len, void *arg)
{
	struct arrival *a = http_data(rq);
	(void)arg;
	if (a->verifying)
		a->provider->feed(a->verifying, data, len);
}

/* --- the whole request: match, journal, answer
 * -------------------------------------------- */

static void
copy_headers(const struct http_request *rq, struct buf *out)
{
	for (size_t i = 0; i < http_headers(rq); i++) {
		const char *name = NULL;
		const char *value = NULL;
		http_header_at(rq, i, &name, &value);
		buf_puts(out, name);
		buf_append(out, ": ", 2);
		buf_puts(out, value);
		buf_putc(out, '\n');
	}
}

static struct delivery *
make_delivery(const struct arrival *a)
{
	struct delivery *d = delivery_new();
	if (!d)
		return NULL;
	auto_buf address = BUF_INIT(LIMIT_WORD_BYTES);
	peer_address(&ruleset_conf(a->ruleset)->listen, a->rq, &address);
	d->id = id_new();
	d->received_us = clock_wall_us();
	copy_headers(a->rq, &d->headers);
	http_take_body(a->rq, &d->body);
	if (str_set(&d->source, a->conf->name) == 0 &&
	    str_set(&d->kind, a->conf->kind) == 0 &&
	    str_set(&d->peer, buf_str(&address)) == 0 && !buf_failed(&d->headers))
		return d;
	delivery_free(d);
	return NULL;
}

/* The job and its first notice: it waits, or it failed before it could. */
static int
put_job(struct journal_txn *t, struct planned *p, const struct telling *tell)
{
	int rc = job_set_state(p->job, JOB_WAITING, NULL, tell);
	if (rc == 0 && p->error)
		rc = job_set_state(p->job, JOB_FAILED, p->error, tell);
	if (rc == 0)
		rc = journal_txn_rule(t, p->rule);
	return rc == 0 ? journal_txn_job(t, p->job) : rc;
}

static int
fill_txn(struct arrival *a, struct journal_txn *t, struct notice_list *notices)
{
	struct recorder *r = a->intake->options.recorder;
	bool told = recorder_wants_notices(r);
	struct telling tell = {recorder_bridge(r), told ? notices : NULL};
	int rc = journal_txn_delivery(t, a->delivery);
	if (rc == 0 && told)
		rc = notices_delivery(notices, tell.bridge, a->delivery);
	if (rc == -EMSGSIZE) /* a notice too long is left out, never the delivery */
		rc = 0;
	for (size_t i = 0; rc == 0 && i < a->plan.len; i++)
		rc = put_job(t, &a->plan.items[i], &tell);
	for (size_t i = 0; rc == 0 && i < notices->len; i++)
		rc = journal_txn_notice(t, &notices->items[i]);
	return rc;
}

static struct journal_txn *
make_txn(struct arrival *a)
{
	struct notice_list notices = {0};
	struct journal_txn *t = journal_txn_new();
	int rc = t ? fill_txn(a, t, &notices) : -ENOMEM;
	notice_list_done(&notices);
	if (rc == 0)
		return t;
	journal_txn_free(t);
	return NULL;
}

static void
log_taken(const struct arrival *a, const char *id, bool duplicate)
{
	const struct delivery *d = a->delivery;
	log_info(log_msg(duplicate ? "delivery repeated" : "delivery accepted"),
		 log_str("delivery", id), log_str("source", d->source),
		 log_str("kind", d->kind), log_str("type", d->type),
		 log_str("sender_id", d->sender_id), log_uint("bytes", d->body.len),
		 log_str("rules", duplicate ? NULL : d->result));
}

static void
taken(struct arrival *a, const struct journal_done *done)
{
	struct intake *in = a->intake;
	count(a, INTAKE_ACCEPTED);
	for (size_t i = 0; i < a->plan.len; i++)
		counters_add(in->options.counters, COUNTER_MATCHES,
			     a->plan.items[i].rule->name, NULL, 1);
	log_taken(a, a->delivery->id.text, false);
	recorder_committed(in->options.recorder, done);
	in->options.on_jobs(&a->plan, a->ruleset, a->delivery, in->options.arg);
}

/* Answers as the last thing: the request's end may free the arrival. */
static void
on_journaled(const struct journal_done *done, void *arg)
{
	struct arrival *a = arg;
	bool gone = a->rq == NULL;
	a->submitted = false;
	switch (done->outcome) {
	case JOURNAL_COMMITTED:
		taken(a, done);
		if (!gone)
			answer_taken(a, a->delivery->id.text, false);
		break;
	case JOURNAL_DUPLICATE:
		count(a, INTAKE_DUPLICATE);
		log_taken(a, done->duplicate_of.text, true);
		if (!gone)
			answer_taken(a, done->duplicate_of.text, true);
		break;
	case JOURNAL_NO_ROOM:
		unavailable(a, "no room on the journal's disk");
		break;
	case JOURNAL_UNKNOWN:
		unavailable(a, "the journal's commit failed");
		break;
	}
	if (gone)
		arrival_free(a);
}

static void
keep(struct arrival *a)
{
	int rc = plan_make(&a->plan, a->ruleset, a->delivery);
	if (rc == -EBADMSG) {
		malformed(a, 400, "The payload is not JSON.");
		return;
	}
	struct journal_txn *t = rc == 0 ? make_txn(a) : NULL;
	if (!t) {
		unavailable(a, "no memory");
		return;
	}
	if (journal_submit(a->intake->options.journal, t, on_journaled, a) < 0)
		unavailable(a, "the journal is busy");
	else
		a->submitted = true;
}

static void
read_genuine(struct arrival *a)
{
	a->delivery = make_delivery(a);
	if (!a->delivery) {
		unavailable(a, "no memory");
		return;
	}
	struct provider_request view =
		provider_view(a->rq, buf_slice(&a->delivery->body));
	switch (a->provider->read(a->source, &view, a->delivery, &a->answer)) {
	case PROVIDER_KEEP:
		keep(a);
		break;
	case PROVIDER_ANSWER:
		count(a, INTAKE_ANSWERED);
		log_info(log_msg("request answered"), log_str("source", a->conf->name),
			 log_str("type", a->delivery->type));
		answer_as_told(a->rq, &a->answer);
		break;
	case PROVIDER_ERROR:
		unavailable(a, "no memory");
		break;
	case PROVIDER_MALFORMED:
		malformed(a, a->answer.status >= 400 ? a->answer.status : 400,
			  a->answer.error);
		break;
	}
}

static void
on_complete(struct http_request *rq, void *arg)
{
	struct arrival *a = http_data(rq);
	(void)arg;
	struct provider_request view = provider_view(rq, http_body(rq));
	enum provider_verdict verdict = a->early;
	if (a->verifying)
		verdict = a->provider->end(steal_ptr(&a->verifying), &view);
	if (verdict == VERDICT_GENUINE)
		read_genuine(a);
	else if (verdict == VERDICT_ERROR)
		unavailable(a, "no memory");
	else
		not_genuine(a, verdict);
}

static void
on_end(struct http_request *rq, void *arg)
{
	struct arrival *a = http_data(rq);
	(void)arg;
	if (!a)
		return;
	a->rq = NULL;
	if (!a->submitted)
		arrival_free(a);
}

static void
on_pause(uint64_t connections, void *arg)
{
	(void)arg;
	log_warning(
		log_msg("descriptors are short: no new connections until some are free"),
		log_uint("connections", connections));
}

static void
on_full(uint64_t connections, void *arg)
{
	(void)arg;
	log_warning(log_msg("connections are at their limit: new ones displace those "
			    "that have waited longest for their peer"),
		    log_uint("connections", connections));
}

const struct http_handler *
intake_handler(void)
{
	static const struct http_handler handler = {
		.on_headers = on_headers,
		.on_body = on_body,
		.on_complete = on_complete,
		.on_end = on_end,
		.on_pause = on_pause,
		.on_full = on_full,
	};
	return &handler;
}
