"""kill -9 at random instants (crash_test.py), and that its witnesses have eyes."""
import os
import unittest

import crash_test
from actors import DEPLOY_SHOP, Scenario

DEEP = bool(os.environ.get("FORGEBRIDGE_DEEP"))


class Kill(unittest.TestCase):
    def play(self, *arguments):
        """The mistakes that were found, and the test for a closer look."""
        test = crash_test.CrashTest(crash_test.parser().parse_args(arguments))
        self.addCleanup(test.clean_up, keep=False)
        print("seed %d" % test.options.seed)
        return test.run(), test

    def test_nothing_is_lost_and_nothing_is_done_twice(self):
        size = ("--kills", "50", "--deliveries", "2000") if DEEP else (
            "--kills", "5", "--deliveries", "100")
        mistakes, _ = self.play(*size)
        self.assertEqual(mistakes, [])
    test_nothing_is_lost_and_nothing_is_done_twice.seconds = 1800 if DEEP else 120

    def test_the_witnesses_notice_what_is_wrong(self):
        mistakes, test = self.play("--kills", "0", "--deliveries", "6", "--sites", "2",
                                   "--lost", "0")
        self.assertEqual(mistakes, [])
        guid = next(iter(test.site_of))

        def notices(change, undo, text):
            change()
            test.tally.mistakes.clear()
            test.check_all()
            self.assertIn(text, "\n".join(test.tally.mistakes))
            undo()

        delivery = test.tally.accepted[guid]
        notices(lambda: test.tally.accepted.update({guid: "another"}),
                lambda: test.tally.accepted.update({guid: delivery}),
                "other deliveries than were accepted")
        notices(lambda: test.tally.accepted.pop(guid),
                lambda: test.tally.accepted.update({guid: delivery}),
                "5 deliveries accepted")
        site = test.site_of[guid]
        notices(lambda: test.site_of.update({guid: 1 - site}),
                lambda: test.site_of.update({guid: site}),
                "not one deployment for each delivery")
        lost = next(iter(test.notices))
        seen = list(test.spy.messages)
        notices(lambda: setattr(test.spy, "messages", [
            m for m in seen if m.json.get("id") != lost]),
                lambda: setattr(test.spy, "messages", seen),
                "notices that the spy never saw")
        notices(lambda: test.notices.remove(lost), lambda: test.notices.add(lost),
                "notices that the journal does not have")
        notices(lambda: setattr(test, "kills", 1), lambda: setattr(test, "kills", 0),
                "1 kills")
        test.tally.mistakes.clear()
        test.check_all()
        self.assertEqual(test.tally.mistakes, [])


class Restart(Scenario):
    def test_a_restart_supersedes_no_job_that_was_running(self):
        self.start(rules=[dict(DEPLOY_SHOP, coalesce="latest")],
                   forge=["--fail", "slow@deploy:#1=1s"])
        first, second, third = [self.accepted(self.sender.push()) for _ in range(3)]
        self.spy.wait("event/step/started")
        self.bridge.kill9()
        self.bridge.start()
        self.ended(first)
        self.ended(second, "superseded")
        self.ended(third)
        self.assertEqual(self.forge.deployments(), 2)


if __name__ == "__main__":
    unittest.main()
