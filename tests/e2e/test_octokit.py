"""Every payload of GitHub's published examples, signed by an independent signer."""
import base64
import json
import os
import uuid

import actors
import npm
from actors import Bridge, Scenario, Sender, fixture, github_signature

PACKAGES = ["@octokit/webhooks-examples@7.6.1", "@octokit/webhooks-methods@5.1.1"]


def signed_examples():
    """(event, body, signature) of each example; of the project's own without them."""
    folder = npm.install("octokit", PACKAGES)
    if folder:
        for line in npm.run(folder, "octokit.mjs", actors.SECRET).splitlines():
            one = json.loads(line)
            yield one["event"], base64.b64decode(one["body"]), one["signature"]
        return
    print("the npm registry is away: only the project's own payloads are sent")
    for name in sorted(os.listdir(os.path.join(actors.DATA, "github"))):
        body = fixture(name)
        yield name.split(".")[0], body, github_signature(body)


class Octokit(Scenario):
    def test_every_example_is_kept_byte_for_byte_and_known_again(self):
        examples = list(signed_examples())
        guids = [str(uuid.uuid4()) for _ in examples]
        self.start(rules=[dict(actors.DEPLOY_SHOP)])
        ids = []
        for guid, (event, body, signature) in zip(guids, examples):
            ids.append(self.accepted(self.sender.send(
                body, event, guid, X_Hub_Signature_256=signature)))
        for guid, known, (event, body, signature) in zip(guids, ids, examples):
            again = self.sender.send(body, event, guid, X_Hub_Signature_256=signature)
            self.assertEqual((again.status, again.json),
                             (202, {"delivery": known, "duplicate": True}))
        self.assertEqual(self.bridge.count("delivery"), len(examples))
        self.assertEqual(self.bridge.count("job"), 0)
        for known, (event, body, _) in zip(ids, examples):
            shown = self.bridge.run("deliveries", "show", known, "--raw",
                                    "-c", self.bridge.file)
            self.assertEqual(shown, body, event)
        print("%d payloads" % len(examples))

    test_every_example_is_kept_byte_for_byte_and_known_again.seconds = 400
