// SPDX-License-Identifier: GPL-2.0-or-later
/**
 * Holds the sources to the rules between the rooms (`rooms.ts`): who imports whom, through which door, which
 * places stay pure, no cycles; and to the ceiling on a file's length.
 *
 * dependency-cruiser reads the imports. Beside TypeScript 7 it sees no module at all and reports success,
 * so the swc parser is named here and the number of modules seen is compared with the files on disk.
 */
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { cruise, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser';
import { CONSTANT_TABLES, ROOMS, type Room } from './rooms.ts';

/** Longer files hold more than one concept. */
const MAX_LINES = 600;
/** Parts of Node that compute and touch nothing outside the process. */
const PURE_NODE = '^(async_hooks|buffer|crypto|path|string_decoder|util|zlib)$';
const LICENCE = '// SPDX-License-Identifier: GPL-2.0-or-later';

async function importFaults(files: readonly string[]): Promise<string[]> {
  const { output } = await cruise(
    files as string[],
    {
      parser: 'swc',
      tsPreCompilationDeps: true,
      moduleSystems: ['es6'],
      doNotFollow: { path: 'node_modules' },
      validate: true,
      ruleSet: { forbidden: [...COMMON_RULES, ...ROOMS.flatMap(rulesOf)] },
    },
    { extensions: ['.ts', '.mjs', '.js'], exportsFields: ['exports'], conditionNames: ['import', 'node'] },
  );
  const result = output as ICruiseResult;
  const seen = new Set(result.modules.map((module) => module.source));
  const unseen = files.filter((file) => !seen.has(file));
  return [
    ...unseen.map((file) => `${file}: the import checker did not see this file`),
    ...result.summary.violations.map(
      (violation) => `${violation.from}: ${violation.rule.name}: ${violation.to}`,
    ),
  ];
}

const COMMON_RULES: readonly IForbiddenRuleType[] = [
  // Types are gone when a program runs: a circle of them is none.
  {
    name: 'imports in a circle',
    severity: 'error',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'import that leads nowhere',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'source imports test code',
    severity: 'error',
    from: { path: '^packages/[^/]+/src/' },
    to: { path: '^packages/[^/]+/test/' },
  },
  {
    name: 'another room entered by path, not as @uptide/<room>',
    severity: 'error',
    from: { path: '^packages/([^/]+)/' },
    to: { path: '^packages/', pathNot: '^packages/($1/|[^/]+/test/support/)', dependencyTypes: ['local'] },
  },
];

function rulesOf(room: Room): IForbiddenRuleType[] {
  const own = `packages/${room.name}/`;
  const doors = room.imports.map((name) => `packages/${name}/src/index\\.ts$`);
  const support = room.imports.map((name) => `packages/${name}/test/support/`);
  const rules: IForbiddenRuleType[] = [
    {
      name: `room ${room.name} may not know`,
      severity: 'error',
      from: { path: `^${own}src/` },
      to: { path: '^packages/', pathNot: `^(${[own, ...doors].join('|')})` },
    },
    {
      name: `tests of room ${room.name} may not know`,
      severity: 'error',
      from: { path: `^${own}test/` },
      to: { path: '^packages/', pathNot: `^(${[own, ...doors, ...support].join('|')})` },
    },
  ];
  if (room.pure.length === 0) return rules;
  const pure = `^${own}src/(${[...room.pure, 'error\\.ts$', 'model\\.ts$'].join('|')})`;
  return [
    ...rules,
    {
      name: 'pure place imports from the edge',
      severity: 'error',
      from: { path: pure },
      to: { dependencyTypes: ['core'], pathNot: PURE_NODE },
    },
    {
      name: 'pure place imports a place that is not pure',
      severity: 'error',
      from: { path: pure },
      to: { path: `^${own}src/`, pathNot: pure, dependencyTypesNot: ['type-only'] },
    },
  ];
}

function fileFaults(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const lines = text.split('\n').length - 1;
  const faults: string[] = [];
  if (!text.startsWith(LICENCE)) faults.push(`${file}: the first line is not the licence`);
  if (lines > MAX_LINES && !CONSTANT_TABLES.includes(file)) {
    faults.push(`${file}: ${lines} lines; over ${MAX_LINES} a file is cut into its concepts`);
  }
  return faults;
}

/** A package without a row in the table would be held to nothing. */
function unlistedRooms(): string[] {
  const rooms = new Set(ROOMS.map((room) => `packages/${room.name}/package.json`));
  return globSync('packages/*/package.json')
    .filter((path) => !rooms.has(path))
    .map((path) => `${path}: this room has no row in scripts/rooms.ts`);
}

process.chdir(resolve(import.meta.dirname, '..'));
const files = globSync('{packages/*/{src,test},scripts,bench,test}/**/*.ts').sort();
const faults = [...(await importFaults(files)), ...files.flatMap(fileFaults), ...unlistedRooms()];
for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
else console.log(`rooms: ${files.length} files keep the rules`);
