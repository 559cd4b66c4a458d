// The query route of Cloudflare's REST API over one D1 binding; a batch is one transaction.
const QUERY = /^\/client\/v4\/accounts\/[^/]+\/d1\/database\/[^/]+\/query$/;

const answer = (status, result, message) =>
  Response.json(
    { success: !message, result, messages: [], errors: message ? [{ code: status, message }] : [] },
    { status },
  );

export default {
  async fetch(request, { DB, D1_TOKEN }) {
    const path = new URL(request.url).pathname;
    if (!QUERY.test(path) || request.method !== "POST") return answer(404, [], "no such route");
    if (D1_TOKEN && request.headers.get("authorization") !== `Bearer ${D1_TOKEN}`)
      return answer(403, [], "Authentication error");
    try {
      const body = await request.json();
      const wanted = body.batch ?? [body];
      const bound = wanted.map((one) => DB.prepare(one.sql).bind(...(one.params ?? [])));
      return answer(200, await DB.batch(bound));
    } catch (error) {
      return answer(400, [], error.cause?.message ?? error.message);
    }
  },
};
