// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * `make bench`: what a live update costs. Measures `uptide create` on three real fixes, split by step, beside a bare
 * compile of the same TUs; the throughput of compare on large objects; and the comparison of all objects of the
 * corpus. Prints tables, or JSON with --json.
 *
 *   node bench/create.ts [--corpus DIR] [--kernel RELEASE] [--runs N] [--json]
 */
import { readdir, readFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { addBaseline, defaultStore, openBaseline } from '@uptide/kernel';
import { CASES, LARGE_SOURCES } from './cases.ts';
import { measureCorpus, measureThroughput } from './measure-compare.ts';
import { type Measured, measureCreate } from './measure-create.ts';
import { Mirror } from './mirror.ts';
import { type Report, reportToText } from './report.ts';

const { values } = parseArgs({
  options: {
    corpus: { type: 'string', default: resolve(import.meta.dirname, '../../shared/corpus') },
    kernel: { type: 'string', default: '6.1.0-50-amd64' },
    runs: { type: 'string', default: '5' },
    json: { type: 'boolean', default: false },
  },
});
const runs = Number(values.runs);
if (!Number.isSafeInteger(runs) || runs < 1) throw new Error('--runs is a number from 1');
const tell = (text: string): void => console.error(text);

const store = defaultStore();
tell(`the baseline of ${values.kernel}`);
await addBaseline({ release: values.kernel, store });
const baseline = await openBaseline(values.kernel, store);
const folder = await readdir(join(values.corpus, 'patches')).catch(() => undefined);
if (folder === undefined)
  throw new Error(`there is no folder of patches in ${values.corpus}; give --corpus DIR`);
const names = folder.filter((name) => name.endsWith('.patch')).sort();
const patches = await Promise.all(
  names.map(async (path) => ({ path, bytes: await readFile(join(values.corpus, 'patches', path)) })),
);

const mirror = await Mirror.make(store, values.kernel);
const creates: Measured[] = [];
try {
  for (const fix of CASES) {
    tell(`create of ${fix.patch}, ${runs} times`);
    creates.push(await measureCreate({ baseline, mirror, corpus: values.corpus, runs }, fix));
  }
} finally {
  await mirror.remove();
}
tell('compare of large objects');
const throughput = await measureThroughput(baseline, store, LARGE_SOURCES, runs);
tell('compare of all objects of the corpus');
const corpus = await measureCorpus(baseline, store, patches, tell);

const [processor] = cpus();
const report: Report = {
  schema: 1,
  date: new Date().toISOString().slice(0, 10),
  kernel: values.kernel,
  compiler: baseline.compilerText,
  node: process.version,
  processors: cpus().length,
  processor: processor?.model ?? 'unknown',
  memoryBytes: totalmem(),
  runs,
  creates,
  throughput,
  corpus,
};
console.log(values.json ? JSON.stringify(report, undefined, 1) : reportToText(report));
