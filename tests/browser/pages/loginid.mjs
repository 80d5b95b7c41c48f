// The calls of LoginID's web SDK, made by a page of our own: the same requests in the same order, and the same members
// read of the answers. Methods and results have the SDK's names, so that one test drives both. Runs in a browser.

import { ApiError, appOf, claims, connect, create, decoded, deviceInfo, get, PasskeyError, trustItem } from './browser-side.mjs';

const ACTIONS = ['passkey:reg', 'passkey:auth', 'passkey:tx', 'otp:sms', 'otp:email', 'external'];
const TOKENS = { idToken: 'id_token', accessToken: 'access_token', refreshToken: 'refresh_token', payloadSignature: 'payload_signature' };

/** What both classes need: the API, and what the page remembers. */
class Page {
  constructor(config) {
    this.config = config;
    this.call = connect(config.baseUrl);
  }

  get app() {
    return appOf(this.config);
  }

  // Cookies of the page's own domain, each for as long as its token lives.
  keep(name, token) {
    if (!token) return;
    const { exp } = claims(token);
    if (typeof exp !== 'number') throw new Error('exp is no number');
    document.cookie = `LoginID_${this.app}_${name}=${token}; expires=${new Date(exp * 1000).toUTCString()}`;
  }

  kept(name) {
    const start = `LoginID_${this.app}_${name}=`;
    return document.cookie.split('; ').find((cookie) => cookie.startsWith(start))?.slice(start.length);
  }

  get token() {
    return this.kept('token') ?? this.kept('access_token') ?? '';
  }

  getSessionInfo() {
    if (this.token === '') return null;
    const { username, sub, rpId } = claims(this.token);
    return { username, id: sub, rpId };
  }

  logout() {
    for (const name of ['token', ...Object.values(TOKENS)]) {
      document.cookie = `LoginID_${this.app}_${name}=; expires=Thu, 01 Jan 1970 00:00:00 GMT`;
    }
  }

  get deviceId() {
    return localStorage.getItem(`LoginID_${this.app}_device-id`) ?? undefined;
  }

  set deviceId(id) {
    if (id) localStorage.setItem(`LoginID_${this.app}_device-id`, id);
  }

  async verifyConfigSettings() {
    let app;
    try {
      ({ app } = this);
    } catch {
      return { isValid: false, code: 'invalid_app_id' };
    }
    const user = { username: '', usernameType: 'other' };
    try {
      await this.call('POST', '/auth/init', { body: { app: { id: app }, deviceInfo: await deviceInfo(), user } });
      return { isValid: true };
    } catch (error) {
      return { isValid: false, code: error.body?.msgCode, message: error.body?.msg };
    }
  }

  /** Tells the browser which passkeys the server knows. */
  async signal(passkeys) {
    const { rpId, id } = this.getSessionInfo() ?? {};
    const allAcceptedCredentialIds = passkeys.map(({ credentialId }) => credentialId);
    if (id) await PublicKeyCredential.signalAllAcceptedCredentials?.({ rpId, userId: id, allAcceptedCredentialIds });
  }

  /** In the background, for somebody who is signed in. */
  synchronize() {
    const { token } = this;
    if (token === '') return;
    this.call('GET', '/passkeys', { authorization: token }).then((passkeys) => this.signal(passkeys), () => {});
  }

  /** Sends what `done` makes; where the server refuses it, the browser hears that there is no such passkey. */
  async register(options, done) {
    const made = await create(options);
    try {
      return await done(made);
    } catch (error) {
      await PublicKeyCredential.signalUnknownCredential?.({ rpId: options.rp.id, credentialId: made.credentialId });
      throw error;
    }
  }

  /** Reports what the browser refused, in the background, except that a person gave up. */
  report(session, error) {
    if (!(error instanceof PasskeyError) || error.code === 'ERROR_PASSKEY_ABORTED') return;
    const event = `${error.code} - ${error.message} - ${error.cause.name} - ${error.cause.message}`;
    this.call('POST', '/client-events/submit', { body: { isError: true, event }, authorization: session }).catch(() => {});
  }
}

export class LoginIDWebSDK extends Page {
  async createPasskey(username, authzToken = '', options = {}) {
    const { displayName = username, usernameType = 'other', crossPlatform = false, passkeyName } = options;
    const token = authzToken || options.authzToken || this.token;
    const body = {
      app: { id: this.app },
      deviceInfo: await deviceInfo(options.deviceId ?? this.deviceId),
      user: { username, usernameType, displayName },
      passkeyOptions: crossPlatform ? { securityKey: true } : {},
      trustItems: { auth: await trustItem('wallet') },
    };
    const own = token !== '' && claims(token).username === username;
    const begun = await this.call('POST', '/reg/init', { body, ...(own && { authorization: token }) });
    return this.ceremony(begun.session, () =>
      this.register(begun.registrationRequestOptions, async (creationResult) => {
        const done = { creationResult, session: begun.session, ...(passkeyName && { passkeyName }) };
        return this.signedIn(await this.call('POST', '/reg/complete', { body: done }));
      }),
    );
  }

  async authenticateWithPasskey(username = '', options = {}) {
    const { usernameType = 'other', callbacks = {} } = options;
    const body = {
      app: { id: this.app },
      deviceInfo: await deviceInfo(this.deviceId),
      user: { username, usernameType },
      trustItems: { auth: await trustItem('wallet') },
    };
    const { action, assertionOptions, crossAuthMethods, fallbackMethods, session } = await this.call('POST', '/auth/init', { body });
    if (action === 'crossAuth' || action === 'fallback') {
      await callbacks.onFallback?.(username, [...crossAuthMethods, ...fallbackMethods]);
      return { isAuthenticated: false, isFallback: true, token: '', userId: '' };
    }
    if (action !== 'proceed') throw new Error('no way to sign in');
    return this.ceremony(session, async () => {
      const assertionResult = await get(assertionOptions, options);
      const answer = await this.call('POST', '/auth/complete', { body: { assertionResult, session } });
      this.synchronize();
      const result = this.signedIn(answer);
      await callbacks.onSuccess?.(result);
      return result;
    });
  }

  authenticateWithPasskeyAutofill(options = {}) {
    return this.authenticateWithPasskey('', { ...options, autoFill: true });
  }

  async confirmTransaction(username, txPayload, { txType = 'raw', nonce = crypto.randomUUID() } = {}) {
    const body = { username, txPayload, nonce, txType };
    const { assertionOptions, session } = await this.call('POST', '/tx/init', { body });
    return this.ceremony(session, async () => {
      const { authenticatorData, clientDataJSON: clientData, credentialId: keyHandle, signature } = await get(assertionOptions);
      const done = { authenticatorData, clientData, keyHandle, session, signature };
      const answer = await this.call('POST', '/tx/complete', { body: done });
      this.synchronize();
      return answer;
    });
  }

  async requestOtp(username, options = {}) {
    const token = options.authzToken || this.token || (await this.authenticateWithPasskey(username, options)).token;
    return this.call('POST', '/auth/otp', { authorization: token });
  }

  async requestAndSendOtp(username, method = 'email', { usernameType = 'other' } = {}) {
    await this.call('POST', `/auth/otp/${method}`, { body: { user: { username, usernameType } } });
  }

  async validateOtp(username, authCode, { usernameType = 'other' } = {}) {
    const body = { authCode, user: { username, usernameType } };
    return this.signedIn(await this.call('POST', '/auth/otp/verify', { body }));
  }

  async listPasskeys({ authzToken } = {}) {
    const passkeys = await this.call('GET', '/passkeys', { authorization: authzToken ?? this.token });
    await this.signal(passkeys);
    return passkeys;
  }

  async renamePasskey(id, name, { authzToken } = {}) {
    await this.call('PUT', `/passkeys/${id}`, { body: { name }, authorization: authzToken ?? this.token });
  }

  async deletePasskey(id, { authzToken } = {}) {
    await this.call('DELETE', `/passkeys/${id}`, { authorization: authzToken ?? this.token });
    this.synchronize();
  }

  signedIn({ userId, jwtAccess, passkeyId, deviceId }) {
    this.keep('token', jwtAccess);
    this.deviceId = deviceId;
    return { isAuthenticated: true, isFallback: false, token: jwtAccess, userId, passkeyId, deviceId };
  }

  async ceremony(session, run) {
    try {
      return await run();
    } catch (error) {
      this.report(session, error);
      throw error;
    }
  }
}

export class LoginIDMfa extends Page {
  get state() {
    return JSON.parse(localStorage.getItem(`LoginID_${this.app}_mfa-session`) ?? '{}');
  }

  set state(state) {
    localStorage.setItem(`LoginID_${this.app}_mfa-session`, JSON.stringify(state));
  }

  async beginFlow(username, options = {}) {
    const { displayName = username, usernameType = 'other', name, phone, txPayload, traceId } = options;
    const merchant = options.merchantTrustId ?? options.checkoutId;
    const wallet = txPayload ? await trustItem('wallet') : '';
    const auth = !merchant && !wallet && username ? await trustItem(`${this.app} ${username}`) : '';
    const body = {
      deviceInfo: await deviceInfo(options.deviceId ?? this.deviceId),
      user: { username, usernameType, displayName, ...((phone ?? name) && { name: phone ?? name }) },
      trustItems: { ...(auth && { auth }), ...(wallet && { wallet }), ...(merchant && { merchant }) },
      ...(txPayload && { payload: txPayload }),
      ...(traceId && { traceId }),
    };
    const begun = await this.call('POST', '/mfa/begin', { body });
    const first = begun.next.find(({ action }) => action.name.startsWith('passkey:'));
    const trust = (wanted) => first?.options?.find((option) => option.name === wanted)?.value;
    localStorage.setItem(
      'LoginID_trust-set',
      JSON.stringify({ merchantTrustId: trust('merchantTrustID'), walletTrustId: trust('walletTrustID') }),
    );
    this.logout();
    return this.goOn(begun, username);
  }

  async performAction(name, options = {}) {
    const { session = this.state.session, txPayload } = options;
    if (!session) throw new Error('no session');
    if (name === 'passkey:tx' && txPayload) {
      const renewed = await this.call('POST', '/mfa/payload', { body: { payload: txPayload }, authorization: session });
      this.goOn(renewed, this.state.username);
    }
    const authorization = options.session ?? this.state.session;
    const offered = this.state.next?.find(({ action }) => action.name === name);
    const send = (path, body) => this.call('POST', `/mfa/${path}`, { body, authorization });
    switch (name) {
      case 'otp:email':
      case 'otp:sms': {
        const chosen = name === 'otp:email' ? offered?.options.find((option) => option.name === 'email:primary') : offered?.options[0];
        const answer = await send('otp/request', { method: name.slice(4), option: options.payload ?? chosen?.label });
        this.state = { ...this.state, session: answer.session };
        return this.details();
      }
      case 'otp:verify':
        return this.step(name, () => send('otp/verify', { otp: options.payload }));
      case 'external':
        return this.step(name, () => send('third-party/verify', { token: options.payload }));
      default: {
        const given = decoded(options.payload ?? offered.options[0].value);
        return this.step(name, async () => {
          if (given.rp) return this.register(withName(given, options.displayName), (creationResult) => send('passkey/reg', { creationResult }));
          const assertionResult = await get(given, options);
          return send(name === 'passkey:tx' ? 'passkey/tx' : 'passkey/auth', { assertionResult });
        });
      }
    }
  }

  getMfaSessionDetails() {
    return this.details(Object.fromEntries(Object.entries(TOKENS).map(([member, name]) => [member, this.kept(name)])));
  }

  /** One proof: all are given, one more is needed, or it failed. */
  async step(name, run) {
    try {
      const done = await run();
      this.state = { username: this.state.username, flow: this.state.flow, next: [] };
      for (const [member, cookie] of Object.entries(TOKENS)) this.keep(cookie, done[member]);
      this.deviceId = done.deviceId;
      if (name === 'passkey:auth' || name === 'passkey:tx') this.synchronize();
      return this.details(done);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401 && error.body.session) return this.goOn(error.body, this.state.username);
      if (this.state.session) this.report(this.state.session, error);
      throw error;
    }
  }

  goOn({ flow, session, next }, username) {
    this.state = { username, flow, session, next };
    return this.details();
  }

  details(done = {}) {
    const { username, flow, session, next = [] } = this.state;
    const isComplete = Boolean(done.accessToken || done.payloadSignature);
    const trust = isComplete ? JSON.parse(localStorage.getItem('LoginID_trust-set') ?? '{}') : {};
    return {
      username,
      flow,
      session,
      isComplete,
      nextAction: ACTIONS.find((name) => next.some(({ action }) => action.name === name)),
      remainingFactors: next.map(({ action, options = [] }) => ({
        type: action.name,
        label: action.label,
        ...(action.name.startsWith('otp:') && { options: options.map(({ label }) => label) }),
        ...(action.name.startsWith('passkey:') && { value: options[0].value }),
      })),
      ...Object.fromEntries(Object.keys(TOKENS).filter((member) => done[member]).map((member) => [member, done[member]])),
      ...(isComplete && { deviceId: done.deviceId, ...trust }),
      ...(done.passkeyInfo && { passkeyCredential: done.passkeyInfo }),
    };
  }
}

function withName(options, displayName) {
  return displayName ? { ...options, user: { ...options.user, displayName } } : options;
}
