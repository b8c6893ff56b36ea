// Judges notices by docs/schemas, docs/asyncapi.yaml and the CloudEvents SDK. Read from
// standard input in the folder that holds node_modules:
//   node --input-type=module - DOCS MESSAGES <notices.mjs
// MESSAGES: a JSON array of {topic, payload}, topics without the prefix, or {schema,
// payload}. Prints an array: the mistakes of each, as texts.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(process.cwd() + "/");
const Ajv = require("ajv/dist/2020");
const Ajv7 = require("ajv");
const addFormats = require("ajv-formats");
const { CloudEvent } = require("cloudevents");
const { load } = require("js-yaml");
const [docs, file] = process.argv.slice(2);

const closedId = (id) => id.replace("schema:", "closed:");
const ajv = new Ajv({ strict: true, allErrors: true });
addFormats(ajv);
for (const name of readdirSync(docs + "/schemas")) {
	const schema = JSON.parse(readFileSync(`${docs}/schemas/${name}`));
	ajv.validateSchema(schema, true);
	ajv.addSchema(schema, `file:///docs/schemas/${name}`);
	// Consumers ignore what they do not know; here nothing may be undocumented.
	ajv.addSchema({ ...schema, $id: closedId(schema.$id), additionalProperties: false });
}

const asyncapi = load(readFileSync(docs + "/asyncapi.yaml", "utf8"));
const ajv7 = new Ajv7({ strict: false, allErrors: true, meta: false });
addFormats(ajv7);
ajv7.addFormat("uri-template", true); // no format of the document's own parts
const conforms = ajv7.compile(require("@asyncapi/specs/schemas/3.0.0.json"));

const channels = Object.entries(asyncapi.channels).map(([name, channel]) => ({
	pattern: new RegExp("^" + channel.address.replace("{topic}/{name}/", "")
		.replace(/\{\w+\}/g, "[^/+#]+") + "$"),
	messages: Object.values(channel.messages).map((m) => {
		const message = asyncapi.components.messages[m.$ref.split("/").pop()];
		ajv.removeSchema("file:///docs/asyncapi.yaml");
		return ajv.compile({ $id: "file:///docs/asyncapi.yaml", ...message.payload });
	}),
}));

function errors(validate, value, what) {
	return validate(value) ? [] : [`${what}: ${ajv.errorsText(validate.errors)}`];
}

function closed(name) {
	return ajv.getSchema(`urn:forgebridge:closed:${name}`);
}

function cloudevent(event) {
	try {
		new CloudEvent(event, true);
		return [];
	} catch (e) {
		return [`CloudEvents: ${e.message} ${JSON.stringify(e.errors ?? "")}`];
	}
}

function judgeTopic({ topic, payload }) {
	const found = channels.filter((c) => c.pattern.test(topic));
	if (found.length !== 1)
		return [`${found.length} channels of asyncapi.yaml for ${topic}`];
	const fitting = found[0].messages.filter((validate) => validate(payload));
	const mistakes = fitting.length === 1 ? []
		: [`${fitting.length} messages of asyncapi.yaml for ${topic}`];
	if (topic === "state")
		return mistakes.concat(errors(closed("bridge-state"), payload, topic));
	if (topic.endsWith("/state"))
		return mistakes.concat(errors(closed("site-state"), payload, topic));
	const data = ajv.getSchema(closedId(payload.dataschema));
	return mistakes.concat(cloudevent(payload), errors(closed("cloudevent"), payload, topic),
		data ? errors(data, payload.data, topic + " data")
			: [`no schema ${payload.dataschema}`]);
}

const judged = JSON.parse(readFileSync(file)).map((m) =>
	m.schema ? errors(closed(m.schema), m.payload, m.schema) : judgeTopic(m));
const asyncapiErrors = conforms(asyncapi) ? [] : conforms.errors;
process.stdout.write(JSON.stringify({ judged, asyncapi: asyncapiErrors }));
