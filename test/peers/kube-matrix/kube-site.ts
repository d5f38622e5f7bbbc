import { randomUUID } from 'node:crypto';
import {
  createNodes,
  startVcenter,
  type TcpProxy,
  type Toxiproxy,
  type Vcenter,
  type VcenterControl,
  type VcenterOptions,
} from '../index.ts';
import type { Random } from '../soak/random.ts';
import type { KubeLane } from './kube-lane.ts';
import { NodeMover } from './node-mover.ts';

/** A vCenter of a scene, with who moves its VMs. */
export class KubeSite {
  /** Its name in the configuration, and part of that of its Lease. */
  readonly name: string;
  readonly vcenter: Vcenter;
  /** Between all replicas and it. */
  readonly proxy: TcpProxy;
  readonly mover: NodeMover;

  private constructor(name: string, vcenter: Vcenter, proxy: TcpProxy, random: Random) {
    this.name = name;
    this.vcenter = vcenter;
    this.proxy = proxy;
    this.mover = new NodeMover(() => vcenter.control, random);
  }

  static async start(
    name: string,
    { vcenter: options, toxiproxy, random }: { vcenter: VcenterOptions; toxiproxy: Toxiproxy; random: Random },
  ): Promise<KubeSite> {
    const vcenter = await startVcenter(options);
    const site = new KubeSite(name, vcenter, await toxiproxy.proxy(new URL(vcenter.url).host), random);
    await site.mover.begin();
    return site;
  }

  /** One in which nothing is called as in the others. */
  static async startAnother(name: string, vms: number, lane: KubeLane, random: Random): Promise<KubeSite> {
    const options = { clusters: 1, hosts: 3, instanceUuid: randomUUID() };
    const site = await KubeSite.start(name, { vcenter: options, toxiproxy: lane.toxiproxy, random });
    const hosts = Object.values(await site.control.hosts()).flat();
    for (const host of hosts) await site.control.setHost(host, { to: `${name}-${host}` });
    for (let i = 0; i < vms; i++) await site.control.addVm({ name: `${name}-node-${i}` });
    await site.mover.begin();
    return site;
  }

  get control(): VcenterControl {
    return this.vcenter.control;
  }

  get lease(): string {
    return `vcenter-listener-${this.name}`;
  }

  /** For `vcenters` in a configuration. A poll that is dead is noticed 16 s later. */
  entryBy(proxy: TcpProxy): object {
    const { url, username } = this.vcenter;
    const proxied = url.replace(new URL(url).host, proxy.address);
    return { name: this.name, url: proxied, username, passwordVariable: 'VCENTER_PASSWORD', poll: '1s' };
  }

  /** Makes a Node of each VM. */
  async makeNodes(lane: KubeLane, { providerIds = true } = {}): Promise<void> {
    const specs = (await this.control.truth()).map(({ name, uuid }) => ({
      name,
      systemUuid: uuid,
      ...(providerIds && { providerId: `vsphere://${uuid}` }),
    }));
    await createNodes(lane.server, specs);
  }

  async stop(): Promise<void> {
    await this.mover.pause().catch(() => {});
    await this.vcenter.stop();
  }
}
