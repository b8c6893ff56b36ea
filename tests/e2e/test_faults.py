"""What goes wrong outside, and what the bridge makes of it."""
from actors import (Bridge, Broker, Forge, Scenario, Sender, Spy, deploy_rule, until)


class ForgeSaysNo(Scenario):
    """A job fails at once with a reason that names the cause, and later jobs go on."""

    def fails(self, reason, rules=None, forge=()):
        self.start(rules=rules, forge=forge)
        delivery = self.accepted(self.sender.push())
        self.assertRegex(self.ended(delivery, "failed")["data"]["reason"], reason)
        self.bridge.log.wait(reason)
        return delivery

    def goes_on(self):
        self.ended(self.accepted(self.sender.push()))

    def test_an_unknown_site_fails_by_name(self):
        self.fails("shopp.example.com", rules=[
            deploy_rule("typo", "shopp.example.com"),
            deploy_rule("blog", "blog.example.com")])
        self.spy.wait("event/job/succeeded")

    def test_a_missing_scope_is_named(self):
        self.fails("403", forge=["--fail", "403@deploy:#1"])
        self.goes_on()

    def test_a_revoked_token_is_named(self):
        self.fails("401", forge=["--fail", "401@deploy:#1"])
        self.goes_on()

    def test_a_refused_field_is_named(self):
        self.fails("422", forge=["--fail", "422@deploy:#1"])
        self.goes_on()

    def test_a_failed_deployment_fails_the_job(self):
        self.fails("failed", forge=["--fail", "failed-deploy:#1"])
        self.spy.wait("site/web-1/shop.example.com/state",
                      where=lambda m: m.json["status"] == "failed")
        self.goes_on()

    def test_a_missing_value_fails_the_step_before_anything_is_sent(self):
        rule = deploy_rule("typo", "shop.example.com")
        rule["do"] = [{"operation": "run-command", "site": "shop.example.com",
                       "server": "web-1", "body": {"command": "echo {{ payload.afterr }}"}}]
        self.fails("payload.afterr", rules=[rule])
        self.assertEqual(self.forge.commands(), [])


class ForgeIsFlaky(Scenario):
    def once(self, fault):
        self.start(forge=["--fail", fault])
        self.ended(self.accepted(self.sender.push()))
        self.assertEqual(self.forge.deployments(), 1)

    def test_an_answer_lost_after_the_deployment_began_repeats_nothing(self):
        self.once("lost@deploy:#1")

    def test_a_late_500_repeats_nothing(self):
        self.once("late-500@deploy:#1")

    def test_a_cut_answer_repeats_nothing(self):
        self.once("truncate@deploy:#1")

    def test_a_refused_connection_is_tried_again(self):
        self.once("disconnect@deploy:#1")

    def test_503_is_tried_again(self):
        self.once("503@deploy:#1-2")

    def test_429_is_waited_out(self):
        self.once("429-bare@deploy:#1")

    def test_forge_may_be_away_when_the_delivery_comes(self):
        self.broker = Broker(self).start()
        self.forge = Forge(self).start()
        self.spy = Spy(self, self.broker).start()
        self.bridge = Bridge(self, self.forge, self.broker).start()
        self.forge.stop()
        delivery = self.accepted(Sender(self.bridge).push())
        self.spy.wait("event/job/started")
        self.forge.start()
        self.ended(delivery)
        self.assertEqual(self.forge.deployments(), 1)


class BrokerIsAway(Scenario):
    def test_all_notices_arrive_when_it_comes_at_the_end(self):
        self.broker = Broker(self)
        self.forge = Forge(self).start()
        self.bridge = Bridge(self, self.forge, self.broker).start()
        self.sender = Sender(self.bridge)
        deliveries = [self.accepted(self.sender.push()) for _ in range(3)]
        until("three deployments", lambda: self.forge.deployments() == 3)
        self.broker.start()
        self.spy = Spy(self, self.broker).start()
        for delivery in deliveries:
            self.ended(delivery)
            self.assertEqual(self.spy.verbs(delivery)[0], "delivery.accepted")

    def test_a_restart_of_the_broker_loses_nothing(self):
        self.start(persistent=True)
        keeper = Spy(self, self.broker, client_id="keeper").start()
        first = self.accepted(self.sender.push())
        self.ended(first)
        keeper.stop()
        self.broker.stop()
        second = self.accepted(self.sender.push())
        self.broker.start()
        keeper.start()
        self.spy = keeper
        self.ended(second)
        for delivery in (first, second):
            self.assertEqual(keeper.verbs(delivery)[0], "delivery.accepted")
            self.assertEqual(keeper.verbs(delivery)[-1], "job.succeeded")


class Crash(Scenario):
    def test_a_killed_bridge_finishes_the_job_after_its_restart(self):
        self.start(forge=["--fail", "slow@deploy:#1=1s"])
        delivery = self.accepted(self.sender.push())
        self.spy.wait("event/step/started")
        self.bridge.kill9()
        self.bridge.start()
        self.ended(delivery)
        self.assertEqual(self.forge.deployments(), 1)

    def test_killed_while_forge_deploys_it_follows_the_same_deployment(self):
        self.start()
        delivery = self.accepted(self.sender.push())
        self.spy.wait("event/step/progress")
        self.bridge.kill9()
        self.bridge.start()
        self.ended(delivery)
        self.assertEqual(self.forge.deployments(), 1)

    def test_a_killed_bridge_keeps_what_it_answered(self):
        self.start()
        deliveries = [self.accepted(self.sender.push()) for _ in range(5)]
        self.bridge.kill9()
        self.bridge.start()
        for delivery in deliveries:
            self.ended(delivery)
        self.assertEqual(self.forge.deployments(), 5)
