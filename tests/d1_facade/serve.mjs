// node serve.mjs PORT FOLDER: a local D1 on 127.0.0.1; D1_TOKEN, when set, is demanded.
import { readFile } from "node:fs/promises";
import { Miniflare } from "miniflare";

const [port, folder] = process.argv.slice(2);
const server = new Miniflare({
  modules: true,
  script: await readFile(new URL("./worker.js", import.meta.url), "utf8"),
  compatibilityDate: "2026-04-01",
  host: "127.0.0.1",
  port: Number(port ?? 0),
  cf: false,
  bindings: { D1_TOKEN: process.env.D1_TOKEN ?? "" },
  d1Databases: { DB: "fleet" },
  d1Persist: folder ?? false,
});
console.log(`ready ${await server.ready}`);
process.on("SIGTERM", () => server.dispose().then(() => process.exit(0)));
