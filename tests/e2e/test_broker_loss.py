"""The broker loses its state, and the bridge sees it by the marker that it keeps there."""
from actors import Scenario, Spy, until

LOST = "the broker lost its state"


class Loss(Scenario):
    def told(self):
        """A delivery whose notices the broker has acknowledged, marker included."""
        delivery = self.accepted(self.sender.push())
        self.ended(delivery)
        until("the marker in the journal", self.is_placed)
        return delivery

    def is_placed(self):
        newest, pending = self.bridge.rows(
            "SELECT max(seq), sum(settled_us IS NULL) FROM notice")[0]
        return pending == 0 and self.bridge.rows(
            "SELECT value FROM meta WHERE key = 'broker_marker'") == [(newest,)]

    def restart_broker(self, end):
        end()
        self.broker.start()
        self.spy.stop()
        self.spy = Spy(self, self.broker).start()

    def is_told_again(self, delivery):
        self.ended(delivery)
        self.assertEqual(self.spy.verbs(delivery)[0], "delivery.accepted")
        self.assertEqual(self.spy.verbs(delivery)[-1], "job.succeeded")

    def replays(self):
        return self.bridge.metric("^forgebridge_mqtt_replays_total")

    def all_is_quiet(self, *deliveries):
        """By the end of another delivery a replay would have come: it is in order."""
        self.told()
        for delivery in deliveries:
            self.assertEqual(self.spy.verbs(delivery), [])
        self.assertEqual(self.replays(), 0)


class BrokerWithoutPersistence(Loss):
    def test_killed_under_a_running_bridge(self):
        self.start()
        delivery = self.told()
        self.restart_broker(self.broker.kill9)
        self.is_told_again(delivery)
        self.spy.wait("site/web-1/shop.example.com/state",
                      where=lambda m: m.json["status"] == "finished")
        self.bridge.log.wait(LOST)
        self.assertEqual(self.replays(), 1)

    def test_killed_while_the_bridge_is_down(self):
        self.start()
        delivery = self.told()
        self.assertEqual(self.bridge.stop(), 0)
        self.restart_broker(self.broker.kill9)
        self.bridge.start()
        self.is_told_again(delivery)
        self.assertEqual(self.replays(), 1)

    def test_killed_with_the_bridge(self):
        self.start()
        delivery = self.told()
        self.bridge.kill9()
        self.restart_broker(self.broker.kill9)
        self.bridge.start()
        self.is_told_again(delivery)

    def test_it_is_seen_once_for_each_loss(self):
        self.start()
        first = self.told()
        self.restart_broker(self.broker.kill9)
        self.is_told_again(first)
        newest = self.bridge.rows("SELECT max(seq) FROM notice")[0][0]
        self.spy.wait("outbox", where=lambda m: m.json["sequence"] == newest)
        self.bridge.kill9()
        self.spy.stop()
        self.spy = Spy(self, self.broker).start()
        self.bridge.start()
        self.all_is_quiet(first)


class BrokerWithPersistence(Loss):
    def test_a_clean_restart_under_a_running_bridge_repeats_nothing(self):
        self.start(persistent=True)
        delivery = self.told()
        self.restart_broker(self.broker.stop)
        self.all_is_quiet(delivery)

    def test_a_clean_restart_while_the_bridge_is_down_repeats_nothing(self):
        self.start(persistent=True)
        delivery = self.told()
        self.bridge.kill9()
        self.restart_broker(self.broker.stop)
        self.bridge.start()
        self.all_is_quiet(delivery)

    def test_a_restart_of_the_bridge_repeats_nothing(self):
        self.start()
        delivery = self.told()
        for end in (self.bridge.stop, self.bridge.kill9):
            end()
            self.spy.stop()
            self.spy = Spy(self, self.broker).start()
            self.bridge.start()
            self.all_is_quiet(delivery)

    def test_killed_with_an_old_state_on_disk_only_what_came_since_is_repeated(self):
        self.start(persistent="lazily")
        first = self.told()
        self.restart_broker(self.broker.stop)  # now it is on disk
        second = self.told()
        self.bridge.stop()
        self.restart_broker(self.broker.kill9)
        self.bridge.start()
        self.is_told_again(second)
        self.assertEqual(self.spy.verbs(first), [])
        self.assertEqual(self.replays(), 1)
