import { apiStatusOf } from './api-error.ts';
import { MalformedAnswerError } from './errors.ts';
import { arrayOf, isObject, type JsonObject, objectOf, stringOf } from './json.ts';
import { LineSplitter } from './line-splitter.ts';
import type {
  FrameDecoder,
  NodeMetadata,
  NodeObject,
  NodeOutline,
  NodePage,
  WatchFrame,
  WireFormat,
} from './wire-format.ts';

const JSON_TYPE = 'application/json';
/** Asks for the metadata alone (KEP-1115, in every server since 1.15). */
export const JSON_OUTLINE_TYPE = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';
const EXCERPT = 100;

/** Nodes as JSON; a watch is a line of JSON an event. */
export class JsonWireFormat implements WireFormat {
  readonly accept = { node: JSON_TYPE, page: JSON_TYPE, watch: JSON_TYPE, outlineWatch: JSON_OUTLINE_TYPE };
  readonly #labelKeys: readonly string[];

  /** @param labelKeys the labels to keep */
  constructor(labelKeys: readonly string[]) {
    this.#labelKeys = labelKeys;
  }

  node(body: Buffer): NodeObject {
    return this.#node(parse(body.toString('utf8')));
  }

  page(body: Buffer): NodePage {
    const list = parse(body.toString('utf8'));
    const metadata = objectOf(list.metadata);
    return {
      nodes: arrayOf(list.items).map((item) => this.#node(objectOf(item))),
      resourceVersion: required(metadata, 'resourceVersion'),
      continueToken: stringOf(metadata.continue),
    };
  }

  watch(): FrameDecoder<NodeObject> {
    return new JsonFrameDecoder((object) => this.#node(object));
  }

  outlineWatch(): FrameDecoder<NodeOutline> {
    return new JsonFrameDecoder((object, line) => {
      const setsAnything = !line.includes('"managedFields"');
      return {
        ...this.#metadata(object),
        setsProviderID: setsAnything || line.includes('"f:providerID"'),
        setsSystemUUID: setsAnything || line.includes('"f:systemUUID"'),
      };
    });
  }

  #node(object: JsonObject): NodeObject {
    return {
      ...this.#metadata(object),
      providerID: stringOf(objectOf(object.spec).providerID) || undefined,
      systemUUID: stringOf(objectOf(objectOf(object.status).nodeInfo).systemUUID) || undefined,
    };
  }

  #metadata(object: JsonObject): NodeMetadata {
    const metadata = objectOf(object.metadata);
    const all = objectOf(metadata.labels);
    const labels: Record<string, string> = {};
    for (const key of this.#labelKeys) {
      const value = all[key];
      if (typeof value === 'string') labels[key] = value;
    }
    return {
      name: required(metadata, 'name'),
      uid: required(metadata, 'uid'),
      resourceVersion: required(metadata, 'resourceVersion'),
      labels,
    };
  }
}

class JsonFrameDecoder<T extends NodeMetadata> implements FrameDecoder<T> {
  readonly #lines = new LineSplitter();
  readonly #decode: (object: JsonObject, line: string) => T;

  constructor(decode: (object: JsonObject, line: string) => T) {
    this.#decode = decode;
  }

  *push(piece: Buffer): Generator<WatchFrame<T>, void> {
    for (const line of this.#lines.push(piece)) yield this.#frame(line);
  }

  end(): void {
    this.#lines.end();
  }

  #frame(line: string): WatchFrame<T> {
    const { type, object } = parse(line);
    switch (type) {
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED':
        return { type, node: this.#decode(objectOf(object), line) };
      case 'BOOKMARK': {
        const metadata = objectOf(objectOf(object).metadata);
        return {
          type,
          resourceVersion: required(metadata, 'resourceVersion'),
          initialEventsEnd: objectOf(metadata.annotations)[INITIAL_EVENTS_END] === 'true',
        };
      }
      case 'ERROR':
        return { type, status: apiStatusOf(object) };
      default:
        throw new MalformedAnswerError(`a watch event has no known type: ${line.slice(0, EXCERPT)}`);
    }
  }
}

function parse(text: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new MalformedAnswerError(`the answer is not JSON: ${text.slice(0, EXCERPT)}`, { cause });
  }
  if (isObject(value)) return value;
  throw new MalformedAnswerError(`the answer is not a JSON object: ${text.slice(0, EXCERPT)}`);
}

function required(metadata: JsonObject, field: string): string {
  const value = stringOf(metadata[field]);
  if (!value) throw new MalformedAnswerError(`an object has no metadata.${field}`);
  return value;
}
