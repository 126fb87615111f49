// SPDX-License-Identifier: GPL-2.0-or-later

import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from 'node:net';
import { join } from 'node:path';
import { withFolder } from './client.ts';

/** A server on the loopback for the time of a test. */
export interface Running {
  readonly port: number;
  readonly address: string;
  readonly requests: IncomingMessage[];
}

export async function withServer(
  answer: RequestListener,
  work: (server: Running) => Promise<void>,
): Promise<void> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  await listening(server, async (port) => {
    await work({ port, address: `http://127.0.0.1:${port}/`, requests });
    server.closeAllConnections();
  });
}

/** A server with a certificate that nobody knows, made by openssl(1) for `localhost`. */
export async function withSecureServer(
  answer: RequestListener,
  work: (address: string, ca: string) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', cert, ...subject], {
      stdio: 'pipe',
    });
    const ca = readFileSync(cert, 'utf8');
    const server = createSecureServer({ key: readFileSync(key), cert: ca }, answer);
    await listening(server, async (port) => {
      await work(`https://127.0.0.1:${port}/`, ca);
      server.closeAllConnections();
    });
  });
}

/** Serves files by their paths. */
export function serveFiles(files: ReadonlyMap<string, Uint8Array>): RequestListener {
  return (request, response) => {
    const bytes = files.get(`${request.url}`.slice(1));
    if (bytes === undefined) return end(response, 404);
    response.writeHead(200, { 'content-length': bytes.length });
    response.end(bytes);
  };
}

export function end(response: ServerResponse, status: number): void {
  response.writeHead(status);
  response.end();
}

async function listening(server: Server | TcpServer, work: (port: number) => Promise<void>): Promise<void> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await work((server.address() as AddressInfo).port);
  } finally {
    server.close();
  }
}

/** A proxy that tunnels with CONNECT (RFC 9110, 9.3.6) and takes requests in absolute form. */
export async function withHttpProxy(
  work: (port: number, seen: string[]) => Promise<void>,
  credentials?: string,
): Promise<void> {
  const seen: string[] = [];
  const allowed = (request: IncomingMessage): boolean =>
    credentials === undefined ||
    request.headers['proxy-authorization'] === `Basic ${Buffer.from(credentials).toString('base64')}`;
  const proxy = createServer(async (request, response) => {
    seen.push(`${request.method} ${request.url}`);
    if (!allowed(request)) return end(response, 407);
    const answer = await fetch(`${request.url}`);
    response.writeHead(answer.status);
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  proxy.on('connect', (request, socket: Socket) => {
    seen.push(`CONNECT ${request.url}`);
    if (!allowed(request)) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const [host = '', port = ''] = `${request.url}`.split(':');
    tunnel(socket, host, Number(port), 'HTTP/1.1 200 OK\r\n\r\n');
  });
  await listening(proxy, async (port) => {
    await work(port, seen);
    proxy.closeAllConnections();
  });
}

/** A SOCKS5 proxy without authentication (RFC 1928). */
export async function withSocksProxy(work: (port: number, seen: string[]) => Promise<void>): Promise<void> {
  const seen: string[] = [];
  const proxy = createTcpServer((socket) => {
    socket.once('data', () => {
      socket.write(Buffer.from([5, 0]));
      socket.once('data', (request: Buffer) => {
        const { host, port } = socksTarget(request);
        seen.push(`${host}:${port}`);
        tunnel(socket, host, port, Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
      });
    });
  });
  await listening(proxy, (port) => work(port, seen));
}

function socksTarget(request: Buffer): { host: string; port: number } {
  const isName = request[3] === 3;
  const length = isName ? (request[4] ?? 0) : 4;
  const start = isName ? 5 : 4;
  const part = request.subarray(start, start + length);
  return { host: isName ? part.toString() : part.join('.'), port: request.readUInt16BE(start + length) };
}

function tunnel(socket: Socket, host: string, port: number, greeting: string | Buffer): void {
  const other = connect(port, host, () => {
    socket.write(greeting);
    socket.pipe(other).pipe(socket);
  });
  for (const [one, its] of [
    [socket, other],
    [other, socket],
  ] as const) {
    one.on('error', () => its.destroy());
    one.on('close', () => its.destroy());
  }
}
