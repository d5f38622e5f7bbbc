import type { Container, HostSystem, VirtualMachine } from '../inventory/inventory.ts';
import type { ManagedObjectReference } from '../soap/managed-object-reference.ts';
import type { ObjectUpdate, UpdateSet } from '../soap/update-set.ts';

/** How an object is, not who it is or where it stands: what is not told is unset. */
const current = /^config\.template$|^runtime\.(powerState|connectionState|inMaintenanceMode)$/;

interface Known {
  readonly obj: ManagedObjectReference;
  /** False while nothing of it could ever be read. */
  read: boolean;
  /** What is known, by path; ids for references. */
  readonly values: Map<string, unknown>;
  readonly denied: Set<string>;
  hidden: boolean;
  hostIsTold: boolean;
}

/** The rules of the inventory once more, in the simplest way: a Map that is changed in place, update by update. */
export class ModelInventory {
  readonly #known = new Map<string, Known>();
  #named: Set<string> | undefined;

  beginFullRead(): void {
    this.#named = new Set();
  }

  accept({ objectSet, missingSet, truncated }: UpdateSet): void {
    for (const update of objectSet) {
      if (update.kind === 'leave') this.#known.delete(update.obj.value);
      else this.#apply(update);
    }
    for (const { obj } of missingSet) Object.assign(this.#of(obj), { hidden: true, hostIsTold: false });
    if (truncated || !this.#named) return;
    for (const moid of this.#known.keys()) if (!this.#named.has(moid)) this.#known.delete(moid);
    this.#named = undefined;
  }

  /** As they should be in the inventory, by their id. */
  objects(): Map<string, VirtualMachine | HostSystem | Container> {
    return new Map([...this.#known].filter(([, { read }]) => read).map(([moid, known]) => [moid, objectOf(known)]));
  }

  /** Paths by id; none: the object as a whole. */
  unreadable(): Map<string, string[]> {
    return new Map(
      [...this.#known]
        .filter(([, { hidden, denied }]) => hidden || denied.size > 0)
        .map(([moid, { hidden, denied }]) => [moid, hidden ? [] : [...denied].sort()]),
    );
  }

  #of(obj: ManagedObjectReference): Known {
    this.#named?.add(obj.value);
    const nothing = {
      obj,
      read: false,
      values: new Map(),
      denied: new Set<string>(),
      hidden: false,
      hostIsTold: false,
    };
    const known = this.#known.get(obj.value) ?? nothing;
    this.#known.set(obj.value, known);
    return known;
  }

  #apply({ kind, obj, changeSet, missingSet }: ObjectUpdate): void {
    const known = this.#of(obj);
    const missing = missingSet.map(({ path }) => path);
    if (kind === 'enter') {
      known.hostIsTold = false;
      for (const path of known.values.keys()) {
        if (current.test(path) && !missing.includes(path)) known.values.delete(path);
      }
    }
    if (kind === 'enter' || known.hidden) known.denied.clear();
    Object.assign(known, { read: true, hidden: false });
    for (const { name, val } of changeSet) {
      known.denied.delete(name);
      if (val !== undefined) known.values.set(name, idOf(val));
      else if (current.test(name)) known.values.delete(name);
      if (name === 'runtime.host') known.hostIsTold = val !== undefined;
    }
    for (const path of missing) {
      known.denied.add(path);
      if (path === 'runtime.host') known.hostIsTold = false;
    }
  }
}

function idOf(val: unknown): unknown {
  return typeof val === 'object' && val !== null && 'value' in val ? val.value : val;
}

function objectOf({ obj, values, hostIsTold }: Known): VirtualMachine | HostSystem | Container {
  const text = (path: string) => {
    const value = values.get(path);
    return typeof value === 'string' ? value : undefined;
  };
  const who = { vcenter: 'vc', moid: obj.value, name: text('name') };
  const connectionState = text('runtime.connectionState');
  if (obj.type === 'HostSystem') {
    const inMaintenanceMode = values.get('runtime.inMaintenanceMode') === true;
    return { ...who, parent: text('parent'), connectionState, inMaintenanceMode };
  }
  if (obj.type === 'Folder') return { ...who, type: 'Folder', parent: text('parent') };
  const host = text('runtime.host');
  const isConnected = connectionState === undefined || connectionState === 'connected';
  return {
    ...who,
    uuid: text('config.uuid'),
    instanceUuid: text('config.instanceUuid'),
    template: values.get('config.template') === true,
    powerState: text('runtime.powerState'),
    connectionState,
    host,
    hostIsLastKnown: host !== undefined && !(hostIsTold && isConnected),
  };
}
