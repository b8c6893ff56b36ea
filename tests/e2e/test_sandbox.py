"""The stand-in for the Forge API, asked over HTTP as a client of Forge would ask: who may
call, lists, routes, the shape of answers, deployments, commands, the program itself."""
import json
import os
import signal
import subprocess
import time
import unittest

from sandbox_client import PROGRAM, SECONDS, SITE, Case, until

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


class Access(Case):
    def test_asks_for_a_token_that_it_knows(self):
        box = self.start()
        self.assertAnswer(box.get("/orgs", token=None), 401, "Unauthenticated.")
        self.assertAnswer(box.get("/orgs", token="wrong"), 401, "Unauthenticated.")
        self.assertAnswer(box.get("/orgs"), 200)

    def test_takes_the_token_of_its_option(self):
        box = self.start("--token", "other")
        self.assertAnswer(box.get("/orgs"), 401)
        self.assertAnswer(box.get("/orgs", token="other"), 200)

    def test_refuses_what_the_token_has_no_scope_for(self):
        box = self.start(seed={"tokens": [
            {"token": "reader", "name": "r", "scopes": ["server:view"]},
            {"token": "all", "name": "a"}]})
        self.assertAnswer(box.get(SITE + "/deployments", token="reader"), 200)
        self.assertAnswer(box.post(SITE + "/deployments", token="reader"), 403,
                          "This action is unauthorized.")
        self.assertAnswer(box.post(SITE + "/deployments", token="all"), 202)
        self.assertAnswer(box.get("/orgs"), 401)
        self.assertEqual(box.site()["deployments_created"], 1)

    def test_shows_the_token_s_user(self):
        box = self.start(seed={"tokens": [{"token": "t", "name": "n", "user": "ada"}]})
        for path in ("/user", "/me"):
            self.assertEqual(box.get(path, token="t").attributes["name"], "ada")

    def test_gives_each_user_a_budget_in_fixed_windows(self):
        box = self.start("--speed", "30", seed={
            "requests_per_minute": 5,
            "tokens": [{"token": "a", "name": "a", "user": "u"},
                       {"token": "b", "name": "b", "user": "u"},
                       {"token": "c", "name": "c"}]})
        for left in (4, 3, 2):
            answer = box.get("/orgs", token="a")
            self.assertEqual(answer.headers["X-RateLimit-Limit"], "5")
            self.assertEqual(answer.headers["X-RateLimit-Remaining"], str(left))
            self.assertNotIn("Retry-After", answer.headers)
        box.get("/orgs", token="b")
        box.get("/orgs", token="b")
        refused = box.get("/orgs", token="a")
        self.assertAnswer(refused, 429, "Too Many Attempts.")
        self.assertEqual(refused.headers["X-RateLimit-Remaining"], "0")
        self.assertIn(refused.headers["Retry-After"], ("1", "2"))
        self.assertLess(abs(int(refused.headers["X-RateLimit-Reset"]) - time.time()), 4)
        self.assertAnswer(box.get("/orgs", token="c"), 200)
        until("the next window", lambda: box.get("/orgs", token="a").status == 200)
        self.assertGreater(box.state()["refused"]["429"], 0)


class Lists(Case):
    def many(self, n, **more):
        sites = [{"name": "site-%04d.example.com" % i} for i in range(n)]
        return self.start("--speed", "10000", seed=dict({"organizations": [
            {"slug": "acme", "servers": [
                {"id": 7, "name": "web-7", "sites": sites},
                {"id": 9, "name": "db-9", "type": "database", "region": "nbg1"}]},
            {"slug": "other", "name": "Other", "servers": [
                {"name": "web-7", "sites": [{"id": 99999, "name": "far.example.org"}]}]}]},
            **more))

    def walk(self, box, path, **query):
        """The names of all pages, and how many there were on each."""
        names, sizes, cursor = [], [], None
        while True:
            answer = box.get(path, **query, **({"cursor": cursor} if cursor else {}))
            self.assertAnswer(answer, 200)
            names += answer.names
            sizes.append(len(answer.data))
            cursor = answer.json["meta"]["next_cursor"]
            if not cursor:
                return names, sizes

    def test_pages_of_30_are_followed_by_cursor(self):
        box = self.many(70)
        names, sizes = self.walk(box, "/orgs/acme/servers/7/sites")
        self.assertEqual(sizes, [30, 30, 10])
        self.assertEqual(names, ["site-%04d.example.com" % i for i in range(70)])
        self.assertEqual(self.walk(box, "/orgs/acme/sites", size=100)[1], [30, 30, 10])
        self.assertEqual(self.walk(box, "/orgs/acme/sites", size=25)[1], [25, 25, 20])

    def test_links_of_a_page_lead_on_and_back(self):
        box = self.many(70)
        first = box.get("/orgs/acme/sites", name="site", size=30).json
        self.assertIsNone(first["links"]["prev"])
        second = box.request("GET", first["links"]["next"]).json
        self.assertEqual(second["data"][0]["attributes"]["name"], "site-0030.example.com")
        again = box.request("GET", second["links"]["prev"]).json
        self.assertEqual(again["data"], first["data"])

    def test_filters_by_part_of_the_name(self):
        box = self.many(120)
        names, _ = self.walk(box, "/orgs/acme/sites", name="SITE-011")
        self.assertEqual(names, ["site-011%d.example.com" % i for i in range(10)])
        self.assertEqual(box.get("/orgs/acme/servers", name="db").names, ["db-9"])

    def test_sorts_as_the_catalogue_says(self):
        box = self.many(40)
        names, _ = self.walk(box, "/orgs/acme/servers/7/sites", sort="-name")
        self.assertEqual(names, ["site-%04d.example.com" % i for i in range(39, -1, -1)])
        self.assertEqual(box.get("/orgs/acme/servers", sort="name").names,
                         ["db-9", "web-7"])
        self.assertEqual(box.get("/orgs/acme/servers", sort="created_at").names,
                         ["web-7", "db-9"])

    def test_refuses_sorts_filters_and_includes_that_are_none(self):
        box = self.start()
        self.assertAnswer(box.get("/orgs/acme/servers", sort="colour"), 400)
        self.assertAnswer(box.get("/orgs/acme/servers?filter%5Bcolour%5D=red"), 400)
        self.assertIn("Requested include(s) `colour`",
                      box.get("/orgs/acme/sites", include="server,colour").message)

    def test_includes_server_and_latest_deployment(self):
        box = self.start("--speed", "1000")
        deployment = box.deploy().data["id"]
        answer = box.get("/orgs/acme/sites", include="server,latestDeployment").json
        shop, blog = answer["data"]
        self.assertEqual(shop["relationships"]["server"]["data"],
                         {"type": "servers", "id": "1"})
        self.assertEqual(shop["relationships"]["latestDeployment"]["data"],
                         {"type": "deployments", "id": deployment})
        self.assertIsNone(blog["relationships"]["latestDeployment"]["data"])
        self.assertEqual(sorted((r["type"], r["id"]) for r in answer["included"]),
                         [("deployments", deployment), ("servers", "1")])
        self.assertNotIn("relationships", box.get("/orgs/acme/sites").data[0])

    def test_a_site_s_own_link_names_its_server(self):
        box = self.start()
        self.assertEqual(box.get("/orgs/acme/sites/2").data["links"]["self"]["href"],
                         box.api + "/orgs/acme/servers/1/sites/2")

    def test_organizations_do_not_see_into_each_other(self):
        box = self.many(3)
        self.assertEqual([o["attributes"]["slug"] for o in box.get("/orgs").data],
                         ["acme", "other"])
        self.assertEqual(box.get("/orgs/other/sites").names, ["far.example.org"])
        self.assertEqual(len(box.get("/sites").data), 4)
        for path in ("/orgs/acme/sites/99999", "/orgs/other/servers/7",
                     "/orgs/acme/servers/9/sites/1/deployments", "/orgs/nobody",
                     "/orgs/acme/servers/web-7", "/orgs/acme/sites/0"):
            self.assertAnswer(box.get(path), 404, "Resource not found.")

    def test_5000_sites_are_no_problem(self):
        box = self.many(5000, requests_per_minute=100000)
        self.assertEqual(box.get("/orgs/acme/sites", name="4999").names,
                         ["site-4999.example.com"])
        names, sizes = self.walk(box, "/orgs/acme/sites")
        self.assertEqual((len(names), len(set(names)), len(sizes)), (5000, 5000, 167))


class Routes(Case):
    def test_says_what_is_no_route(self):
        box = self.start()
        self.assertAnswer(box.get("/nothing"), 404,
                          "The route api/nothing could not be found.")
        self.assertAnswer(box.request("PUT", box.api + "/orgs"), 405,
                          "The PUT method is not supported for route api/orgs. "
                          "Supported methods: GET.")

    def test_a_word_of_a_path_goes_before_a_parameter(self):
        box = self.start()
        self.assertEqual(box.get(SITE + "/deployments/status").data["type"],
                         "deploymentStatuses")
        self.assertEqual(box.get("/orgs/acme/servers/archives").data, [])


class Shapes(Case):
    """Every attribute that the catalogue knows is there, and of a type it allows."""
    NOT_KNOWN = {("deployments", "started_at"), ("deployments", "ended_at"),
                 ("deploymentStatuses", "started_at"), ("sites", "deployment_status"),
                 ("commands", "duration")}
    PYTHON = {"string": str, "integer": int, "boolean": bool, "array": list,
              "object": dict, "null": type(None), "number": float}

    @classmethod
    def setUpClass(cls):
        path = os.path.join(ROOT, "src", "forge", "operations.json")
        with open(path, encoding="utf-8") as f:
            catalogue = json.load(f)
        cls.resources = {}
        for r in catalogue["resources"].values():
            for name in r["properties"]["type"].get("enum", []):
                cls.resources[name] = r["properties"]["attributes"]

    def fits(self, schema, value):
        if "anyOf" in schema:
            return any(self.fits(s, value) for s in schema["anyOf"])
        if "enum" in schema and value not in schema["enum"]:
            return False
        kinds = schema.get("type", list(self.PYTHON))
        kinds = kinds if isinstance(kinds, list) else [kinds]
        if not any(type(value) is self.PYTHON[k] for k in kinds):
            return False
        return not isinstance(value, dict) or all(
            k in value and self.fits(s, value[k])
            for k, s in schema.get("properties", {}).items())

    def check(self, resource):
        kind, attributes = resource["type"], resource["attributes"]
        known = self.resources[kind]["properties"]
        self.assertEqual(sorted(attributes), sorted(known), kind)
        for name, value in attributes.items():
            if value is None and (kind, name) in self.NOT_KNOWN:
                continue
            self.assertTrue(self.fits(known[name], value), (kind, name, value))
        self.assertIsInstance(resource["id"], str)
        self.assertTrue(resource["links"]["self"]["href"].startswith("http://"))

    def test_every_answer_is_as_the_catalogue_says(self):
        box = self.start("--speed", "1000")
        self.check(box.deploy().data)
        box.post(SITE + "/commands", {"command": "ls"})
        until("the ends", lambda: box.status(1) == "finished" and box.get(
            SITE + "/commands/1").attributes["status"] == "finished")
        for path in ("/user", "/orgs", "/orgs/acme", "/orgs/acme/servers",
                     "/orgs/acme/servers/1", "/orgs/acme/sites", "/orgs/acme/sites/1",
                     "/orgs/acme/servers/1/sites", "/sites", SITE + "/deployments",
                     "/orgs/acme/servers/1/deployments", SITE + "/deployments/1",
                     SITE + "/deployments/1/log", SITE + "/deployments/status",
                     SITE + "/deployments/deploy-hook", SITE + "/commands",
                     SITE + "/commands/1", SITE + "/commands/1/output"):
            answer = box.get(path)
            self.assertAnswer(answer, 200)
            self.assertEqual(answer.headers["Content-Type"], "application/vnd.api+json")
            data = answer.data if isinstance(answer.data, list) else [answer.data]
            self.assertTrue(data, path)
            for resource in data:
                self.check(resource)


class Deployments(Case):
    def test_wait_run_and_finish(self):
        box = self.start("--speed", "4")
        self.assertIsNone(box.get(SITE + "/deployments/status").attributes["status"])
        answer = box.deploy()
        self.assertAnswer(answer, 202)
        self.assertEqual(answer.attributes["status"], "queued")
        self.assertIsNone(answer.attributes["commit"]["hash"])
        one = answer.data["id"]
        shown = box.get("/orgs/acme/sites/1").attributes
        self.assertEqual(shown["deployment_status"], "Queued")
        self.assertAnswer(box.get(SITE + "/deployments/%s/log" % one), 404)
        self.follow(box, "deploying")
        shown = box.get("/orgs/acme/sites/1").attributes
        self.assertEqual(shown["deployment_status"], "Deploying")
        self.follow(box, "finished")
        self.assertIsNone(box.get("/orgs/acme/sites/1").attributes["deployment_status"])
        shown = box.get("%s/deployments/%s" % (SITE, one)).attributes
        self.assertRegex(shown["commit"]["hash"], "^[0-9a-f]{40}$")
        self.assertLess(shown["started_at"], shown["ended_at"])
        self.assertIn("Deployment complete",
                      box.get(SITE + "/deployments/%s/log" % one).attributes["output"])
        self.assertEqual(box.get(SITE + "/deployments/status").attributes["status"],
                         "finished")

    def follow(self, box, status):
        """Waits for a status of the first deployment, without using up the budget."""
        until(status, lambda: box.site()["deployments"][0]["status"] == status)

    def test_run_one_at_a_time_on_a_site(self):
        box = self.start("--speed", "10")
        ids = [int(box.deploy().data["id"]) for _ in range(3)]
        box.deploy("/orgs/acme/servers/1/sites/2")
        seen = set()

        def look():
            rows = {d["id"]: d["status"] for d in box.site()["deployments"]}
            self.assertEqual(sorted(rows), ids)
            seen.add(tuple(rows[i] for i in ids))
            return set(rows.values()) == {"finished"}

        until("all three", look)
        self.assertIn(("deploying", "queued", "queued"), seen)
        self.assertIn(("finished", "finished", "deploying"), seen)
        self.assertTrue(all(row.count("deploying") <= 1 for row in seen), seen)

    def test_are_listed_newest_first_and_filtered_by_commit(self):
        head = "0123456789abcdef0123456789abcdef01234567"
        box = self.start_with_site("--speed", "1000", commit=head)
        ids = [box.deploy().data["id"] for _ in range(3)]
        until("the last", lambda: box.status(ids[2]) == "finished")
        self.assertEqual([d["id"] for d in box.get(SITE + "/deployments").data], ids[::-1])
        self.assertEqual([d["id"] for d in box.get(
            SITE + "/deployments", sort="created_at").data], ids)
        self.assertEqual(len(box.get(SITE + "/deployments", commit=head).data), 3)
        self.assertEqual(box.get(SITE + "/deployments", commit="f" * 40).data, [])
        self.assertAnswer(box.get(SITE + "/deployments/999"), 404)

    def test_a_stuck_state_can_be_reset(self):
        box = self.start("--speed", "0.1")
        one, two = box.deploy().data["id"], box.deploy().data["id"]
        answer = box.request("DELETE", box.api + SITE + "/deployments/status")
        self.assertAnswer(answer, 202)
        self.assertEqual(answer.body, b"")
        self.assertEqual((box.status(one), box.status(two)), ("cancelled", "queued"))

    def test_the_deploy_hook_takes_labels_and_a_branch(self):
        box = self.start("--speed", "1000")
        url = box.get(SITE + "/deployments/deploy-hook").attributes["url"]
        self.assertTrue(url.startswith(box.root + "/servers/1/sites/1/deploy/http?token="))
        query = "&forge_deploy_branch=main&forge_deploy_commit=abc&forge_deploy_author=Ada"
        self.assertAnswer(box.request("GET", url + query, token=None), 200)
        self.assertAnswer(box.request("POST", url + "&forge_deploy_branch=dev", b"",
                                      token=None), 200)
        self.assertAnswer(box.request("POST", url[:-1] + "x", b"", token=None), 403)
        self.assertEqual(box.site()["deployments_created"], 1)
        commit = box.get(SITE + "/deployments/1").attributes["commit"]
        self.assertEqual((commit["hash"], commit["author"]), ("abc", "Ada"))

    def push(self, box, ref):
        return box.request("POST", box.root + "/sandbox/push", {
            "ref": ref, "after": "a" * 40, "repository": {"full_name": "acme/shop"},
            "head_commit": {"message": "Fix it", "author": {"name": "Ada"}}}, token=None)

    def test_a_push_moves_the_branch(self):
        box = self.start("--speed", "1000")
        self.assertEqual(self.push(box, "refs/heads/main").json, {"sites": 1})
        self.assertEqual(self.push(box, "refs/heads/dev").json, {"sites": 0})
        box.deploy()
        self.follow(box, "finished")
        self.assertEqual(box.get(SITE + "/deployments/1").attributes["commit"],
                         {"hash": "a" * 40, "message": "Fix it", "author": "Ada",
                          "branch": "main"})

    def test_push_to_deploy_deploys_on_a_push(self):
        box = self.start_with_site("--speed", "1000", push_to_deploy=True)
        self.push(box, "refs/heads/main")
        self.assertEqual(box.site()["deployments"][0]["type"], "push")


class Commands(Case):
    def test_are_answered_without_a_body_and_found_in_the_list(self):
        box = self.start("--speed", "10")
        answer = box.post(SITE + "/commands", {"command": "php artisan up"})
        self.assertAnswer(answer, 202)
        self.assertEqual(answer.body, b"")
        box.post(SITE + "/commands", {"command": "ls"})
        newest, first = box.get(SITE + "/commands", sort="-created_at").data
        self.assertEqual((newest["attributes"]["command"], first["attributes"]["command"]),
                         ("ls", "php artisan up"))
        path = SITE + "/commands/" + first["id"]
        until("the ends", lambda: {c["status"] for c in box.site()["commands"]} ==
              {"finished"})
        self.assertEqual(box.get(path).attributes["exit_code"], 0)
        self.assertIn("php artisan up", box.get(path + "/output").attributes["output"])
        self.assertEqual(len(box.get(SITE + "/commands", status="finished").data), 2)

    def test_can_be_removed(self):
        box = self.start()
        box.post(SITE + "/commands", {"command": "ls"})
        self.assertAnswer(box.request("DELETE", box.api + SITE + "/commands/1"), 202)
        self.assertAnswer(box.get(SITE + "/commands/1"), 404)

    def test_are_checked_in_laravel_s_words(self):
        box = self.start()
        for body, text in (
                (None, "The command field is required."),
                ({}, "The command field is required."),
                ({"command": ""}, "The command field is required."),
                ({"command": None}, "The command field is required."),
                ({"command": ["ls"]}, "The command field must be a string."),
                (b"{not json", "The command field is required.")):
            answer = box.post(SITE + "/commands", body)
            self.assertAnswer(answer, 422, text)
            self.assertEqual(answer.json["errors"], {"command": [text]})
        self.assertEqual(box.site()["commands_created"], 0)


class Process(Case):
    def test_ends_well_at_a_signal(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            box = self.start()
            self.assertAnswer(box.get("/orgs"), 200)
            self.assertEqual(box.stop(number), 0)

    def test_says_what_is_wrong_with_an_option(self):
        for options, says in (
                (["--speed", "0"], "--speed"), (["--speed", "fast"], "0.01 to 10000"),
                (["--listen", "8090"], "127.0.0.1:8090"), (["--fail", "lots"], '"lost"'),
                (["--fail", "500@nowhere.at.all"], "an operation"),
                (["--token", "a", "--token-file", "b"], "give one")):
            status, text = self.refused(*options)
            self.assertEqual(status, 2, text)
            self.assertIn(says, text)

    def test_says_where_a_seed_is_wrong(self):
        path = self.write("organizations:\n"
                          "  - slug: acme\n"
                          "    servers:\n"
                          "      - name: web-1\n"
                          "        id: one\n"
                          "        sites:\n"
                          "          - nam: shop.example.com\n"
                          "          - name: a.example.com\n"
                          "          - name: a.example.com\n"
                          "tokens:\n"
                          "  - token: t\n"
                          "    scopes: [server:veiw]\n"
                          "requests_per_minute: 0\n")
        status, text = self.refused("--seed", path)
        self.assertEqual(status, 3, text)
        for line, column, says in (
                (5, 13, "expected a number"), (7, 13, 'did you mean "name"'),
                (7, 13, "name is missing"), (9, 13, "already"),
                (12, 14, 'did you mean "server:view"'), (13, 22, "from 1 on")):
            self.assertRegex(text, r"%s:%d:%d: error: .*%s" % (path, line, column, says))

    def test_help_names_every_kind_of_fault(self):
        text = subprocess.run([PROGRAM, "sandbox", "--help"], capture_output=True,
                              text=True, timeout=SECONDS, check=True).stdout
        for word in ("429-bare", "maintenance", "content-type", "nulls", "absent",
                     "wrong-types", "deep", "huge", "disconnect", "lost", "late-504", "truncate", "html",
                     "slow", "failed-deploy", "failed-build", "failed-command", "seed=N"):
            self.assertIn(word, text)


if __name__ == "__main__":
    unittest.main()
