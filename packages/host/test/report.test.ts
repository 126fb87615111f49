// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { run } from '@uptide/base';
import { type Status, statusSchema } from '@uptide/host';
import fc from 'fast-check';
import { nagiosOutput } from '../src/report/nagios.ts';
import { openVex } from '../src/report/openvex.ts';
import { prometheusText } from '../src/report/prometheus.ts';
import { rebootAdvice } from '../src/report/reboot.ts';
import { STATES } from '../src/report/status.ts';
import { openVexSchema } from './support/openvex.ts';
import { readPrometheusText } from './support/prometheus.ts';
import { sampleStatus, sampleStrike } from './support/status.ts';

/** A status as poor as the schema lets it be. */
function bareStatus(state: Status['state'] = 'no-stream'): Status {
  const { live: _live, stream: _stream, ...rest } = sampleStatus({ state, cves: [] });
  return rest;
}

const open = (state: Status['cves'][number]['state'], severity?: 'high' | 'critical') =>
  sampleStatus({ cves: [{ id: 'CVE-2024-0009', state, ...(severity === undefined ? {} : { severity }) }] });

const anyStatus = fc
  .record({
    state: fc.constantFrom(...STATES),
    agent: fc.string(),
    effectiveVersion: fc.string(),
    reasons: fc.array(fc.record({ reason: fc.string() }), { maxLength: 30 }),
    uncleanBoots: fc.nat(9),
    strikes: fc.array(fc.constant(sampleStrike()), { maxLength: 1 }),
  })
  .map((changes) => sampleStatus(changes));

describe('the status', () => {
  it('of a host with nothing keeps its schema', () => {
    assert.ok(statusSchema.safeParse(bareStatus()).success);
  });
  it('may have fields that are not known', () => {
    assert.ok(statusSchema.safeParse({ ...sampleStatus(), weather: 'fair' }).success);
  });
  it('has no state beyond the list', () => {
    assert.ok(!statusSchema.safeParse({ ...sampleStatus(), state: 'fine' }).success);
  });
});

describe('the Prometheus text', () => {
  const values = (status: Status) => readPrometheusText(prometheusText(status));

  it('keeps the rules of the format for any status', () => {
    fc.assert(fc.property(anyStatus, (status) => values(status).size > 0));
  });
  it('says what is live', () => {
    const found = values(sampleStatus({ strikes: [sampleStrike()] }));
    assert.equal(found.get('uptide_level'), 3);
    assert.equal(found.get('uptide_level_available'), 3);
    assert.equal(found.get('uptide_state{state="current"}'), 1);
    assert.equal(found.get('uptide_state{state="halted"}'), 0);
    assert.equal(found.get('uptide_transition_seconds'), 1.25);
    assert.equal(found.get('uptide_strikes_total'), 2);
    assert.equal(found.get('uptide_metadata_expiry_timestamp_seconds'), 1709722800);
    assert.equal(found.get(`uptide_quarantined{update="${'cd'.repeat(32)}",level="4"}`), 1);
  });
  it('counts open CVEs by severity, and those without one', () => {
    assert.equal(values(open('pending')).get('uptide_cves_open{severity="unknown"}'), 1);
    assert.equal(values(open('available', 'critical')).get('uptide_cves_open{severity="critical"}'), 1);
  });
  it('says nothing of a stream that is not there', () => {
    assert.equal(values(bareStatus()).has('uptide_stream_stale'), false);
    assert.equal(values(bareStatus()).get('uptide_level'), 0);
  });
  it('takes a label apart from the line whatever is in it', () => {
    const text = prometheusText(sampleStatus({ effectiveVersion: 'a"b\\c\nd' }));
    assert.match(text, /effective_version="a\\"b\\\\c\\nd"/);
  });
});

describe('the OpenVEX document', () => {
  it('keeps its schema', () => {
    assert.equal(openVexSchema.parse(openVex(sampleStatus())).statements.length, 1);
  });
  it('names the boot by a digest and nothing of the host', () => {
    const text = JSON.stringify(openVex(sampleStatus()));
    assert.ok(!text.includes(sampleStatus().boot.id));
    assert.match(text, /pkg:generic\/host@[0-9a-f]{16}"/);
  });
  it('names the host when asked, and the package when asked', () => {
    assert.match(JSON.stringify(openVex(sampleStatus(), { name: 'db 1' })), /pkg:generic\/db%201@/);
    const { statements } = openVexSchema.parse(openVex(sampleStatus(), { product: 'package' }));
    assert.equal(statements[0]?.products[0]?.['@id'], sampleStatus().kernel.package);
  });
  it('is another one in another boot, and the same for the same status', () => {
    const next = sampleStatus({ boot: { id: '3f2504e0-4f89-41d3-9a0c-0305e82c3302' } });
    assert.notDeepEqual(openVex(next), openVex(sampleStatus()));
    assert.deepEqual(openVex(sampleStatus()), openVex(sampleStatus()));
  });
  it('states nothing without a live level, in a transition, or of what is not fixed', () => {
    assert.equal(openVex(bareStatus()), undefined);
    const transition = { level: 3, since: '2024-03-05T11:59:00Z', blocking: [] };
    assert.equal(openVex(sampleStatus({ transition })), undefined);
    for (const state of ['mitigated', 'pending', 'not-patchable', 'available'] as const) {
      assert.equal(openVex(open(state)), undefined);
    }
  });
  it('is not made of a package that is not known', () => {
    const { package: _package, ...kernel } = sampleStatus().kernel;
    assert.equal(openVex(sampleStatus({ kernel }), { product: 'package' }), undefined);
    assert.equal(openVexSchema.parse(openVex(sampleStatus({ kernel }))).statements.length, 1);
  });
});

describe('the output for Nagios', () => {
  const exits: [string, Status, number][] = [
    ['a healthy host', sampleStatus(), 0],
    ['a level that waits', sampleStatus({ state: 'update-available' }), 1],
    ['a quarantine', sampleStatus({ state: 'quarantined' }), 2],
    ['no stream', bareStatus(), 3],
    ['a critical CVE that could be closed', open('available', 'critical'), 2],
    ['a high CVE that could be closed', open('available', 'high'), 1],
    ['a CVE that nothing closes yet', open('pending', 'critical'), 0],
    ['a stale stream', sampleStatus({ stream: { url: 'x', staleSince: '2024-03-01T00:00:00Z' } }), 1],
    ['an unclean boot', sampleStatus({ uncleanBoots: 1 }), 1],
  ];
  for (const [what, status, exit] of exits) {
    it(`ends with ${exit} for ${what}`, () => assert.equal(nagiosOutput(status).exit, exit));
  }
  it('has one line with one bar, and performance data behind it, for any status', () => {
    fc.assert(
      fc.property(anyStatus, (status) => {
        const [first = '', ...details] = nagiosOutput(status).text.split('\n');
        assert.match(
          first,
          /^UPTIDE (?:OK|WARNING|CRITICAL|UNKNOWN) - [^|\p{Cc}]* \| (?:[a-z_]+=\d+;;;0 ?)+$/u,
        );
        for (const line of details) assert.doesNotMatch(line, /[|\p{Cc}]/u);
        assert.ok(details.length <= 20);
      }),
    );
  });
});

describe('the advice on a reboot', () => {
  const advice: [string, Status, string][] = [
    ['a healthy host', sampleStatus(), 'not-needed'],
    ['a level that needs a reboot', sampleStatus({ state: 'reboot-first' }), 'needed'],
    ['a CVE that no live update can close', open('not-patchable'), 'needed'],
    [
      'a kernel for which no more comes',
      sampleStatus({ stream: { url: 'x', ended: { reason: 'old' } } }),
      'needed',
    ],
    ['a CVE that somebody works on', open('pending'), 'unknown'],
    ['a stale stream', sampleStatus({ stream: { url: 'x', staleSince: '2024-03-01T00:00:00Z' } }), 'unknown'],
    ['no stream', bareStatus(), 'unknown'],
    ['a kill switch', sampleStatus({ state: 'disabled' }), 'unknown'],
  ];
  for (const [what, status, wanted] of advice) {
    it(`is ${wanted} for ${what}`, () => {
      const { advice: found, reasons } = rebootAdvice(status);
      assert.equal(found, wanted);
      assert.equal(reasons.length > 0, wanted !== 'not-needed');
    });
  }
  it('names a few CVEs and counts the others', () => {
    const cves = Array.from({ length: 7 }, (_, at) => ({
      id: `CVE-2024-100${at}`,
      state: 'not-patchable' as const,
    }));
    assert.match(rebootAdvice(sampleStatus({ cves })).reasons[0] ?? '', /CVE-2024-1004 and 2 more$/);
  });
});

describe('the snippet for needrestart', () => {
  const folder = mkdtempSync(join(tmpdir(), 'uptide-needrestart-'));
  after(() => rmSync(folder, { recursive: true }));
  const snippet = readFileSync(
    join(import.meta.dirname, '../../../packaging/needrestart/uptide.conf'),
    'utf8',
  );

  async function hints(exit: number): Promise<string> {
    const uptide = join(folder, `uptide-${exit}`);
    writeFileSync(uptide, `#!/bin/sh\ntest "$*" = 'status --reboot' || exit 9\nexit ${exit}\n`, {
      mode: 0o755,
    });
    const perl = `use strict; our %nrconf = (kernelhints => -1);\n${snippet.replaceAll('/usr/bin/uptide', uptide)}\nprint $nrconf{kernelhints};`;
    const { stdout } = await run('perl', ['-w', '-e', perl], { package: 'perl-base' });
    return stdout.toString();
  }

  it('takes the hint away when no reboot is needed', async () => assert.equal(await hints(0), '0'));
  it('leaves it in every other case', async () => assert.equal(await hints(1), '-1'));
});
