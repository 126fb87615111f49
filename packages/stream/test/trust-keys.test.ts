// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withClient } from './support/client.ts';
import { type KeyKind, newSigner, Simulator, signFile } from './support/simulator.ts';

interface Signatures {
  signatures: { keyid: string; sig: string }[];
}

/** Changes the signatures of a file that is served. */
function forge(stream: Simulator, path: string, change: (file: Signatures) => void): void {
  const file = JSON.parse(Buffer.from(stream.file(path)).toString());
  change(file);
  stream.files.set(path, Buffer.from(JSON.stringify(file)));
}

describe('keys', () => {
  for (const kind of ['ed25519', 'ecdsa', 'rsa'] satisfies KeyKind[]) {
    it(`of the kind ${kind} are counted when they signed, and not otherwise`, async () => {
      const stream = new Simulator(kind === 'rsa' ? 'ed25519' : kind);
      await withClient(stream, async (client) => {
        const signer = newSigner(kind);
        stream.addSigner('root', signer);
        stream.keysOf('root').threshold = 2;
        stream.publish('root');
        await client.refresh();
        stream.publish('root');
        forge(stream, 'metadata/3.root.json', ({ signatures }) => {
          for (const one of signatures)
            if (one.keyid === signer.id) one.sig = signer.sign(Buffer.from('other'));
        });
        await client.refused('STREAM_UNDER_THRESHOLD');
        assert.equal(await client.version('root'), 2);
      });
    });
  }
  it('of a kind that is not known count for nothing, and do no harm', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      const odd = newSigner();
      stream.addSigner('timestamp', { ...odd, key: { ...odd.key, keytype: 'sphincs', scheme: 'sphincs' } });
      stream.publish('root', 'timestamp');
      await client.refresh();
      stream.keysOf('timestamp').threshold = 2;
      stream.publish('root', 'timestamp');
      await client.refused('STREAM_UNDER_THRESHOLD');
    });
  });
  it('count once, under however many key ids', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      const signer = newSigner();
      for (let count = 0; count < 3; count++) {
        const again = { ...signer, id: `${count}`.repeat(64), key: { ...signer.key, note: count } };
        stream.addSigner('snapshot', again);
      }
      stream.keysOf('snapshot').threshold = 3;
      stream.publish('root', 'snapshot', 'timestamp');
      await client.refused('STREAM_UNDER_THRESHOLD');
      assert.equal(await client.version('snapshot'), undefined);
    });
  });
  it('may be listed once only', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      const keys = stream.keysOf('snapshot');
      keys.keyids = [...keys.keyids, ...keys.keyids];
      stream.publish('root');
      await client.refused('STREAM_BAD_METADATA');
    });
  });
});

describe('signatures', () => {
  it('have a key id each', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      forge(stream, 'metadata/1.snapshot.json', ({ signatures }) => signatures.push(...signatures));
      await client.refused('STREAM_BAD_METADATA');
      assert.equal(await client.version('snapshot'), undefined);
    });
  });
  it('that are not good do not spoil those that are', async () => {
    const stream = new Simulator();
    const [first] = stream.signers.get('timestamp') ?? [];
    stream.addSigner('timestamp', newSigner());
    stream.publish('root', 'timestamp');
    await withClient(stream, async (client) => {
      for (const sig of ['', 'zz', 'ab'.repeat(64)]) {
        stream.publish('timestamp');
        forge(stream, 'metadata/timestamp.json', ({ signatures }) => {
          for (const one of signatures) if (one.keyid === first?.id) one.sig = sig;
        });
        await client.refresh();
      }
      assert.equal(await client.version('timestamp'), 5);
    });
  });
  it('are of these bytes: a file that was changed after signing is refused', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      const file = JSON.parse(Buffer.from(stream.file('metadata/timestamp.json')).toString());
      file.signed.version = 7;
      stream.files.set('metadata/timestamp.json', Buffer.from(JSON.stringify(file)));
      await client.refused('STREAM_WRONG_KEY');
    });
  });
  it('of one role are none of another', async () => {
    const stream = new Simulator();
    await withClient(stream, async (client) => {
      const { version, expires, meta } = stream.state('snapshot');
      const signed = { _type: 'snapshot', spec_version: '1.0.31', version, expires, meta };
      stream.files.set('metadata/1.snapshot.json', signFile(signed, stream.signers.get('targets') ?? []));
      await client.refused('STREAM_WRONG_KEY');
      stream.files.set('metadata/1.snapshot.json', stream.file('metadata/1.targets.json'));
      await client.refused('STREAM_BAD_METADATA');
    });
  });
});
