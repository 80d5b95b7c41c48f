// The verifier beside two others: each case goes through all three, and wherever they don't agree the difference is in
// the table, with its reason. A difference that is new, or that is gone, fails the test.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { verifyAuthenticationResponse, verifyRegistrationResponse } from '@simplewebauthn/server';

import { cases } from './cases.mjs';
import { DIFFERENCES } from './differences.mjs';

const EXAMPLE = process.env.CONFORMANCE_BIN ?? fileURLToPath(new URL('../../target/debug/examples/conformance', import.meta.url));
const PYTHON = process.env.PYTHON ?? 'python3';
const EVERY_ALGORITHM = [-8, -7, -35, -36, -37, -38, -39, -257, -258, -259, -65535];

/** The answers of a program that reads a vector a line and writes an answer a line. */
function answers(program, words, vectors) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.once('error', reject);
    child.once('close', (code) => {
      const lines = text.trimEnd().split('\n');
      if (code === 0 && lines.length === vectors.length) resolve(lines);
      else reject(new Error(`${program} ended with ${code} after ${lines.length} of ${vectors.length} answers`));
    });
    child.stdin.end(vectors.map((vector) => `${JSON.stringify(vector)}\n`).join(''));
  });
}

async function simpleWebAuthn({ kind, response, options, ...vector }) {
  const common = {
    response,
    expectedChallenge: vector.challenge_b64url,
    expectedOrigin: vector.origin,
    expectedRPID: vector.rp_id,
    requireUserVerification: options.require_uv ?? false,
  };
  try {
    const { verified } =
      kind === 'registration'
        ? await verifyRegistrationResponse({ ...common, supportedAlgorithmIDs: options.algorithms ?? EVERY_ALGORITHM })
        : await verifyAuthenticationResponse({
            ...common,
            credential: {
              id: response.id,
              publicKey: new Uint8Array(Buffer.from(vector.credential_public_key_b64url, 'base64url')),
              counter: vector.sign_count,
            },
          });
    return verified ? 'ok' : 'not verified';
  } catch (error) {
    return error.message;
  }
}

test('every difference to py_webauthn and SimpleWebAuthn has a reason', async () => {
  const all = cases();
  const vectors = all.map(([, vector]) => vector);
  const [ours, python, simple] = await Promise.all([
    answers(EXAMPLE, ['--lines'], vectors),
    answers(PYTHON, [fileURLToPath(new URL('py_webauthn.py', import.meta.url))], vectors),
    Promise.all(vectors.map(simpleWebAuthn)),
  ]);
  const found = {};
  const told = [];
  for (const [index, [name]] of all.entries()) {
    assert.notEqual(ours[index], 'unreadable', name);
    const accepts = [ours[index], python[index], simple[index]].map((answer) => answer === 'ok');
    const others = [accepts[1] !== accepts[0] && 'py_webauthn', accepts[2] !== accepts[0] && 'SimpleWebAuthn'];
    if (others.some(Boolean)) {
      found[name] = [ours[index], others.filter(Boolean).join(' and ')];
      told.push(`${name}: we ${ours[index]}; py_webauthn: ${python[index]}; SimpleWebAuthn: ${simple[index]}`);
    }
  }
  const known = Object.fromEntries(Object.entries(DIFFERENCES).map(([name, [came, who]]) => [name, [came, who]]));
  if (process.env.DIFFERENTIAL_VERBOSE) console.log(told.join('\n'));
  assert.deepEqual(found, known, `\n${told.filter((line) => !known[line.split(': we ')[0]]).join('\n')}`);
  assert.ok(Object.values(DIFFERENCES).every(([, , why]) => why?.length > 10), 'a difference has no reason');
  // What everybody agrees on is part of the test too: both kinds, good and bad.
  const agreed = all.filter(([name]) => !found[name]).length;
  assert.ok(agreed > all.length / 2, `only ${agreed} of ${all.length} agree`);
});
