import { type HostSystem, type InventoryChange, objectId } from '@vcenter-listener/vsphere-events';
import type { LabelSource } from './label-rule.ts';
import { MultiIndex } from './multi-index.ts';
import { sourceName } from './source-value.ts';

/** The sources by which a host is told from others. An id is unique by itself. */
const tellingSources: readonly LabelSource[] = ['host.name', 'host.shortName', 'host.moid'];

/**
 * Which hosts of all vCenters have one name: a label must tell them apart. One that its vCenter does not reach takes no
 * name from another: a host that was moved to another vCenter stays in the old one like that.
 */
export class SharedHostNames {
  readonly #sources: readonly LabelSource[];
  readonly #hosts = new Map<string, HostSystem>();
  readonly #byName = new MultiIndex();

  /** @param sources of the rules in use; those that do not tell hosts apart are left out */
  constructor(sources: readonly LabelSource[]) {
    this.#sources = tellingSources.filter((source) => sources.includes(source));
  }

  /** Takes over a change; changes of one vCenter must come in their order and none may be left out. */
  accept(change: InventoryChange): void {
    switch (change.type) {
      case 'hostAppeared':
        this.#put(change.host);
        break;
      case 'hostChanged':
        this.#remove(change.before);
        this.#put(change.host);
        break;
      case 'hostGone':
        this.#remove(change.before);
        break;
    }
  }

  /** Whether another host has the same name. */
  isShared(source: LabelSource, host: HostSystem): boolean {
    if (!this.#sources.includes(source)) return false;
    const id = objectId(host);
    return this.#byName.get(keyOf(source, host)).some((other) => other !== id);
  }

  /** The hosts that have a name of this one, itself included. */
  namesakes(host: HostSystem): readonly HostSystem[] {
    const ids = new Set(this.#sources.flatMap((source) => this.#byName.get(keyOf(source, host))));
    ids.add(objectId(host));
    return [...ids].map((id) => this.#hosts.get(id)).filter((each) => each !== undefined);
  }

  #put(host: HostSystem): void {
    const id = objectId(host);
    this.#hosts.set(id, host);
    if (host.connectionState !== undefined && host.connectionState !== 'connected') return;
    for (const source of this.#sources) this.#byName.add(keyOf(source, host), id);
  }

  #remove(host: HostSystem): void {
    const id = objectId(host);
    this.#hosts.delete(id);
    for (const source of this.#sources) this.#byName.remove(keyOf(source, host), id);
  }
}

function keyOf(source: LabelSource, host: HostSystem): string {
  const name = sourceName(source, { host, cluster: undefined, datacenter: undefined }, host.vcenter);
  // A host whose name is not known shares it with nobody.
  return name === undefined ? `${source} ? ${objectId(host)}` : `${source} ${name}`;
}
