"""Forge is away for longer than the client's own attempts: jobs wait and go on."""
from actors import Scenario, deploy_rule, until

PLACE = "organizations.servers.sites."
WAITS = r'msg="the step waits for Forge and tries again"'


def reasons(spy, delivery):
    """What notices said of why the running job waits, in order, repeats dropped."""
    found = [e["data"].get("reason") for e in spy.events()
             if e.get("correlationid") == delivery and ".step.waiting." in e["type"]]
    return [r for i, r in enumerate(found) if r and found[:i][-1:] != [r]]


class Outage(Scenario):
    def cast(self, rules=None, forge=(), timeout=None):
        rules = rules or [deploy_rule("deploy-shop", "shop.example.com")]
        if timeout:
            rules[0]["do"][0]["timeout"] = timeout
        self.start(rules=rules, forge=forge)

    def waits(self, delivery, reason):
        told = self.spy.wait(
            "event/step/waiting", where=lambda m: m.json["correlationid"] == delivery
            and "waiting for Forge" in m.json["data"].get("reason", ""))
        self.assertRegex(told.json["data"]["reason"], reason)
        self.assertEqual(told.json["data"]["state"], "running")

    def logged(self, pattern):
        return [line for line in self.bridge.log.lines if pattern in line]


class ForgeIsGone(Outage):
    """Nothing listens at its address."""

    def test_a_job_waits_and_says_why_once(self):
        self.cast()
        self.forge.kill9()
        delivery = self.accepted(self.sender.push())
        self.waits(delivery, "waiting for Forge: cannot reach Forge: ")
        self.assertRegex(self.bridge.rows("SELECT reason FROM job")[0][0], "cannot reach")
        self.assertEqual(self.bridge.metric("^forgebridge_forge_reachable"), 0)
        # single probes by now: the cause stays one
        before = self.unanswered()
        until("further probes", lambda: self.unanswered() > before + 3)
        self.forge.start()
        done = self.ended(delivery)
        self.assertNotIn("reason", done["data"])
        self.assertEqual(self.forge.deployments(), 1)
        self.assertEqual(len(self.logged("the step waits for Forge")), 1)
        self.assertEqual(self.bridge.metric("^forgebridge_forge_reachable"), 1)

    def unanswered(self):
        return self.bridge.metric(r'^forgebridge_forge_answers_total\{.*class="none"')

    def test_the_steps_own_time_ends_it_with_cause_and_duration(self):
        self.cast(timeout="2s")
        self.forge.kill9()
        first = self.accepted(self.sender.push())
        reason = self.ended(first, "failed")["data"]["reason"]
        self.assertRegex(reason, "gave up after [23] s: cannot reach Forge: ")
        self.forge.start()
        self.ended(self.accepted(self.sender.push()))
        self.assertEqual(self.forge.deployments(), 1)

    def test_sigterm_ends_the_wait_and_the_next_start_resumes_the_job(self):
        self.cast()
        self.forge.kill9()
        delivery = self.accepted(self.sender.push())
        self.waits(delivery, "cannot reach")
        self.assertEqual(self.bridge.stop(seconds=5), 0)
        self.forge.start()
        self.bridge.start()
        self.ended(delivery)
        self.assertEqual(self.forge.deployments(), 1)

    def test_a_restart_does_not_give_the_step_its_time_anew(self):
        self.cast(timeout="6s")
        self.forge.kill9()
        delivery = self.accepted(self.sender.push())
        self.waits(delivery, "cannot reach")
        started = self.bridge.rows("SELECT started_us FROM step")
        self.assertGreater(started[0][0], 0)
        self.bridge.kill9()
        self.bridge.start()
        reason = self.ended(delivery, "failed")["data"]["reason"]
        self.assertRegex(reason, "gave up after [67] s: ")
        self.assertEqual(self.bridge.rows("SELECT started_us FROM step"), started)

    def test_jobs_of_several_sites_wait_and_all_go_on(self):
        self.cast(rules=[deploy_rule("shop", "shop.example.com"),
                         deploy_rule("blog", "blog.example.com")])
        self.forge.kill9()
        delivery = self.accepted(self.sender.push())
        self.waits(delivery, "cannot reach")
        self.bridge.log.wait(WAITS + ".*rule=shop")
        self.bridge.log.wait(WAITS + ".*rule=blog")
        self.forge.start()
        self.spy.wait("event/job/succeeded", 2)


class ForgeHasTrouble(Outage):
    """It listens, but answers errors for a time; one deployment comes of it."""

    def waits_out(self, fault, reason):
        self.cast(forge=["--fail", fault])
        delivery = self.accepted(self.sender.push())
        self.waits(delivery, reason)
        self.ended(delivery)
        self.assertEqual(self.forge.deployments(), 1)
        self.assertEqual(self.spy.verbs(delivery).count("step.started"), 1)
        return delivery

    def test_503_while_names_are_looked_up(self):
        self.waits_out("503:#1-12", "offline for maintenance")

    def test_500_while_names_are_looked_up(self):
        self.waits_out("500:#1-12", r"Forge has an error: 500")

    def test_a_web_page_while_names_are_looked_up(self):
        self.waits_out("html:#1-8", "no JSON")

    def test_502_while_the_mark_is_taken(self):
        self.waits_out("502@deployments:#1-12", r"Forge has an error: 502")

    def test_maintenance_when_the_request_is_sent(self):
        delivery = self.waits_out("503@deploy:#1-12", "offline for maintenance")
        self.assertEqual(len(reasons(self.spy, delivery)), 1)

    def test_502_when_the_request_is_sent_is_looked_up_each_time(self):
        self.waits_out("502@deploy:#1-6", "nothing came of the request")

    def test_errors_while_a_lost_request_is_looked_for(self):
        self.waits_out("lost@deploy:#1,500@deployments:#2-12", r"an error: 500")

    def test_errors_while_forge_deploys(self):
        delivery = self.waits_out("500@deployment:#2-12", r"an error: 500")
        told = [e["data"].get("reason") for e in self.spy.events() if
                e["correlationid"] == delivery and ".step.progress." in e["type"]]
        self.assertEqual(set(told), {None})  # the wait is over when it goes on

    def test_each_change_of_the_cause_is_told(self):
        self.cast(forge=["--fail", "503:#1-8,500:#9-16"])
        delivery = self.accepted(self.sender.push())
        self.ended(delivery)
        first, second = reasons(self.spy, delivery)
        self.assertIn("maintenance", first)
        self.assertIn("500", second)
        self.assertEqual(len(self.logged("the step waits for Forge")), 2)

    def test_a_request_known_to_have_changed_nothing_is_not_in_doubt_after_a_restart(self):
        """Rebooting has no list to look in: in doubt the job would have to fail."""
        rule = deploy_rule("reboot", "shop.example.com")
        rule["do"] = [{"operation": "reboot", "server": "web-1",
                       "body": {"action": "reboot"}}]
        self.cast(rules=[rule], forge=["--fail", "503@reboot:#1+"])
        delivery = self.accepted(self.sender.push())
        self.spy.wait("event/step/waiting", where=lambda m: "maintenance" in
                      m.json["data"].get("reason", ""))
        self.bridge.kill9()
        after = len(self.bridge.log.lines)
        self.bridge.start()
        self.bridge.log.wait(WAITS + ".*maintenance", after=after)
        self.assertEqual(self.bridge.rows("SELECT state FROM job"), [("running",)])
        self.assertEqual(self.spy.all("event/job/failed"), [])

    def test_429_beyond_the_steps_time_says_so(self):
        self.cast(forge=["--fail", "429:#1+"], timeout="2s")
        delivery = self.accepted(self.sender.push())
        self.waits(delivery, "too many requests")
        reason = self.ended(delivery, "failed")["data"]["reason"]
        self.assertRegex(reason, r"gave up after [23] s: too many requests")


class ForgeRefuses(Outage):
    """What waiting does not cure fails at once, in each phase."""

    def refused(self, fault, reason):
        self.cast(forge=["--fail", fault])
        delivery = self.accepted(self.sender.push())
        self.assertRegex(self.ended(delivery, "failed")["data"]["reason"], reason)
        self.assertEqual(reasons(self.spy, delivery), [])
        self.ended(self.accepted(self.sender.push()))

    def test_401_while_names_are_looked_up(self):
        self.refused("401:#1", "401")

    def test_403_while_the_mark_is_taken(self):
        self.refused("403@deployments:#1", "403")

    def test_404_when_the_request_is_sent(self):
        self.refused("404@deploy:#1", "404")

    def test_409_when_the_request_is_sent(self):
        self.refused("409@deploy:#1", "409")

    def test_501_when_the_request_is_sent(self):
        self.refused("501@deploy:#1", "501")
