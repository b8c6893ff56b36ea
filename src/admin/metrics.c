#include "admin/metrics.h"

#include "base/proc.h"

/* name, type, labels, help; in the order of the page */
#define METRICS(X)                                                                       \
	X(BUILD_INFO, "forgebridge_build_info", "gauge", "version", "Always 1.")         \
	X(DELIVERIES, "forgebridge_deliveries_total", "counter", "source, outcome",      \
	  "Requests to the hooks listener that named a source, by what became of them.") \
	X(REFUSALS, "forgebridge_refusals_total", "counter", "source, cause",            \
	  "Requests that were not genuine (401), by why.")                               \
	X(MATCHES, "forgebridge_rule_matches_total", "counter", "rule",                  \
	  "Deliveries that a rule matched.")                                             \
	X(JOBS, "forgebridge_jobs", "gauge", "state", "Jobs that have not ended.")       \
	X(JOBS_TOTAL, "forgebridge_jobs_total", "counter", "rule, result",               \
	  "Jobs that ended, by rule and final state.")                                   \
	X(HTTP_REQUESTS, "forgebridge_http_requests_total", "counter", "",               \
	  "Requests of the hooks listener.")                                             \
	X(HTTP_ANSWERS, "forgebridge_http_answers_total", "counter", "class",            \
	  "Answers of the hooks listener by class of status.")                           \
	X(HTTP_CONNECTIONS, "forgebridge_http_connections", "gauge", "",                 \
	  "Open connections of the hooks listener.")                                     \
	X(HTTP_REFUSED, "forgebridge_http_refused_connections_total", "counter", "",     \
	  "Connections turned away.")                                                    \
	X(HTTP_DISPLACED, "forgebridge_http_displaced_connections_total", "counter", "", \
	  "Waiting connections closed to make room for new ones.")                       \
	X(HTTP_TIMEOUTS, "forgebridge_http_timeouts_total", "counter", "",               \
	  "Requests cut at a deadline.")                                                 \
	X(HTTP_BODIES, "forgebridge_http_body_bytes", "gauge", "",                       \
	  "Bytes of bodies in flight.")                                                  \
	X(JOURNAL_HEALTHY, "forgebridge_journal_healthy", "gauge", "",                   \
	  "1 when the journal takes deliveries.")                                        \
	X(JOURNAL_COMMITS, "forgebridge_journal_commits_total", "counter", "",           \
	  "Commits, each of one or more transactions.")                                  \
	X(JOURNAL_TXNS, "forgebridge_journal_transactions_total", "counter", "",         \
	  "Transactions committed.")                                                     \
	X(JOURNAL_FAILURES, "forgebridge_journal_failures_total", "counter", "",         \
	  "Transactions that could not be committed.")                                   \
	X(JOURNAL_SECONDS, "forgebridge_journal_commit_seconds_total", "counter", "",    \
	  "Time spent in commits.")                                                      \
	X(JOURNAL_QUEUE, "forgebridge_journal_queue", "gauge", "",                       \
	  "Transactions waiting for a commit.")                                          \
	X(JOURNAL_BYTES, "forgebridge_journal_bytes", "gauge", "",                       \
	  "Size of the journal.")                                                        \
	X(JOURNAL_WAL, "forgebridge_journal_wal_bytes", "gauge", "",                     \
	  "Size of its write-ahead log.")                                                \
	X(JOURNAL_FREE, "forgebridge_journal_free_bytes", "gauge", "",                   \
	  "Room on the journal's disk.")                                                 \
	X(FORGE_ANSWERS, "forgebridge_forge_answers_total", "counter", "account, class", \
	  "Answers of the Forge API by class of status; none: no answer.")               \
	X(FORGE_REACHABLE, "forgebridge_forge_reachable", "gauge", "account",            \
	  "0 while steps wait for a Forge that is away.")                                \
	X(FORGE_RETRIES, "forgebridge_forge_retries_total", "counter", "account",        \
	  "Requests to Forge that were repeated.")                                       \
	X(FORGE_LIMITED, "forgebridge_forge_rate_limited_total", "counter", "account",   \
	  "Answers 429.")                                                                \
	X(FORGE_LIMIT, "forgebridge_forge_ratelimit_limit", "gauge", "account",          \
	  "Requests a minute that Forge allows.")                                        \
	X(FORGE_LEFT, "forgebridge_forge_ratelimit_remaining", "gauge", "account",       \
	  "Of these, left in the current minute.")                                       \
	X(FORGE_WAITING, "forgebridge_forge_waiting", "gauge", "account",                \
	  "Calls that wait for the budget.")                                             \
	X(MQTT_CONNECTED, "forgebridge_mqtt_connected", "gauge", "",                     \
	  "1 while connected to the broker.")                                            \
	X(MQTT_PUBLISHED, "forgebridge_mqtt_publishes_total", "counter", "result",       \
	  "Notices that the broker acknowledged or refused.")                            \
	X(MQTT_RECONNECTS, "forgebridge_mqtt_connects_total", "counter", "",             \
	  "Connections made to the broker.")                                             \
	X(MQTT_REPLAYS, "forgebridge_mqtt_replays_total", "counter", "",                 \
	  "Times that recent notices were sent again, since the broker lost its state.") \
	X(GENERATION, "forgebridge_config_generation", "gauge", "",                      \
	  "Counts the configurations that were read.")                                   \
	X(RELOAD_OK, "forgebridge_config_last_reload_successful", "gauge", "",           \
	  "0 when the last reload was refused.")                                         \
	X(RELOAD_TIME, "forgebridge_config_last_reload_success_timestamp_seconds",       \
	  "gauge", "", "When the configuration in force was read.")                      \
	X(CPU, "process_cpu_seconds_total", "counter", "", "User and system CPU time.")  \
	X(MEMORY, "process_resident_memory_bytes", "gauge", "", "Resident memory.")

#define METRIC_ENUM(value, name, type, labels, help) METRIC_##value,
enum metric { METRICS(METRIC_ENUM) };

#define METRIC_DOC(value, name, type, labels, help) {name, type, labels, help},
static const struct metric_doc docs[] = {METRICS(METRIC_DOC){NULL, NULL, NULL, NULL}};

const struct metric_doc *
metrics_docs(void)
{
	return docs;
}

static void
put_head(struct buf *out, enum metric m)
{
	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", docs[m].name, docs[m].help,
		   docs[m].name, docs[m].type);
}

/* A label's value: backslash, quote and newline escaped. */
static void
put_label(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "%s=\"", name);
	for (const char *p = value; *p; p++) {
		if (*p == '\n')
			buf_puts(out, "\\n");
		else if (*p == '"' || *p == '\\')
			buf_printf(out, "\\%c", *p);
		else
			buf_putc(out, *p);
	}
	buf_putc(out, '"');
}

static void
put_number(struct buf *out, enum metric m, double n)
{
	put_head(out, m);
	buf_printf(out, "%s %.15g\n", docs[m].name, n);
}

static void
put_labelled(struct buf *out, enum metric m, const char *label, const char *value,
	     double n)
{
	buf_printf(out, "%s{", docs[m].name);
	put_label(out, label, value);
	buf_printf(out, "} %.15g\n", n);
}

/* A family with two labels, filled by counters_each. */
struct pair {
	struct buf *out;
	enum metric metric;
	const char *first;
	const char *second; /* NULL: one label */
};

static void
put_pair(const char *a, const char *b, uint64_t n, void *arg)
{
	const struct pair *pair = arg;
	buf_printf(pair->out, "%s{", docs[pair->metric].name);
	put_label(pair->out, pair->first, a);
	if (pair->second) {
		buf_putc(pair->out, ',');
		put_label(pair->out, pair->second, b ? b : "");
	}
	buf_printf(pair->out, "} %llu\n", (unsigned long long)n);
}

static void
put_counters(struct buf *out, const struct pipeline_view *view)
{
	struct pair deliveries = {out, METRIC_DELIVERIES, "source", "outcome"};
	struct pair refusals = {out, METRIC_REFUSALS, "source", "cause"};
	struct pair matches = {out, METRIC_MATCHES, "rule", NULL};
	struct pair jobs = {out, METRIC_JOBS_TOTAL, "rule", "result"};
	put_head(out, METRIC_DELIVERIES);
	counters_each(view->counters, COUNTER_DELIVERIES, put_pair, &deliveries);
	put_head(out, METRIC_REFUSALS);
	counters_each(view->counters, COUNTER_REFUSALS, put_pair, &refusals);
	put_head(out, METRIC_MATCHES);
	counters_each(view->counters, COUNTER_MATCHES, put_pair, &matches);
	put_head(out, METRIC_JOBS);
	put_labelled(out, METRIC_JOBS, "state", "waiting", (double)view->queues.waiting);
	put_labelled(out, METRIC_JOBS, "state", "running", (double)view->queues.running);
	put_head(out, METRIC_JOBS_TOTAL);
	counters_each(view->counters, COUNTER_JOBS, put_pair, &jobs);
}

static const char *const classes[] = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

static void
put_http(struct buf *out, const struct admin_facts *facts)
{
	struct http_server_stats s = {0};
	if (facts->hooks)
		http_server_get_stats(facts->hooks, &s);
	put_number(out, METRIC_HTTP_REQUESTS, (double)s.requests);
	put_head(out, METRIC_HTTP_ANSWERS);
	for (size_t i = 1; i < ARRAY_LEN(classes); i++)
		put_labelled(out, METRIC_HTTP_ANSWERS, "class", classes[i],
			     (double)s.answers[i]);
	put_number(out, METRIC_HTTP_CONNECTIONS, (double)s.connections);
	put_number(out, METRIC_HTTP_REFUSED, (double)s.refused_connections);
	put_number(out, METRIC_HTTP_DISPLACED, (double)s.displaced);
	put_number(out, METRIC_HTTP_TIMEOUTS, (double)s.timeouts);
	put_number(out, METRIC_HTTP_BODIES, (double)s.bodies_bytes);
}

static void
put_journal(struct buf *out, const struct pipeline_view *view)
{
	struct journal_stats s = {0};
	bool healthy = journal_get_health(view->journal) == JOURNAL_OK;
	journal_get_stats(view->journal, &s);
	put_number(out, METRIC_JOURNAL_HEALTHY, healthy ? 1 : 0);
	put_number(out, METRIC_JOURNAL_COMMITS, (double)s.commits);
	put_number(out, METRIC_JOURNAL_TXNS, (double)s.transactions);
	put_number(out, METRIC_JOURNAL_FAILURES, (double)s.failures);
	put_number(out, METRIC_JOURNAL_SECONDS, (double)s.commit_us / 1e6);
	put_number(out, METRIC_JOURNAL_QUEUE, (double)s.queue);
	put_number(out, METRIC_JOURNAL_BYTES, (double)s.file_bytes);
	put_number(out, METRIC_JOURNAL_WAL, (double)s.wal_bytes);
	put_number(out, METRIC_JOURNAL_FREE, (double)s.free_bytes);
}

/* One family over all accounts. */
static void
put_accounts(struct buf *out, const struct pipeline_view *view, enum metric m,
	     double (*value)(const struct forge_stats *s))
{
	struct account_view account;
	put_head(out, m);
	for (size_t i = 0; accounts_at(view->accounts, i, &account); i++) {
		struct forge_stats s = {0};
		forge_get_stats(account.client, &s);
		put_labelled(out, m, "account", account.name, value(&s));
	}
}

static void
put_reachable(struct buf *out, const struct pipeline_view *view)
{
	struct account_view account;
	put_head(out, METRIC_FORGE_REACHABLE);
	for (size_t i = 0; accounts_at(view->accounts, i, &account); i++)
		put_labelled(out, METRIC_FORGE_REACHABLE, "account", account.name,
			     outage_is_on(account.outage) ? 0 : 1);
}

static double
get_retries(const struct forge_stats *s)
{
	return (double)s->retries;
}

static double
get_rate_limited(const struct forge_stats *s)
{
	return (double)s->rate_limited;
}

static double
get_limit(const struct forge_stats *s)
{
	return s->limit;
}

static double
get_remaining(const struct forge_stats *s)
{
	return s->remaining;
}

static double
get_waiting(const struct forge_stats *s)
{
	return s->waiting;
}

static void
put_forge(struct buf *out, const struct pipeline_view *view)
{
	struct account_view account;
	struct pair pair = {out, METRIC_FORGE_ANSWERS, "account", "class"};
	put_head(out, METRIC_FORGE_ANSWERS);
	for (size_t i = 0; accounts_at(view->accounts, i, &account); i++) {
		struct forge_stats s = {0};
		forge_get_stats(account.client, &s);
		for (size_t k = 0; k < ARRAY_LEN(classes); k++)
			put_pair(account.name, classes[k], s.answers[k], &pair);
	}
	put_reachable(out, view);
	put_accounts(out, view, METRIC_FORGE_RETRIES, get_retries);
	put_accounts(out, view, METRIC_FORGE_LIMITED, get_rate_limited);
	put_accounts(out, view, METRIC_FORGE_LIMIT, get_limit);
	put_accounts(out, view, METRIC_FORGE_LEFT, get_remaining);
	put_accounts(out, view, METRIC_FORGE_WAITING, get_waiting);
}

static void
put_mqtt(struct buf *out, const struct pipeline_view *view)
{
	const struct outbox_stats *s = &view->outbox;
	put_number(out, METRIC_MQTT_CONNECTED, s->connected ? 1 : 0);
	put_head(out, METRIC_MQTT_PUBLISHED);
	put_labelled(out, METRIC_MQTT_PUBLISHED, "result", "acknowledged",
		     (double)(s->published - s->no_subscriber));
	put_labelled(out, METRIC_MQTT_PUBLISHED, "result", "no_subscriber",
		     (double)s->no_subscriber);
	put_labelled(out, METRIC_MQTT_PUBLISHED, "result", "refused", (double)s->parked);
	put_number(out, METRIC_MQTT_RECONNECTS, (double)s->reconnects);
	put_number(out, METRIC_MQTT_REPLAYS, (double)s->replays);
}

static void
put_process(struct buf *out)
{
	put_number(out, METRIC_CPU, (double)proc_cpu_us() / 1e6);
	put_number(out, METRIC_MEMORY, (double)proc_resident_bytes());
}

int
metrics_write(const struct pipeline_view *view, const struct admin_facts *facts,
	      struct buf *out)
{
	put_head(out, METRIC_BUILD_INFO);
	put_labelled(out, METRIC_BUILD_INFO, "version", FORGEBRIDGE_VERSION, 1);
	put_counters(out, view);
	put_http(out, facts);
	put_journal(out, view);
	put_forge(out, view);
	put_mqtt(out, view);
	put_number(out, METRIC_GENERATION, ruleset_generation(view->ruleset));
	put_number(out, METRIC_RELOAD_OK, facts->reload_failed ? 0 : 1);
	put_number(out, METRIC_RELOAD_TIME, (double)facts->reloaded_us / 1e6);
	put_process(out);
	return out->error;
}
