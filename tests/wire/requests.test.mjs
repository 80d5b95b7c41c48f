// Bytes that are almost HTTP: what a proxy before the server may read in another way is refused.

import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import net from 'node:net';
import { after, before, test } from 'node:test';

import { request } from '../harness/client.mjs';
import { startServer } from '../harness/server.mjs';

let server;
before(async () => {
  server = await startServer('sqlite');
});
after(() => server?.end());

/** Sends bytes and gives all that comes back until the server closes the connection. */
function send(...parts) {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = net.connect(server.port, '127.0.0.1');
    socket.setTimeout(20_000, () => socket.destroy(new Error(`the connection stays open after: ${text}`)));
    socket.on('data', (chunk) => (text += chunk));
    socket.once('error', reject);
    socket.once('close', () => resolve(text));
    socket.write(parts.join(''));
  });
}

const statuses = (text) => [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
const HIDDEN = 'GET /health/version HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

test('a request whose length is told in two ways is refused, and what follows it is no request', async () => {
  const post = (...headers) => `POST /users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers.join('\r\n')}\r\n\r\n`;
  for (const [name, head, body = ''] of [
    ['length and encoding', post('Content-Length: 4', 'Transfer-Encoding: chunked'), '0\r\n\r\n'],
    ['encoding and length', post('Transfer-Encoding: chunked', 'Content-Length: 4'), '0\r\n\r\n'],
    ['two lengths', post('Content-Length: 0', `Content-Length: ${HIDDEN.length}`)],
    ['a list of lengths', post('Content-Length: 0, 0')],
    ['a signed length', post('Content-Length: +0')],
    ['another encoding', post('Transfer-Encoding: xchunked'), '0\r\n\r\n'],
    ['encodings after chunked', post('Transfer-Encoding: chunked, identity'), '0\r\n\r\n'],
    ['chunked twice', post('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'), '0\r\n\r\n'],
    ['a name with a space', post('Transfer-Encoding : chunked'), '0\r\n\r\n'],
    ['a folded line', post('X-Own: a\r\n b', 'Content-Length: 0')],
    ['a chunk beyond all measure', post('Transfer-Encoding: chunked'), 'FFFFFFFFFFFFFFFFF\r\n'],
  ]) {
    const answers = statuses(await send(head, body, HIDDEN));
    assert.ok(answers.length <= 1 && answers.every((status) => status === 400), `${name}: ${answers}`);
  }
});

test('a request without a host, or with two, is refused', async () => {
  for (const hosts of ['', 'Host: a\r\nHost: b\r\n']) {
    assert.deepEqual(statuses(await send(`GET /health/live HTTP/1.1\r\n${hosts}\r\n`)), [400]);
  }
});

test('paths that lead elsewhere lead nowhere', async () => {
  for (const path of ['/demo/../health/version', '/demo/%2e%2e/health/version', '/%2e%2e/%2e%2e/etc/passwd', '/health%2fversion', '/health/version;a=b', '/health/version%0d%0aX: 1', '/health\\version']) {
    const text = await send(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    assert.ok([400, 404].includes(statuses(text)[0]), `${path}: ${text}`);
    assert.doesNotMatch(text, /^X: 1/m);
  }
});

test('a compressed body is not opened', async () => {
  const bomb = gzipSync(JSON.stringify({ email: 'a@example.com', name: ' '.repeat(50_000_000), password: 'the-Secret-123' }));
  assert.ok(bomb.length < 100_000);
  const answer = await request(`${server.url}/users`, { method: 'POST', headers: { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }, body: bomb });
  assert.equal(answer.status, 400, answer.text);
});

test('what a client says of itself is no line of an answer', async () => {
  const text = await send('GET /me HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\rX-Evil: 1\r\nConnection: close\r\n\r\n');
  assert.doesNotMatch(text, /^X-Evil/im);
  const id = await request(`${server.url}/me`, { headers: { 'X-Request-Id': 'mine', 'X-Forwarded-For': '1.2.3.4', 'X-Forwarded-Host': 'evil.example' } });
  assert.notEqual(id.headers['x-request-id'], 'mine');
  assert.ok(!JSON.stringify(id).includes('evil.example'));
});
