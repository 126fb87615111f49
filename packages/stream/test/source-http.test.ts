// SPDX-License-Identifier: GPL-2.0-or-later
import assert from 'node:assert/strict';
import type { RequestListener, ServerResponse } from 'node:http';
import { describe, it } from 'node:test';
import type { Code } from '@uptide/base';
import { type HttpOptions, httpSource } from '../src/source/http.ts';
import {
  end,
  type Running,
  serveFiles,
  withHttpProxy,
  withSecureServer,
  withServer,
  withSocksProxy,
} from './support/server.ts';

/** Nothing on the loopback takes this long. */
const PATIENCE = { firstByte: 300, window: 300, retry: 1, slowest: 1024 };
const LIMIT = 1_000_000;
const TEXT = Buffer.from('0123456789'.repeat(100));

function source(
  { address }: Pick<Running, 'address'>,
  options: HttpOptions = {},
): ReturnType<typeof httpSource> {
  return httpSource(address, { proxy: 'none', patience: PATIENCE, ...options });
}

async function fails(answer: RequestListener, code: Code, limit = LIMIT): Promise<void> {
  await withServer(answer, async (server) => {
    await assert.rejects(source(server).read('metadata/x.json', limit), { code });
  });
}

/** Announces a length and sends less. */
function breakOff(
  response: ServerResponse,
  head: Record<string, string | number>,
  part: Buffer,
  status = 200,
): void {
  response.writeHead(status, head);
  response.write(part, () => setTimeout(() => response.destroy(), 5));
}

describe('a stream on a web server', () => {
  const files = new Map([['metadata/a%20b.json', TEXT]]);
  it('is read by its addresses, and says nothing of who reads', async () => {
    await withServer(serveFiles(files), async (server) => {
      assert.deepEqual(await source(server).read('metadata/a%20b.json', LIMIT), TEXT);
      assert.equal(await source(server).read('metadata/other', LIMIT), undefined);
      const headers = server.requests[0]?.headers ?? {};
      assert.deepEqual(Object.keys(headers).sort(), ['accept-encoding', 'connection', 'host', 'user-agent']);
      assert.equal(headers['user-agent'], 'uptide');
    });
  });
  it('may lie in a folder of the server, with a slash at its end or without', async () => {
    const below = new Map([['x/y/metadata/f', TEXT]]);
    await withServer(serveFiles(below), async (server) => {
      for (const folder of ['x/y', 'x/y/'])
        assert.deepEqual(await source({ address: server.address + folder }).read('metadata/f', LIMIT), TEXT);
    });
  });
  for (const status of [403, 404, 410]) {
    it(`does not have what it answers ${status} for`, async () => {
      await withServer(
        (_, response) => end(response, status),
        async (server) => {
          assert.equal(await source(server).read('f', LIMIT), undefined);
          assert.equal(server.requests.length, 1);
        },
      );
    });
  }
  it('is asked over connections that are there, also after it lacked something', async () => {
    const sockets = new Set<unknown>();
    const answer: RequestListener = (request, response) => {
      sockets.add(request.socket);
      if (request.url === '/there') response.end(TEXT);
      else response.writeHead(404).end('<html>there is nothing</html>');
    };
    await withServer(answer, async (server) => {
      const read = source(server);
      for (let count = 0; count < 4; count++)
        for (const path of ['missing', 'there']) await read.read(path, LIMIT);
      assert.ok(sockets.size <= 2, `${sockets.size} connections for 8 requests`);
    });
  });
  it('is not waited for when it says without end that it has nothing', async () => {
    const answer: RequestListener = (_, response) => void response.writeHead(404).write('x');
    await withServer(answer, async (server) =>
      assert.equal(await source(server).read('f', LIMIT), undefined),
    );
  });
  it('is asked once when it answers in another way', () =>
    fails((_, response) => end(response, 401), 'STREAM_UNREACHABLE'));
  for (const status of [429, 500, 503]) {
    it(`is asked again when it answers ${status}, four times`, async () => {
      await withServer(
        (_, response) => end(response, status),
        async (server) => {
          await assert.rejects(source(server).read('f', LIMIT), { code: 'STREAM_UNREACHABLE' });
          assert.equal(server.requests.length, 4);
        },
      );
    });
  }
  it('is read when it answers at the second try', async () => {
    let tries = 0;
    const answer: RequestListener = (_, response) =>
      tries++ === 0 ? end(response, 503) : response.end(TEXT);
    await withServer(answer, async (server) => assert.deepEqual(await source(server).read('f', LIMIT), TEXT));
  });
  it('cannot be reached where nobody listens', async () => {
    const address = 'http://127.0.0.1:1/';
    await assert.rejects(source({ address }).read('f', LIMIT), { code: 'STREAM_UNREACHABLE' });
  });
  it('is not read on when the command is interrupted', async () => {
    await withServer(
      () => undefined,
      async (server) => {
        const controller = new AbortController();
        const reading = source(server, { signal: controller.signal }).read('f', LIMIT);
        setTimeout(() => controller.abort(), 20);
        await assert.rejects(reading, { code: 'INTERRUPTED' });
      },
    );
  });
});

describe('an interruption', () => {
  const cases: readonly [string, RequestListener, HttpOptions][] = [
    ['between two tries', (_, response) => end(response, 503), { patience: { ...PATIENCE, retry: 60_000 } }],
    ['while it is read slowly', (_, response) => void response.end(Buffer.alloc(300_000)), { bandwidth: 10 }],
  ];
  for (const [when, answer, options] of cases) {
    it(`ends a download ${when}`, async () => {
      await withServer(answer, async (server) => {
        const controller = new AbortController();
        const reading = source(server, { ...options, signal: controller.signal }).read('f', LIMIT);
        setTimeout(() => controller.abort(), 100);
        await assert.rejects(reading, { code: 'INTERRUPTED' });
      });
    });
  }
});

describe('a web server that sends without end', () => {
  it('is not read beyond the limit when it says how much it has', () =>
    fails(
      (_, response) => void response.writeHead(200, { 'content-length': 1001 }).write(TEXT),
      'STREAM_ENDLESS_DATA',
      1000,
    ));
  it('is not read beyond the limit when it does not', () =>
    fails(
      (_, response) => {
        const more = (): unknown => response.destroyed || response.write(TEXT, more);
        more();
      },
      'STREAM_ENDLESS_DATA',
      100_000,
    ));
  it('is read up to the limit', async () => {
    await withServer(
      (_, response) => void response.end(TEXT),
      async (server) => {
        assert.deepEqual(await source(server).read('f', TEXT.length), TEXT);
      },
    );
  });
});

describe('a web server that is slow', () => {
  it('is given up when it does not answer', () => fails(() => undefined, 'STREAM_TOO_SLOW'));
  it('is given up when it stops in the middle', () =>
    fails((_, response) => void response.write(TEXT), 'STREAM_TOO_SLOW'));
  it('is given up when it trickles', () =>
    fails((_, response) => {
      const timer = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(timer));
    }, 'STREAM_TOO_SLOW'));
  it('is not given up when we are the slow ones', async () => {
    await withServer(
      (_, response) => void response.end(Buffer.alloc(200_000)),
      async (server) => {
        const begin = performance.now();
        const bytes = await source(server, { bandwidth: 400_000 }).read('f', LIMIT);
        assert.equal(bytes?.length, 200_000);
        assert.ok(performance.now() - begin > 400);
      },
    );
  });
});

describe('a download that breaks off', () => {
  it('goes on where it stopped', async () => {
    const ranges: (string | undefined)[] = [];
    const answer: RequestListener = ({ headers: { range } }, response) => {
      ranges.push(range);
      const from = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
      const head = {
        etag: '"one"',
        'content-length': TEXT.length - from,
        ...(from > 0 && { 'content-range': `bytes ${from}-${TEXT.length - 1}/${TEXT.length}` }),
      };
      if (from >= 600) response.writeHead(206, head).end(TEXT.subarray(from));
      else breakOff(response, head, TEXT.subarray(from, from + 300), from > 0 ? 206 : 200);
    };
    await withServer(answer, async (server) => {
      assert.deepEqual(await source(server).read('f', TEXT.length), TEXT);
      assert.deepEqual(ranges, [undefined, 'bytes=300-', 'bytes=600-']);
      assert.equal(server.requests[1]?.headers['if-range'], '"one"');
    });
  });
  it('begins again when the file was changed meanwhile', async () => {
    const other = Buffer.from('other');
    const answer: RequestListener = ({ headers: { range } }, response) => {
      if (range === undefined)
        breakOff(response, { etag: '"one"', 'content-length': TEXT.length }, TEXT.subarray(0, 300));
      else response.writeHead(200, { etag: '"two"', 'content-length': other.length }).end(other);
    };
    await withServer(answer, async (server) =>
      assert.deepEqual(await source(server).read('f', LIMIT), other),
    );
  });
  it('begins again when the server has no strong name for the file', async () => {
    let tries = 0;
    const answer: RequestListener = ({ headers: { range } }, response) => {
      assert.equal(range, undefined);
      if (tries++ > 0) response.end(TEXT);
      else breakOff(response, { etag: 'W/"one"', 'content-length': TEXT.length }, TEXT.subarray(0, 300));
    };
    await withServer(answer, async (server) => assert.deepEqual(await source(server).read('f', LIMIT), TEXT));
  });
  it('is refused when the server sends another part than it was asked for', () =>
    fails(({ headers: { range } }, response) => {
      if (range === undefined)
        breakOff(response, { etag: '"one"', 'content-length': TEXT.length }, TEXT.subarray(0, 300));
      else
        response
          .writeHead(206, { 'content-range': 'bytes 0-9/1000', 'content-length': 10 })
          .end(TEXT.subarray(0, 10));
    }, 'STREAM_UNREACHABLE'));
  it('is refused when an answer is a part that nobody asked for', () =>
    fails(
      (_, response) => void response.writeHead(206, { 'content-range': 'bytes 5-9/10' }).end('56789'),
      'STREAM_UNREACHABLE',
    ));
  it('is called that when it never gets to its end', () =>
    fails(
      (_, response) => breakOff(response, { 'content-length': TEXT.length }, TEXT.subarray(0, 300)),
      'STREAM_TRUNCATED',
    ));
});

describe('a redirect', () => {
  const redirect = (response: ServerResponse, location: string): void =>
    void response.writeHead(302, { location }).end();
  it('is followed, also to another server, without the password', async () => {
    await withServer(
      (_, response) => void response.end(TEXT),
      async (other) => {
        await withServer(
          (_, response) => redirect(response, `${other.address}elsewhere?token=1`),
          async (server) => {
            const address = server.address.replace('//', '//me:secret@');
            assert.deepEqual(await source({ address }).read('f', LIMIT), TEXT);
            assert.equal(
              server.requests[0]?.headers.authorization,
              `Basic ${Buffer.from('me:secret').toString('base64')}`,
            );
            assert.equal(other.requests[0]?.headers.authorization, undefined);
            assert.equal(other.requests[0]?.url, '/elsewhere?token=1');
          },
        );
      },
    );
  });
  it('is followed five times', async () => {
    for (const [count, reached] of [
      [5, true],
      [6, false],
    ] as const) {
      const answer: RequestListener = ({ url }, response) => {
        const step = Number(`${url}`.slice(1)) || 0;
        if (step === count) response.end(TEXT);
        else redirect(response, `/${step + 1}`);
      };
      await withServer(answer, async (server) => {
        const reading = source(server).read('0', LIMIT);
        if (reached) assert.deepEqual(await reading, TEXT);
        else await assert.rejects(reading, { code: 'STREAM_UNREACHABLE' });
      });
    }
  });
  for (const location of ['file:///etc/passwd', 'ftp://example.org/', 'http://'])
    it(`to ${location} is not followed`, () =>
      fails((_, response) => redirect(response, location), 'STREAM_UNREACHABLE'));
  it('to nowhere is not followed', () => fails((_, response) => end(response, 302), 'STREAM_UNREACHABLE'));
});

describe('an address', () => {
  for (const address of ['ftp://example.org', 'no address', 'file:///x', '//x', 'javascript:1'])
    it(`${address} is refused`, () =>
      assert.throws(() => httpSource(address), { code: 'STREAM_BAD_ADDRESS' }));
  it('shows neither password nor query in names and messages', async () => {
    const read = httpSource('http://me:secret@127.0.0.1:1/s?token=secret#secret', {
      proxy: 'none',
      patience: PATIENCE,
    });
    assert.equal(read.name, 'http://127.0.0.1:1/s/');
    await assert.rejects(read.read('f?secret', LIMIT), (error: Error) => {
      assert.doesNotMatch(JSON.stringify(error) + error.message + error.stack, /secret@|me:|token/);
      return true;
    });
    assert.throws(
      () => httpSource('ftp://me:secret@x'),
      (error: Error) => !error.message.includes('secret'),
    );
  });
});

describe('a stream behind https', () => {
  it('is read with the certificates that are named, straight and through a proxy', async () => {
    await withSecureServer(
      (_, response) => void response.end(TEXT),
      async (address, ca) => {
        assert.deepEqual(await source({ address }, { ca }).read('f', LIMIT), TEXT);
        await assert.rejects(source({ address }).read('f', LIMIT), { code: 'STREAM_UNREACHABLE' });
        await withHttpProxy(async (port, seen) => {
          const proxy = `http://127.0.0.1:${port}`;
          assert.deepEqual(await source({ address }, { ca, proxy }).read('f', LIMIT), TEXT);
          assert.equal(seen.length, 1);
        });
        await withSocksProxy(async (port) => {
          const proxy = `socks5://127.0.0.1:${port}`;
          assert.deepEqual(await source({ address }, { ca, proxy }).read('f', LIMIT), TEXT);
        });
      },
    );
  });
  it('does not lead to http', async () => {
    const answer: RequestListener = (_, response) =>
      void response.writeHead(302, { location: 'http://x/' }).end();
    await withSecureServer(answer, async (address, ca) => {
      await assert.rejects(source({ address }, { ca }).read('f', LIMIT), { code: 'STREAM_UNREACHABLE' });
    });
  });
});

describe('a proxy', () => {
  const answer: RequestListener = (_, response) => void response.end(TEXT);
  it('for http is asked with the whole address', async () => {
    await withServer(answer, (server) =>
      withHttpProxy(async (port, seen) => {
        const read = source(server, { proxy: `http://127.0.0.1:${port}` });
        assert.deepEqual(await read.read('f', LIMIT), TEXT);
        assert.deepEqual(seen, [`GET ${server.address}f`]);
      }),
    );
  });
  it('for https is asked for a tunnel', async () => {
    await withHttpProxy(async (port, seen) => {
      const read = httpSource('https://stream.invalid/', {
        proxy: `http://127.0.0.1:${port}`,
        patience: PATIENCE,
      });
      await assert.rejects(read.read('f', LIMIT), { code: 'STREAM_UNREACHABLE' });
      assert.equal(seen[0], 'CONNECT stream.invalid:443');
    }, 'me:secret');
  });
  it('with a password is told it, and no message has it', async () => {
    await withServer(answer, (server) =>
      withHttpProxy(async (port) => {
        const good = source(server, { proxy: `http://me:secret@127.0.0.1:${port}` });
        assert.deepEqual(await good.read('f', LIMIT), TEXT);
        const bad = source(server, { proxy: `http://me:other@127.0.0.1:${port}` });
        await assert.rejects(
          bad.read('f', LIMIT),
          (error: Error) => !`${error.message}${error.stack}`.includes('other'),
        );
      }, 'me:secret'),
    );
  });
  it('may be one that speaks SOCKS5', async () => {
    await withServer(answer, (server) =>
      withSocksProxy(async (port, seen) => {
        for (const scheme of ['socks5', 'socks5h']) {
          const read = source(server, { proxy: `${scheme}://127.0.0.1:${port}` });
          assert.deepEqual(await read.read('f', LIMIT), TEXT);
        }
        assert.deepEqual(seen, [`127.0.0.1:${server.port}`, `127.0.0.1:${server.port}`]);
      }),
    );
  });
  it('is taken from the environment where none is named', async () => {
    await withServer(answer, (server) =>
      withHttpProxy(async (port, seen) => {
        const { http_proxy, no_proxy } = process.env;
        try {
          process.env.http_proxy = `http://127.0.0.1:${port}`;
          process.env.no_proxy = '';
          assert.deepEqual(await httpSource(server.address, { patience: PATIENCE }).read('f', LIMIT), TEXT);
          assert.equal(seen.length, 1);
          process.env.no_proxy = '127.0.0.1';
          assert.deepEqual(await httpSource(server.address, { patience: PATIENCE }).read('f', LIMIT), TEXT);
          assert.deepEqual(await source(server).read('f', LIMIT), TEXT);
          assert.equal(seen.length, 1);
        } finally {
          restore('http_proxy', http_proxy);
          restore('no_proxy', no_proxy);
        }
      }),
    );
  });
  for (const proxy of ['ftp://x', 'nonsense', 'socks4://x'])
    it(`${proxy} is refused`, async () => {
      await assert.rejects(source({ address: 'http://127.0.0.1:1/' }, { proxy }).read('f', LIMIT), {
        code: 'STREAM_BAD_ADDRESS',
      });
    });
});

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
