/** Where a VM is. */
export interface VmTruth {
  readonly name: string;
  readonly moid: string;
  readonly uuid: string;
  readonly power: string;
  readonly host: string;
  readonly cluster: string;
  readonly datacenter: string;
}

/** One migration. */
export interface VmMove {
  readonly vm: string;
  /** The host moved to. */
  readonly host: string;
  /** Just before the change; Unix time in nanoseconds, exact to about 256 of them. */
  readonly at: number;
}

/** A session as SessionManager.sessionList has it. */
export interface VcenterSession {
  readonly key: string;
  readonly userName: string;
  readonly userAgent: string;
}

export interface VcenterStats {
  /** By SOAP method, also those that failed. */
  readonly calls: Readonly<Record<string, number>>;
  readonly sessions: number;
  /** What living sessions have made and not destroyed. */
  readonly views: number;
  readonly collectors: number;
  /** Polls that wait; only counted by the fast collector. */
  readonly waiting: number;
}

/** Which calls fail, and how; fields of govmomi's simulator.FaultInjectionRule. */
export interface FaultRule {
  /** SOAP method; all without it. */
  readonly MethodName?: string;
  readonly ObjectType?: string;
  /** Name of the fault's type, such as `InvalidLogin`. */
  readonly fault: string;
  readonly Message?: string;
  /** How often; without it always. */
  readonly MaxCount?: number;
  readonly SkipCount?: number;
  /** Of a call to fail: 0 to 1. */
  readonly Probability?: number;
}

/** Does to the simulated vCenter what an administrator would, and tells what it knows. */
export class VcenterControl {
  readonly url: string;

  constructor(url: string) {
    this.url = url;
  }

  /** Moves a VM, without a host to another one of its cluster. */
  migrate(vm: string, host?: string): Promise<VmMove> {
    return this.#call<VmMove>('POST', '/migrate', { vm, host });
  }

  /** Moves many VMs, one after the other. */
  migrateAll(moves: readonly { vm: string; host?: string }[]): Promise<VmMove[]> {
    return this.#call<VmMove[]>('POST', '/migrate', moves);
  }

  /** Makes a VM: on the first host, powered on, with a UUID of its name. */
  addVm(vm: {
    name: string;
    host?: string;
    uuid?: string;
    power?: 'poweredOn' | 'poweredOff';
  }): Promise<{ moid: string; uuid: string; host: string }> {
    return this.#call<{ moid: string; uuid: string; host: string }>('POST', '/vm/add', vm);
  }

  async removeVm(name: string): Promise<void> {
    await this.#call('POST', '/vm/remove', { name });
  }

  /** Changes a VM; `to` is its new name, power and connection are values of VirtualMachine.runtime. */
  async setVm(
    name: string,
    change: { to?: string; uuid?: string; power?: string; connection?: string },
  ): Promise<void> {
    await this.#call('POST', '/vm/set', { name, ...change });
  }

  /** Changes a host; `to` is its new name, connection a value of HostSystem.runtime. */
  async setHost(name: string, change: { to?: string; maintenance?: boolean; connection?: string }): Promise<void> {
    await this.#call('POST', '/host/set', { name, ...change });
  }

  async renameCluster(name: string, to: string): Promise<void> {
    await this.#call('POST', '/cluster/set', { name, to });
  }

  async renameDatacenter(name: string, to: string): Promise<void> {
    await this.#call('POST', '/datacenter/set', { name, to });
  }

  /** Where all VMs are whose names begin so, by name. */
  truth(prefix = ''): Promise<VmTruth[]> {
    return this.#call<VmTruth[]>('GET', `/truth?prefix=${encodeURIComponent(prefix)}`);
  }

  /** Names of the hosts by cluster. */
  hosts(): Promise<Record<string, string[]>> {
    return this.#call<Record<string, string[]>>('GET', '/hosts');
  }

  sessions(): Promise<VcenterSession[]> {
    return this.#call<VcenterSession[]>('GET', '/sessions');
  }

  /** Ends one session, or all. */
  async endSessions(key = ''): Promise<void> {
    await this.#call('DELETE', `/sessions?id=${key}`);
  }

  stats(): Promise<VcenterStats> {
    return this.#call<VcenterStats>('GET', '/stats');
  }

  async addFault(rule: FaultRule): Promise<void> {
    await this.#call('POST', '/faults', rule);
  }

  async clearFaults(): Promise<void> {
    await this.#call('DELETE', '/faults');
  }

  /** The shape of each answer is that of vcenter/control.go and vcenter/sessions.go beside this file. */
  async #call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(this.url + path, {
      method,
      signal: AbortSignal.timeout(60_000),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!response.ok)
      throw new Error(`vCenter's control: ${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }
}
