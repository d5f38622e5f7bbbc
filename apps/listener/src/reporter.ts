import {
  ConflictError,
  ForbiddenError,
  InvalidError,
  type NodeEvent,
  NotFoundError,
} from '@vcenter-listener/k8s-controller';
import { formatLabels, type Outcome, warningOf } from '@vcenter-listener/k8s-labeler';
import {
  CredentialsError,
  InvalidLoginError,
  type InventoryEvent,
  type InventoryUpdated,
  type VSphereError,
} from '@vcenter-listener/vsphere-events';
import type { SettingNames } from './config/vcenter-config.ts';
import { explainError } from './explain-error.ts';
import { inWords } from './in-words.ts';
import type { Logger } from './logger.ts';

/** How many objects of one update that cannot be read have a line of their own. */
const unreadableLines = 5;

/** Says in the log what the pipeline does. What is wrong with a Node is said once, until it changes. */
export class Reporter {
  readonly #log: Logger;
  readonly #settings: SettingNames;
  readonly #said = new Map<string, string>();
  #nodes = 0;

  constructor(log: Logger, settings: SettingNames) {
    this.#log = log;
    this.#settings = settings;
  }

  inventory(event: InventoryEvent): void {
    const { vcenter } = event;
    switch (event.type) {
      case 'connected': {
        const { fullName, apiVersion, instanceUuid } = event.about;
        this.#log.info({ event: 'vcenter.connected', vcenter, apiVersion, instanceUuid }, `connected to ${fullName}`);
        break;
      }
      case 'reading':
        this.#log.debug({ event: 'vcenter.reading', vcenter }, 'vCenter: everything is being read');
        break;
      case 'updated':
        if (event.phase === 'synced') {
          const { vms, hosts } = event.inventory;
          const text = `vCenter read: ${vms.size} VMs on ${hosts.size} hosts`;
          this.#log.info({ event: 'vcenter.synced', vcenter, vms: vms.size, hosts: hosts.size }, text);
        }
        for (const change of event.changes) {
          if (change.type === 'vmMoved') {
            const names = [change.before, change.vm].map(({ host }) => event.inventory.hosts.get(host ?? '')?.name);
            const [from, to] = names;
            this.#log.debug({ event: 'vm.moved', vcenter, vm: change.vm.name, from, to }, `${change.vm.name} moved`);
          }
        }
        this.#unreadable(event);
        break;
      case 'verified':
        this.#log.debug({ event: 'vcenter.verified', vcenter }, 'vCenter: nothing changed');
        break;
      case 'interrupted': {
        const { error, retryInMs, needsPerson } = event;
        const text = `${explainError(error, this.#settings)}; labels stay, next attempt ${inWords(retryInMs)}`;
        const facts = { event: 'vcenter.interrupted', vcenter, err: error, retryInMs: Math.round(retryInMs) };
        // What time does not heal is for a person to see.
        if (needsPerson) this.#log.error(facts, text + this.#hint(error));
        else this.#log.warn(facts, text);
        break;
      }
      default:
        event satisfies never;
    }
  }

  /** Files with credentials are read again by themselves. */
  #hint(error: VSphereError): string {
    const isFromFiles = this.#settings.password.endsWith('_FILE');
    const isAboutLogin = error instanceof InvalidLoginError || error instanceof CredentialsError;
    return isFromFiles && isAboutLogin ? '' : '; restart for other settings';
  }

  /** What our user may not read: the objects by name, unless there are too many to read them all. */
  #unreadable({ vcenter, changes }: InventoryUpdated): void {
    const found = changes.flatMap((change) => (change.type === 'readabilityChanged' ? (change.unreadable ?? []) : []));
    for (const { obj, paths, fault } of found.slice(0, unreadableLines)) {
      const what = paths.length === 0 ? 'nothing' : `not ${paths.join(', ')}`;
      const text = `vCenter lets ${what} of ${obj.type} ${obj.value} be read (${fault})`;
      this.#log.warn({ event: 'vcenter.unreadable', vcenter, moid: obj.value, paths, fault }, text);
    }
    const more = found.length - unreadableLines;
    if (more > 0) {
      const text = `vCenter does not let ${more} more objects be read: give the user the role Read-only, propagated`;
      this.#log.warn({ event: 'vcenter.unreadable', vcenter, more }, text);
    }
  }

  node(event: NodeEvent): void {
    if (event.type === 'appeared') this.#nodes++;
    if (event.type === 'gone') {
      this.#nodes--;
      this.#said.delete(event.node.name);
    }
    if (event.type === 'synced')
      this.#log.info({ event: 'nodes.synced', nodes: this.#nodes }, `${this.#nodes} Nodes read`);
    if (event.type === 'interrupted') {
      const { error, retryInMs } = event;
      const text = `${explainError(error, this.#settings)}; next attempt ${inWords(retryInMs)}`;
      this.#log.warn({ event: 'nodes.interrupted', err: error, retryInMs: Math.round(retryInMs) }, text);
    }
  }

  /** @param since when what led to this was seen, on the scale of performance.now() */
  outcome(node: string, outcome: Outcome | undefined, since: number): void {
    const warning = outcome && warningOf(node, outcome);
    if (warning === undefined) this.#said.delete(node);
    else if (this.#isNew(node, warning)) this.#log.warn({ event: `node.${outcome?.type}`, node }, warning);
    if (outcome?.type !== 'labelled') return;
    const { labels, vm, by } = outcome;
    const reactionMs = Math.round((performance.now() - since) * 10) / 10;
    this.#log.info({ event: 'node.labelled', node, labels, vm: vm.name, by, reactionMs }, labelledLine(node, labels));
  }

  failure(node: string, error: unknown): void {
    const text = `Node ${node} not labelled: ${explainError(error, this.#settings)}`;
    if (this.#isNew(node, text)) this.#log[levelOf(error)]({ event: 'node.failed', node, err: error }, text);
  }

  /** False when the same was said of the Node last: every retry would say it again. */
  #isNew(node: string, text: string): boolean {
    if (this.#said.get(node) === text) return false;
    this.#said.set(node, text);
    return true;
  }
}

/** Such as `Node worker1 labelled with esx-node=esx01`. */
export function labelledLine(node: string, labels: Readonly<Record<string, string>>): string {
  return `Node ${node} labelled with ${formatLabels(labels)}`;
}

/** A Node that has gone or changed meanwhile comes back by itself; a missing right or a refused value does not. */
function levelOf(error: unknown): 'debug' | 'warn' | 'error' {
  if (error instanceof NotFoundError || error instanceof ConflictError) return 'debug';
  return error instanceof ForbiddenError || error instanceof InvalidError ? 'error' : 'warn';
}
