import { styleText } from 'node:util';
import { inWords } from '../in-words.ts';
import type { Changed, Place, Value, WatchLine } from './watch-line.ts';

/** A line for people: local time, who, what happened. @returns undefined for what only programs care about */
export function lineText(line: WatchLine): string | undefined {
  const text = whatHappened(line);
  return text === undefined ? undefined : `${styleText('dim', localTime(line.time))}  ${text}`;
}

function whatHappened(line: WatchLine): string | undefined {
  switch (line.type) {
    case 'vcenter.connected':
      return says(line.vcenter, 'connected to', line.product);
    case 'vcenter.synced': {
      const unreadable = line.unreadable > 0 ? `not readable: ${line.unreadable}` : undefined;
      return says(line.vcenter, 'read', `${line.vms} VMs on ${line.hosts} hosts`, unreadable);
    }
    case 'vcenter.interrupted': {
      const text = `${printable(line.reason)}; next attempt ${inWords(line.retryInMs)}`;
      return styleText(line.needsPerson ? 'red' : 'yellow', text);
    }
    case 'vcenter.state':
      // The other states follow from a line that was said already.
      return line.state === 'live' ? says(line.vcenter, 'live') : undefined;
    case 'vcenter.verified':
      return undefined;
    case 'vm.appeared':
      return says(nameOf(line.vm), 'appeared', `on ${hostOf(line.to)}`, line.vm.powerState);
    case 'vm.moved':
      return says(
        nameOf(line.vm),
        'moved',
        `${hostOf(line.from)} → ${hostOf(line.to)}`,
        ...places(line),
        ...changes(line),
      );
    case 'vm.renamed': {
      const { name, ...changed } = line.changed;
      return says(nameOf(line.vm), 'renamed', `from ${name?.from ?? 'no name'}`, ...changes({ changed }));
    }
    case 'vm.changed':
      return says(nameOf(line.vm), 'changed', ...changes(line));
    case 'vm.gone':
      return says(nameOf(line.vm), 'gone', `from ${hostOf(line.from)}`);
    case 'host.appeared':
      return says(`host ${nameOf(line.host)}`, 'appeared', line.to.cluster && `in ${line.to.cluster}`);
    case 'host.changed':
      return says(`host ${nameOf(line.host)}`, 'changed', ...places(line), ...changes(line));
    case 'host.gone':
      return says(`host ${nameOf(line.host)}`, 'gone', line.from.cluster && `from ${line.from.cluster}`);
    case 'cluster.appeared':
    case 'cluster.gone':
    case 'folder.appeared':
    case 'folder.gone':
    case 'datacenter.appeared':
    case 'datacenter.gone': {
      const [kind, event] = line.type.split('.');
      return says(`${kind} ${nameOf(line.object)}`, `${event}`);
    }
    case 'cluster.changed':
    case 'folder.changed':
    case 'datacenter.changed':
      return says(`${line.type.split('.')[0]} ${nameOf(line.object)}`, 'changed', ...changes(line));
    case 'object.unreadable': {
      const { object, paths, fault } = line;
      return says(`${object.type} ${nameOf(object)}`, 'unreadable', ...paths, fault);
    }
    case 'object.readable':
      return says(`${line.object.type} ${nameOf(line.object)}`, 'readable again');
    default:
      return line satisfies never;
  }
}

function says(who: string, event: string, ...details: readonly (string | undefined)[]): string {
  const what = details.filter(Boolean).join(', ');
  return `${styleText('bold', printable(who))} ${printable(what === '' ? event : `${event} ${what}`)}`;
}

function nameOf({ name, moid }: { readonly name: string | undefined; readonly moid: string }): string {
  return name ?? moid;
}

function hostOf({ host, hostMoid, hostIsLastKnown }: Place): string {
  return `${host ?? hostMoid ?? 'an unknown host'}${hostIsLastKnown ? ' (last known)' : ''}`;
}

/** The cluster and datacenter, when they are others than before. */
function places({ from, to }: { readonly from: Place; readonly to: Place }): string[] {
  return (['cluster', 'datacenter'] as const)
    .filter((kind) => from[`${kind}Moid`] !== to[`${kind}Moid`])
    .map((kind) => arrow(kind, from[kind], to[kind]));
}

function changes({ changed }: { readonly changed: Changed }): string[] {
  return Object.entries(changed).map(([name, { from, to }]) => arrow(name, from, to));
}

function arrow(what: string, from: Value, to: Value): string {
  return `${what} ${from ?? 'unknown'} → ${to ?? 'unknown'}`;
}

/** Names come from whoever may rename a machine: they must neither move the cursor nor turn the line around. */
function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function localTime(iso: string): string {
  const time = new Date(iso);
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, -1).replace('T', ' ');
}
