// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { EXIT } from '@uptide/base';
import { encodeUpdate, type Update } from '@uptide/stream';
import fc from 'fast-check';
import { sampleDescription } from '../../stream/test/support/sample.ts';
import { changedFunctions } from '../src/glue/hunks.ts';
import { carriedDisassembly } from '../src/glue/origin.ts';
import { MAX_DISASSEMBLY, readDisassembly } from '../src/glue/page/disassembly.ts';
import { escapeText, html } from '../src/glue/page/escape.ts';
import { examinedFindings } from '../src/glue/page/findings.ts';
import { examinationPage, reviewPage } from '../src/glue/page/page.ts';
import { MAX_LINES, showPatches } from '../src/glue/page/patches.ts';
import { MAX_PROOF_BYTES } from '../src/glue/page/proof.ts';
import { nameFindings } from '../src/review/identity.ts';
import { madeUpdate, proofOf } from './support/made-update.ts';
import { uptide } from './support/uptide.ts';

/** What would begin an element, end an attribute, or end the page's title or style. */
const HOSTILE = `</title></style><script>alert(1)</script>"' onload='x' \`<img src=x onerror=y>&amp;`;

const DIGEST = 'ab'.repeat(32);

function patchOf(body: string, context = 'static int join_session_keyring(const char *name)'): string {
  const lines = body.split('\n');
  const count = (marks: string): number => lines.filter((line) => marks.includes(line.charAt(0))).length;
  return `--- a/security/keys.c\n+++ b/security/keys.c\n@@ -10,${count(' -')} +10,${count(' +')} @@ ${context}\n${body}\n`;
}

function withPatch(text: string, name = 'fix.patch'): Update {
  return madeUpdate({ patches: [{ name, bytes: Buffer.from(text) }] });
}

function withDescription(changes: Record<string, unknown>): Update {
  return madeUpdate({ description: sampleDescription(changes) });
}

/** The page without its style sheet. */
function body(update: Update): string {
  const page = reviewPage(update);
  return page.slice(page.indexOf('<body>'));
}

describe('escaped text', () => {
  it('keeps what anybody can read', () => {
    assert.equal(escapeText('größer\t→ 漢字\n'), 'größer\t→ 漢字\n');
  });
  it('cannot begin or end an element, an attribute or an entity', () => {
    assert.equal(
      escapeText(`<a b="c" d='e'>&amp;\``),
      '&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;amp;&#96;',
    );
  });
  for (const [what, character, name] of [
    ['a right-to-left override', '\u202e', 'U+202E'],
    ['an isolate', '\u2067', 'U+2067'],
    ['a zero-width space', '\u200b', 'U+200B'],
    ['a byte order mark', '\ufeff', 'U+FEFF'],
    ['a soft hyphen', '\u00ad', 'U+00AD'],
    ['an escape', '\u001b', 'U+001B'],
    ['a carriage return', '\r', 'U+000D'],
    ['a zero', '\0', 'U+0000'],
    ['a separator of lines', '\u2028', 'U+2028'],
    ['a filler of Hangul', '\u3164', 'U+3164'],
    ['a tag', '\u{e0041}', 'U+E0041'],
    ['half a pair', '\ud800', 'U+D800'],
  ] as const) {
    it(`names ${what}`, () => {
      assert.equal(escapeText(`a${character}b`), `a⟦${name}⟧b`);
    });
  }
  it('is what every text in markup becomes, and markup stays', () => {
    assert.equal(
      html`<p>${'<'}${1}${html`<b>${'>'}</b>`}${[html`&amp;`]}</p>`.markup,
      '<p>&lt;1<b>&gt;</b>&amp;</p>',
    );
  });
  it('never holds what markup is made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.doesNotMatch(escapeText(text), /[<>"'`]|&(?!(?:amp|lt|gt|quot|#39|#96);)|[\p{Cf}\r\0]/u);
      }),
    );
  });
});

describe('the review page', () => {
  it('tells title, kernel, CVEs and verdict before the findings, and those before what becomes live', () => {
    const text = body(madeUpdate({ description: sampleDescription() }));
    const order = [
      'keys: hold the reference</h1>',
      '6.1.0-50-amd64 x86_64, level 1',
      'CVE-2024-0001',
      'class="verdict"',
      'id="findings"',
      'id="live"',
      'id="match"',
      'id="proof"',
      'id="sources"',
    ].map((part) => text.indexOf(part));
    assert.ok(!order.includes(-1), order.join(' '));
    assert.deepEqual(
      order,
      [...order].sort((a, b) => a - b),
    );
  });
  it('lists the fixes of a level', () => {
    const fixes = [
      {
        id: 'keys-ref',
        title: 'keys: hold it',
        cves: ['CVE-2024-0001'],
        severity: 'high',
        date: '2024-02-29',
      },
      { id: 'pipe-limit', title: 'pipe: refuse it', cves: [], advisory: 'example.org/1' },
    ];
    const text = body(withDescription({ fixes }));
    assert.match(text, /<td><code class="name">keys-ref<\/code> keys: hold it<\/td><td>CVE-2024-0001</);
    assert.match(text, /<td><code class="name">pipe-limit<.*<td>example\.org\/1<\/td>/);
    assert.ok(!body(withDescription({})).includes('id="fixes"'));
    const undone = [{ id: 'x-mark', title: 'x: was wrong', cves: [] }];
    assert.match(body(withDescription({ fixes, undone })), /<b>Taken back:<\/b> <code class="name">x-mark</);
  });
  it('is the same for the same update', () => {
    const update = (): Update => withPatch(patchOf(' a\n-b\n+c'));
    assert.equal(reviewPage(update()), reviewPage(update()));
  });
  it('loads nothing and runs nothing', () => {
    const page = reviewPage({ ...madeUpdate(), proof: proofOf(madeUpdate()) });
    assert.match(
      page,
      /http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'/,
    );
    assert.doesNotMatch(
      page,
      /<(?:script|link|img|iframe|object|form|base)\b|\b(?:src|on\w+)=|url\(|@import|https?:/,
    );
  });
  it('links only into itself', () => {
    const page = reviewPage(withPatch(patchOf(' \ta\n-\tb\n+\tc')));
    const ids = new Set([...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id));
    const targets = [...page.matchAll(/href="([^"]*)"/g)].map(([, target = '']) => target);
    assert.ok(targets.length > 0);
    for (const target of targets) assert.ok(target.startsWith('#') && ids.has(target.slice(1)), target);
  });
});

describe('a hostile text in the review page', () => {
  const finding = sampleDescription().findings[0];
  const object = sampleDescription().objects[0];
  const [replaced] = object?.functions ?? [];
  const proof = (changes: object): Update => {
    const update = madeUpdate();
    return { ...update, proof: proofOf(update, changes) };
  };
  const cases: Readonly<Record<string, Update>> = {
    title: withDescription({ title: HOSTILE }),
    compiler: withDescription({ compiler: HOSTILE }),
    'source package': withDescription({ source: { package: HOSTILE, version: HOSTILE, baseline: DIGEST } }),
    finding: withDescription({
      findings: [{ ...finding, reason: HOSTILE, remedy: HOSTILE, place: { file: HOSTILE } }],
    }),
    'sign-off': withDescription({
      findings: [{ ...finding, signedOff: { name: HOSTILE, reason: HOSTILE, date: '2024-02-29' } }],
    }),
    'reason of a function': withDescription({
      objects: [{ ...object, functions: [{ ...replaced, reason: HOSTILE }] }],
    }),
    'fix of a level': withDescription({
      fixes: [{ id: 'a', title: HOSTILE, cves: [], advisory: HOSTILE }],
    }),
    'subject of a patch': withPatch(`Subject: ${HOSTILE}\n\n${patchOf(' a\n+b')}`),
    'name of a patch': withPatch(patchOf(' a\n+b'), HOSTILE),
    'line of a patch': withPatch(patchOf(` ${HOSTILE}\n-${HOSTILE}\n+${HOSTILE}`)),
    'context of a hunk': withPatch(patchOf(' a\n+b', HOSTILE)),
    'path of a change': withPatch(
      patchOf(' a\n+b').replaceAll('security/keys.c', `x/${HOSTILE.replaceAll('/', '')}`),
    ),
    'patch that is none': withPatch(HOSTILE),
    'verdict of a proof': proof({ verdict: HOSTILE, release: HOSTILE }),
    'step of a proof': proof({ steps: [{ boot: HOSTILE, name: HOSTILE, status: HOSTILE }] }),
    'probe of a proof': proof({ probes: [{ probe: HOSTILE, state: HOSTILE, status: 0, stdout: HOSTILE }] }),
    'fix of a probe': proof({ probes: [{ probe: 'fix', fix: HOSTILE, state: HOSTILE, status: 1 }] }),
    'level of a proof': proof({
      levels: {
        previous: { level: HOSTILE },
        steps: [{ boot: HOSTILE, step: HOSTILE, from: HOSTILE, to: HOSTILE }],
      },
    }),
    'run of a proof': proof({
      runs: [{ boot: HOSTILE, step: HOSTILE, rounds: [{ load: HOSTILE, rounds: HOSTILE }], log: [HOSTILE] }],
    }),
    'finding of a proof': proof({
      findings: [
        { verdict: HOSTILE, code: HOSTILE, place: { symbol: HOSTILE }, reason: HOSTILE, remedy: HOSTILE },
      ],
    }),
  };
  for (const [what, update] of Object.entries(cases)) {
    it(`is text, as the ${what}`, () => {
      const page = reviewPage(update);
      assert.ok(page.includes('&lt;script&gt;'), 'it is shown');
      assert.doesNotMatch(page, /<script|<img|="[^"]*'? onload|<\/title>.*<\/title>/s);
    });
  }
  it('is shown with the direction that it has in the file', () => {
    const text = body(withPatch(patchOf(' a\n+if (x) /* \u202e } \u2066 */')));
    assert.ok(text.includes('/* ⟦U+202E⟧ } ⟦U+2066⟧ */'));
  });
});

describe('findings of the review page', () => {
  const [finding] = sampleDescription().findings;
  const { signedOff: _signedOff, ...open } = { ...finding };
  it('are counted by what is left to do', () => {
    const text = body(withDescription({ findings: [finding, open, { ...finding, verdict: 'ok' }] }));
    assert.ok(text.includes('Findings: 1 to be judged by a person, 1 signed off.'));
    assert.equal(text.match(/Not signed off/g)?.length, 1);
  });
  it('name who signed them off', () => {
    assert.match(body(withDescription({ findings: [finding] })), /by A Maker, 2024-02-29: judged/);
  });
  it('are linked with the lines of the patches that they come from', () => {
    const patch = (file: string) => ({
      name: 'fix.patch',
      bytes: Buffer.from(`Subject: [PATCH] ${file} is mended\n\n${patchOf('+a').replaceAll('keys.c', file)}`),
    });
    const place = { file: 'security/b.c' };
    const text = body(
      madeUpdate({
        description: sampleDescription({ findings: [{ ...finding, place }] }),
        patches: [patch('a.c'), patch('b.c')],
      }),
    );
    assert.match(
      text,
      /<code>security\/b\.c<\/code> <span class="links">in patch <a href="#p2h1">2, line 10<\/a>/,
    );
    assert.match(text, /<h3>2\. b\.c is mended <span class="quiet">fix\.patch<\/span><\/h3>/);
  });
  it('stand in the order of their gravity, those of the proof among them', () => {
    const update = withDescription({ findings: [{ ...open, verdict: 'ok' }, open] });
    const refusal = {
      verdict: 'refuse',
      code: 'PROOF_KERNEL_LOG',
      place: {},
      reason: 'a warning',
      remedy: 'x',
    };
    const text = body({ ...update, proof: proofOf(update, { findings: [refusal] }) });
    assert.deepEqual(
      [...text.matchAll(/class="tag">(\w+)</g)].map(([, verdict]) => verdict),
      ['refuse', 'review', 'ok'],
    );
    assert.ok(text.includes('Findings: 1 refused, 1 to be judged'));
  });
  it('of a verdict that nobody knows count as refused', () => {
    const update = madeUpdate();
    const text = body({ ...update, proof: proofOf(update, { findings: [{ verdict: 'fine' }] }) });
    assert.ok(text.includes('Findings: 1 refused.'));
  });
});

describe('the patch in the review page', () => {
  const lines = (text: string): string[] =>
    [...body(withPatch(text)).matchAll(/<div class="([on] \w+)"><i>(\d*)<\/i><code>(.*?)<\/code>/g)].map(
      ([, kind, number, code]) => `${kind} ${number} ${code}`,
    );
  it('has old and new lines with their numbers', () => {
    assert.deepEqual(lines(patchOf(' a\n-b\n+c\n+d\n e')), [
      'o same 10 a',
      'n same 10 a',
      'o del 11 b',
      'n add 11 c',
      'n add 12 d',
      'o same 12 e',
      'n same 13 e',
    ]);
  });
  it('puts lines beside each other only within one change', () => {
    const text = body(withPatch(patchOf('-a\n+b\n-c\n d\n+e')));
    assert.equal(text.match(/class="run"/g)?.length, 4);
  });
  it('says where a file has no line feed at its end', () => {
    assert.deepEqual(lines(patchOf('-a\n\\ No newline at end of file\n+b')), [
      'o del 10 a',
      'o note  No newline at end of file',
      'n add 10 b',
    ]);
  });
  it('shows UTF-8 as what it is, and marks bytes that are none', () => {
    const bytes = Buffer.concat([Buffer.from(patchOf('+ä')).subarray(0, -1), Buffer.from([0xff, 0x0a])]);
    assert.match(body(madeUpdate({ patches: [{ name: 'x', bytes }] })), /<code>ä\ufffd<\/code>/);
  });
  it('is linked with the function whose lines it changes', () => {
    const text = body(withPatch(patchOf(' \ta\n-\tb\n+\tc')));
    assert.match(text, /in the patch: <a href="#p1h1">line 11<\/a>/);
    assert.match(text, /live: <a href="#f1">join_session_keyring<\/a>/);
  });
  it('is linked with a part that the compiler took out of the function', () => {
    const [object] = sampleDescription().objects;
    const functions = object?.functions.map((one) => ({ ...one, name: `${one.name}.part.0` }));
    const description = sampleDescription({ objects: [{ name: 'vmlinux', functions }] });
    const update = { ...withPatch(patchOf(' \ta\n-\tb\n+\tc')), description };
    assert.match(body(update), /<a href="#f1">join_session_keyring\.part\.0<\/a>/);
  });
  it('is shown as text with the reason when it cannot be read', () => {
    assert.match(
      body(withPatch('no patch')),
      /cannot be shown side by side: PATCH_EMPTY.*<pre>no patch<\/pre>/s,
    );
  });
  it('says how much of it is left out when it is too long', () => {
    const name = 'x';
    const long = Buffer.from(patchOf(Array.from({ length: MAX_LINES + 1 }, () => '+').join('\n')));
    const next = Buffer.from(patchOf('+a'));
    const shown = showPatches([long, next].map((bytes) => ({ name, bytes })));
    assert.deepEqual(
      shown.map(({ omitted, files }) => [omitted, files[0]?.hunks.length]),
      [
        [MAX_LINES + 1, 0],
        [0, 1],
      ],
    );
    const text = body(madeUpdate({ patches: [{ name, bytes: long }] }));
    assert.ok(text.includes(`${MAX_LINES + 1} further lines of this patch are not shown`));
    const [raw] = showPatches([{ name, bytes: Buffer.from('\n'.repeat(MAX_LINES)) }]);
    assert.equal(raw?.omitted, 1);
  });
});

describe('the functions that a hunk changes', () => {
  const changed = (context: string, ...lines: string[]): string[] => [
    ...changedFunctions({ context, body: lines }),
  ];
  it('are the one in its context', () => {
    assert.deepEqual(changed('static int f(int a)', ' \tx', '+\ty'), ['f']);
  });
  it('are not those in whose lines nothing changes', () => {
    assert.deepEqual(
      changed('int f(void)', ' x', ' }', ' ', ' int g(void)', ' {', '+\ty', ' }', ' int h(void)'),
      ['g'],
    );
  });
  it('are none between functions, in a struct and in a prototype', () => {
    assert.deepEqual(changed('int f(void)', ' }', '+int g(int);', '+int x;'), []);
    assert.deepEqual(changed('struct a {', '+\tint (*f)(void);'), []);
  });
  it('go on behind a label', () => {
    assert.deepEqual(changed('int f(void)', ' out:', '+\tx();'), ['f']);
  });
  it('are those that are added and removed', () => {
    assert.deepEqual(changed('', '+int f(void)', '+{', '+}', '-int g(void)', '-{', '-}'), ['f', 'g']);
  });
});

describe('the proof in the review page', () => {
  const update = withDescription({ findings: [] });
  it('says what was seen of each function of the update', () => {
    const functions = [{ object: 'vmlinux', name: 'join_session_keyring', sympos: 0, shown: 'live' }];
    const steps = [
      { boot: 'live', name: 'update:load', status: 0 },
      { boot: 'live', name: 'update:unload', status: null },
    ];
    const text = body({ ...update, proof: proofOf(update, { functions, steps }) });
    assert.ok(text.includes('Proof: proven on 6.1.0-50-amd64, 1 of 1 functions seen live.'));
    assert.ok(text.includes('2 steps, 1 ended otherwise than with status 0'));
  });
  it('says from which level it was proven, and how long each transition took', () => {
    const levels = {
      level: 3,
      previous: { level: 2, update: 'uptide_2', module: DIGEST },
      back: false,
      steps: [
        { boot: 'live', step: 'replace', from: 2, to: 3, shown: true },
        { boot: 'live', step: 'back', from: 3, to: 3, shown: false },
      ],
    };
    const rounds = [{ load: 'files', rounds: 12 }];
    const runs = [
      { boot: 'live', step: 'replace', transition: 1043.25, rounds, log: ['livepatch: enabling'] },
      { boot: 'live', step: 'back', transition: null, rounds: [], log: [] },
    ];
    const probes = [
      { probe: 'fix', fix: 'a', state: 'before', mustPass: false, status: 1 },
      { probe: 'fix', fix: 'a', state: 'after', mustPass: true, status: 1, stdout: 'why' },
    ];
    const text = body({ ...update, proof: proofOf(update, { levels, runs, probes }) });
    for (const part of [
      'Proven from level 2, and not back to it.',
      '<td>replace</td><td>2</td><td>3</td><td>yes</td>',
      '<tr class="refuse"><td>live</td><td>back</td><td>3</td><td>3</td><td>no</td>',
      '<td>1043.3</td><td>files 12</td><td><pre>livepatch: enabling</pre></td>',
      '<td>not seen</td><td>no load</td>',
      '<th>before</th><th>after</th>',
      '<tr><td>a</td><td>fault</td><td class="refuse">fault<pre>why</pre></td></tr>',
    ]) {
      assert.ok(text.includes(part), part);
    }
  });
  it('lists probes one by one when they make no table', () => {
    const run = (fix: string, state: string) => ({ probe: 'fix', fix, state, mustPass: true, status: 0 });
    const text = body({
      ...update,
      proof: proofOf(update, { probes: [run('a', 'after'), run('b', 'late')] }),
    });
    assert.ok(text.includes('<tr><td>b</td><td>late</td><td>0</td><td>0</td>'));
  });
  it('counts no function that the update does not have', () => {
    const functions = [{ object: 'vmlinux', name: 'other', sympos: 0, shown: 'live' }];
    assert.ok(
      body({ ...update, proof: proofOf(update, { functions }) }).includes('0 of 1 functions seen live'),
    );
  });
  it('is none when it is of another module', () => {
    const text = body({ ...update, proof: proofOf(update, { module: '00' }) });
    assert.ok(text.includes('Not proven: the proof is not of this update.'));
    assert.ok(text.includes('VERIFY_OTHER_PROOF'));
  });
  it('is none when it is missing, cannot be read or is too large', () => {
    assert.ok(body(update).includes('Not proven: the update carries no proof.'));
    const unread = 'Not proven: the proof cannot be read.';
    assert.ok(body({ ...update, proof: Buffer.from('x') }).includes(unread));
    const large = Buffer.concat([proofOf(update), Buffer.alloc(MAX_PROOF_BYTES, ' ')]);
    assert.ok(body({ ...update, proof: large }).includes(unread));
  });
  it('stands every form of its fields', () => {
    const fields = ['steps', 'functions', 'probes', 'findings', 'levels', 'runs'];
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.jsonValue(), fc.jsonValue(), (field, value, entry) => {
        const functions: unknown[] = [];
        for (const given of [value, [entry], [{ place: entry, status: entry, stdout: entry }]]) {
          const text = reviewPage({ ...update, proof: proofOf(update, { functions, [field]: given }) });
          assert.ok(text.endsWith('</html>\n'));
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('uptide show --html', () => {
  it('writes the page', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'uptide-page-'));
    try {
      await writeFile(join(folder, 'a.uptide'), encodeUpdate(madeUpdate()));
      const { status, stderr } = await uptide(['show', 'a.uptide', '--html', 'a.html'], folder);
      assert.equal(status, EXIT.done, stderr);
      assert.equal(await readFile(join(folder, 'a.html'), 'utf8'), reviewPage(madeUpdate()));
      const json = await uptide(['show', 'a.uptide', '--html', 'a.html', '--json'], folder);
      assert.equal(JSON.parse(json.stdout).update.module, 'uptide_0123456789ab');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

const CODE = [
  '--- vmlinux join_session_keyring',
  '+++ vmlinux join_session_keyring',
  '@@ +0x0 +0x0 @@',
  ' call __fentry__',
  '-call <old>',
  '+call new',
  '\\ 3 more lines',
  '',
].join('\n');

describe('code in the review page', () => {
  const withCode = (text: string): Update => {
    const update = madeUpdate({ description: sampleDescription() });
    return { ...update, others: [carriedDisassembly(Buffer.from(text)), ...(update.others ?? [])] };
  };

  it('is folded, linked with its function, and says how much changes', () => {
    const text = body(withCode(CODE));
    assert.match(text, /<a href="#cf1">code<\/a>/);
    assert.match(text, /<details class="code"><summary>.*join_session_keyring.*\+1 −1 instructions/);
    assert.match(
      text,
      /<pre id="cf1">.*<span class="del">-call &lt;old&gt;<\/span><span class="add">\+call new/,
    );
  });
  it('is not there for an update without it', () => {
    assert.doesNotMatch(body(madeUpdate({ description: sampleDescription() })), /id="code"/);
  });
  it('says what is left out', () => {
    assert.match(
      body(withCode(`${CODE}\\ 7 more functions\n`)),
      /Not all code is shown: \\ 7 more functions/,
    );
    assert.match(body(withCode('--- vmlinux other\n')), /The code of 1 function is not there/);
  });
  it('is read from any text, up to a bound', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('--- a b', '+++ a b', '-x', '+y', '@@', '\\ 1 more functions', '<b>')),
        (lines) => {
          const { functions, rest } = readDisassembly(Buffer.from(lines.join('\n')));
          const read = functions.flatMap((one) => one.lines).length + functions.length + rest.length;
          assert.ok(read <= lines.length);
        },
      ),
    );
    const { rest } = readDisassembly(Buffer.alloc(MAX_DISASSEMBLY + 1, 'x'));
    assert.equal(rest.at(-1), '\\ the rest is not shown');
  });
});

describe('the page of an examination', () => {
  const findings = nameFindings([
    { code: 'EXAMINE_INLINED', verdict: 'ok', place: {}, reason: HOSTILE, remedy: 'none' },
    { code: 'EXAMINE_LOCKS_CHANGED', verdict: 'review', place: { file: 'a.c' }, reason: 'r', remedy: 'n' },
  ]);
  const [, open] = findings;
  const page = (signedOff: boolean): string => {
    const sign = { name: 'A Maker', reason: 'good <b>', date: '2026-11-23' };
    const judged = open === undefined ? [] : [{ finding: open, signedOff: sign, lapsed: undefined }];
    return examinationPage({
      title: HOSTILE,
      release: '6.1.0-50-amd64',
      findings: examinedFindings(findings, { judged: signedOff ? judged : [], gone: [] }),
      patches: [{ name: 'fix.patch', bytes: Buffer.from(patchOf(' a\n-b\n+c')) }],
      disassembly: Buffer.from(CODE),
    });
  };

  it('has findings, patches and code, and nothing of an update', () => {
    const text = page(false);
    for (const id of ['findings', 'live', 'code']) assert.ok(text.includes(`id="${id}"`), id);
    for (const id of ['match', 'proof', 'sources']) assert.ok(!text.includes(`id="${id}"`), id);
    assert.match(text, /1 to be judged by a person/);
    assert.ok(text.indexOf('EXAMINE_LOCKS_CHANGED') < text.indexOf('EXAMINE_INLINED'));
  });
  it('says who signed off', () => {
    assert.match(page(true), /Signed off<\/b> by A Maker, 2026-11-23: good &lt;b&gt;/);
  });
  it('holds no markup of strangers', () => {
    assert.doesNotMatch(page(true), /<(?:script|img)\b/);
  });
});
