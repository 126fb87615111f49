// SPDX-License-Identifier: GPL-2.0-or-later

/** Lines added and removed up to which a difference is looked for; a fix has some hundreds. */
const MAX_CHANGES = 2000;

/**
 * The line of `before` that each line of `after` is, as a shortest edit script pairs them; undefined for added lines.
 * Myers, "An O(ND) Difference Algorithm and Its Variations" (1986), figure 2. Lines are counted from 0.
 *
 * @param most changes up to which a difference is looked for; time and memory grow with its square
 * @returns undefined when more lines differ
 */
export function pairLines(
  before: readonly string[],
  after: readonly string[],
  most = MAX_CHANGES,
): readonly (number | undefined)[] | undefined {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  const pairs: (number | undefined)[] = after.map((_, line) => (line < start ? line : undefined));
  const [width, height] = [before.length - start, after.length - start];
  const path = shortestPath(width, height, most, (x, y) => before[start + x] === after[start + y]);
  if (path === undefined) return undefined;
  let [x, y] = [width, height];
  for (let changes = path.length - 1; changes >= 0; changes -= 1) {
    const reach = path[changes] ?? new Map<number, number>();
    const diagonal = x - y;
    const down = comesDown(reach, diagonal, changes);
    const from = down ? diagonal + 1 : diagonal - 1;
    const fromX = changes === 0 ? 0 : (reach.get(from) ?? 0);
    const fromY = changes === 0 ? 0 : fromX - from;
    while (x > fromX && y > fromY) {
      x -= 1;
      y -= 1;
      pairs[start + y] = start + x;
    }
    [x, y] = [fromX, fromY];
  }
  return pairs;
}

/** For each number of changes how far each diagonal was reached with one change less. */
function shortestPath(
  width: number,
  height: number,
  most: number,
  same: (x: number, y: number) => boolean,
): Map<number, number>[] | undefined {
  const path: Map<number, number>[] = [];
  let reach = new Map<number, number>();
  for (let changes = 0; changes <= most; changes += 1) {
    path.push(reach);
    const next = new Map<number, number>();
    for (let diagonal = -changes; diagonal <= changes; diagonal += 2) {
      let x = 0;
      if (changes > 0) {
        const down = comesDown(reach, diagonal, changes);
        x = down ? (reach.get(diagonal + 1) ?? 0) : (reach.get(diagonal - 1) ?? 0) + 1;
      }
      while (x < width && x - diagonal < height && same(x, x - diagonal)) x += 1;
      next.set(diagonal, x);
      if (x >= width && x - diagonal >= height) return path;
    }
    reach = next;
  }
  return undefined;
}

/** Does the farthest way to a diagonal end with an added line (and not with a removed one)? */
function comesDown(reach: ReadonlyMap<number, number>, diagonal: number, changes: number): boolean {
  if (diagonal === -changes) return true;
  if (diagonal === changes) return false;
  return (reach.get(diagonal - 1) ?? -1) < (reach.get(diagonal + 1) ?? -1);
}
