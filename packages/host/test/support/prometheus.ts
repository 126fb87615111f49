// SPDX-License-Identifier: GPL-2.0-or-later
/** A reader of the Prometheus text format 0.0.4 that takes nothing but what its rules allow. */

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/;

/**
 * Reads a text.
 *
 * @returns values by name and labels, e.g. `up{a="b"}`
 * @throws Error with the line that breaks a rule
 */
export function readPrometheusText(text: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  const described = new Set<string>();
  const typed = new Map<string, string>();
  let current = '';
  if (!text.endsWith('\n')) throw new Error('the last line must end with a line feed');
  for (const line of text.slice(0, -1).split('\n')) {
    const [mark, keyword, name = '', type = ''] = line.split(' ');
    if (mark === '#' && keyword === 'HELP') {
      if (!NAME.test(name) || described.has(name)) throw new Error(`second HELP: ${line}`);
      described.add(name);
    } else if (mark === '#' && keyword === 'TYPE') {
      if (typed.has(name) || !['gauge', 'counter'].includes(type)) throw new Error(`TYPE: ${line}`);
      if (type === 'counter' && !name.endsWith('_total'))
        throw new Error(`a counter ends with _total: ${line}`);
      typed.set(name, type);
      current = name;
    } else {
      const [, sample = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
      if (sample !== current) throw new Error(`no sample of ${current}: ${line}`);
      for (let rest = labels; rest !== ''; ) {
        const [label] = LABEL.exec(rest) ?? [];
        if (label === undefined) throw new Error(`labels: ${line}`);
        rest = rest.slice(label.length);
      }
      const key = labels === '' ? sample : `${sample}{${labels}}`;
      if (values.has(key)) throw new Error(`twice: ${line}`);
      values.set(key, Number(value));
    }
  }
  return values;
}
