import { contract } from './contract.ts';
import { startSimulatedWorld } from './simulated-world.ts';

contract('contract, against the simulators', () => startSimulatedWorld({ vms: 8 }));
