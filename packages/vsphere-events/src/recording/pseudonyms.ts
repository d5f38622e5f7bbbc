import { createHmac, randomBytes } from 'node:crypto';
import type { ObjectUpdate, PropertyChange, UpdateSet } from '../soap/update-set.ts';
import type { AboutInfo } from '../soap/vim-service.ts';
import type { CollectorEvent } from '../stream/collector-event.ts';
import { recordedError } from './encode-event.ts';
import { isRecord } from './json-value.ts';
import { RecordedError } from './recording-error.ts';

/** 48 bits: among 100,000 names two share a pseudonym once in 50,000 recordings. */
const digits = 12;

/** What these properties hold is a word of the vSphere API or a number: nobody's name. */
const harmless: ReadonlySet<string> = new Set([
  'config.template',
  'runtime.connectionState',
  'runtime.inMaintenanceMode',
  'runtime.powerState',
]);

/**
 * Other names for everything that has one: equal names stay equal, within this object only. The key is random and
 * kept nowhere else, so nobody can try out names.
 *
 * Managed object ids, states, times and versions stay as they are. A property that is not known is taken for a name.
 */
export class Pseudonyms {
  readonly #key = randomBytes(32);

  /** @param kind what the pseudonym begins with, such as `vm` */
  name(kind: string, name: string): string {
    return name === '' ? '' : `${kind}-${this.#hash(name).slice(0, digits)}`;
  }

  event(event: CollectorEvent): CollectorEvent {
    switch (event.type) {
      case 'connected':
        return { ...event, about: this.#about(event.about) };
      case 'page':
        return { ...event, page: this.#page(event.page) };
      case 'interrupted': {
        // A message names the server, and may repeat what the server said.
        const { original, code } = recordedError(event.error);
        const message = code === undefined ? original : `${original} (${code})`;
        return { ...event, error: new RecordedError(message, { original, code }) };
      }
      case 'reading':
      case 'verified':
        return event;
      default:
        return event satisfies never;
    }
  }

  #about(about: AboutInfo): AboutInfo {
    return { ...about, instanceUuid: this.#uuid(about.instanceUuid) };
  }

  #page(page: UpdateSet): UpdateSet {
    return { ...page, objectSet: page.objectSet.map((update) => this.#update(update)) };
  }

  #update(update: ObjectUpdate): ObjectUpdate {
    const kind = kindOf(update.obj.type);
    return { ...update, changeSet: update.changeSet.map((change) => this.#change(kind, change)) };
  }

  #change(kind: string, change: PropertyChange): PropertyChange {
    const { name, val } = change;
    if (harmless.has(name)) return change;
    if (typeof val !== 'string') return { ...change, val: this.#hidden(val) };
    if (name === 'name') return { ...change, val: this.name(kind, val) };
    return { ...change, val: /uuid$/i.test(name) ? this.#uuid(val) : this.name('text', val) };
  }

  /** Every text in a value is another one; references stay. */
  #hidden(value: unknown): unknown {
    if (typeof value === 'string') return this.name('text', value);
    if (Array.isArray(value)) return value.map((item) => this.#hidden(item));
    if (!isRecord(value) || value instanceof Date || isReference(value)) return value;
    const fields = Object.entries(value).map(([name, field]) => [name, name === '$type' ? field : this.#hidden(field)]);
    return Object.assign(Object.create(Object.getPrototypeOf(value)), Object.fromEntries(fields));
  }

  #uuid(uuid: string): string {
    if (uuid === '') return '';
    return this.#hash(uuid.toLowerCase()).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
  }

  #hash(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('hex');
  }
}

function kindOf(type: string): string {
  switch (type) {
    case 'VirtualMachine':
      return 'vm';
    case 'HostSystem':
      return 'host';
    case 'ComputeResource':
    case 'ClusterComputeResource':
      return 'cluster';
    case 'Folder':
    case 'StoragePod':
      return 'folder';
    case 'Datacenter':
      return 'datacenter';
    default:
      return 'object';
  }
}

/** A ManagedObjectReference has these two fields and, unlike every other object, no `$type`. */
function isReference(value: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(value).sort().join() === 'type,value';
}
