// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SHF } from '@uptide/elf';
import { placementOf } from '../src/cut/placement.ts';
import { dissect } from '../src/dissect/dissect.ts';
import { assembled } from './support/assembly.ts';

/** Where something in a section of that name goes: `NAME FLAGS`, or the code of the refusal. */
async function placed(section: string, flags: string, type = 'progbits', align = 8): Promise<string> {
  const source = `.section ${section},"${flags}",@${type}\n.balign ${align}\nx: .skip 8\n.size x, 8\n.type x, @object`;
  const piece = dissect(await assembled(source)).named.get('x')?.[0];
  assert.ok(piece);
  const placement = placementOf(piece);
  if (placement.kind === 'refused') {
    assert.ok(placement.reason.includes(section));
    return placement.code;
  }
  const letters = [
    [SHF.WRITE, 'w'],
    [SHF.ALLOC, 'a'],
    [SHF.EXECINSTR, 'x'],
  ] as const;
  const text = letters.map(([bit, letter]) => ((placement.flags & bit) === 0 ? '' : letter)).join('');
  return `${placement.name} ${text}${placement.nobits ? ' nobits' : ''}`;
}

const RULES: readonly (readonly [string, string, string])[] = [
  ['.text', 'ax', '.text ax'],
  ['.text.foo', 'ax', '.text ax'],
  ['.text.unlikely.foo', 'ax', '.text ax'],
  ['.text.hot.foo', 'ax', '.text ax'],
  ['.sched.text', 'ax', '.text ax'],
  ['.fixup', 'ax', '.text ax'],
  ['.altinstr_aux', 'ax', '.text ax'],
  ['.altinstr_replacement', 'ax', '.altinstr_replacement ax'],
  ['.rodata', 'a', '.rodata a'],
  ['.rodata.foo', 'a', '.rodata a'],
  ['.data.rel.ro', 'aw', '.rodata a'],
  ['.data.rel.ro.local.foo', 'aw', '.rodata a'],
  ['.data', 'aw', '.data wa'],
  ['.data.foo', 'aw', '.data wa'],
  ['.data.rel.local.foo', 'aw', '.data wa'],
  ['.data.once', 'aw', '.data wa'],
  ['.data.unlikely', 'aw', '.data wa'],
  ['.data..read_mostly', 'aw', '.data wa'],
  ['.data..ro_after_init', 'aw', '.data wa'],
  ['.data..cacheline_aligned', 'aw', '.data wa'],
  ['.data..shared_aligned', 'aw', '.data wa'],
  ['__dyndbg', 'aw', '__dyndbg wa'],
  ['.data..percpu', 'aw', 'CUT_PERCPU'],
  ['.data..percpu..shared_aligned', 'aw', 'CUT_PERCPU'],
  ['.init.data', 'aw', 'CUT_INIT_REFERENCE'],
  ['.init.text', 'ax', 'CUT_INIT_REFERENCE'],
  ['.init.rodata', 'a', 'CUT_INIT_REFERENCE'],
  ['.exit.text', 'ax', 'CUT_INIT_REFERENCE'],
  ['.exit.data', 'aw', 'CUT_INIT_REFERENCE'],
  ['.noinstr.text', 'ax', 'CUT_SECTION_UNKNOWN'],
  ['.entry.text', 'ax', 'CUT_SECTION_UNKNOWN'],
  ['.kprobes.text', 'ax', 'CUT_SECTION_UNKNOWN'],
  ['.static_call.text', 'ax', 'CUT_SECTION_UNKNOWN'],
  ['.ref.text', 'ax', 'CUT_SECTION_UNKNOWN'],
  ['.initcall6.init', 'a', 'CUT_SECTION_UNKNOWN'],
  ['.data..page_aligned', 'aw', 'CUT_SECTION_UNKNOWN'],
  ['.data..init_task', 'aw', 'CUT_SECTION_UNKNOWN'],
  ['__ksymtab_strings', 'a', 'CUT_SECTION_UNKNOWN'],
  ['___ksymtab_gpl+foo', 'a', 'CUT_SECTION_UNKNOWN'],
  ['__param', 'a', 'CUT_SECTION_UNKNOWN'],
  ['__tracepoints', 'aw', 'CUT_SECTION_UNKNOWN'],
  ['_ftrace_events', 'aw', 'CUT_SECTION_UNKNOWN'],
  ['__bpf_raw_tp_map', 'aw', 'CUT_SECTION_UNKNOWN'],
  ['.anything_new', 'aw', 'CUT_SECTION_UNKNOWN'],
];

describe('a section', () => {
  for (const [name, flags, expected] of RULES) {
    it(`${name} goes to ${expected}`, async () => {
      assert.equal(await placed(name, flags), expected);
    });
  }

  it('without content goes to .bss, also one of small things', async () => {
    assert.equal(await placed('.bss', 'aw', 'nobits'), '.bss wa nobits');
    assert.equal(await placed('.bss.foo', 'aw', 'nobits'), '.bss wa nobits');
    assert.equal(await placed('.bss..page_aligned', 'aw', 'nobits'), 'CUT_SECTION_UNKNOWN');
  });

  it('that says .bss and has content goes to .data', async () => {
    assert.equal(await placed('.bss.foo', 'aw'), '.data wa');
  });

  it('is aligned to a page at most, as the memory of modules is', async () => {
    assert.equal(await placed('.data.foo', 'aw', 'progbits', 4096), '.data wa');
    assert.equal(await placed('.data.foo', 'aw', 'progbits', 8192), 'CUT_SECTION_UNKNOWN');
  });
});
