export type { Fault, FaultTarget } from './kubernetes/faults.ts';
export {
  KubernetesSimulator,
  type KubernetesSimulatorOptions,
  type NodeChange,
  type SimulatedNode,
  type SimulatedWrite,
} from './kubernetes/kubernetes-simulator.ts';
export type { NodeSettings } from './kubernetes/nodes.ts';
export { VCenterSimulator, type VCenterSimulatorOptions, type VmTruth } from './vcenter/simulator.ts';
