// SPDX-License-Identifier: GPL-2.0-or-later
/** A simulated stream with two distribution series, laid out as the publisher does. */
import { Simulator } from './simulator.ts';

export const DEBIAN = 'debian-12/6.1.0-50-amd64/c0ffee';
export const DEBIAN_NEXT = 'debian-12/6.12.1-amd64/c0ffee';
export const UBUNTU = 'ubuntu-22.04/5.15.0-100-generic/c0ffee';

/** Each kernel has an index, a level and a rollout. */
export function kernelStream(): Simulator {
  const stream = new Simulator();
  stream.measured = true;
  for (const series of ['debian-12', 'ubuntu-22.04']) {
    stream.delegate('targets', { name: series, paths: [`${series}/*/*/*`] });
  }
  stream.delegate('targets', { name: 'rollout', paths: ['rollout/*/*/*'] });
  for (const kernel of [DEBIAN, DEBIAN_NEXT, UBUNTU]) addLevel(stream, kernel, 1);
  publish(stream);
  return stream;
}

/** Adds a level to a kernel; seen after `publish`. */
export function addLevel(stream: Simulator, kernel: string, level: number): void {
  const [series = ''] = kernel.split('/');
  stream.addTarget(series, `${kernel}/index.json`, `index of ${kernel} at ${level}`);
  stream.addTarget(series, `${kernel}/level-${level}.uptide`, `level ${level} of ${kernel}`.repeat(100));
  stream.addTarget('rollout', `rollout/${kernel}.json`, `rollout of ${kernel} at ${level}`);
}

export function publish(stream: Simulator): void {
  stream.publishTargets('debian-12', 'ubuntu-22.04', 'rollout', 'targets');
}
