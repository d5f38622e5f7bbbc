import { asObject, asString, isArray, isObject, type Json, type JsonObject, parseJson } from '../json.ts';
import { KubernetesSimulator, type KubernetesSimulatorOptions } from '../kubernetes-simulator.ts';

export const METADATA = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
export const METADATA_LIST = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

export const NODES_PATH = '/api/v1/nodes';
export const LEASES_PATH = '/apis/coordination.k8s.io/v1/namespaces/default/leases';
export const EVENTS_PATH = '/apis/events.k8s.io/v1/namespaces/default/events';
export const CORE_EVENTS_PATH = '/api/v1/namespaces/default/events';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  /** The body, or an empty object when it is not a JSON object. */
  readonly body: JsonObject;
  readonly text: string;
}

/** What a test needs of one simulator: requests with its token, and watches. */
export class Client {
  readonly simulator: KubernetesSimulator;
  readonly #signal: AbortSignal;

  constructor(simulator: KubernetesSimulator, signal: AbortSignal) {
    this.simulator = simulator;
    this.#signal = signal;
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const authorization = `Bearer ${this.simulator.token}`;
    const headers = { authorization, ...Object.fromEntries(new Headers(init.headers)) };
    return fetch(this.simulator.url + path, { signal: this.#signal, ...init, headers });
  }

  get(path: string, accept = 'application/json'): Promise<Reply> {
    return this.#reply(path, { headers: { accept } });
  }

  post(path: string, body: Json): Promise<Reply> {
    return this.send('POST', path, body);
  }

  put(path: string, body: Json): Promise<Reply> {
    return this.send('PUT', path, body);
  }

  delete(path: string, body?: Json): Promise<Reply> {
    return body === undefined ? this.#reply(path, { method: 'DELETE' }) : this.send('DELETE', path, body);
  }

  mergePatch(path: string, body: Json, accept = 'application/json'): Promise<Reply> {
    return this.send('PATCH', path, body, 'application/merge-patch+json', accept);
  }

  jsonPatch(path: string, body: Json): Promise<Reply> {
    return this.send('PATCH', path, body, 'application/json-patch+json');
  }

  send(method: string, path: string, body: Json, type = 'application/json', accept = '*/*'): Promise<Reply> {
    return this.#reply(path, { method, headers: { 'content-type': type, accept }, body: JSON.stringify(body) });
  }

  /** Opens a watch; `query` follows `?watch=true`. Its events are collected as they come. */
  async watch(path: string, query = '', accept = 'application/json'): Promise<Watch> {
    const response = await this.fetch(`${path}?watch=true${query}`, { headers: { accept } });
    return new Watch(response);
  }

  async #reply(path: string, init: RequestInit): Promise<Reply> {
    const response = await this.fetch(path, init);
    const text = await response.text();
    const isJson = response.headers.get('content-type') === 'application/json';
    return {
      status: response.status,
      headers: response.headers,
      body: asObject(isJson ? parseJson(text) : null),
      text,
    };
  }
}

export interface WatchEvent {
  readonly type: string;
  readonly object: JsonObject;
}

/** The events of one watch so far. */
export class Watch {
  readonly status: number;
  readonly events: WatchEvent[] = [];
  /** How it ended, once it has. */
  ended: 'closed' | 'broken' | undefined;

  constructor(response: Response) {
    this.status = response.status;
    this.#read(response).then(
      () => {
        this.ended = 'closed';
      },
      () => {
        this.ended = 'broken';
      },
    );
  }

  /** `TYPE name` of every event. */
  get seen(): string[] {
    return this.events.map(({ type, object }) => `${type} ${asString(asObject(object.metadata).name)}`.trim());
  }

  async #read(response: Response): Promise<void> {
    let rest = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const { type, object } = asObject(parseJson(line));
        this.events.push({ type: asString(type), object: asObject(object) });
      }
    }
  }
}

/** Runs a test against a simulator of its own. */
export async function withSimulator(
  signal: AbortSignal,
  body: (client: Client, simulator: KubernetesSimulator) => Promise<void>,
  options: KubernetesSimulatorOptions = {},
): Promise<void> {
  const simulator = await KubernetesSimulator.start(options);
  try {
    await body(new Client(simulator, signal), simulator);
  } finally {
    await simulator.stop();
  }
}

/** The value below some keys of a JSON object: `at(node, 'metadata', 'labels')`. */
export function at(value: Json | undefined, ...keys: readonly string[]): Json | undefined {
  return keys.reduce((found, key) => (isObject(found) ? found[key] : undefined), value);
}

/** The names of the items of a list. */
export function names(list: JsonObject): string[] {
  return (isArray(list.items) ? list.items : []).map((item) => asString(at(item, 'metadata', 'name')));
}

/** What each manager owns below `metadata` in an object's managedFields, without the dots. */
export function owners(object: Json | undefined): Record<string, string[]> {
  const entries = at(object, 'metadata', 'managedFields');
  return Object.fromEntries(
    (isArray(entries) ? entries : []).map((entry) => {
      const owned = asObject(at(entry, 'fieldsV1', 'f:metadata'));
      const fields = Object.entries(owned).flatMap(([map, keys]) =>
        Object.keys(asObject(keys)).map((key) => map + key),
      );
      return [asString(at(entry, 'manager')), fields.filter((field) => !field.endsWith('.'))];
    }),
  );
}
