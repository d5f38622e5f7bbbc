import { apiStatusOf } from './api-error.ts';
import { MalformedAnswerError } from './errors.ts';
import { arrayOf, isObject, type JsonObject, objectOf, stringOf } from './json.ts';
import { LineSplitter } from './line-splitter.ts';
import { type FieldOwners, fieldOwnersOf, managerOfLabel } from './managed-fields.ts';
import type {
  FrameDecoder,
  NodeMetadata,
  NodeOutline,
  NodePage,
  Taint,
  WatchFrame,
  WholeNode,
  WireFormat,
} from './wire-format.ts';

const JSON_TYPE = 'application/json';
/** Asks for the metadata alone (KEP-1115, in every server since 1.15). */
const JSON_OUTLINE_TYPE = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1';
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';
const EXCERPT = 100;

const NOTHING: Readonly<Record<string, string>> = {};
const NO_TAINTS: readonly Taint[] = [];

/** What of the Nodes is kept. */
export interface NodeFields {
  /** Our name in `managedFields`. */
  readonly fieldManager: string;
  readonly labelKeys: readonly string[];
  readonly annotationKeys: readonly string[];
}

/** Nodes as JSON; a watch is a line of JSON an event. */
export class JsonWireFormat implements WireFormat {
  readonly accept = {
    node: JSON_TYPE,
    outline: JSON_OUTLINE_TYPE,
    page: JSON_TYPE,
    watch: JSON_TYPE,
    outlineWatch: JSON_OUTLINE_TYPE,
  };
  readonly #fields: NodeFields;

  constructor(fields: NodeFields) {
    this.#fields = fields;
  }

  node(body: Buffer): WholeNode {
    return this.#node(parse(body.toString('utf8')));
  }

  outline(body: Buffer): NodeOutline {
    return this.#outline(parse(body.toString('utf8')));
  }

  managerOf(body: Buffer, labelKey: string): string | undefined {
    return managerOfLabel(objectOf(parse(body.toString('utf8')).metadata), labelKey);
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

  watch(): FrameDecoder<WholeNode> {
    return new JsonFrameDecoder((object) => this.#node(object));
  }

  outlineWatch(): FrameDecoder<NodeOutline> {
    return new JsonFrameDecoder((object) => this.#outline(object));
  }

  #node(object: JsonObject): WholeNode {
    const metadata = objectOf(object.metadata);
    const spec = objectOf(object.spec);
    const owners = fieldOwnersOf(metadata, this.#fields.fieldManager);
    return {
      ...this.#metadata(metadata, owners),
      providerID: stringOf(spec.providerID) || undefined,
      systemUUID: stringOf(objectOf(objectOf(object.status).nodeInfo).systemUUID) || undefined,
      taints: taintsOf(spec.taints),
      signature: owners.signature,
    };
  }

  #outline(object: JsonObject): NodeOutline {
    const metadata = objectOf(object.metadata);
    const owners = fieldOwnersOf(metadata, this.#fields.fieldManager);
    const { signature, setsProviderID, setsSystemUUID } = owners;
    return { ...this.#metadata(metadata, owners), signature, setsProviderID, setsSystemUUID };
  }

  #metadata(metadata: JsonObject, { ownedLabels }: FieldOwners): NodeMetadata {
    const { labelKeys, annotationKeys } = this.#fields;
    const keys = ownedLabels.length > 0 ? [...labelKeys, ...ownedLabels] : labelKeys;
    return {
      name: required(metadata, 'name'),
      uid: required(metadata, 'uid'),
      resourceVersion: required(metadata, 'resourceVersion'),
      labels: pick(metadata.labels, keys),
      annotations: pick(metadata.annotations, annotationKeys),
      ownedLabels,
    };
  }
}

/** 5,000 Nodes share what is empty. */
function pick(value: unknown, keys: readonly string[]): Readonly<Record<string, string>> {
  const all = objectOf(value);
  let picked: Record<string, string> | undefined;
  for (const key of keys) {
    const each = all[key];
    if (typeof each !== 'string') continue;
    picked ??= {};
    picked[key] = each;
  }
  return picked ?? NOTHING;
}

function taintsOf(value: unknown): readonly Taint[] {
  const taints = arrayOf(value);
  return taints.length === 0 ? NO_TAINTS : taints.map((taint) => taintOf(objectOf(taint)));
}

/** All that a Taint can have (core/v1), so that whoever writes the list back loses nothing. */
function taintOf({ key, value, effect, timeAdded }: JsonObject): Taint {
  return {
    key: stringOf(key),
    effect: stringOf(effect) as Taint['effect'],
    ...(typeof value === 'string' && { value }),
    ...(typeof timeAdded === 'string' && { timeAdded }),
  };
}

class JsonFrameDecoder<T extends NodeMetadata> implements FrameDecoder<T> {
  readonly #lines = new LineSplitter();
  readonly #decode: (object: JsonObject) => T;

  constructor(decode: (object: JsonObject) => T) {
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
        return { type, node: this.#decode(objectOf(object)) };
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
