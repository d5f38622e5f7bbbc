/** Starts an etcd, tells its parent the pid, and never stops it. */
import { startEtcd } from './index.ts';

const { pid } = await startEtcd();
process.send?.(pid);
setInterval(() => {}, 60_000);
