// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gitDiff, mail, parse } from './support/patches.ts';

describe('a mail', () => {
  it('gives title and CVE ids, and its signature is no part of the diff', () => {
    const [patch] = parse(mail(gitDiff())).patches;
    assert.equal(patch?.title, 'fs: fix the thing');
    assert.deepEqual(patch?.cves, ['CVE-2026-0001', 'CVE-2026-0002']);
    assert.equal(patch?.changes[0]?.removed, 1);
  });
  it('may have lost the space of its signature line', () => {
    assert.equal(parse(mail(gitDiff()).replace('\n-- \n', '\n--\n')).patches.length, 1);
  });
  it('has its title over several lines', () => {
    const [patch] = parse(mail(gitDiff(), ['Subject: [PATCH v3] fs: fix', ' the', '\tthing'])).patches;
    assert.equal(patch?.title, 'fs: fix the thing');
  });
  it('keeps tags of a title that are not about the patch', () => {
    const [patch] = parse(mail(gitDiff(), ['Subject: Re: [RFC PATCH 6.1.y 2/3] [x86] KVM: fix'])).patches;
    assert.equal(patch?.title, '[x86] KVM: fix');
  });
  it('has an encoded title', () => {
    const word = Buffer.from('größer').toString('base64');
    const [patch] = parse(mail(gitDiff(), [`Subject: =?UTF-8?B?${word}?= =?utf-8?q?_als_=C3=A4?=`])).patches;
    assert.equal(patch?.title, 'größer als ä');
  });
  it('without a title has none', () => {
    assert.equal(parse(gitDiff()).patches[0]?.title, undefined);
  });
  it('is quoted-printable', () => {
    const encoded = mail(gitDiff().replace('TWO', 'a =3D b; /* =C3=A4 */ long=\n er'), [
      'Content-Type: text/plain; charset=UTF-8',
      'Content-Transfer-Encoding: quoted-printable',
    ]);
    const [patch] = parse(encoded).patches;
    assert.match(Buffer.from(patch?.text ?? []).toString(), /^\+a = b; \/\* ä \*\/ long er$/m);
  });
  it('is base64', () => {
    const head =
      'From: A Maker <maker@example.org>\nSubject: [PATCH] fix\nContent-Transfer-Encoding: base64\n\n';
    const body = Buffer.from(`words\n${gitDiff()}-- \n2.39\n`).toString('base64');
    const [patch] = parse(head + body.replace(/(.{76})/g, '$1\n')).patches;
    assert.equal(patch?.changes[0]?.newPath, 'fs/exec.c');
  });
});

describe('a mailbox', () => {
  it('gives its patches in order, without the cover letter', () => {
    const cover = mail('');
    const { patches } = parse(cover + mail(gitDiff('a.c')) + mail(gitDiff('b.c')));
    assert.deepEqual(
      patches.map(({ changes }) => changes.map(({ newPath }) => newPath)),
      [['a.c'], ['b.c']],
    );
  });
  it('does not lose a diff that stands before the first mail', () => {
    const { patches } = parse(gitDiff('hidden.c') + mail(gitDiff('b.c')));
    assert.deepEqual(
      patches.map(({ changes }) => changes[0]?.newPath),
      ['hidden.c', 'b.c'],
    );
  });
  it('is not cut at a sentence that begins with From', () => {
    const text = mail(gitDiff()).replace('This fixes', 'From here on it fixes\nFrom x Mon, this fixes');
    assert.equal(parse(text).patches.length, 1);
  });
});

describe('a patch header without a mail around it', () => {
  it('gives the title', () => {
    const [patch] = parse(`Subject: a title\nCVE: CVE-2026-12345\n---\n${gitDiff()}`).patches;
    assert.equal(patch?.title, 'a title');
    assert.deepEqual(patch?.cves, ['CVE-2026-12345']);
  });
});
