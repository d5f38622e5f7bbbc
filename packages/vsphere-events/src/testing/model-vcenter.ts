import type { MissingObject, ObjectUpdate, UpdateSet } from '../soap/update-set.ts';
import { missingObject, objectUpdate, type Value } from './update-sets.ts';

/** Some values that each property can have. */
const names = ['a', 'b', undefined];
const states = ['connected', 'disconnected', 'orphaned', undefined];
const flags = [true, false, undefined];
const choices: Readonly<Record<string, Readonly<Record<string, readonly Value[]>>>> = {
  VirtualMachine: {
    name: names,
    'config.uuid': ['u1', 'u2', undefined],
    'config.instanceUuid': ['i1', 'i2', undefined],
    'config.template': flags,
    'runtime.host': ['HostSystem:h-1', 'HostSystem:h-2', undefined],
    'runtime.powerState': ['poweredOn', 'poweredOff', undefined],
    'runtime.connectionState': states,
  },
  HostSystem: {
    name: names,
    parent: ['ComputeResource:c-1', 'ComputeResource:c-2', undefined],
    'runtime.connectionState': states,
    'runtime.inMaintenanceMode': flags,
  },
  Folder: { name: names, parent: ['Folder:f-1', undefined] },
};

export interface ModelObject {
  readonly type: string;
  readonly moid: string;
  readonly values: Record<string, Value>;
  /** Paths that may not be read. */
  readonly denied: Set<string>;
  /** It may not be read at all. */
  hidden: boolean;
}

/** `replace` sets as `set` does, and tells the object anew; `repeat` tells again what was told. */
export const operations = ['add', 'set', 'replace', 'deny', 'allow', 'hide', 'show', 'remove', 'repeat'] as const;

/** A vCenter as plain as can be: objects in a Map, and a list of what its one collector was not told yet. */
export class ModelVCenter {
  readonly objects = new Map<string, ModelObject>();
  #untold: (ObjectUpdate | MissingObject)[] = [];
  #made = 0;

  /** @param a which object, or type, @param b which property, @param c which value: all modulo what there is */
  do(operation: (typeof operations)[number], a: number, b: number, c: number): void {
    const object = pick([...this.objects.values()], a);
    if (operation === 'add' || !object) {
      this.#add(pick(Object.keys(choices), a) ?? '', b, c);
      return;
    }
    const path = pick(Object.keys(object.values), b) ?? '';
    if (operation === 'set' || operation === 'replace')
      object.values[path] = pick(choices[object.type]?.[path] ?? [], c);
    if (operation === 'deny') object.denied.add(path);
    if (operation === 'allow') object.denied.delete(path);
    if (operation === 'hide' || operation === 'show') object.hidden = operation === 'hide';
    if (operation === 'remove') {
      this.objects.delete(object.moid);
      this.#untold.push(objectUpdate('leave', object.type, object.moid));
    } else if (['hide', 'show', 'replace'].includes(operation)) this.#tellAll(object);
    else if (!object.hidden) this.#untold.push(told('modify', object, [path]));
  }

  /** A new collector, which is told everything. */
  reconnect(): void {
    this.#untold = [];
    for (const object of this.objects.values()) this.#tellAll(object);
  }

  /** The next answer, with at most so many updates. */
  nextPage(size: number): UpdateSet {
    const page = this.#untold.splice(0, size);
    // What can be read again within one answer is not missing in it.
    const last = new Map(page.map((each) => [each.obj.value, each]));
    return {
      version: '1',
      truncated: this.#untold.length > 0,
      objectSet: page.filter((each) => 'kind' in each),
      missingSet: [...last.values()].filter((each) => 'fault' in each),
    };
  }

  #add(type: string, b: number, c: number): void {
    const values = Object.entries(choices[type] ?? {}).map(([path, of], i) => [path, pick(of, b + i * c)] as const);
    const moid = `${type}-${++this.#made}`;
    const object = { type, moid, values: Object.fromEntries(values), denied: new Set<string>(), hidden: false };
    this.objects.set(moid, object);
    this.#tellAll(object);
  }

  #tellAll(object: ModelObject): void {
    const { type, moid, values, denied } = object;
    const paths = Object.keys(values).filter((path) => denied.has(path) || values[path] !== undefined);
    this.#untold.push(object.hidden ? missingObject(type, moid) : told('enter', object, paths));
  }
}

function told(kind: string, { type, moid, values, denied }: ModelObject, paths: readonly string[]): ObjectUpdate {
  const readable = paths.filter((path) => !denied.has(path)).map((path) => [path, values[path]] as const);
  const missing = paths.filter((path) => denied.has(path));
  return objectUpdate(kind, type, moid, Object.fromEntries(readable), missing);
}

function pick<T>(of: readonly T[], index: number): T | undefined {
  return of[index % of.length];
}
