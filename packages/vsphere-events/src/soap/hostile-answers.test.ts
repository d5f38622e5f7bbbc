import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { assert, rejection, suite, until } from '@vcenter-listener/test-support';
import { ConnectionError, ProtocolError } from '../errors.ts';
import { AnswerDecoder } from './answer-decoder.ts';
import { change } from './testing/answers.ts';
import { good, post } from './testing/posting.ts';
import { TestServer } from './testing/test-server.ts';
import { UpdateSetDecoder } from './update-set-decoder.ts';
import { VimHttpClient } from './vim-http-client.ts';

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;

/** Posts to a server, over a client of its own. */
async function postTo(server: TestServer, options: Parameters<typeof post>[1] = {}): Promise<unknown> {
  const client = new VimHttpClient(server.url());
  try {
    return await post(client, options);
  } finally {
    await client.destroy();
    server.stop();
  }
}

/** Writes as fast as it is read. @returns what tells how many bytes have gone out */
function stream(response: ServerResponse | Socket, begin: string, again: string, bytes: number): void {
  response.write(begin);
  const chunk = Buffer.from(again.repeat(Math.ceil(65_536 / again.length)));
  let left = bytes;
  const more = () => {
    while (left > 0 && !response.destroyed) {
      left -= chunk.length;
      if (!response.write(chunk)) return;
    }
    response.end();
  };
  response.on('drain', more);
  more();
}

const poll = () => ({ method: 'WaitForUpdatesEx', answer: new UpdateSetDecoder(), deadlineMs: 60_000 });
const [beforeVal = ''] = change('@').split('@');

const streams: [
  title: string,
  status: number,
  begin: string,
  again: string,
  options: () => Parameters<typeof post>[1],
  mayTake: number,
  says: RegExp,
][] = [
  ['a poll', 200, `${beforeVal}<val>`, 'text ', poll, 64 * MiB, /over 64 MiB/],
  ['a poll, made of empty elements', 200, `${beforeVal}<val>`, '<a/>', poll, 8 * MiB, /over 2000000 elements/],
  ['a poll, made of pages of white space', 200, '', ' ', poll, 0, /no SOAP/],
  ['a Login', 200, '<Envelope><Body><LoginResponse>', 'text ', () => ({}), MiB, /over 1 MiB/],
  ['a fault', 500, '<Envelope><Body><Fault><faultstring>', 'text ', poll, MiB, /over 1 MiB/],
  ["a proxy's page", 503, '<html>', 'text ', poll, 0, /HTTP 503/],
];

suite(
  'hostile answers',
  (test) => {
    for (const [title, status, begin, again, options, mayTake, says] of streams) {
      test(`takes no 1 GB that answers ${title}`, async () => {
        const server = await TestServer.http();
        let socket: Socket | undefined;
        server.answer = (request, response) => {
          socket = request.socket;
          response.writeHead(status);
          stream(response, begin, again, GiB);
        };
        const client = new VimHttpClient(server.url());
        assert.match((await rejection(Error, post(client, options()))).message, says);
        await until('the connection is closed', () => socket?.destroyed);
        // What the two kernels hold comes on top.
        assert.ok((socket?.bytesWritten ?? GiB) < mayTake + 16 * MiB, `${socket?.bytesWritten} bytes went out`);
        await client.destroy();
        server.stop();
      });
    }

    test('refuses an answer that says it is 1 GB long, before it has begun', async () => {
      for (const options of [{}, poll()]) {
        const server = await TestServer.raw(`HTTP/1.1 200 OK\r\nContent-Length: ${GiB}\r\n\r\n<Envelope>`);
        const [error] = await Promise.all([
          rejection(ProtocolError, postTo(server, options)),
          until('it has connected', () => server.connections === 1),
        ]);
        assert.match(error.message, /over \d+ MiB/);
      }
    });

    test('takes an answer of just the longest that it may be', async () => {
      const server = await TestServer.http();
      const { maxBytes } = new AnswerDecoder('Login');
      server.answer = (_request, response) => response.end(good + ' '.repeat(maxBytes - good.length));
      assert.ok(await postTo(server));
    });

    const heads: [title: string, head: string, body: string | Buffer, says: RegExp][] = [
      ['gzip that nobody asked for', 'Content-Encoding: gzip', gzipSync(good), /compresses .*\(gzip\)/],
      ['what calls itself gzip', 'Content-Encoding: GZIP', good, /compresses/],
      ['two encodings', 'Content-Encoding: identity\r\nContent-Encoding: br', good, /compresses .*\(br\)/],
      ['another charset', 'Content-Type: text/xml; charset=ISO-8859-1', good, /charset ISO-8859-1/],
      ['another charset in quotes', 'content-type: text/xml;x=y; CharSet = "utf-16"', good, /charset utf-16/],
      ['two types', 'Content-Type: text/xml\r\nContent-Type: text/xml;charset=big5', good, /charset big5/],
      ['two lengths', `Content-Length: ${good.length}\r\nContent-Length: 5`, good, /malformed HTTP/],
      ['a length that is none', 'Content-Length: many', good, /malformed HTTP/],
      [
        'a length and chunks',
        'Content-Length: 5\r\nTransfer-Encoding: chunked',
        '5\r\nhello\r\n0\r\n\r\n',
        /malformed HTTP/,
      ],
      ['broken chunks', 'Transfer-Encoding: chunked', 'no number\r\n', /malformed HTTP/],
      ['a header in two lines', 'X: a\r\n b', good, /malformed HTTP/],
      ['a name of a header that is none', 'a b: c', good, /malformed HTTP/],
      ['headers of 1 MB', `X: ${'y'.repeat(MiB)}`, good, /headers of the answer to Login are too long/],
      ['100,000 headers', 'X: y\r\n'.repeat(100_000).trimEnd(), good, /headers of the answer to Login are too long/],
    ];
    for (const [title, head, body, says] of heads) {
      test(`refuses ${title}`, async () => {
        const length = /length|chunked/i.test(head) ? '' : `Content-Length: ${body.length}\r\n`;
        const answer = [Buffer.from(`HTTP/1.1 200 OK\r\n${length}${head}\r\n\r\n`), Buffer.from(body)];
        const server = await TestServer.raw(Buffer.concat(answer));
        assert.match((await rejection(Error, postTo(server))).message, says);
      });
    }

    test('takes header oddities that harm nobody', async () => {
      const odd = [
        'content-TYPE:text/xml;charset=UTF-8',
        'Content-Encoding: identity',
        'X-Empty:',
        'X-Twice: 1',
        'X-Twice: 2',
        'X-Latin: \xe9',
        `Content-Length: ${good.length}`,
      ];
      const server = await TestServer.raw(Buffer.from(`HTTP/1.1 200 \r\n${odd.join('\r\n')}\r\n\r\n${good}`, 'latin1'));
      assert.ok(await postTo(server));
    });

    test('fetches nothing that an answer points to', async () => {
      const bait = await TestServer.http();
      const url = bait.url().href;
      const doctype = `<!DOCTYPE a SYSTEM "${url}" [<!ENTITY x SYSTEM "${url}"><!ENTITY % y SYSTEM "${url}">%y;]>`;
      const server = await TestServer.http();
      const client = new VimHttpClient(server.url());
      server.answer = (_request, response) => response.end(good.replace('?>', `?>${doctype}`).replace('52b', '&x;'));
      await rejection(ProtocolError, post(client));
      const instructions = `<?xml-stylesheet href="${url}"?><?xml-model href="${url}"?>`;
      const attributes = `href="${url}" xsi:schemaLocation="urn:vim25 ${url}" xml:base="${url}"`;
      server.answer = (_request, response) =>
        response.end(good.replace('?>', `?>${instructions}`).replace('<key', `<key ${attributes}`));
      assert.ok(await post(client));
      assert.is(bait.connections, 0);
      await client.destroy();
      server.stop();
      bait.stop();
    });

    test('refuses what is not HTTP', async () => {
      const server = await TestServer.raw('SSH-2.0-OpenSSH_9.6\r\n');
      assert.match((await rejection(ProtocolError, postTo(server))).message, /malformed HTTP/);
    });

    test('an answer shorter than its length is given up at the deadline, or when the connection is closed', async () => {
      const short = `HTTP/1.1 200 OK\r\nContent-Length: ${good.length + 1}\r\n\r\n${good}`;
      const open = await TestServer.raw(short);
      assert.is((await rejection(ConnectionError, postTo(open, { deadlineMs: 100 }))).code, 'DEADLINE');
      const closed = await TestServer.tcp((socket) => socket.once('data', () => socket.end(short)));
      assert.match(
        (await rejection(ConnectionError, postTo(closed))).message,
        /before the answer to Login was complete/,
      );
    });

    for (const connection of ['keep-alive', 'close']) {
      test(`an answer in chunks is given up when the connection is closed before the last, with ${connection}`, async () => {
        const head = `HTTP/1.1 200 OK\r\nConnection: ${connection}\r\nTransfer-Encoding: chunked\r\n\r\n`;
        const server = await TestServer.tcp((socket) =>
          socket.once('data', () => socket.end(`${head}${good.length.toString(16)}\r\n${good}\r\n`)),
        );
        const error = await rejection(ConnectionError, postTo(server));
        assert.match(error.message, /before the answer to Login was complete/);
      });
    }

    test('an answer longer than its length is cut', async () => {
      const server = await TestServer.raw(`HTTP/1.1 200 OK\r\nContent-Length: ${good.length - 5}\r\n\r\n${good}`);
      assert.match((await rejection(ProtocolError, postTo(server))).message, /is cut/);
    });

    test('what comes after an answer answers no other call', async () => {
      const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${good.length}\r\n\r\n${good}`;
      let requests = 0;
      const server = await TestServer.tcp((socket) => {
        socket.on('data', () => socket.write(++requests === 1 ? answer + answer.replace('52b', 'old') : answer));
      });
      const client = new VimHttpClient(server.url());
      await post(client);
      // The connection is closed: what stands in it is nobody's.
      await until('the first connection is closed', () => server.sockets.size === 0);
      assert.match(JSON.stringify(await post(client)), /52b/);
      assert.is(server.connections, 2);
      await client.destroy();
      server.stop();
    });
  },
  { limitMs: 60_000 },
);
