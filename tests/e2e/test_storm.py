"""Many good senders at once, and the same delivery from all of them."""
import os
import threading
import uuid

from actors import Scenario, fixture

DEEP = bool(os.environ.get("FORGEBRIDGE_DEEP"))


def together(n, work):
    threads = [threading.Thread(target=work) for _ in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


class Storm(Scenario):
    def test_one_delivery_sent_very_often_is_one_row_and_one_job(self):
        self.start()
        guid, body = str(uuid.uuid4()), fixture("push.json")
        connections, each = (50, 200) if DEEP else (50, 10)
        answers = []
        def storm():
            for _ in range(each):
                answers.append(self.sender.send(body, delivery=guid))
        together(connections, storm)
        self.assertEqual({a.status for a in answers}, {202})
        self.assertEqual(len({a.json["delivery"] for a in answers}), 1)
        self.assertEqual(sum(not a.json["duplicate"] for a in answers), 1)
        self.ended(answers[0].json["delivery"])
        self.assertEqual((self.bridge.count("delivery"), self.bridge.count("job"),
                          self.forge.deployments()), (1, 1, 1))
