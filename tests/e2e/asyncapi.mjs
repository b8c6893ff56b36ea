// Reads docs/asyncapi.yaml by the AsyncAPI parser. From standard input in the folder that
// holds node_modules: node --input-type=module - DOCS <asyncapi.mjs
// Prints {mistakes: [...], messages: how many there are}.
import { createRequire } from "node:module";

const { Parser, fromFile } = createRequire(process.cwd() + "/")("@asyncapi/parser");
const { document, diagnostics } = await fromFile(new Parser(),
	process.argv[2] + "/asyncapi.yaml").parse();
const mistakes = diagnostics.filter((d) => d.severity <= 1)
	.map((d) => `${d.code}: ${d.message} (${d.path.join(".")})`);
const messages = document ? document.components().messages().all().length : 0;
process.stdout.write(JSON.stringify({ mistakes, messages }));
