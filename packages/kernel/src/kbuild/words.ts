// SPDX-License-Identifier: GPL-2.0-or-later

/** A command of a shell line that consists of plain words only. */
export interface PlainCommand {
  readonly words: readonly string[];
  /** What ends the command: `;`, `|`, or the end of the text that was read. */
  readonly end: ';' | '|' | 'end';
}

/** The commands at the start of a shell line. */
export interface ShellLine {
  readonly commands: readonly PlainCommand[];
  /** Whether the whole line was plain; otherwise the commands stop before the first that is not. */
  readonly plain: boolean;
}

/** Inside double quotes a backslash quotes these alone (POSIX, Shell Command Language, 2.2.3). */
const ESCAPED_IN_DOUBLE_QUOTES = '$`"\\';
/** Unquoted, each of these would make a shell do more than pass the word on. */
const ACTIVE = '$`&<>(){}*?[]~#!\n';

/**
 * Splits the lines that Kbuild prints into argument vectors, as POSIX quoting lays down, without ever
 * running a shell. Expansion, redirection, globbing, grouping and background commands are not carried
 * out: the first command that has one ends the reading, and `plain` is false.
 */
export function splitShellLine(line: string): ShellLine {
  const commands: PlainCommand[] = [];
  let words: string[] = [];
  let word: string | undefined;
  let start = 0;
  const flush = (end: number): void => {
    if (end > start) word = (word ?? '') + line.slice(start, end);
  };
  const endWord = (): void => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  const endCommand = (end: PlainCommand['end']): void => {
    endWord();
    if (words.length > 0) commands.push({ words, end });
    words = [];
  };

  let i = 0;
  while (i < line.length) {
    const c = line.charAt(i);
    if (c === ' ' || c === '\t' || c === ';' || c === '|') {
      flush(i);
      if (c === ';' || c === '|') endCommand(c);
      else endWord();
      start = ++i;
    } else if (c === "'") {
      flush(i);
      const close = line.indexOf("'", i + 1);
      if (close < 0) return { commands, plain: false };
      word = (word ?? '') + line.slice(i + 1, close);
      start = i = close + 1;
    } else if (c === '"') {
      flush(i);
      const quoted = readDoubleQuotes(line, i + 1);
      if (quoted === undefined) return { commands, plain: false };
      word = (word ?? '') + quoted.text;
      start = i = quoted.end;
    } else if (c === '\\') {
      flush(i);
      if (i + 1 >= line.length) return { commands, plain: false };
      word = (word ?? '') + line.charAt(i + 1);
      start = i += 2;
    } else if (ACTIVE.includes(c)) {
      return { commands, plain: false };
    } else i++;
  }
  flush(i);
  endCommand('end');
  return { commands, plain: true };
}

function readDoubleQuotes(line: string, from: number): { text: string; end: number } | undefined {
  let text = '';
  let i = from;
  while (i < line.length) {
    const c = line.charAt(i);
    if (c === '"') return { text, end: i + 1 };
    if (c === '$' || c === '`') return undefined;
    const next = line.charAt(i + 1);
    if (c === '\\' && next !== '' && ESCAPED_IN_DOUBLE_QUOTES.includes(next)) {
      text += next;
      i += 2;
    } else {
      text += c;
      i++;
    }
  }
  return undefined;
}
