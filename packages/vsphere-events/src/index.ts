export { type Clock, systemClock } from './clock.ts';
export type { PollTimes } from './collector/view-collector.ts';
export {
  CollectorLostError,
  ConnectionError,
  CredentialsError,
  InvalidLoginError,
  LoginHeldBackError,
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
  type ObjectId,
  objectId,
  type Placement,
  placementOf,
  type Unreadable,
  type VirtualMachine,
} from './inventory/inventory.ts';
export type {
  ContainerChange,
  HostChange,
  InventoryChange,
  InventoryUpdate,
  ReadabilityChange,
  VmChange,
} from './inventory/inventory-change.ts';
export { changesFromNothing } from './inventory/inventory-reducer.ts';
export { type RecordOptions, recordUpdates } from './recording/record-updates.ts';
export { RecordedError, RecordingError } from './recording/recording-error.ts';
export type { RecordingHeader } from './recording/recording-header.ts';
export { type ReplayOptions, readRecordingHeader, replayUpdates } from './recording/replay-updates.ts';
export {
  type Credentials,
  type CredentialsSource,
  environmentCredentials,
  fileCredentials,
  staticCredentials,
} from './session/credentials.ts';
export { LoginGuard, type LoginGuardOptions } from './session/login-guard.ts';
export type { ManagedObjectReference } from './soap/managed-object-reference.ts';
export { normalizeThumbprint, type TrustSettings } from './soap/trusted-connector.ts';
export type { MissingObject, MissingProperty, ObjectUpdate, PropertyChange, UpdateSet } from './soap/update-set.ts';
export type { AboutInfo } from './soap/vim-service.ts';
export type { CollectorEvent } from './stream/collector-event.ts';
export { type DebounceOptions, debouncePerVm } from './stream/debounce-per-vm.ts';
export { foldWhileBusy } from './stream/fold-while-busy.ts';
export { type Freshness, freshness } from './stream/freshness.ts';
export type { InventoryEvent, InventoryUpdated } from './stream/inventory-event.ts';
export { readInventory } from './stream/read-inventory.ts';
export { reduceUpdates } from './stream/reduce-updates.ts';
export type { RetryTimes } from './stream/retry-delay.ts';
export { type VmHostChange, vmHostChanges } from './stream/vm-host-changes.ts';
export { type WatchInventoryOptions, watchInventory } from './stream/watch-inventory.ts';
export { type WatchUpdatesOptions, watchUpdates } from './stream/watch-updates.ts';
