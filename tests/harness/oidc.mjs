// A real OpenID Connect provider on loopback, and a browser without a screen that signs in there.

import { createHash, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

import Provider from 'oidc-provider';

import { request } from './client.mjs';

export const CLIENT = Object.freeze({ id: 'passkeyd', secret: 'a secret: with / odd % characters' });

/** A signing key as oidc-provider takes it. */
function signingKey(algorithm) {
  const pair =
    algorithm === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = pair.privateKey.export({ format: 'jwk' });
  const kid = createHash('sha256').update(JSON.stringify(jwk)).digest('base64url').slice(0, 12);
  return { ...jwk, kid, alg: algorithm, use: 'sig' };
}

/**
 * Starts a provider at http://127.0.0.1:PORT. Whoever comes is signed in at once as `provider.person`, or declined
 * where it is undefined. `redirects` are the callback URLs that it knows.
 */
export async function startProvider() {
  const redirects = [];
  const people = new Map();
  let engine;
  const server = createServer((incoming, outgoing) => engine(incoming, outgoing)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${server.address().port}`;

  const provider = {
    issuer,
    redirects,
    person: undefined,
    /** Whether it asks once more before it sends a browser back, by a link. */
    asks: false,
    /** How often each path was asked for. */
    asked: {},
    /** Begins anew with another key, and forgets all that it gave out. */
    rotate(algorithm = 'RS256') {
      const made = new Provider(issuer, configuration(algorithm));
      const answer = made.callback();
      engine = async (incoming, outgoing) => {
        const { pathname } = new URL(incoming.url, issuer);
        provider.asked[pathname] = (provider.asked[pathname] ?? 0) + 1;
        askFirst(outgoing);
        if (!pathname.startsWith('/interaction/')) return answer(incoming, outgoing);
        const { person } = provider;
        if (person) people.set(person.sub, person);
        const result = person ? { login: { accountId: person.sub } } : { error: 'access_denied', error_description: 'no' };
        return made.interactionFinished(incoming, outgoing, result, { mergeWithLastSubmission: false });
      };
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };

  function askFirst(outgoing) {
    const end = outgoing.end.bind(outgoing);
    outgoing.end = (...rest) => {
      const back = outgoing.getHeader('location') ?? '';
      if (!provider.asks || !redirects.some((known) => back.startsWith(known))) return end(...rest);
      outgoing.statusCode = 200;
      outgoing.removeHeader('location');
      outgoing.removeHeader('content-length');
      outgoing.setHeader('content-type', 'text/html');
      return end(`<!doctype html><a href="${back.replaceAll('&', '&amp;')}">Go on</a>`);
    };
  }

  function configuration(algorithm) {
    return {
      clients: [
        {
          client_id: CLIENT.id,
          client_secret: CLIENT.secret,
          redirect_uris: redirects,
          response_types: ['code'],
          grant_types: ['authorization_code'],
          id_token_signed_response_alg: algorithm,
        },
      ],
      jwks: { keys: [signingKey(algorithm)] },
      cookies: { keys: ['for this test'] },
      pkce: { required: () => true },
      claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
      findAccount: async (_context, sub) => ({ accountId: sub, claims: async () => people.get(sub) }),
      loadExistingGrant: async ({ oidc }) => {
        const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
        grant.addOIDCScope('openid email profile');
        await grant.save();
        return grant;
      },
    };
  }
  return provider;
}

/** A browser with cookies and no screen. */
export function createBrowser() {
  const jars = new Map();
  const jarOf = (url) => {
    const { host } = new URL(url);
    if (!jars.has(host)) jars.set(host, new Map());
    return jars.get(host);
  };
  const browser = {
    cookie: (url, name) => jarOf(url).get(name),
    /** Opens a page; redirects are not followed. */
    async open(url) {
      const jar = jarOf(url);
      const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
      const answer = await request(url, { headers: cookie ? { Cookie: cookie } : {} });
      for (const line of answer.headers['set-cookie'] ?? []) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
        if (value === '' || /Max-Age=0|1970/.test(line)) jar.delete(name);
        else jar.set(name, value);
      }
      return answer;
    },
    /** Follows redirects from a page until one leads to a URL that begins so, and gives that URL. */
    async follow(url, goal) {
      let place = url;
      for (let step = 0; step < 10; step += 1) {
        const answer = await browser.open(place);
        if (![302, 303].includes(answer.status)) throw new Error(`${answer.status} at ${place}: ${answer.text}`);
        place = new URL(answer.headers.location, place).href;
        if (place.startsWith(goal)) return place;
      }
      throw new Error(`${goal} is not reached from ${url}`);
    },
  };
  return browser;
}
