"""Start, reload, drain, and what operators see."""
import os
import re
import signal
import socket
import subprocess
import threading

import actors
from actors import Bridge, Broker, Scenario, Sender, Spy, deploy_rule, fixture, until


class Life(Scenario):
    def test_ready_is_said_once_on_stdout_when_it_listens(self):
        bridge = Bridge(self, rules=[])
        bridge.write_config()
        p = subprocess.Popen([actors.PROGRAM, "serve", "-c", bridge.file],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             env=dict(os.environ, **bridge.env))
        try:
            line = p.stdout.readline().decode()
            self.assertTrue(line.startswith("ready"), line)
            bridge.address = re.search(r"127\.0\.0\.1:\d+", line).group(0)
            self.accepted(Sender(bridge).push())
        finally:
            p.terminate()
            rest = p.stdout.read()
            p.stdout.close()
            self.assertEqual(p.wait(actors.SECONDS), 0)
        self.assertEqual(rest, b"")

    def test_a_bad_configuration_is_refused_at_start_with_all_places(self):
        bridge = Bridge(self)
        bridge.config = "listen: {adress: 127.0.0.1:0}\nsources: 7\nrules: []\n"
        bridge.write_config()
        done = subprocess.run([actors.PROGRAM, "serve", "-c", bridge.file],
                              capture_output=True, text=True, timeout=30)
        self.assertEqual(done.returncode, 3, done)
        self.assertRegex(done.stderr, r"forgebridge\.yaml:1:\d+: error: ")
        self.assertRegex(done.stderr, r"forgebridge\.yaml:2:\d+: error: ")

    def test_an_admin_listener_for_the_world_is_refused_with_its_place(self):
        bridge = Bridge(self, rules=[])
        bridge.config["admin"]["address"] = "0.0.0.0:0"
        bridge.write_config()
        done = subprocess.run([actors.PROGRAM, "serve", "-c", bridge.file],
                              capture_output=True, text=True, timeout=30,
                              env=dict(os.environ, **bridge.env))
        self.assertEqual(done.returncode, 3, done)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, r"forgebridge\.yaml:\d+:\d+: error: `address`: "
                         "the admin listener asks nobody who they are")

    def test_a_reload_takes_new_rules(self):
        self.start(rules=[])
        self.bridge.config["rules"] = [deploy_rule("shop", "shop.example.com")]
        self.bridge.reload()
        self.bridge.log.wait("reload")
        until("the new rule to match", lambda: self.accepted(self.sender.push()) and
              self.spy.all("event/job/waiting"))

    def test_a_bad_reload_keeps_the_old_configuration_and_says_where(self):
        self.start()
        good = self.bridge.config
        self.bridge.config = "listen: {address: 127.0.0.1:0}\nrules: [{nme: x}]\n"
        self.bridge.reload()
        self.bridge.log.wait(r"forgebridge\.yaml:2:\d+")
        self.bridge.config = good
        self.ended(self.accepted(self.sender.push()))

    def test_a_running_job_ends_under_the_rules_it_began_with(self):
        self.start(forge=["--fail", "slow@deploy:#1=1s"])
        delivery = self.accepted(self.sender.push())
        self.spy.wait("event/step/started")
        self.bridge.config["rules"] = []
        self.bridge.config["sources"] = {"github": {"kind": "github",
                                                    "secret": "${HOOK_SECRET}"}}
        self.bridge.reload()
        self.ended(delivery)

    def test_sigterm_ends_with_0_and_says_offline(self):
        self.start()
        self.accepted(self.sender.push())
        self.assertEqual(self.bridge.stop(), 0)
        self.assertEqual(self.spy.wait("state", 2).json["state"], "offline")

    def test_sigterm_answers_the_request_that_is_on_its_way(self):
        self.start(rules=[])
        body = fixture("push.json")
        headers = dict(self.sender.headers(body), Host="bridge", Expect="100-continue")
        headers["Content-Length"] = str(len(body))
        host, port = self.bridge.address.split(":")
        with socket.create_connection((host, int(port)), timeout=20) as s:
            s.sendall(("POST /hooks/github HTTP/1.1\r\n" + "".join(
                "%s: %s\r\n" % h for h in headers.items()) + "\r\n").encode())
            self.assertIn(b"100 Continue", s.recv(1000))
            self.bridge.signal(signal.SIGTERM)
            until("refusing new connections", self.refuses)
            s.sendall(body)
            self.assertIn(b" 202 ", s.recv(1000).split(b"\r\n")[0])
        self.assertEqual(self.bridge.wait_end(), 0)
        self.assertEqual(self.bridge.count("delivery"), 1)

    def refuses(self):
        try:
            self.sender.request("GET", "/")
            return False
        except OSError:
            return True

    def test_a_killed_bridge_is_lost_by_its_will(self):
        self.start()
        boot = self.spy.all("state")[-1].json["boot"]
        self.bridge.kill9()
        lost = self.spy.wait("state", where=lambda m: m.json["state"] == "lost")
        self.assertEqual(lost.json["boot"], boot)

    def test_no_secret_reaches_log_metrics_or_notices(self):
        self.start()
        self.ended(self.accepted(self.sender.push()))
        self.sender.send(fixture("push.json"), X_Hub_Signature_256="sha256=" + "0" * 64)
        shown = "\n".join(self.bridge.log.lines + list(map(repr, self.spy.messages)) +
                          [self.bridge.admin("/metrics").body.decode()])
        self.assertNotIn(actors.SECRET, shown)
        self.assertNotRegex(shown, r"\bBearer sandbox\b")

    def test_health_readiness_and_metrics(self):
        self.start()
        self.ended(self.accepted(self.sender.push()))
        for path in ("/healthz", "/readyz"):
            self.assertEqual(self.bridge.admin(path).status, 200, path)
        self.assertEqual(self.bridge.metric(
            r'^forgebridge_deliveries_total\{.*outcome="accepted"'), 1)
        self.assertEqual(self.bridge.metric(r'^forgebridge_jobs_total\{.*succeeded'), 1)
        self.assertEqual(self.bridge.metric("^forgebridge_mqtt_connected"), 1)
        self.assertEqual(self.bridge.admin("/nothing").status, 404)

    def test_text_from_outside_forges_no_log_line(self):
        bridge = Bridge(self, rules=[]).start()
        Sender(bridge).send(fixture("push.json"), "push", "x\tlevel=error msg=owned",
                            User_Agent='a" level=error msg=owned')
        Sender(bridge).request("GET", "/hooks/%0alevel=error%20msg=owned")
        bridge.stop()
        for line in bridge.log.lines:
            self.assertNotRegex(line, r"(^|\s)level=error msg=owned(\s|$)")

    def test_the_broker_is_not_needed_to_start_or_to_accept(self):
        broker = Broker(self)  # never started
        bridge = Bridge(self, broker=broker, rules=[]).start()
        self.accepted(Sender(bridge).push())
        bridge.log.wait("cannot reach the broker.*Connection refused", alive=bridge.alive)
        self.assertEqual(bridge.admin("/readyz").status, 200)
        self.assertEqual(bridge.stop(), 0)

    def test_many_senders_at_once_are_all_answered(self):
        self.start(rules=[])
        answers = []
        def send():
            for _ in range(20):
                answers.append(self.sender.push().status)
        threads = [threading.Thread(target=send) for _ in range(10)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(answers, [202] * 200)
        self.spy.wait("event/delivery/accepted", 200)
        self.assertEqual(self.bridge.count("delivery"), 200)


class Watcher(Scenario):
    def test_watch_prints_notices(self):
        self.start()
        watch = actors.Process(self)
        watch.name = "watch"
        watch.launch([actors.PROGRAM, "watch", "-c", self.bridge.file], self.bridge.env)
        watch.log.wait("state", alive=watch.alive)  # the retained one: it listens
        self.ended(self.accepted(self.sender.push()))
        watch.log.wait("job/succeeded", alive=watch.alive)

    def test_a_late_spy_finds_the_bridge_online(self):
        self.start()
        late = Spy(self, self.broker).start()
        state = late.wait("state")
        self.assertTrue(state.retained)
        self.assertEqual(state.json["state"], "online")
