"""`forgebridge check --online` against the sandbox and mosquitto."""
import json
import os
import subprocess
import unittest

from actors import Bridge, Broker, Forge, Scenario, deploy_rule, free_port


VIEW = ["organization:view", "server:view"]
TOKENS = {"all-it-takes": VIEW + ["site:manage-deploys"], "only-looks": VIEW,
          "sees-no-server": ["organization:view", "site:manage-deploys"],
          "sees-nothing": ["site:manage-deploys"]}


class Online(Scenario):
    def check(self, status, *sites, broker=None, **forge):
        bridge = Bridge(self, self.forge, broker, [
            deploy_rule("deploy-%d" % i, site) for i, site in enumerate(sites)])
        bridge.config["forge"].update(forge)
        bridge.write_config()
        return bridge.run("check", "--online", "-c", bridge.file, status=status).decode()

    def setUp(self):
        super().setUp()
        self.forge = Forge(self)
        sites = [{"name": name + ".example.com", "repository": "acme/" + name,
                  "push_to_deploy": name == "twice"} for name in ("shop", "blog", "twice")]
        with open(self.forge.seed, "w", encoding="utf-8") as f:
            json.dump({"requests_per_minute": 100000, "organizations": [
                {"slug": "acme", "servers": [{"name": "web-1", "sites": sites}]}],
                "tokens": [{"token": "sandbox", "name": "sandbox", "user": "ops"}] + [
                    {"token": token, "name": token, "user": "ops", "scopes": scopes}
                    for token, scopes in TOKENS.items()]}, f)
        self.forge.start()

    def test_finds_token_organization_sites_and_broker(self):
        broker = Broker(self).start()
        self.check(0, "shop.example.com", "blog.example.com", broker=broker)

    def test_names_a_site_that_forge_does_not_have(self):
        self.assertIn('no site "shp.example.com"', self.check(3, "shp.example.com"))

    def test_warns_of_a_site_that_would_be_deployed_twice(self):
        out = self.check(0, "shop.example.com", "twice.example.com")
        self.assertIn("push-to-deploy is on for twice.example.com", out)
        self.assertIn("0 errors, 1 warning", out)

    def test_tells_a_refused_token(self):
        self.assertIn("the token was refused", self.check(4, "shop.example.com", token="no"))

    def test_tells_an_organization_that_is_not_there(self):
        self.assertIn('organization "acne"', self.check(3, organization="acne"))

    def test_tells_a_forge_that_cannot_be_reached(self):
        url = "http://127.0.0.1:%d/api" % free_port()
        self.assertIn("cannot reach Forge", self.check(5, url=url))

    def test_tells_a_broker_that_cannot_be_reached(self):
        self.assertIn("cannot be used", self.check(5, broker=Broker(self)))

    def test_takes_a_token_with_the_scopes_that_the_rules_need(self):
        self.check(0, "shop.example.com", token="all-it-takes")

    def test_names_a_missing_scope_at_the_step_that_needs_it(self):
        out = self.check(4, "shop.example.com", "blog.example.com", token="only-looks")
        self.assertRegex(out, r':\d+:\d+: error: .*"default" lacks the scope '
                         "site:manage-deploys, which deploy needs")
        self.assertIn("1 error,", out)
        for token in ("sees-no-server", "sees-nothing"):
            with self.subTest(token=token):
                out = self.check(4, "shop.example.com", token=token)
                self.assertIn(":view", out)

    def test_changes_nothing(self):
        self.check(0, "shop.example.com", "blog.example.com", "twice.example.com")
        self.assertEqual(self.forge.deployments(), 0)
        called = self.forge.state()["operations"]
        self.assertEqual([op for op in called if called[op]["calls"] and
                          not op.endswith((".index", ".show"))], [])

    def test_names_a_server_that_forge_does_not_have(self):
        bridge = Bridge(self, self.forge, rules=[dict(deploy_rule("x", "shop.example.com"), do=[
            {"operation": "deploy", "site": "shop.example.com", "server": "web-2"}])])
        bridge.write_config()
        out = bridge.run("check", "--online", "-c", bridge.file, status=3).decode()
        self.assertIn('no server "web-2"', out)

    def test_tells_all_in_one_run(self):
        out = self.check(3, "shp.example.com", "blog.example.co", "twice.example.com")
        self.assertIn('"shp.example.com"', out)
        self.assertIn('"blog.example.co"', out)
        self.assertIn("push-to-deploy is on", out)


class OnlineBroker(Scenario):
    """Who may do what at the broker."""

    def check(self, status, user, password):
        broker = Broker(self)
        passwords, acl = (os.path.join(self.dir, n) for n in ("passwords", "acl"))
        subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "bridge", "right"],
                       check=True, capture_output=True)
        subprocess.run(["mosquitto_passwd", "-b", passwords, "guest", "right"],
                       check=True, capture_output=True)
        with open(acl, "w", encoding="utf-8") as f:
            f.write("user bridge\ntopic readwrite forgebridge/main/#\n")
        with open(broker.config, encoding="utf-8") as f:
            config = f.read().replace("allow_anonymous true", "allow_anonymous false")
        with open(broker.config, "w", encoding="utf-8") as f:
            f.write(config + "password_file %s\nacl_file %s\n" % (passwords, acl))
        broker.start()
        bridge = Bridge(self, Forge(self).start(), broker, [
            deploy_rule("deploy", "shop.example.com")])
        bridge.config["mqtt"]["url"] = "mqtt://%s:%s@127.0.0.1:%d" % (
            user, password, broker.port)
        bridge.write_config()
        return bridge.run("check", "--online", "-c", bridge.file, status=status).decode()

    def test_good_credentials_are_taken(self):
        self.check(0, "bridge", "right")

    def test_wrong_credentials_are_told(self):
        self.assertRegex(self.check(4, "bridge", "wrong"), "(?i)not authori[sz]ed")

    def test_a_topic_that_is_not_allowed_is_told(self):
        self.assertIn("refuses to publish on forgebridge/main/check",
                      self.check(4, "guest", "right"))


if __name__ == "__main__":
    unittest.main()
