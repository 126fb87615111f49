// SPDX-License-Identifier: GPL-2.0-or-later
/** Where targets are listed: properties of every sequence of additions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { binsFor, findTarget } from '../src/repository/bins.ts';
import { foundStream } from '../src/repository/found.ts';
import type { TargetMeta, View } from '../src/repository/model.ts';
import { theTargets } from '../src/repository/roles.ts';
import { settingsSchema } from '../src/repository/settings.ts';
import { publicKeyOf } from '../src/repository/sign.ts';
import { stageInSeries } from '../src/repository/stage.ts';
import { matchesPattern } from '../src/trust/pattern.ts';

const SERIES = 'debian-12';
const NOW = Date.UTC(2026, 10, 1);
const settings = settingsSchema.parse({ schema: 1, name: 'a stream', expiryDays: {}, binSize: 10 });
const one = { keys: [publicKeyOf('ab'.repeat(32))], threshold: 1 };
const founded = foundStream(
  {
    top: { root: one, targets: one, snapshot: one, timestamp: one },
    series: [{ name: SERIES, signers: one }],
    rollout: one,
  },
  settings,
  NOW,
);

function target(content: number): TargetMeta {
  return { length: content, hashes: { sha256: String(content).padStart(64, '0') } };
}

/** What was staged counts as published. */
function published(view: View): View {
  const targets = new Map([...view.published.targets, ...view.staged.targets]);
  return { published: { ...view.published, targets }, staged: { targets: new Map() } };
}

const addition = fc.record({
  kernel: fc.integer({ min: 0, max: 6 }),
  file: fc.integer({ min: 0, max: 30 }),
  content: fc.integer({ min: 1, max: 1000 }),
});

test('every target is found in its newest form, bins keep their bound, and what stays is not staged', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(addition, { minLength: 1, maxLength: 15 }), { maxLength: 12 }),
      (rounds) => {
        let view: View = published({ published: { targets: new Map() }, staged: founded });
        const wanted = new Map<string, TargetMeta>();
        for (const round of rounds) {
          const added = new Map(
            round.map(({ kernel, file, content }) => [
              `${SERIES}/6.1.0-${kernel}/ab${kernel}/f${file}`,
              target(content),
            ]),
          );
          const touched = new Set(
            [...added].filter(([path, meta]) => wanted.get(path)?.length !== meta.length),
          );
          for (const [path, meta] of added) wanted.set(path, meta);
          const next = stageInSeries(view, SERIES, added, settings, NOW);
          const changed = [...next.staged.targets.keys()].filter((role) => role !== SERIES);
          assert.ok(changed.length <= Math.max(touched.size, 0), 'no bin is staged that has nothing new');
          view = published(next);
          const { delegations } = theTargets(view, SERIES).signed;
          for (const { name, paths } of delegations?.roles ?? []) {
            const listed = Object.keys(theTargets(view, name).signed.targets);
            assert.ok(listed.length <= settings.binSize, `${name} has ${listed.length}`);
            for (const path of listed) {
              assert.ok(
                paths.some((pattern) => matchesPattern(pattern, path)),
                `${name} may list ${path}`,
              );
            }
          }
          for (const [path, meta] of wanted) {
            assert.deepEqual(findTarget(view, SERIES, path), meta);
            const holders = binsFor(view, SERIES, [path]).filter(
              (bin) => path in theTargets(view, bin).signed.targets,
            );
            assert.equal(holders.length, 1, 'a target stands in one bin');
          }
        }
      },
    ),
    { numRuns: 60 },
  );
});
