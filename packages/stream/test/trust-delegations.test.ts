// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { matchesPattern } from '../src/trust/pattern.ts';
import { withClient } from './support/client.ts';
import { type Delegation, newSigner, Simulator, sha256Of } from './support/simulator.ts';

type Edge = readonly [delegator: string, delegation: Delegation];

function build(
  edges: readonly Edge[],
  targets: readonly (readonly [role: string, path: string])[] = [],
): Simulator {
  const stream = new Simulator();
  for (const [delegator, delegation] of edges) stream.delegate(delegator, delegation);
  for (const [role, path] of targets) stream.addTarget(role, path, `${path} by ${role}`);
  stream.publish(...new Set(edges.map(([, { name }]) => name)), 'targets', 'snapshot', 'timestamp');
  return stream;
}

/** The roles that were asked for below `targets`, in order. */
function visited({ requests }: Simulator): (string | undefined)[] {
  return requests.slice(4).map((path) => /^metadata\/1\.(.*)\.json$/.exec(path)?.[1]);
}

const GRAPHS: readonly [string, readonly Edge[], readonly string[]][] = [
  ['one role', [['targets', { name: 'A' }]], ['A']],
  [
    'two roles, in their order',
    [
      ['targets', { name: 'A' }],
      ['targets', { name: 'B' }],
    ],
    ['A', 'B'],
  ],
  [
    'two levels',
    [
      ['targets', { name: 'A' }],
      ['targets', { name: 'B' }],
      ['B', { name: 'C' }],
    ],
    ['A', 'B', 'C'],
  ],
  [
    'deep before wide',
    [
      ['targets', { name: 'A' }],
      ['targets', { name: 'B' }],
      ['A', { name: 'C' }],
      ['A', { name: 'D' }],
    ],
    ['A', 'C', 'D', 'B'],
  ],
  [
    'three levels deep before wide',
    [
      ['targets', { name: 'A' }],
      ['targets', { name: 'B' }],
      ['A', { name: 'C' }],
      ['C', { name: 'D' }],
    ],
    ['A', 'C', 'D', 'B'],
  ],
  [
    'a terminating delegation ends the search beside it',
    [
      ['targets', { name: 'A' }],
      ['targets', { name: 'B' }],
      ['A', { name: 'C', terminating: true }],
      ['A', { name: 'D' }],
    ],
    ['A', 'C'],
  ],
  [
    'a terminating delegation does not end the search below it',
    [
      ['targets', { name: 'A' }],
      ['targets', { name: 'B' }],
      ['A', { name: 'C', terminating: true }],
      ['C', { name: 'D' }],
    ],
    ['A', 'C', 'D'],
  ],
  [
    'a terminating delegation for other paths ends nothing',
    [
      ['targets', { name: 'A', paths: ['*.deb'], terminating: true }],
      ['targets', { name: 'B' }],
    ],
    ['B'],
  ],
  [
    'no branch whose paths do not fit',
    [
      ['targets', { name: 'A', paths: ['*.py'] }],
      ['targets', { name: 'B' }],
      ['A', { name: 'C' }],
    ],
    ['B'],
  ],
  [
    'no lower branch whose paths do not fit',
    [
      ['targets', { name: 'A' }],
      ['targets', { name: 'B' }],
      ['A', { name: 'C', paths: ['*.py'] }],
      ['C', { name: 'D' }],
    ],
    ['A', 'B'],
  ],
  [
    'a circle once',
    [
      ['targets', { name: 'A' }],
      ['targets', { name: 'B' }],
      ['B', { name: 'C' }],
      ['C', { name: 'D' }],
      ['D', { name: 'B' }],
    ],
    ['A', 'B', 'C', 'D'],
  ],
  [
    'prefixes of the hash of the path',
    [
      ['targets', { name: 'A', prefixes: ['0', '1'] }],
      ['targets', { name: 'B', prefixes: [sha256Of('missing').slice(0, 3)] }],
    ],
    ['B'],
  ],
];

describe('the search for a target', () => {
  for (const [what, edges, order] of GRAPHS) {
    it(`visits ${what}`, async () => {
      const stream = build(edges);
      await withClient(stream, async (client) => {
        const opened = await client.refresh();
        assert.equal(await opened.info('missing'), undefined);
        assert.deepEqual(visited(stream), order);
      });
    });
  }

  const shared = newSigner();
  it('visits a role with two delegators once, by the first of them', async () => {
    const stream = build([
      ['targets', { name: 'A' }],
      ['targets', { name: 'B' }],
      ['B', { name: 'C', signers: [shared] }],
      ['A', { name: 'C', signers: [shared] }],
    ]);
    await withClient(stream, async (client) => {
      const opened = await client.refresh();
      assert.equal(await opened.info('missing'), undefined);
      assert.deepEqual(visited(stream), ['A', 'C', 'B']);
    });
  });
  it('visits a role with two delegators by the one whose paths fit', async () => {
    const stream = build([
      ['targets', { name: 'A' }],
      ['targets', { name: 'B' }],
      ['B', { name: 'C', signers: [shared] }],
      ['A', { name: 'C', signers: [shared], paths: ['*.py'] }],
    ]);
    await withClient(stream, async (client) => {
      const opened = await client.refresh();
      assert.equal(await opened.info('missing'), undefined);
      assert.deepEqual(visited(stream), ['A', 'B', 'C']);
    });
  });
  it('counts the signatures of a role anew for each of its delegators', async () => {
    const theirs = newSigner();
    const stream = build(
      [
        ['targets', { name: 'A', paths: ['a/*'] }],
        ['targets', { name: 'B', paths: ['b/*'] }],
        ['A', { name: 'C', signers: [theirs], paths: ['a/*'] }],
        ['B', { name: 'C', signers: [newSigner()], paths: ['b/*'] }],
      ],
      [
        ['C', 'a/x'],
        ['C', 'b/x'],
      ],
    );
    stream.signers.set('C', [theirs]);
    stream.publish('C', 'snapshot', 'timestamp');
    await withClient(stream, async (client) => {
      const opened = await client.refresh();
      assert.notEqual(await opened.info('a/x'), undefined);
      await assert.rejects(opened.info('b/x'), { code: 'STREAM_WRONG_KEY' });
      const anew = await client.refresh();
      await assert.rejects(anew.info('b/x'), { code: 'STREAM_WRONG_KEY' });
    });
  });

  const tree: readonly Edge[] = [
    ['targets', { name: 'A', paths: ['*.doc', '*.md'] }],
    ['targets', { name: 'B', paths: ['releases/*/*'] }],
    ['B', { name: 'C', paths: ['releases/x/*'] }],
    ['B', { name: 'D', paths: ['releases/y/*.zip'] }],
  ];
  const listed = [
    ['targets', 'file'],
    ['A', 'README.md'],
    ['C', 'releases/x/x_v1'],
    ['D', 'releases/y/y_v1.zip'],
    ['D', 'releases/z/z_v1.zip'],
  ] as const;
  const found: readonly [string, boolean, readonly string[]][] = [
    ['file', true, []],
    ['README.md', true, ['A']],
    ['releases/x/x_v1', true, ['B', 'C']],
    ['releases/y/y_v1.zip', true, ['B', 'D']],
    ['releases/z/z_v1.zip', false, ['B']],
  ];
  for (const [path, there, order] of found) {
    it(`${there ? 'finds' : 'does not believe who lists'} ${path}`, async () => {
      const stream = build(tree, listed);
      await withClient(stream, async (client) => {
        const opened = await client.refresh();
        const info = await opened.info(path);
        assert.equal(info !== undefined, there);
        assert.deepEqual(visited(stream), order);
      });
    });
  }
  it('believes the first role that lists it', async () => {
    const stream = build(
      [
        ['targets', { name: 'A' }],
        ['targets', { name: 'B' }],
      ],
      [
        ['B', 'file'],
        ['A', 'file'],
      ],
    );
    await withClient(stream, async (client) => assert.equal(await client.download('file'), 'file by A'));
  });
  it('ends after 32 roles', async () => {
    const names = Array.from({ length: 33 }, (_, at) => `role-${at}`);
    const stream = build(names.map((name): Edge => ['targets', { name }]));
    await withClient(stream, async (client) => {
      const opened = await client.refresh();
      await assert.rejects(opened.info('missing'), { code: 'STREAM_TOO_LARGE' });
      assert.equal(visited(stream).length, 31);
    });
  });

  for (const name of ['?', '#', '/role', '../role', '.', '..', 'a b', 'ü', '%2F', "o'role"]) {
    it(`asks for a role with the name ${name} in one part of an address and keeps it in one file`, async () => {
      const stream = build([['targets', { name }]], [[name, 'file']]);
      await withClient(stream, async (client) => {
        assert.equal(await client.download('file'), `file by ${name}`);
        assert.ok(stream.requests.includes(`metadata/1.${encodeURIComponent(name)}.json`));
        assert.equal((await client.files()).length, 5);
        stream.requests.length = 0;
        await client.download('file');
        assert.deepEqual(stream.requests.slice(0, 2), ['metadata/2.root.json', 'metadata/timestamp.json']);
        assert.equal(stream.requests.length, 3);
      });
    });
  }

  for (const path of ['a b', 'ü/ö', 'q?x=1', 'h#x', '100%', 'a+b', "it's", 'a/b.c/d']) {
    it(`brings a target with the path ${path}`, async () => {
      const stream = new Simulator();
      stream.addTarget('targets', path, path);
      stream.publishTargets('targets');
      await withClient(stream, async (client) => assert.equal(await client.download(path), path));
    });
  }

  it('finds targets in bins', async () => {
    const stream = new Simulator();
    const bins = stream.addBins('targets', 4, 'bin');
    for (const path of ['one', 'two', 'three']) {
      stream.addTarget(`bin-${sha256Of(path).slice(0, 1)}`, path, path);
    }
    stream.publish(...bins, 'targets', 'snapshot', 'timestamp');
    await withClient(stream, async (client) => {
      for (const path of ['one', 'two', 'three']) assert.equal(await client.download(path), path);
      const opened = await client.open();
      assert.equal(await opened.info('four'), undefined);
      assert.deepEqual(
        (await opened.roles()).map(({ name }) => name),
        ['targets', ...bins],
      );
    });
  });
  it('finds no target in a bin that is not its own', async () => {
    const stream = new Simulator();
    const bins = stream.addBins('targets', 4, 'bin');
    const other = bins.find((name) => name !== `bin-${sha256Of('one').slice(0, 1)}`) ?? '';
    stream.addTarget(other, 'one', 'one');
    stream.publish(...bins, 'targets', 'snapshot', 'timestamp');
    await withClient(stream, async (client) => {
      const opened = await client.refresh();
      assert.equal(await opened.info('one'), undefined);
    });
  });
});

describe('the roles of a stream', () => {
  it('are all listed, each with its targets and the bytes that were served', async () => {
    const stream = build(
      [
        ['targets', { name: 'A', paths: ['a/*'] }],
        ['A', { name: 'B', paths: ['a/b'] }],
        ['B', { name: 'A' }],
      ],
      [['B', 'a/b']],
    );
    await withClient(stream, async (client) => {
      const opened = await client.refresh();
      const roles = await opened.roles();
      assert.deepEqual(
        roles.map(({ name, targets }) => [name, targets.map(({ path }) => path)]),
        [
          ['targets', []],
          ['A', []],
          ['B', ['a/b']],
        ],
      );
      assert.deepEqual(Buffer.from(roles[2]?.bytes ?? []), Buffer.from(stream.file('metadata/1.B.json')));
    });
  });
});

describe('a path pattern', () => {
  const yes = [
    ['*', 'file'],
    ['*.md', 'README.md'],
    ['*.md', '.md'],
    ['a/*/c', 'a/b/c'],
    ['a?c', 'abc'],
    ['*a*b*', 'xxaxxbxx'],
    ['debian-12/*/*/*', 'debian-12/6.1.0-50-amd64/c0ffee/index.json'],
    ['*', '.hidden'],
    ['a**b', 'ab'],
  ] as const;
  const no = [
    ['*', 'a/b'],
    ['*.md', 'md'],
    ['a/*', 'a'],
    ['a/*', 'a/b/c'],
    ['a?c', 'ac'],
    ['a?c', 'a/c'],
    ['*a*b', 'ba'],
    ['', 'a'],
    ['a', ''],
  ] as const;
  for (const [pattern, path] of yes) {
    it(`${pattern} fits ${path}`, () => assert.ok(matchesPattern(pattern, path)));
  }
  for (const [pattern, path] of no) {
    it(`${pattern} does not fit ${path}`, () => assert.ok(!matchesPattern(pattern, path)));
  }
  it('cannot keep the matcher busy', () => {
    assert.ok(!matchesPattern(`${'*a'.repeat(500)}b`, 'a'.repeat(1000)));
  });
});
