import { fits } from './glob.ts';
import type { Place, Value, WatchLine } from './watch-line.ts';

/** Patterns for names, each list with any of them; without a list every name fits. */
export interface LineFilter {
  readonly vm?: readonly string[] | undefined;
  readonly host?: readonly string[] | undefined;
  readonly cluster?: readonly string[] | undefined;
}

/** A place, with names as they stand in a line. */
type Spot = { readonly [name in keyof Place]: Value };

/**
 * Whether a line is to be shown: when what it is about fits all filters, as it was before the change or as it is
 * now. Lines about the vCenter itself always are. A host fits no filter for machines; a folder or a datacenter fits
 * no filter at all.
 */
export function passes(filter: LineFilter, line: WatchLine): boolean {
  const { vm, host, cluster } = filter;
  if (!vm && !host && !cluster) return true;
  const isIn = ({ host: on, cluster: inside }: Spot) => fitsAny(host, on) && fitsAny(cluster, inside);
  switch (line.type) {
    case 'vm.appeared':
      return fitsAny(vm, line.vm.name) && isIn(line.to);
    case 'vm.moved':
    case 'vm.renamed':
    case 'vm.changed': {
      const { name } = line.changed;
      const before = name ? name.from : line.vm.name;
      return (fitsAny(vm, before) && isIn(line.from)) || (fitsAny(vm, line.vm.name) && isIn(line.to));
    }
    case 'vm.gone':
      return fitsAny(vm, line.vm.name) && isIn(line.from);
    case 'host.appeared':
      return !vm && isIn({ ...line.to, host: line.host.name });
    case 'host.changed': {
      const { name } = line.changed;
      const before = name ? name.from : line.host.name;
      return !vm && (isIn({ ...line.from, host: before }) || isIn({ ...line.to, host: line.host.name }));
    }
    case 'host.gone':
      return !vm && isIn({ ...line.from, host: line.host.name });
    case 'cluster.appeared':
    case 'cluster.gone':
      return !vm && !host && fitsAny(cluster, line.object.name);
    case 'cluster.changed':
      return !vm && !host && [line.object.name, line.changed.name?.from].some((name) => fitsAny(cluster, name));
    case 'object.unreadable':
    case 'object.readable':
      if (line.object.type === 'VirtualMachine') return fitsAny(vm, line.object.name) && isIn(line.at);
      return !vm && line.object.type === 'HostSystem' && isIn({ ...line.at, host: line.object.name });
    case 'folder.appeared':
    case 'folder.changed':
    case 'folder.gone':
    case 'datacenter.appeared':
    case 'datacenter.changed':
    case 'datacenter.gone':
      return false;
    case 'vcenter.connected':
    case 'vcenter.state':
    case 'vcenter.synced':
    case 'vcenter.verified':
    case 'vcenter.interrupted':
      return true;
    default:
      return line satisfies never;
  }
}

/** Patterns that no name fits. */
export function unfit(patterns: readonly string[] = [], names: Iterable<string | undefined>): string[] {
  const left = new Set(patterns);
  for (const name of names) for (const pattern of left) if (fitsAny([pattern], name)) left.delete(pattern);
  return [...left];
}

function fitsAny(patterns: readonly string[] | undefined, name: Value): boolean {
  if (!patterns) return true;
  return typeof name === 'string' && patterns.some((pattern) => fits(pattern, name));
}
