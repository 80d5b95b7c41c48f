// What every refusal must look like on the wire.

import assert from 'node:assert/strict';

const DOCS = 'https://docs.passwordless.dev/guide/errors.html';
const RFC9110 = 'https://tools.ietf.org/html/rfc9110#section-';
const SECTIONS = { 400: '15.5.1', 404: '15.5.5', 405: '15.5.6', 413: '15.5.14', 415: '15.5.16', 500: '15.6.1' };

export const typeOfCode = (code) => `${DOCS}#${code ?? ''}`;
export const typeOfStatus = (status) => RFC9110 + SECTIONS[status];

/** A problem document with this status: the exact content type, and the members that SDKs need. */
export function assertProblem(answer, status) {
  assert.equal(answer.status, status, answer.text);
  assert.equal(answer.headers['content-type'], 'application/problem+json');
  assert.ok(answer.body, `not JSON: ${answer.text}`);
  assert.equal(answer.body.status, status);
  assert.equal(typeof answer.body.type, 'string');
  assert.equal(typeof answer.body.title, 'string');
  return answer.body;
}

/** A refusal with a code of the application; `title` is compared when given. */
export function assertRefused(answer, status, code, title) {
  const body = assertProblem(answer, status);
  assert.equal(body.errorCode, code, answer.text);
  assert.equal(body.type, typeOfCode(code));
  if (title !== undefined) assert.equal(body.title, title);
  return body;
}

/** A refusal of fields: the whole map of sentences. */
export function assertInvalid(answer, errors) {
  const body = assertProblem(answer, 400);
  assert.equal(body.type, typeOfStatus(400));
  assert.equal(body.title, 'One or more validation errors occurred.');
  assert.deepEqual(body.errors, errors);
  assert.ok(!('errorCode' in body));
}

/** A request that could not be bound to the endpoint's parameters. */
export function assertUnbound(answer, status = 400, title) {
  const body = assertProblem(answer, status);
  assert.equal(body.type, typeOfStatus(status));
  assert.ok(!('errorCode' in body), answer.text);
  if (title !== undefined) assert.equal(body.title, title);
}
