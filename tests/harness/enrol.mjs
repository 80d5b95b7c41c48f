// Registers a passkey for a user and signs in with it, and prints both verify tokens: for tests in other languages.
//
//   node enrol.mjs URL PUBLIC_KEY SECRET_KEY USER_ID [NICKNAME]

import { createVisitor } from './authenticator.mjs';
import { connect } from './client.mjs';

const [url, publicKey, secretKey, userId, nickname] = process.argv.slice(2);
const visitor = createVisitor(connect({ url, publicKey, secretKey }));
const registered = await visitor.register(userId, {}, { nickname });
const signedIn = await visitor.signIn({ userId });
for (const { status, text } of [registered, signedIn]) if (status !== 200) throw new Error(text);
console.log(JSON.stringify({ registered: registered.body.token, signedIn: signedIn.body.token, origin: visitor.origin }));
