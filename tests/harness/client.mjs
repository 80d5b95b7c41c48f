// The two sides that call the API: the page with the public key, the back end with the secret key. Every call
// resolves to { status, headers, text, body }, refusals included.

import http from 'node:http';

/** One request as given: `headers` may repeat a name by an array, `body` is sent as it is when it is a string. */
export function request(url, { method = 'GET', headers = {}, body } = {}) {
  const payload = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const named = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  const sent = { ...(payload === undefined || named ? {} : { 'Content-Type': 'application/json' }), ...headers };
  // Node leaves the length out where it does not expect a body, as with DELETE.
  if (payload !== undefined && !('Transfer-Encoding' in headers)) sent['Content-Length'] ??= Buffer.byteLength(payload);
  return new Promise((resolve, reject) => {
    const outgoing = http.request(url, { method, headers: sent, agent: false, lookup: loopback }, async (incoming) => {
      try {
        const text = Buffer.concat(await incoming.toArray()).toString();
        resolve({ status: incoming.statusCode, headers: incoming.headers, text, body: parse(text) });
      } catch (error) {
        reject(error);
      }
    });
    outgoing.once('error', reject);
    outgoing.end(payload);
  });
}

/** `localhost` and its subdomains are this machine, whatever the resolver says. */
function loopback(_name, options, answer) {
  if (options.all) answer(null, [{ address: '127.0.0.1', family: 4 }]);
  else answer(null, '127.0.0.1', 4);
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The calls of a page (`page`) and of a back end (`backend`) to one server. */
export function connect({ url, publicKey, secretKey }) {
  const side = (header, key) => ({
    get: (path) => request(url + path, { headers: { [header]: key } }),
    post: (path, body) => request(url + path, { method: 'POST', headers: { [header]: key }, body: body ?? '' }),
  });
  return {
    url,
    page: side('ApiKey', publicKey),
    backend: side('ApiSecret', secretKey),
    request: (path, options) => request(url + path, options),
  };
}
