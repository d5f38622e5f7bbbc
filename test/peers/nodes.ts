import { Pool } from 'undici';
import type { KubeApiserver } from './kube-apiserver.ts';

/** A Node to make. */
export interface NodeSpec {
  readonly name: string;
  /** SMBIOS UUID of the machine, as the kubelet reports it. */
  readonly systemUuid?: string;
  readonly providerId?: string;
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * Makes Nodes, as many at a time as the server takes.
 *
 * @param realistic with the conditions, images and addresses that a kubelet reports: 12 kB each instead of 1 kB
 */
export async function createNodes(
  server: KubeApiserver,
  nodes: readonly NodeSpec[],
  { realistic = false, signal }: { realistic?: boolean; signal?: AbortSignal } = {},
): Promise<void> {
  const pool = new Pool(server.url, { connect: { ca: server.ca }, connections: 32 });
  const left = nodes.values();
  const worker = async () => {
    for (const node of left) {
      const { statusCode, body } = await pool.request({
        path: '/api/v1/nodes',
        method: 'POST',
        headers: {
          authorization: `Bearer ${server.adminToken}`,
          'content-type': 'application/json',
          accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
        },
        body: JSON.stringify(nodeObject(node, realistic)),
        signal: signal ?? null,
      });
      const text = await body.text();
      if (statusCode !== 201) throw new Error(`Node ${node.name}: ${statusCode} ${text}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: 32 }, worker));
  } finally {
    await pool.destroy();
  }
}

function nodeObject({ name, systemUuid = '', providerId, labels }: NodeSpec, realistic: boolean) {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        ...labels,
      },
    },
    spec: providerId === undefined ? {} : { providerID: providerId },
    status: {
      nodeInfo: {
        architecture: 'amd64',
        bootID: systemUuid,
        containerRuntimeVersion: 'containerd://2.1.4',
        kernelVersion: '6.8.0-60-generic',
        kubeProxyVersion: '',
        kubeletVersion: 'v1.36.3',
        machineID: systemUuid.replaceAll('-', ''),
        operatingSystem: 'linux',
        osImage: 'Ubuntu 24.04.2 LTS',
        systemUUID: systemUuid,
      },
      ...(realistic && kubeletStatus(name)),
    },
  };
}

/** A kubelet lists up to 50 images, which are most of a Node. */
function kubeletStatus(name: string) {
  const time = '2026-01-01T00:00:00Z';
  const capacity = { cpu: '8', 'ephemeral-storage': '101430960Ki', memory: '32863476Ki', pods: '110' };
  const conditions = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].map((type) => ({
    type,
    status: type === 'Ready' ? 'True' : 'False',
    reason: `KubeletHas${type}`,
    message: `kubelet reports ${type}`,
    lastHeartbeatTime: time,
    lastTransitionTime: time,
  }));
  const images = Array.from({ length: 50 }, (_, i) => ({
    names: [
      `registry.example.com/team-${i}/service-${i}@sha256:${String(i).padStart(64, '0')}`,
      `registry.example.com/team-${i}/service-${i}:v1.${i}.0`,
    ],
    sizeBytes: 50_000_000 + i,
  }));
  return {
    addresses: [
      { type: 'InternalIP', address: '10.1.2.3' },
      { type: 'Hostname', address: name },
    ],
    allocatable: capacity,
    capacity,
    conditions,
    images,
  };
}
