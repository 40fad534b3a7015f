import { text } from "node:stream/consumers";
import { bundleRunbook } from "./bundle.ts";

// A program of its own: `bundle-apart.ts` starts it, gives it its options as JSON on its standard input, and takes the result from its standard output.
const result = await bundleRunbook(JSON.parse(await text(process.stdin)));
process.stdout.write(JSON.stringify(result), () => process.exit());
