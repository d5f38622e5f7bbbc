/** A vCenter and a cluster, simulated or real, as a test drives and sees them. */
export interface World {
  readonly vcenter: VCenterUnderTest;
  /** Path of a kubeconfig whose user may do what `deploy/kubernetes.yaml` allows, and no more. */
  readonly kubeconfig: string;
  /** Path of a kubeconfig whose user may do everything: the test's own. */
  readonly adminKubeconfig: string;
  /** Whether the listener's user may patch Nodes; true at the start. */
  allowPatches(allowed: boolean): Promise<void>;
  stop(): Promise<void>;
}

export interface VCenterUnderTest {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** Machines by name, each with its UUID and the name of its host. */
  machines(): Promise<readonly { name: string; uuid: string; host: string }[]>;
  hosts(): Promise<readonly string[]>;
  addVm(name: string, host: string, settings?: { uuid?: string }): Promise<void>;
  removeVm(name: string): Promise<void>;
  migrate(vm: string, host: string): Promise<void>;
  renameVm(name: string, to: string): Promise<void>;
  renameHost(name: string, to: string): Promise<void>;
  renameCluster(name: string, to: string): Promise<void>;
  setMaintenance(host: string, on: boolean): Promise<void>;
  setPower(vm: string, state: 'poweredOn' | 'poweredOff'): Promise<void>;
  /** How many sessions the server holds, without those of the test itself. */
  sessions(): Promise<number>;
  terminateSessions(): Promise<void>;
  /** How often a method of the API was called. */
  calls(method: string): Promise<number>;
}
