/**
 * Starts a vCenter simulator, etcd and kube-apiserver to play with, and prints how to reach them:
 * `npx node test/peers/play.ts`, after `npx node test/peers/build.ts`. Ends with Ctrl-C.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { peerBinary } from './binaries.ts';
import { serviceAccountKubeconfig, startEtcd, startKubeApiserver, startVcenter } from './index.ts';

const vcenter = await startVcenter({ collector: 'stock' });
const etcd = await startEtcd();
const kube = await startKubeApiserver({ etcd: etcd.url });
const kubeconfig = await serviceAccountKubeconfig(kube);
const directories = [...new Set(['govc', 'kubectl'].map((name) => dirname(peerBinary(name))))];

console.log(`# In another terminal (Ctrl-C here ends all of it):
export GOVC_URL=${vcenter.url} GOVC_USERNAME=${vcenter.username} GOVC_PASSWORD=${vcenter.password}
export VCENTER_NAME=main   # the vCenter whose Lease deploy/kubernetes.yaml allows
export KUBECONFIG=${kubeconfig}   # may do what deploy/kubernetes.yaml allows, for an hour
export ADMIN=${kube.adminKubeconfig}   # may do everything
export DATASTORE=${mkdtempSync(join(tmpdir(), 'datastore-'))}
export PATH=${directories.join(':')}:$PATH`);

process.once('SIGINT', async () => {
  await Promise.all([vcenter.stop(), kube.stop()]);
  await etcd.stop();
});
