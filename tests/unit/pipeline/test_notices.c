/* Notices: CloudEvents, topics, the retained state of a site; states of jobs that tell.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/json_doc.h"
#include "base/limits.h"
#include "pipeline/job.h"
#include "pipeline/notices.h"

static struct job *
a_job(const char *server, const char *site)
{
	struct job *j = job_new(1);
	assert_non_null(j);
	j->id = id_new();
	j->delivery = id_new();
	j->rule = str_dup("deploy-shop");
	j->queue = str_dup("shop.example.com");
	j->server = str_dup(server);
	j->site = str_dup(site);
	return j;
}

/* The text at path in a notice's payload must be expected. */
static void
assert_at(const struct notice *n, const char *path, const char *expected)
{
	auto_json_doc doc = NULL;
	assert_int_equal(json_doc_parse(slice_of(n->payload), &doc, NULL), 0);
	auto_str text = json_dup_text(json_find(json_root(doc), path));
	assert_non_null(text);
	assert_string_equal(text, expected);
}

static void
a_job_tells_each_state_as_a_cloudevent(void **state)
{
	struct job *j = a_job(NULL, NULL);
	struct notice_list list = {0};
	struct telling tell = {"main", &list};
	(void)state;
	assert_int_equal(job_set_state(j, JOB_WAITING, NULL, &tell), 0);
	assert_int_equal(job_set_state(j, JOB_RUNNING, NULL, &tell), 0);
	assert_int_equal(job_set_state(j, JOB_FAILED, "no such site", &tell), 0);
	assert_int_equal(list.len, 3);
	assert_string_equal(list.items[0].topic, "event/job/waiting");
	assert_string_equal(list.items[1].topic, "event/job/started");
	assert_string_equal(list.items[2].topic, "event/job/failed");
	const struct notice *n = &list.items[2];
	assert_at(n, "specversion", "1.0");
	assert_at(n, "id", n->id.text);
	assert_at(n, "source", "urn:forgebridge:main");
	assert_at(n, "type", "io.forgebridge.job.failed.v1");
	assert_at(n, "correlationid", j->delivery.text);
	assert_at(n, "causationid", j->delivery.text);
	assert_at(n, "partitionkey", "shop.example.com");
	assert_at(n, "data.reason", "no such site");
	assert_at(n, "data.state", "failed");
	assert_true(j->started_us > 0 && j->ended_us >= j->started_us);
	assert_false(n->retain);
	notice_list_done(&list);
	job_free(j);
}

static void
a_job_with_a_known_site_tells_the_sites_topic_the_same_event(void **state)
{
	struct job *j = a_job("web-1", "shop.example.com");
	struct notice_list list = {0};
	struct telling tell = {"main", &list};
	(void)state;
	assert_int_equal(job_set_state(j, JOB_RUNNING, NULL, &tell), 0);
	assert_int_equal(list.len, 2);
	assert_string_equal(list.items[1].topic, "site/web-1/shop.example.com/event");
	assert_string_equal(list.items[0].payload, list.items[1].payload);
	assert_string_equal(list.items[0].id.text, list.items[1].id.text);
	assert_at(&list.items[0], "subject", "web-1/shop.example.com");
	notice_list_done(&list);
	job_free(j);
}

static void
names_that_mqtt_would_read_as_wildcards_are_mapped(void **state)
{
	struct job *j = a_job("$web/1", "a+b#c\n");
	struct notice_list list = {0};
	struct telling tell = {"main", &list};
	(void)state;
	assert_int_equal(job_set_state(j, JOB_RUNNING, NULL, &tell), 0);
	assert_string_equal(list.items[1].topic, "site/_web_1/a_b_c_/event");
	notice_list_done(&list);
	job_free(j);
}

static void
the_sites_state_is_retained_and_null_where_forge_did_not_tell(void **state)
{
	struct job *j = a_job("web-1", "shop.example.com");
	struct notice_list list = {0};
	struct rule_step rule_step = {.id = (char[]){"deploy"},
				      .operation = (char[]){"deploy"}};
	struct job_step *step = &j->steps[0];
	struct telling tell = {"main", &list};
	(void)state;
	step->resource = str_dup("42");
	step->result =
		str_dup("{\"data\":{\"id\":\"42\",\"attributes\":{\"commit\":"
			"{\"hash\":\"abc\",\"branch\":null},\"status\":\"finished\","
			"\"started_at\":\"2026-11-23T12:00:00Z\"}}}");
	struct step_view view = {j, &rule_step, step, "finished"};
	assert_int_equal(step_tell_progress(&view, true, &tell), 0);
	assert_int_equal(list.len, 3);
	const struct notice *n = &list.items[2];
	assert_string_equal(n->topic, "site/web-1/shop.example.com/state");
	assert_true(n->retain);
	assert_null(n->type);
	assert_at(n, "status", "finished");
	assert_at(n, "deployment", "42");
	assert_at(n, "commit", "abc");
	assert_at(n, "branch", "null");
	assert_at(n, "started", "2026-11-23T12:00:00Z");
	assert_at(n, "by", "rule:deploy-shop");
	notice_list_done(&list);
	job_free(j);
}

static void
a_long_text_is_cut_with_a_mark_and_the_state_changes(void **state)
{
	static char reason[2 * LIMIT_NOTICE_BYTES];
	struct job *j = a_job(NULL, NULL);
	struct notice_list list = {0};
	struct telling tell = {"main", &list};
	(void)state;
	memset(reason, '\x01', sizeof(reason) - 1); /* six bytes each when escaped */
	assert_int_equal(job_set_state(j, JOB_FAILED, reason, &tell), 0);
	assert_int_equal(j->state, JOB_FAILED);
	assert_string_equal(j->reason, reason);
	assert_int_equal(list.len, 1);
	assert_true(strlen(list.items[0].payload) < LIMIT_NOTICE_BYTES);
	auto_str mark =
		str_format("... [cut, %zu bytes in all; see forgebridge jobs show "
			   "%s]\"",
			   sizeof(reason) - 1, j->id.text);
	assert_non_null(strstr(list.items[0].payload, mark));
	notice_list_done(&list);
	job_free(j);
}

static void
a_cut_does_not_split_a_character(void **state)
{
	static char reason[2 * LIMIT_NOTICE_TEXT_BYTES];
	struct job *j = a_job(NULL, NULL);
	struct notice_list list = {0};
	struct telling tell = {"main", &list};
	(void)state;
	reason[0] = 'x';
	for (size_t i = 1; i + 2 < sizeof(reason); i += 2)
		memcpy(reason + i, "\xc3\xa9", 2);
	assert_int_equal(job_set_state(j, JOB_FAILED, reason, &tell), 0);
	assert_non_null(strstr(list.items[0].payload, "\xc3\xa9... [cut"));
	assert_null(strstr(list.items[0].payload, "\xef\xbf\xbd")); /* U+FFFD */
	notice_list_done(&list);
	job_free(j);
}

static void
the_trace_is_the_delivery_and_the_same_for_all_its_events(void **state)
{
	struct job *j = a_job(NULL, NULL);
	struct notice_list list = {0};
	struct telling tell = {"main", &list};
	(void)state;
	/* a ULID of known bits: 1 is the last digit */
	j->delivery = id_from("00000000000000000000000001");
	assert_int_equal(job_set_state(j, JOB_RUNNING, NULL, &tell), 0);
	assert_non_null(strstr(list.items[0].payload,
			       "\"traceparent\":\"00-00000000000000000000000000000001-"));
	notice_list_done(&list);
	job_free(j);
}

static void
the_source_is_a_uri_whatever_the_bridge_is_called(void **state)
{
	struct job *j = a_job(NULL, NULL);
	struct notice_list list = {0};
	struct telling tell = {"Gr\xc3\xbcn & 1", &list};
	(void)state;
	assert_int_equal(job_set_state(j, JOB_RUNNING, NULL, &tell), 0);
	assert_at(&list.items[0], "source", "urn:forgebridge:Gr%C3%BCn%20%26%201");
	notice_list_done(&list);
	job_free(j);
}

/* CloudEvents 1.0, section "Type System", String; MQTT 5, section 1.5.4. */
static void
no_attribute_has_control_characters(void **state)
{
	struct job *j = a_job("web\x7f", "a\tb");
	struct notice_list list = {0};
	struct telling tell = {"main", &list};
	(void)state;
	assert_int_equal(str_set(&j->queue, "fix\n\xc2\x85\xc3\xa9"), 0);
	assert_int_equal(job_set_state(j, JOB_RUNNING, NULL, &tell), 0);
	assert_at(&list.items[0], "partitionkey", "fix  \xc3\xa9");
	assert_at(&list.items[0], "subject", "web /a b");
	assert_at(&list.items[0], "data.queue", "fix\n\xc2\x85\xc3\xa9");
	notice_list_done(&list);
	job_free(j);
}

static void
an_empty_attribute_is_left_out(void **state)
{
	struct job *j = a_job(NULL, NULL);
	struct notice_list list = {0};
	struct telling tell = {"main", &list};
	(void)state;
	assert_int_equal(str_set(&j->queue, ""), 0);
	assert_int_equal(job_set_state(j, JOB_RUNNING, NULL, &tell), 0);
	assert_null(strstr(list.items[0].payload, "partitionkey"));
	assert_at(&list.items[0], "data.queue", "");
	notice_list_done(&list);
	job_free(j);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_job_tells_each_state_as_a_cloudevent),
		cmocka_unit_test(
			a_job_with_a_known_site_tells_the_sites_topic_the_same_event),
		cmocka_unit_test(names_that_mqtt_would_read_as_wildcards_are_mapped),
		cmocka_unit_test(
			the_sites_state_is_retained_and_null_where_forge_did_not_tell),
		cmocka_unit_test(a_long_text_is_cut_with_a_mark_and_the_state_changes),
		cmocka_unit_test(a_cut_does_not_split_a_character),
		cmocka_unit_test(
			the_trace_is_the_delivery_and_the_same_for_all_its_events),
		cmocka_unit_test(the_source_is_a_uri_whatever_the_bridge_is_called),
		cmocka_unit_test(no_attribute_has_control_characters),
		cmocka_unit_test(an_empty_attribute_is_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
