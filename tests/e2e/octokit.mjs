// Signs the payloads of @octokit/webhooks-examples by @octokit/webhooks-methods and prints
// one JSON line each: {event, body (base64), signature}. Read from standard input in the
// folder that holds node_modules: node --input-type=module - SECRET <octokit.mjs
import { createRequire } from "node:module";
import { sign } from "@octokit/webhooks-methods";

const examples = createRequire(process.cwd() + "/")("@octokit/webhooks-examples");
const secret = process.argv[2];
for (const { name, examples: payloads } of examples) {
	for (const payload of payloads) {
		const body = JSON.stringify(payload);
		const signature = await sign(secret, body);
		const line = { event: name, body: Buffer.from(body).toString("base64"), signature };
		process.stdout.write(JSON.stringify(line) + "\n");
	}
}
