// The Idea Pool surface as a JSON client speaks to it.

import { request } from './client.mjs';

export const PASSWORD = 'the-Secret-123';

/** Calls of the surface. `below` names the tenant in the URL, such as `/apps/acme`. */
export function connectIdeas({ url }, { below = '' } = {}) {
  const base = `${url}${below}`;
  const call = (method, path, { token, body, headers = {} } = {}) =>
    request(base + path, { method, body, headers: { ...(token === undefined ? {} : { 'X-Access-Token': token }), ...headers } });
  return {
    url,
    base,
    call,
    get: (path, token, headers) => call('GET', path, { token, headers }),
    post: (path, body, token, headers) => call('POST', path, { token, body, headers }),
    put: (path, body, token) => call('PUT', path, { token, body }),
    delete: (path, token, body) => call('DELETE', path, { token, body }),
    signUp: (email, password = PASSWORD, name = 'Jack Black') => call('POST', '/users', { body: { email, name, password } }),
    logIn: (email, password = PASSWORD) => call('POST', '/access-tokens', { body: { email, password } }),
    refresh: (refresh_token) => call('POST', '/access-tokens/refresh', { body: { refresh_token } }),
    logOut: (token, refresh_token) => call('DELETE', '/access-tokens', { token, body: { refresh_token } }),
  };
}
