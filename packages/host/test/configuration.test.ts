// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { HostError } from '@uptide/host';
import {
  CONFIGURATION_KEYS,
  MAX_CONFIGURATION_BYTES,
  parseConfiguration,
} from '../src/policy/configuration.ts';

const DEFAULT = readFileSync(new URL('../../../packaging/uptide.toml', import.meta.url), 'utf8');

/** What is wrong with a configuration. */
function complaints(toml: string): string {
  try {
    parseConfiguration(toml, 'uptide.toml');
  } catch (error) {
    assert.ok(error instanceof HostError);
    assert.equal(error.code, 'HOST_CONFIG_INVALID');
    return error.message;
  }
  assert.fail('it was accepted');
}

describe('the configuration of a host', () => {
  it('may be empty: it asks, compares what runs, and follows nothing', () => {
    const { stream, policy, safety } = parseConfiguration('', 'uptide.toml');
    assert.equal(stream.url, undefined);
    assert.equal(policy.mode, 'ask');
    assert.equal(safety.match, 'required');
  });
  it('reads spans, amounts, days and windows', () => {
    const { policy, network, safety } = parseConfiguration(
      `[policy]
       delay = "48h"
       as-of = 2026-10-01
       hold = 4
       windows = ["Fri-Mon 22:00-04:00"]
       [network]
       bandwidth = "500kB"
       [safety]
       probation = "90min"`,
      'uptide.toml',
    );
    assert.equal(policy.delay, 48 * 3_600_000);
    assert.equal(policy['as-of'], Date.UTC(2026, 9, 2) - 1);
    assert.deepEqual(policy.hold, [4]);
    assert.deepEqual(policy.windows, [{ days: [0, 4, 5, 6], from: 22 * 60, until: 28 * 60 }]);
    assert.equal(network.bandwidth, 500_000);
    assert.equal(safety.probation, 90 * 60_000);
  });
  it('takes delay and waves from the channel unless they are given', () => {
    const policyOf = (toml: string) => parseConfiguration(`[policy]\n${toml}`, 'uptide.toml').policy;
    assert.equal(policyOf('channel = "late"').delay, 7 * 86_400_000);
    assert.equal(policyOf('channel = "test"')['ignore-waves'], true);
    assert.equal(policyOf('channel = "test"\nignore-waves = false')['ignore-waves'], false);
    assert.equal(policyOf('channel = "late"\ndelay = "1h"').delay, 3_600_000);
  });
  it('takes old news over an air gap for a quarter at most, and without a word not at all', () => {
    const offlineOf = (toml: string) => parseConfiguration(`[stream]\n${toml}`, 'uptide.toml').stream.offline;
    assert.equal(offlineOf(''), undefined);
    assert.equal(offlineOf('offline = "30d"'), 30 * 86_400_000);
    assert.match(complaints('[stream]\noffline = "91d"'), /stream\.offline/);
  });
  it('refuses a key that it does not know, and says which was meant', () => {
    assert.match(complaints('[policy]\nwindow = ["daily 01:00-02:00"]'), /did you mean windows\?/);
    assert.match(complaints('[polici]\n'), /did you mean policy\?/);
    assert.match(complaints('[policy]\ntelemetry = true'), /known here: mode, /);
  });
  it('tells everything that is wrong at once', () => {
    const lines = complaints(
      '[policy]\nmode = "sometimes"\ndelay = "2 weeks"\n[stream]\nurl = "ftp://x"\n[safety]\nprobation = "1min"',
    ).split('\n');
    assert.equal(lines.length, 4);
  });
  const refused: readonly (readonly [what: string, toml: string])[] = [
    ['text that is no TOML', 'policy = ['],
    ['a key twice', '[policy]\nmode = "ask"\nmode = "auto"'],
    ['a key of an object prototype', '[policy.__proto__]\nmode = "auto"'],
    ['nesting without end', `a = ${'['.repeat(5000)}`],
    ['a window that is empty', '[policy]\nwindows = ["Mon 02:00-02:00"]'],
    ['a window after midnight', '[policy]\nwindows = ["Mon 24:00-25:00"]'],
    ['a day that there is not', '[policy]\nwindows = ["Mox 02:00-03:00"]'],
    ['a moment without a time zone', '[policy]\nas-of = 2026-10-01T12:00:00'],
    ['a date that is none', '[policy]\nas-of = "2026-13-01"'],
    ['a time zone that there is not', '[policy]\ntime-zone = "Mars/Olympus"'],
    ['level zero', '[policy]\npin = 0'],
    ['a level that is no whole number', '[policy]\nhold = 1.5'],
    ['a relative path', '[report]\nopenvex = "vex.json"'],
    ['a path with a zero byte', '[report]\nopenvex = "/a\\u0000b"'],
    ['a check every minute', '[network]\ncheck-interval = "1min"'],
    ['a bandwidth that never ends a download', '[network]\nbandwidth = "1B"'],
    ['more than anybody writes', `#${'x'.repeat(MAX_CONFIGURATION_BYTES)}`],
  ];
  for (const [what, toml] of refused) {
    it(`refuses ${what}`, () => {
      assert.notEqual(complaints(toml), '');
    });
  }
});

describe('the documented default', () => {
  it('says nothing, so that the defaults hold', () => {
    assert.deepEqual(parseConfiguration(DEFAULT, 'uptide.toml'), parseConfiguration('', 'uptide.toml'));
  });
  it('shows every key that there is, with a value that is accepted', () => {
    const shown = DEFAULT.replaceAll(/^#(?=[a-z-]+ = )/gm, '');
    parseConfiguration(shown, 'uptide.toml');
    for (const [section, keys] of CONFIGURATION_KEYS) {
      assert.match(shown, new RegExp(`^\\[${section}\\]$`, 'm'));
      for (const key of keys) assert.match(shown, new RegExp(`^${key} = `, 'm'), `${section}.${key}`);
    }
  });
});
