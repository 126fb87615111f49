// SPDX-License-Identifier: GPL-2.0-or-later
import { FRAME_MARK, MAX_STREAM_BYTES } from './guest.ts';

/** What a command in the guest left. */
export interface CommandResult {
  /** Exit status; 137 also when it ran over its time limit. */
  readonly status: number;
  /** The first `MAX_STREAM_BYTES` of each stream. */
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  /** Whether more was printed than is kept. */
  readonly truncated: boolean;
  /** Milliseconds between the boot and the start and end, by the guest's clock of hundredths. */
  readonly began: number;
  readonly ended: number;
}

/** What the guest said last. */
export type Progress =
  /** Nothing; the kernel is booting. */
  | { readonly kind: 'booting' }
  /** It runs a command. */
  | { readonly kind: 'running'; readonly command: number }
  /** It is between two commands; `next` is the number of the coming one. */
  | { readonly kind: 'between'; readonly next: number }
  | { readonly kind: 'done' };

/** A frame is the mark, a word, at most six numbers, and 76 characters of base64. */
const MAX_LINE = 256;

/** At least one byte, with padding (RFC 4648 section 4). */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)$/;

/** What came of one stream so far. */
interface Stream {
  readonly parts: Buffer[];
  length: number;
}

/**
 * Reads what a guest says on its second serial port (see `guest.ts`). At any moment there is exactly one kind of line
 * that can follow; any other line means that something else wrote to the port or that bytes were lost, and makes the
 * reader stop: `fault` says why, and `results` holds what was complete before. It never throws, and holds no more
 * than the kept output of the commands and one line.
 */
export class FrameReader {
  readonly results: CommandResult[] = [];
  readonly #commands: number;
  #progress: Progress = { kind: 'booting' };
  #out: Stream = { parts: [], length: 0 };
  #err: Stream = { parts: [], length: 0 };
  #line = '';
  #fault: string | undefined;

  /** `commands`: how many the guest has to run. */
  constructor(commands: number) {
    this.#commands = commands;
  }

  get progress(): Progress {
    return this.#progress;
  }

  /** Why nothing more is read; undefined while all is well. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Takes the next bytes from the port. */
  feed(bytes: Uint8Array): void {
    if (this.#fault !== undefined) return;
    // A byte over 0x7f becomes a character that no frame has.
    const lines = (this.#line + Buffer.from(bytes).toString('latin1')).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) {
      if (!this.#take(line)) {
        this.#fail(line);
        return;
      }
    }
    if (this.#line.length > MAX_LINE) this.#fail(this.#line);
  }

  /** Takes a line; false when it is not one that can come now. */
  #take(line: string): boolean {
    const [mark, word, ...rest] = line.split(' ');
    if (line.length > MAX_LINE || mark !== FRAME_MARK) return false;
    const state = this.#progress;
    switch (state.kind) {
      case 'booting':
        if (word !== 'hello' || rest.length > 0) return false;
        this.#progress = { kind: 'between', next: 0 };
        return true;
      case 'between':
        if (state.next === this.#commands) {
          if (word !== 'done' || rest.length > 0) return false;
          this.#progress = { kind: 'done' };
        } else {
          if (word !== 'begin' || rest.length !== 1 || rest[0] !== String(state.next)) return false;
          this.#out = { parts: [], length: 0 };
          this.#err = { parts: [], length: 0 };
          this.#progress = { kind: 'running', command: state.next };
        }
        return true;
      case 'running':
        if (rest[0] !== String(state.command)) return false;
        if (word === 'out') return addOutput(this.#out, rest);
        if (word === 'err') return addOutput(this.#err, rest);
        return word === 'end' && this.#end(state.command, rest);
      case 'done':
        return false;
    }
  }

  #end(command: number, rest: readonly string[]): boolean {
    if (rest.length !== 6 || !rest.every((field) => /^[0-9]{1,10}$/.test(field))) return false;
    const [, status = 0, outLength = 0, errLength = 0, began = 0, ended = 0] = rest.map(Number);
    const complete =
      this.#out.length === Math.min(outLength, MAX_STREAM_BYTES) &&
      this.#err.length === Math.min(errLength, MAX_STREAM_BYTES);
    if (!complete || status > 255 || ended < began) return false;
    this.results.push({
      status,
      stdout: Buffer.concat(this.#out.parts),
      stderr: Buffer.concat(this.#err.parts),
      truncated: outLength > MAX_STREAM_BYTES || errLength > MAX_STREAM_BYTES,
      began: began * 10,
      ended: ended * 10,
    });
    this.#progress = { kind: 'between', next: command + 1 };
    return true;
  }

  #fail(line: string): void {
    const shown = JSON.stringify(line.slice(0, MAX_LINE));
    this.#fault = `the guest's second serial port carried what does not belong there: ${shown}`;
    this.#line = '';
  }
}

/** Adds the bytes of a line `NUMBER BASE64`; false when it is not one. */
function addOutput(stream: Stream, fields: readonly string[]): boolean {
  const [, text = ''] = fields;
  if (fields.length !== 2 || !BASE64.test(text)) return false;
  const bytes = Buffer.from(text, 'base64');
  stream.parts.push(bytes);
  stream.length += bytes.length;
  return stream.length <= MAX_STREAM_BYTES;
}
