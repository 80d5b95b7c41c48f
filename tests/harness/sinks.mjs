// Where a server's messages end up: a mail server that takes everything, and an HTTP endpoint that does.

import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';

/** A queue that can be waited at. */
function arrivals() {
  const waiting = [];
  const arrived = [];
  return {
    push(item) {
      const next = waiting.shift();
      if (next) next(item);
      else arrived.push(item);
    },
    /** The next one, once it is there. */
    next() {
      if (arrived.length > 0) return Promise.resolve(arrived.shift());
      return new Promise((resolve) => waiting.push(resolve));
    },
    /** Those that are there and nobody took. */
    rest: () => arrived.splice(0),
  };
}

/** Speaks as much SMTP (RFC 5321) as it takes to be handed a mail: `{ to, text }`. */
export async function mailServer() {
  const mails = arrivals();
  const server = net.createServer((socket) => {
    let buffer = '';
    let data = false;
    let mail = { to: [], text: '' };
    const say = (line) => socket.write(`${line}\r\n`);
    say('220 sink ESMTP');
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      buffer += chunk;
      for (let end = buffer.indexOf('\r\n'); end >= 0; end = buffer.indexOf('\r\n')) {
        const line = buffer.slice(0, end);
        buffer = buffer.slice(end + 2);
        if (data) {
          if (line === '.') {
            data = false;
            mails.push(mail);
            mail = { to: [], text: '' };
            say('250 taken');
          } else mail.text += `${line.replace(/^\./, '')}\n`;
          continue;
        }
        const word = line.split(/[ :]/)[0].toUpperCase();
        if (word === 'RCPT') mail.to.push(/<(.*)>/.exec(line)[1]);
        if (word === 'DATA') {
          data = true;
          say('354 go on');
        } else if (word === 'QUIT') socket.end('221 bye\r\n');
        else say('250 fine');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: server.address().port, next: mails.next, rest: mails.rest, close: () => server.close() };
}

/** Takes posts: `{ headers, body }`, the body as JSON. To the next ones it answers with the statuses in `answers`. */
export async function gateway() {
  const posts = arrivals();
  const answers = [];
  const server = http.createServer(async (request, response) => {
    const text = Buffer.concat(await request.toArray()).toString();
    posts.push({ path: request.url, headers: request.headers, body: JSON.parse(text) });
    response.writeHead(answers.shift() ?? 202).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  return { answers, url: `http://127.0.0.1:${port}`, next: posts.next, rest: posts.rest, close: () => server.close() };
}
