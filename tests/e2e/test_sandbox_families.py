"""Families of operations of the sandbox: what they go through in time, what follows from
them elsewhere, what they refuse beyond their schemas."""
import json
import unittest

from forge_calls import multipart
from sandbox_client import SITE, Case, until

SERVER = "/orgs/acme/servers/1"


class Family(Case):
    def begin(self, speed="1000", **seed):
        self.box = self.start("--speed", speed, seed=dict(
            {"requests_per_minute": 1000000}, **seed))
        return self.box

    def send(self, method, path, body=None, status=None):
        answer = self.box.request(method, self.box.api + path, body)
        if status is not None:
            self.assertEqual(answer.status, status, answer)
        return answer

    def add(self, path, **body):
        """Makes one and gives its path."""
        self.assertIn(self.send("POST", path, body).status, (200, 201, 202))
        return "%s/%s" % (path, max(int(one["id"]) for one in self.box.get(path).data))

    def attributes(self, path):
        return self.box.get(path).attributes

    def reaches(self, path, name, value):
        return until("%s %s" % (name, value),
                     lambda: self.attributes(path)[name] == value)

    def gone(self, path):
        until(path + " to go", lambda: self.box.get(path).status == 404)

    def refused(self, method, path, body, field):
        answer = self.send(method, path, body, 422)
        self.assertEqual(list(answer.json["errors"]), [field])


class Life(Family):
    def test_states_follow_each_other_in_time(self):
        self.begin("3")
        made = self.send("POST", SERVER + "/database/schemas", {"name": "shop"}, 202)
        path = "%s/database/schemas/%s" % (SERVER, made.data["id"])
        self.assertEqual(made.attributes["status"], "installing")
        self.assertEqual(self.attributes(path)["status"], "installing")
        self.reaches(path, "status", "installed")
        self.assertGreater(self.attributes(path)["updated_at"],
                           self.attributes(path)["created_at"])
        self.send("DELETE", path, status=202)
        self.assertEqual(self.attributes(path)["status"], "removing")
        self.gone(path)
        self.assertEqual(self.box.get(SERVER + "/database/schemas").data, [])

    def test_lists_filter_by_state_and_values(self):
        self.begin()
        for name in ("alpha", "beta", "alphabet"):
            self.add(SERVER + "/database/schemas", name=name)
        path = SERVER + "/database/schemas"
        self.assertEqual(self.box.get(path, name="PHA").names, ["alpha", "alphabet"])
        self.assertEqual(self.box.get(path, sort="-name").names, ["beta", "alphabet", "alpha"])
        until("all", lambda: len(self.box.get(path, status="installed").data) == 3)
        self.assertEqual(self.box.get(path, status="removing").data, [])
        self.add(SERVER + "/background-processes", name="w", command="a", processes=1,
                 user="forge", site_id=1)
        self.add(SERVER + "/background-processes", name="v", command="b", processes=1,
                 user="root")
        listed = self.box.get(SERVER + "/background-processes?filter%5Bsite_id%5D=1").data
        self.assertEqual([p["attributes"]["command"] for p in listed], ["a"])

    def test_names_are_taken_once(self):
        self.begin()
        for path, body, field in (
                (SERVER + "/database/schemas", {"name": "x"}, "name"),
                (SERVER + "/database/users", {"name": "x", "password": "p"}, "name"),
                (SITE + "/domains", {"name": "x.example.com", "www_redirect_type": "none",
                                     "allow_wildcard_subdomains": False}, "name"),
                (SERVER + "/sites", {"type": "php", "name": "y.example.com"}, "name")):
            self.send("POST", path, body, 202)
            self.refused("POST", path, body, field)

    def test_pages_of_things(self):
        self.begin()
        for n in range(35):
            self.send("POST", SERVER + "/firewall-rules",
                      {"name": "rule %d" % n, "type": "allow"}, 202)
        first = self.box.get(SERVER + "/firewall-rules").json
        self.assertEqual(len(first["data"]), 30)
        second = self.box.request("GET", first["links"]["next"]).json
        self.assertEqual([r["attributes"]["name"] for r in second["data"]],
                         ["rule %d" % n for n in range(30, 35)])

    def test_a_server_takes_everything_with_it(self):
        self.begin()
        made = self.send("POST", "/orgs/acme/servers", {
            "name": "web-2", "provider": "hetzner", "type": "app", "ubuntu_version": "24.04",
            "hetzner": {"region_id": "nbg1", "size_id": "cx32"}}, 202)
        self.assertEqual((made.attributes["region"], made.attributes["is_ready"]),
                         ("nbg1", False))
        path = "/orgs/acme/servers/" + made.data["id"]
        self.reaches(path, "is_ready", True)
        site = self.send("POST", path + "/sites", {"type": "laravel", "name": "a.example.com"},
                         202).data["id"]
        self.box.deploy("%s/sites/%s" % (path, site))
        self.send("DELETE", path, status=202)
        self.gone(path)
        self.gone("/orgs/acme/sites/" + site)
        self.assertEqual([s["name"] for s in self.box.state()["sites"]],
                         ["shop.example.com", "blog.example.com"])

    def test_a_site_takes_its_processes_along(self):
        self.begin()
        self.send("POST", SITE + "/integrations/horizon", status=202)
        self.assertEqual(len(self.box.get(SERVER + "/background-processes").data), 1)
        self.send("DELETE", SITE, status=202)
        self.gone(SITE + "/deployments")
        until("no process", lambda: not self.box.get(SERVER + "/background-processes").data)

    def test_archived_servers_are_out_of_sight(self):
        self.begin()
        self.send("POST", "/orgs/acme/servers/archives", {"server_id": 1}, 202)
        self.assertAnswer(self.box.get(SERVER), 404)
        self.assertAnswer(self.box.get("/orgs/acme/sites/1"), 404)
        self.assertEqual(self.box.get("/orgs/acme/sites").data, [])
        self.assertEqual(self.box.get("/orgs/acme/servers").data, [])
        self.assertEqual(self.box.get("/orgs/acme/servers/archives").names, ["web-1"])
        self.refused("POST", "/orgs/acme/servers/archives", {"server_id": 1}, "server_id")
        self.send("DELETE", "/orgs/acme/servers/archives/1", status=202)
        until("it to go", lambda: not self.box.get("/orgs/acme/servers/archives").data)

    def test_every_change_leaves_an_event(self):
        self.begin()
        self.send("POST", SERVER + "/services/nginx/actions", {"action": "reboot"}, 202)
        event = self.box.get(SERVER + "/events?include=initiator").json
        self.assertIn("Nginx", event["data"][0]["attributes"]["description"])
        self.assertEqual(event["included"][0]["type"], "users")
        self.assertEqual(event["data"][0]["relationships"]["initiator"]["data"],
                         {"type": "users", "id": event["included"][0]["id"]})
        self.assertEqual(len(self.box.get("/orgs/acme/events").data), 1)
        self.assertIn("output", self.attributes(
            "%s/events/%s/output" % (SERVER, event["data"][0]["id"])))


class Sites(Family):
    def test_a_new_site_is_what_was_asked_for(self):
        self.begin("3")
        made = self.send("POST", SERVER + "/sites", {
            "type": "nextjs", "name": "app", "domain_mode": "on-forge",
            "source_control_provider": "gitlab", "repository": "acme/app", "branch": "next",
            "push_to_deploy": True, "zero_downtime_deployments": False, "tags": ["blue"],
            "is_isolated": True, "isolated_user": "app", "web_directory": "/dist"}, 202)
        shown = made.attributes
        self.assertEqual(
            (shown["name"], shown["app_type"], shown["quick_deploy"], shown["user"],
             shown["isolated"], shown["zero_downtime_deployments"], shown["web_directory"]),
            ("app.on-forge.com", "Next.js", True, "app", True, False, "/dist"))
        self.assertEqual((shown["status"], shown["repository"]["status"]),
                         ("creating", "installing"))
        path = "/orgs/acme/sites/" + made.data["id"]
        self.reaches(path, "status", "installed")
        tags = self.box.get("/orgs/acme/sites?include=tags&filter%5Bname%5D=app").json
        self.assertEqual(tags["included"][0]["attributes"]["name"], "blue")
        domains = self.box.get("%s/sites/%s/domains" % (SERVER, made.data["id"])).data
        self.assertEqual([d["attributes"]["type"] for d in domains], ["primary"])
        self.refused("POST", SERVER + "/sites", {"type": "php", "repository": "a/b"},
                     "source_control_provider")
        self.refused("POST", SERVER + "/sites", {"type": "php", "database_id": 99},
                     "database_id")

    def test_another_branch_is_installed_after_a_while(self):
        self.begin("3")
        answer = self.send("PUT", SITE + "/git", {
            "source_control_provider": "github", "repository": "acme/shop",
            "branch": "release"}, 202)
        repository = answer.attributes["repository"]
        self.assertEqual((repository["branch"], repository["status"]),
                         ("release", "installing"))
        until("the branch", lambda: self.attributes("/orgs/acme/sites/1")["repository"] ==
              dict(repository, status="installed"))
        url = self.attributes(SITE + "/deployments/deploy-hook")["url"]
        self.box.request("POST", url + "&forge_deploy_branch=main", b"", token=None)
        self.assertEqual(self.box.site()["deployments_created"], 0)
        self.box.request("POST", url + "&forge_deploy_branch=release", b"", token=None)
        self.assertEqual(self.box.site()["deployments_created"], 1)

    def test_texts_are_read_back_as_written(self):
        self.begin()
        text = "APP_KEY=\"a b\"\n\u00e4=1\n# end"
        for path, field, shown in (
                (SITE + "/environment", "environment", "content"),
                (SITE + "/nginx", "config", "content"),
                (SITE + "/deployments/script", "content", "content"),
                (SERVER + "/php/versions/1/configs/fpm", "config", "configuration")):
            self.assertNotEqual(self.attributes(path)[shown], text)
            self.send("PUT", path, {field: text})
            self.assertEqual(self.attributes(path)[shown], text)
        self.assertNotEqual(self.attributes("/orgs/acme/servers/1/sites/2/environment")[
            "content"], text)
        self.assertEqual(self.attributes("/orgs/acme/sites/1")["deployment_script"], text)

    def test_the_deploy_hook_s_address_can_be_renewed(self):
        self.begin()
        old = self.attributes(SITE + "/deployments/deploy-hook")["url"]
        new = self.send("PUT", SITE + "/deployments/deploy-hook", status=200).attributes["url"]
        self.assertAnswer(self.box.request("POST", old, b"", token=None), 403)
        self.assertAnswer(self.box.request("POST", new, b"", token=None), 200)
        self.assertEqual(self.attributes("/orgs/acme/sites/1")["deployment_url"], new)

    def test_push_to_deploy_is_switched(self):
        self.begin()
        push = {"ref": "refs/heads/main", "after": "a" * 40,
                "repository": {"full_name": "acme/shop"}}
        for method, deployments in (("POST", 1), ("DELETE", 1)):
            self.send(method, SITE + "/deployments/push-to-deploy", status=202)
            self.box.request("POST", self.box.root + "/sandbox/push", push, token=None)
            self.assertEqual(self.box.site()["deployments_created"], deployments)
            self.assertEqual(self.attributes("/orgs/acme/sites/1")["quick_deploy"],
                             method == "POST")

    def test_maintenance_goes_on_and_off(self):
        self.begin("3")
        path = SITE + "/integrations/laravel-maintenance"
        self.send("POST", path, {"status": 503}, 202)
        self.assertEqual((self.attributes(path)["enabled"], self.attributes(path)["status"]),
                         (False, "enabling"))
        self.reaches(path, "enabled", True)
        self.assertTrue(self.attributes("/orgs/acme/sites/1")["maintenance_mode"]["enabled"])
        self.send("DELETE", path, status=202)
        self.assertEqual(self.attributes(path)["status"], "disabling")
        self.reaches(path, "enabled", False)
        self.assertIsNone(self.attributes(path)["status"])

    def test_integrations_are_processes_and_jobs(self):
        self.begin()
        for name, body in (("octane", {"port": "8000", "server": "swoole"}),
                           ("reverb", {"port": "8080", "host": "ws.example.com",
                                       "connections": 100}),
                           ("pulse", None), ("horizon", None), ("inertia", None)):
            path = SITE + "/integrations/" + name
            self.assertEqual(self.attributes(path)["enabled"], "false")
            self.send("POST", path, body, 202)
            self.send("POST", path, body, 202)
            shown = self.box.get(path + "?include=backgroundProcess").json
            self.assertEqual(shown["data"]["attributes"]["enabled"], "true")
            self.assertEqual(shown["included"][0]["id"],
                             shown["data"]["relationships"]["backgroundProcess"]["data"]["id"])
        self.assertEqual(self.attributes(SITE + "/integrations/octane")["port"], 8000)
        self.assertEqual(self.attributes(SITE + "/integrations/reverb")["connections"], 100)
        self.assertEqual(len(self.box.get(SERVER + "/background-processes").data), 5)
        self.send("DELETE", SITE + "/integrations/octane", status=202)
        self.assertEqual(self.attributes(SITE + "/integrations/octane")["enabled"], "false")
        self.send("POST", SITE + "/integrations/laravel-scheduler", status=202)
        job = self.box.get(SITE + "/scheduled-jobs").data[0]["attributes"]
        self.assertEqual(job["command"], "php artisan schedule:run")
        self.send("PUT", SITE, {"type": "wordpress"}, 202)
        self.assertEqual(self.send("POST", SITE + "/integrations/pulse", status=400).json, [])

    def test_domains_and_certificates_go_through_their_states(self):
        self.begin("5")
        domain = self.add(SITE + "/domains", name="www.example.com",
                          allow_wildcard_subdomains=True, www_redirect_type="to-www")
        self.assertEqual(self.attributes(domain)["type"], "alias")
        self.reaches(domain, "status", "enabled")
        self.send("POST", domain + "/actions", {"action": "mark-as-primary"}, 202)
        self.assertEqual([d["attributes"]["type"] for d in self.box.get(
            SITE + "/domains").data], ["alias", "primary"])
        self.send("POST", domain + "/actions", {"action": "disable"}, 202)
        self.assertEqual(self.attributes(domain)["status"], "disabling")
        self.reaches(domain, "status", "disabled")
        self.assertEqual([r["attributes"]["type"] for r in self.box.get(
            domain + "/configurations").data], ["A", "CNAME"])
        one = self.add(domain + "/certificates", type="letsencrypt",
                       letsencrypt={"key_type": "rsa", "verification_method": "dns-01"})
        shown = self.attributes(one)
        self.assertEqual((shown["status"], shown["request_status"], shown["active"],
                          shown["key_type"], shown["verification_method"]),
                         ("installing", "verifying", False, "rsa", "dns-01"))
        self.assertAnswer(self.box.get(domain + "/certificates/active"), 404)
        self.reaches(one, "active", True)
        self.assertEqual(self.box.get(domain + "/certificates/active").data["id"],
                         one.split("/")[-1])
        two = self.add(domain + "/certificates", type="clone",
                       clone={"certificate_id": int(one.split("/")[-1])})
        self.reaches(two, "status", "installed")
        self.send("POST", two + "/actions", {"action": "enable"}, 202)
        self.reaches(two, "active", True)
        self.assertFalse(self.attributes(one)["active"])
        self.assertEqual(len(self.box.get(SITE + "/certificates").data), 2)
        self.refused("POST", domain + "/certificates", {
            "type": "clone", "clone": {"certificate_id": 99}}, "clone.certificate_id")

    def test_redirect_rules_come_and_go_as_csv(self):
        self.begin()
        kind, body = multipart({"mode": "append", "file":
                                "from,to,type\r\n/a,/b,permanent\r\n\"/c,\"\"\",/d\r\n"})
        path = SITE + "/redirect-rules"

        def load(kind, body):
            return self.box.request("POST", self.box.api + path + "/import", body, type=kind)

        self.assertAnswer(load(kind, body), 202)
        csv = self.box.get(path + "/export")
        self.assertEqual(csv.headers["Content-Type"], "text/csv; charset=UTF-8")
        self.assertEqual(csv.body.decode(),
                         'from,to,type\n/a,/b,permanent\n"/c,""",/d,redirect\n')
        first, second = (int(r["id"]) for r in self.box.get(path).data)
        self.send("PUT", path + "/reorder", {"redirects": [second]}, 202)
        self.assertEqual([int(r["id"]) for r in self.box.get(path).data], [second, first])
        self.assertTrue(self.box.get(path + "/export").body.decode().endswith(
            "/a,/b,permanent\n"))
        self.assertAnswer(load(*multipart({"mode": "replace", "file": "/x,/y\n"})), 202)
        self.assertEqual([r["attributes"]["from"] for r in self.box.get(path).data], ["/x"])
        for fields, field in (({"mode": "append", "file": "only one\n"}, "file"),
                              ({"mode": "append", "file": '"open'}, "file"),
                              ({"mode": "append", "file": "a,b,never\n"}, "file"),
                              ({"mode": "merge", "file": "a,b\n"}, "mode"),
                              ({"file": "a,b\n"}, "mode")):
            answer = load(*multipart(fields))
            self.assertEqual((answer.status, list(answer.json["errors"])), (422, [field]))
        self.assertEqual(load("multipart/form-data", b"x").status, 422)
        self.refused("PUT", path + "/reorder", {"redirects": [99]}, "redirects.0")

    def test_a_balancer_has_nodes(self):
        self.begin()
        made = self.send("POST", SERVER + "/sites/balancer", {
            "domain": "lb.example.com", "balancing": [{"server_id": 1, "weight": 3}]}, 202)
        path = "%s/sites/%s/load-balancing-nodes" % (SERVER, made.data["id"])
        self.assertEqual([n["attributes"]["weight"] for n in self.box.get(path).data], [3])
        self.send("PUT", path, {"balancer_method": "ip_hash", "balancing": [
            {"server_id": 1, "weight": 1, "port": 81, "down": True}]}, 202)
        node, = self.box.get(path).data
        self.assertEqual((node["attributes"]["port"], node["attributes"]["down"]), (81, True))
        self.refused("PUT", path, {"balancer_method": "ip_hash", "balancing": [
            {"server_id": 5, "weight": 1}]}, "balancing.0.server_id")

    def test_a_heartbeat_beats_when_it_is_pinged(self):
        self.begin()
        path = self.add(SITE + "/heartbeats", name="job", frequency=5, grace_period=1)
        self.assertEqual(self.attributes(path)["status"], "pending")
        url = self.attributes(path)["ping_url"]
        self.assertAnswer(self.box.request("GET", url, token=None), 200)
        self.assertEqual(self.attributes(path)["status"], "beating")
        self.assertAnswer(self.box.request("GET", url.replace("/1/", "/99/"), token=None), 404)
        self.refused("POST", SITE + "/heartbeats", {
            "name": "x", "frequency": -1, "grace_period": 1}, "custom_frequency")


class Servers(Family):
    def test_backups_are_made_and_restored(self):
        self.begin("5")
        database = int(self.add(SERVER + "/database/schemas", name="shop").split("/")[-1])
        store = self.add("/orgs/acme/storage-providers", name="s", provider="s3")
        self.assertEqual(self.attributes(store)["provider_name"], "Amazon S3")
        self.assertFalse(self.attributes(store)["in_use"])
        body = {"storage_provider_id": int(store.split("/")[-1]), "frequency": "daily",
                "time": "03:30", "retention": 7, "database_ids": [database]}
        path = self.add(SERVER + "/database/backups", **body)
        shown = self.attributes(path)
        self.assertEqual((shown["displayable_schedule"], shown["schedule"],
                          shown["provider"], shown["database_ids"]),
                         ("Daily at 03:30", "daily", "s3", [database]))
        self.assertTrue(self.attributes(store)["in_use"])
        self.assertAnswer(self.send("DELETE", store), 409)
        self.send("POST", path + "/instances", status=202)
        backup = path + "/instances/1"
        self.assertEqual(self.attributes(backup)["status"], "pending")
        self.assertIsNone(self.attributes(backup)["finished_at"])
        self.reaches(backup, "status", "running")
        self.reaches(backup, "status", "success")
        self.assertGreater(self.attributes(backup)["size"], 0)
        self.send("POST", backup + "/restores", {"database_id": database}, 202)
        self.assertEqual(self.attributes(backup)["status"], "restoring")
        self.reaches(backup, "status", "success")
        self.refused("POST", backup + "/restores", {"database_id": 99}, "database_id")
        for field, wrong in (("storage_provider_id", 99), ("database_ids", [99])):
            name = field + (".0" if field == "database_ids" else "")
            self.refused("POST", SERVER + "/database/backups", dict(body, **{field: wrong}),
                         name)
        self.send("DELETE", path, status=202)
        self.gone(path)
        self.send("DELETE", store, status=204)

    def test_processes_are_acted_on(self):
        self.begin("5")
        path = self.add(SERVER + "/background-processes", name="w", command="a", processes=2,
                        user="forge")
        self.reaches(path, "status", "installed")
        for action, state in (("restart", "restarting"), ("stop", "stopping"),
                              ("start", "starting")):
            self.send("POST", path + "/actions", {"action": action}, 202)
            self.assertEqual(self.attributes(path)["status"], state)
            self.reaches(path, "status", "installed")
        self.assertNotEqual(self.attributes(path + "/log")["content"], "")
        self.send("POST", path + "/actions", {"action": "empty-log"}, 202)
        self.assertEqual(self.attributes(path + "/log")["content"], "")

    def test_versions_of_php_come_and_are_chosen(self):
        self.begin("5")
        path = SERVER + "/php"
        self.assertEqual(self.attributes(path + "/cli-version")["version"], "8.4")
        self.refused("PUT", path + "/cli-version", {"php_version": "8.5"}, "php_version")
        self.send("POST", path + "/versions", {"version": "php85"}, 202)
        self.refused("POST", path + "/versions", {"version": "php85"}, "version")
        self.assertEqual(self.attributes(path + "/versions/2")["status"], "installing")
        self.reaches(path + "/versions/2", "status", "installed")
        self.send("PUT", path + "/cli-version", {"php_version": "8.5"}, 204)
        self.assertEqual(self.attributes(path + "/cli-version")["binary_name"], "php8.5")
        self.assertEqual(self.attributes(path + "/site-version")["version"], "8.4")
        for method, value in (("DELETE", False), ("POST", True)):
            self.send(method, path + "/opcache", status=202)
            self.assertIs(self.attributes(path + "/opcache")["opcache_enabled"], value)
        self.send("PUT", path + "/max-upload-size", {"max_upload_size": 64}, 202)
        self.assertEqual(self.attributes(path + "/max-upload-size")["max_upload_size"], 64)

    def test_recipes_run_on_servers(self):
        self.begin("5")
        recipe = self.add("/orgs/acme/recipes", name="r", user="root", script="true")
        self.send("POST", recipe + "/runs", {"servers": [1]}, 202)
        run = recipe + "/runs/1"
        self.assertEqual(self.attributes(run)["status"], "waiting")
        self.assertIsNone(self.attributes(run)["started_at"])
        self.reaches(run, "status", "finished")
        self.assertIn("ran nothing", self.attributes(run)["output"])
        self.refused("POST", recipe + "/runs", {"servers": [1, 7]}, "servers.1")

    def test_scheduled_jobs_have_their_cron(self):
        self.begin()
        path = self.add(SITE + "/scheduled-jobs", command="a", frequency="hourly",
                        user="forge", name="n", heartbeat=True, grace_period=5)
        self.assertEqual(self.attributes(path)["cron"], "0 * * * *")
        self.assertGreater(self.attributes(path)["next_run_time"],
                           self.attributes(path)["created_at"])
        self.assertEqual(self.box.get(SITE + "/heartbeats").names, ["n"])
        self.assertEqual(self.box.get(SERVER + "/scheduled-jobs").data, [])
        self.refused("POST", SERVER + "/scheduled-jobs", {
            "command": "a", "frequency": "custom", "user": "root"}, "cron")

    def test_teams_have_members_and_share(self):
        self.begin(tokens=[{"token": "sandbox", "name": "a", "user": "ada"},
                           {"token": "b", "name": "b", "user": "bob"}])
        team = self.add("/orgs/acme/teams", name="t", users=[{"id": 2, "role": {"id": 1}}],
                        invites=[{"email": "c@example.com", "role": {"id": 2}}])
        member = self.box.get(team + "/members/2?include=role").json
        self.assertEqual(member["data"]["attributes"]["name"], "bob")
        self.assertEqual(member["included"][0]["attributes"]["name"], "Owner")
        self.send("PUT", team + "/members/2", {"role_id": 2}, 200)
        shown = self.box.get(team + "/invites?include=team,role,organization").json
        self.assertEqual(sorted(r["type"] for r in shown["included"]),
                         ["organizations", "predefinedRoles", "teams"])
        self.refused("PUT", team + "/members/2", {"role_id": 99}, "role_id")
        self.refused("POST", "/orgs/acme/teams", {
            "name": "u", "users": [{"id": 9, "role": {"id": 1}}]}, "users")
        self.assertEqual(len(self.box.get("/orgs/acme/teams").data), 1)
        self.send("POST", team + "/servers", {"server_id": 1}, 201)
        self.assertEqual(self.box.get(team + "/servers").names, ["web-1"])
        self.refused("POST", team + "/servers", {"server_id": 5}, "server_id")
        self.send("DELETE", team + "/servers/1", status=204)
        self.send("DELETE", team + "/servers/1", status=404)
        self.assertAnswer(self.box.get(SERVER), 200)

    def test_roles_have_permissions(self):
        self.begin()
        role = self.add("/orgs/acme/roles", name="r",
                        permissions=["site:create", "server:view"])
        self.assertEqual(self.box.get(role + "/permissions").names,
                         ["server:view", "site:create"])
        self.assertEqual(self.box.get(role + "/permissions", name="site").names,
                         ["site:create"])
        found = self.box.get("/orgs/acme/roles?include=permissions&"
                             "filter%5Bpermissions.name%5D=site:c").json
        self.assertEqual(len(found["included"]), 2)
        self.assertEqual(len(self.box.get(
            "/orgs/acme/roles?filter%5Bpermissions.name%5D=recipe").data), 0)
        self.send("PUT", role, {"name": "r", "permissions": []}, 200)
        self.assertEqual(self.box.get(role + "/permissions").data, [])

    def test_things_of_the_network(self):
        self.begin()
        self.send("PUT", SERVER, {"name": "front", "timezone": "Europe/Rome",
                                  "private_ip_address": "10.0.0.1"}, 200)
        shown = self.attributes(SERVER)
        self.assertEqual((shown["name"], shown["timezone"], shown["private_ip_address"]),
                         ("front", "Europe/Rome", "10.0.0.1"))
        self.send("PUT", SERVER + "/network", {"servers": [1]}, 202)
        self.assertEqual(self.box.get(SERVER + "/network").names, ["front"])
        self.refused("PUT", SERVER + "/network", {"servers": [4]}, "servers.0")
        vpcs = "/orgs/acme/server-credentials/1/regions/fsn1/vpcs"
        made = self.send("POST", vpcs, {"name": "v"}, 201)
        self.assertAnswer(self.box.get(vpcs + "/" + made.data["id"]), 200)
        self.assertAnswer(self.box.get(vpcs.replace("fsn1", "nbg1") + "/" + made.data["id"]),
                          404)
        self.assertEqual(self.box.get(vpcs).json["meta"]["current_page"], 1)
        first = self.attributes(SERVER + "/key")
        second = self.send("PUT", SERVER + "/key", status=200).attributes
        self.assertNotEqual(first["fingerprint"], second["fingerprint"])
        self.assertEqual(json.dumps(second), json.dumps(self.attributes(SERVER + "/key")))


if __name__ == "__main__":
    unittest.main()
