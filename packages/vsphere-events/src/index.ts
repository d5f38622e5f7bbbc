export type { PollTimes } from './collector/view-collector.ts';
export {
  CollectorLostError,
  ConnectionError,
  CredentialsError,
  InvalidLoginError,
  NoPermissionError,
  NotAuthenticatedError,
  ProtocolError,
  ServerFaultError,
  UntrustedCertificateError,
  VSphereError,
  WrongVCenterError,
} from './errors.ts';
export {
  type Container,
  emptyInventory,
  type HostSystem,
  type Inventory,
  type Moid,
  type Placement,
  placementOf,
  type VirtualMachine,
} from './inventory/inventory.ts';
export type {
  ContainerChange,
  HostChange,
  InventoryChange,
  InventoryUpdate,
  VmChange,
} from './inventory/inventory-change.ts';
export type { Credentials } from './session/vim-session.ts';
export { normalizeThumbprint, type TrustSettings } from './soap/trusted-connector.ts';
export type { AboutInfo } from './soap/vim-service.ts';
export { type DebounceOptions, debouncePerVm } from './stream/debounce-per-vm.ts';
export { readInventory } from './stream/read-inventory.ts';
export type { RetryTimes } from './stream/retry-delay.ts';
export { type InventoryEvent, type WatchInventoryOptions, watchInventory } from './stream/watch-inventory.ts';
