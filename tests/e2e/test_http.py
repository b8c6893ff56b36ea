"""The listener's acceptance table against the bridge itself."""
import io

import http_cases
from actors import Bridge, Scenario


class Http(Scenario):
    def test_79_requests_are_answered_as_the_table_says(self):
        bridge = Bridge(self, rules=[])
        bridge.config["sources"]["probe"] = {"kind": "token", "secret": "${HOOK_SECRET}"}
        bridge.start()
        host, port = bridge.address.split(":")
        misses = io.StringIO()
        counts = http_cases.run(host, int(port), out=misses)
        self.assertEqual(counts, (79, 0), misses.getvalue())
        bridge.stop()
        self.assertEqual(bridge.count("delivery"), 0)
        self.assertNotIn("/smug", "\n".join(bridge.log.lines))

    test_79_requests_are_answered_as_the_table_says.seconds = 120
