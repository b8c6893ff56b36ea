"""From a push to a deployment to notices."""
from actors import Scenario, deploy_rule

BLOG = {"source": "github", "type": "push",
        "payload": {"repository": {"full_name": "acme/blog"}}}


class Flow(Scenario):
    def test_a_push_becomes_one_deployment(self):
        self.start()
        delivery = self.accepted(self.sender.push())
        self.ended(delivery)
        self.assertEqual(self.forge.deployments(), 1)

    def test_notices_tell_the_story_in_order(self):
        self.start()
        delivery = self.accepted(self.sender.push())
        self.ended(delivery)
        verbs = self.spy.verbs(delivery)
        story = ["delivery.accepted", "job.waiting", "job.started", "step.started",
                 "step.finished", "job.succeeded"]
        self.assertEqual([v for v in verbs if v in story], story)
        self.assertIn("step.progress", verbs)

    def test_progress_is_told_when_there_is_some(self):
        self.start(forge=["--speed", "2"])  # it is looked at while queued
        delivery = self.accepted(self.sender.push())
        self.ended(delivery)
        told = [m.json["data"]["status"] for m in self.spy.all("event/step/progress")]
        self.assertEqual(told[0], "queued")
        self.assertEqual([b for a, b in zip(told, told[1:]) if a == b], [], told)

    def test_notices_are_cloudevents_with_rising_sequences(self):
        self.start()
        delivery = self.accepted(self.sender.push())
        self.ended(delivery)
        events = self.spy.events()
        for e in events:
            self.assertEqual(e["specversion"], "1.0")
            self.assertRegex(e["id"], "^[0-9A-HJKMNP-TV-Z]{26}$")
            self.assertRegex(e["type"], r"^io\.forgebridge\.[a-z]+\.[a-z]+\.v1$")
            self.assertRegex(e["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
        sequences = [e["sequence"] for e in events]
        self.assertEqual(sequences, sorted(set(sequences)))
        self.assertEqual(events[-1]["subject"], "web-1/shop.example.com")

    def test_the_site_keeps_its_last_state_for_who_comes_later(self):
        self.start()
        self.ended(self.accepted(self.sender.push()))
        self.spy.wait("site/web-1/shop.example.com/state",
                      where=lambda m: m.json["status"] == "finished")
        self.spy.stop()
        self.spy.messages.clear()
        self.spy.start()
        late = self.spy.wait("site/web-1/shop.example.com/state")
        self.assertTrue(late.retained)
        self.assertEqual(late.json["status"], "finished")
        self.assertEqual(self.spy.all("event/+/+"), [])

    def test_who_follows_one_site_gets_the_same_events(self):
        self.start()
        delivery = self.accepted(self.sender.push())
        done = self.ended(delivery)
        same = self.spy.wait("site/web-1/shop.example.com/event",
                             where=lambda m: m.json["type"] == done["type"])
        self.assertEqual(same.json, done)

    def test_a_delivery_that_no_rule_wants_is_kept_and_starts_nothing(self):
        self.start()
        delivery = self.accepted(self.sender.push(ref="refs/heads/draft"))
        self.spy.wait("event/delivery/accepted")
        self.ended(self.accepted(self.sender.push()))  # by now the first would have
        self.assertEqual(self.spy.verbs(delivery), ["delivery.accepted"])
        self.assertEqual(self.forge.deployments(), 1)

    def test_pushes_on_one_site_run_one_after_the_other_in_their_order(self):
        self.start()
        first, second, third = [self.accepted(self.sender.push()) for _ in range(3)]
        self.ended(third)
        story = [(e["correlationid"], e["type"].split(".")[3]) for e in self.spy.events()
                 if e["type"].split(".")[2] == "job"
                 and e["type"].split(".")[3] in ("started", "succeeded")]
        self.assertEqual(story, [(d, verb) for d in (first, second, third)
                                 for verb in ("started", "succeeded")])
        self.assertEqual(self.forge.deployments(), 3)

    def test_one_delivery_may_start_several_rules(self):
        self.start(rules=[deploy_rule("shop", "shop.example.com"),
                          deploy_rule("blog-too", "blog.example.com")])
        delivery = self.accepted(self.sender.push())
        self.spy.wait("event/job/succeeded", 2)
        self.assertEqual(self.spy.verbs(delivery).count("job.succeeded"), 2)
        self.assertEqual((self.forge.deployments(),
                          self.forge.deployments("blog.example.com")), (1, 1))

    def test_another_site_does_not_wait_for_a_slow_one(self):
        self.start(rules=[deploy_rule("shop", "shop.example.com"),
                          deploy_rule("blog", "blog.example.com", BLOG)],
                   forge=["--fail", "slow@shop.example.com=3s"])
        self.accepted(self.sender.push())
        blog = self.accepted(self.sender.push(repository="acme/blog"))
        self.ended(blog)
        self.assertEqual(self.spy.all("event/job/succeeded")[0].json["correlationid"], blog)

    def test_coalescing_keeps_the_newest_of_the_waiting(self):
        self.start(rules=[deploy_rule("shop", "shop.example.com", coalesce="latest")],
                   forge=["--fail", "slow@deploy:#1=2s"])
        deliveries = [self.accepted(self.sender.push()) for _ in range(4)]
        self.ended(deliveries[3])
        for superseded in deliveries[1:3]:
            self.assertEqual(self.spy.verbs(superseded)[-1], "job.superseded")
        self.assertEqual(self.forge.deployments(), 2)

    def test_a_template_reaches_forge_rendered(self):
        rule = deploy_rule("release", "shop.example.com")
        rule["do"] = [{"operation": "run-command", "site": "shop.example.com",
                       "server": "web-1",
                       "body": {"command": "php artisan release {{ payload.after | short }}"}}]
        self.start(rules=[rule])
        delivery = self.accepted(self.sender.push(after="a1b2c3d4e5f60718293a4b5c6d7e8f90abcdef12"))
        self.ended(delivery)
        self.assertIn("php artisan release a1b2c3d", self.forge.commands())
