import type { ServerResponse } from 'node:http';
import { type ApiServer, type Arrived, type Handler, json, refuse, startApiServer } from './api-server.ts';
import { bookmark, frame, outlineNode, type TestNode, wholeNode } from './nodes.ts';

/** An API server that knows Nodes, and whose answers a test can replace. */
export interface NodeServer extends ApiServer {
  /** The Nodes as a list or a GET shows them. */
  readonly nodes: Map<string, TestNode>;
  resourceVersion: string;
  /** The watches that are open, oldest first. A test writes frames to them. */
  readonly watches: ServerResponse[];
  /** What kinds of request have arrived, in order: `list`, `page`, `watch <resourceVersion>`, `get <name>`, `patch <name>`. */
  readonly calls: string[];
  /** Answers of the next requests of a kind, each for one request; without one it behaves well. */
  readonly instead: Record<'list' | 'page' | 'watch' | 'get' | 'patch', Handler[]>;
}

/** Starts a {@link NodeServer}. */
export async function startNodeServer(...nodes: TestNode[]): Promise<NodeServer> {
  const well: Record<keyof NodeServer['instead'], Handler> = {
    list(_request, response) {
      response.writeHead(200).write(bookmark('1'));
      for (const node of server.nodes.values()) response.write(frame('ADDED', wholeNode(node)));
      response.write(bookmark(server.resourceVersion, { end: true }));
    },
    page({ query }, response) {
      const all = [...server.nodes.values()];
      const from = Number(query.get('continue') ?? 0);
      const to = from + Number(query.get('limit'));
      const metadata = { resourceVersion: server.resourceVersion, ...(to < all.length && { continue: String(to) }) };
      json(response, 200, { metadata, items: all.slice(from, to).map(wholeNode) });
    },
    watch(_request, response) {
      response.writeHead(200).flushHeaders();
      server.watches.push(response);
      response.on('close', () => server.watches.splice(server.watches.indexOf(response), 1));
    },
    get({ path }, response) {
      const node = server.nodes.get(path.slice('/api/v1/nodes/'.length));
      if (node) json(response, 200, wholeNode(node));
      else refuse(response, 404, 'NotFound');
    },
    patch({ path }, response) {
      const node = server.nodes.get(path.slice('/api/v1/nodes/'.length));
      if (node) json(response, 200, outlineNode(node));
      else refuse(response, 404, 'NotFound');
    },
  };
  const handle: Handler = (request, response) => {
    const kind = kindOf(request);
    const name = request.path.split('/')[4];
    server.calls.push([kind, name ?? request.query.get('resourceVersion')].filter(Boolean).join(' '));
    return (server.instead[kind].shift() ?? well[kind])(request, response);
  };
  const server: NodeServer = Object.assign(await startApiServer(handle), {
    nodes: new Map(nodes.map((node) => [node.name, node])),
    resourceVersion: '100',
    watches: [],
    calls: [],
    instead: { list: [], page: [], watch: [], get: [], patch: [] },
  });
  return server;
}

function kindOf({ method, path, query }: Arrived): keyof NodeServer['instead'] {
  if (method === 'PATCH') return 'patch';
  if (path !== '/api/v1/nodes') return 'get';
  if (query.get('watch') !== 'true') return 'page';
  return query.get('sendInitialEvents') === 'true' ? 'list' : 'watch';
}
