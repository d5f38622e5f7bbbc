export { VCenterSimulator, type VCenterSimulatorOptions, type VmTruth } from './vcenter/simulator.ts';
