import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyOf, sameSecret, sign, verifySignature } from '../../src/webhooks/signature.ts';

/** The test vector of the Standard Webhooks libraries. */
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const body = Buffer.from('{"test": 2432232314}');
const headers = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: '1614265330',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const now = 1614265330_000;
const otherSecret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const wrongSignature = sign(body, headers, otherSecret);

describe('sign', () => {
  it('gives the signature of the official test vector', () => {
    expect(sign(body, headers, secret)).toBe(headers.signature);
  });
});

describe('verifySignature', () => {
  it('accepts the official test vector', () => {
    expect(verifySignature(body, headers, [secret], now)).toBe('ok');
  });

  it.each([
    ['re-serialised', '{"test":2432232314}'],
    ['changed', '{"test": 2432232315}'],
    ['longer', '{"test": 2432232314}\n'],
    ['empty', ''],
  ])('refuses a body that is %s', (_, changed) => {
    expect(verifySignature(Buffer.from(changed), headers, [secret], now)).toBe('wrong');
  });

  it.each([
    [-301_000, 'stale'],
    [-300_000, 'ok'],
    [-299_000, 'ok'],
    [299_000, 'ok'],
    [300_000, 'ok'],
    [300_999, 'ok'],
    [301_000, 'stale'],
    [86_400_000, 'stale'],
  ])('when our clock is %d ms off, says %s', (off, verdict) => {
    expect(verifySignature(body, headers, [secret], now + off)).toBe(verdict);
  });

  it('calls nothing stale that is not authentic', () => {
    expect(verifySignature(body, headers, [otherSecret], now + 301_000)).toBe('wrong');
  });

  it.each([
    ['the new one of two', headers.signature, [secret, otherSecret], 'ok'],
    ['the old one of two', headers.signature, [otherSecret, secret], 'ok'],
    ['both of two', `${wrongSignature} ${headers.signature}`, [secret, otherSecret], 'ok'],
    ['two, of which we know one', `${wrongSignature} ${headers.signature}`, [secret], 'ok'],
    ['one that is withdrawn', headers.signature, [otherSecret], 'wrong'],
    ['one when we have none', headers.signature, [], 'wrong'],
  ])('when the sender signs with %s secrets', (_, signature, secrets, verdict) => {
    expect(verifySignature(body, { ...headers, signature }, secrets, now)).toBe(verdict);
  });

  it.each([
    ['an unknown version beside a known one', `v1a,${'A'.repeat(86)}== ${headers.signature}`, 'ok'],
    ['an unknown version alone', headers.signature.replace('v1,', 'v1a,'), 'wrong'],
    ['spaces around', `  ${headers.signature}  `, 'ok'],
    ['a short signature', 'v1,g0hM', 'wrong'],
    ['a long signature', `v1,${'A'.repeat(1000)}`, 'wrong'],
    ['nothing', '', 'malformed'],
    ['spaces', '   ', 'malformed'],
    ['no version', headers.signature.slice(3), 'malformed'],
    ['no signature', 'v1,', 'malformed'],
    ['commas for spaces', `${headers.signature},${headers.signature}`, 'malformed'],
    ['GitHub’s form', 'sha256=757107ea0eb2509fc211221cce984b8a', 'malformed'],
  ])('reads a signature header with %s', (_, signature, verdict) => {
    expect(verifySignature(body, { ...headers, signature }, [secret], now)).toBe(verdict);
  });

  it.each([
    '',
    'now',
    '1614265330.0',
    '-1614265330',
    '0x60379f72',
    ' 1614265330',
    '1e9',
    '9'.repeat(13),
  ])('calls the timestamp "%s" malformed', (timestamp) => {
    const signature = sign(body, { ...headers, timestamp }, secret);

    expect(verifySignature(body, { ...headers, timestamp, signature }, [secret], now)).toBe(
      'malformed',
    );
  });

  it.each([
    ['', 'malformed'],
    ['a\nb', 'malformed'],
    ['é', 'malformed'],
    ['x'.repeat(256), 'malformed'],
    ['x'.repeat(255), 'ok'],
    ['b3d1c4f2-5a6e-4c1d-9a57-0d6f0e9a1b2c', 'ok'],
  ])('calls the id "%s" %s', (id, verdict) => {
    const signature = sign(body, { ...headers, id }, secret);

    expect(verifySignature(body, { ...headers, id, signature }, [secret], now)).toBe(verdict);
  });

  it('binds the id and the timestamp to the body', () => {
    expect(verifySignature(body, { ...headers, id: 'msg_other' }, [secret], now)).toBe('wrong');
    expect(verifySignature(body, { ...headers, timestamp: '1614265331' }, [secret], now)).toBe(
      'wrong',
    );
  });

  it('accepts what sign signed, and nothing that differs in a bit', () => {
    const anySecret = fc.oneof(
      fc.string({ minLength: 1 }).filter((text) => !text.startsWith('whsec_')),
      fc
        .uint8Array({ minLength: 24, maxLength: 64 })
        .map((key) => `whsec_${Buffer.from(key).toString('base64')}`),
    );
    const anyId = fc.stringMatching(/^[!-~]{1,255}$/);
    const anyTime = fc.nat(2 ** 31);

    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1 }).map((bytes) => Buffer.from(bytes)),
        anySecret,
        anyId,
        anyTime,
        fc.nat(),
        (sent, key, id, time, bit) => {
          const timestamp = String(time);
          const signature = sign(sent, { id, timestamp }, key);
          const verify = (received: Buffer, given: string) =>
            verifySignature(received, { id, timestamp, signature: given }, [key], time * 1000);
          const mac = Buffer.from(signature.slice(3), 'base64');

          expect(verify(sent, signature)).toBe('ok');
          expect(verify(flipped(sent, bit), signature)).toBe('wrong');
          expect(verify(sent, `v1,${flipped(mac, bit).toString('base64')}`)).toBe('wrong');
        },
      ),
    );
  });

  it('never throws, whatever the headers are', () => {
    const text = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(fc.uint8Array(), text, text, text, (bytes, id, timestamp, signature) => {
        const anyHeaders = { id, timestamp, signature };

        expect(verifySignature(Buffer.from(bytes), anyHeaders, [secret], now)).not.toBe('ok');
      }),
    );
  });
});

describe('keyOf', () => {
  it.each([
    ['whsec_ of 24 bytes', secret, 24],
    ['whsec_ of 64 bytes', `whsec_${Buffer.alloc(64).toString('base64')}`, 64],
    ['a raw secret', 'correct horse battery staple', 28],
  ])('takes %s', (_, good, length) => {
    expect(keyOf(good)).toHaveLength(length);
  });

  it.each([
    ['nothing', ''],
    ['whsec_ of nothing', 'whsec_'],
    ['whsec_ of 23 bytes', `whsec_${Buffer.alloc(23).toString('base64')}`],
    ['whsec_ of 65 bytes', `whsec_${Buffer.alloc(65).toString('base64')}`],
    ['whsec_ of what is not base64', `whsec_${'ab cd!'.repeat(10)}`],
  ])('refuses %s', (_, bad) => {
    expect(() => keyOf(bad)).toThrow(RangeError);
    expect(() => sign(body, headers, bad)).toThrow('A webhook secret is');
  });
});

describe('sameSecret', () => {
  const kept = createHash('sha256').update('clg_whk_π').digest();

  it.each([
    ['clg_whk_π', kept, true],
    ['clg_whk_Π', kept, false],
    ['', kept, false],
    ['clg_whk_π', kept.subarray(1), false],
    ['clg_whk_π', Buffer.alloc(0), false],
  ])('of %j', (given, expected, same) => {
    expect(sameSecret(given, expected)).toBe(same);
  });
});

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  const at = Math.floor(bit / 8) % copy.length;
  copy[at] = (copy[at] ?? 0) ^ (1 << (bit % 8));
  return copy;
}
