// Validates JSON documents against JSON Schemas (draft 2020-12) by ajv. The file named by
// the argument has one JSON line {"add": name, "schema"} for each schema that others refer
// to, then {"name", "ref" or "schema", "value"} for each document; prints one JSON line
// {"name", "errors"} for each that does not fit, then {"checked": how many}. Run by npm.py
// where the packages are.
import { createRequire } from "node:module";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

const require = createRequire(process.cwd() + "/");
const Ajv = require("ajv/dist/2020").default;
const ajv = new Ajv({ strict: false, allErrors: true });
require("ajv-formats").default(ajv);
const compiled = new Map();
let checked = 0;
for await (const line of createInterface({ input: createReadStream(process.argv[2]) })) {
	const one = JSON.parse(line);
	if (one.add) {
		ajv.addSchema(one.schema, one.add);
		continue;
	}
	const key = one.ref || JSON.stringify(one.schema);
	if (!compiled.has(key))
		compiled.set(key, ajv.compile(one.ref ? { $ref: one.ref } : one.schema));
	const validate = compiled.get(key);
	checked++;
	if (!validate(one.value))
		process.stdout.write(JSON.stringify({ name: one.name, errors: validate.errors }) + "\n");
}
process.stdout.write(JSON.stringify({ checked }) + "\n");
