// As much of CBOR as a passkey needs: the shortest heads, up to two bytes of length. Maps are written as they are given.

export function head(major, value) {
  if (value < 24) return Buffer.from([(major << 5) | value]);
  if (value < 0x100) return Buffer.from([(major << 5) | 24, value]);
  return Buffer.from([(major << 5) | 25, value >> 8, value & 0xff]);
}

export const cborInteger = (value) => (value < 0 ? head(1, -1 - value) : head(0, value));
export const cborBytes = (bytes) => Buffer.concat([head(2, bytes.length), bytes]);
export const cborText = (text) => Buffer.concat([head(3, Buffer.byteLength(text)), Buffer.from(text)]);
export const cborArray = (items) => Buffer.concat([head(4, items.length), ...items]);
export const cborMap = (pairs) => Buffer.concat([head(5, pairs.length), ...pairs.flat()]);
