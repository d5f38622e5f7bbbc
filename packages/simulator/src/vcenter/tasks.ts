import type { ManagedObject } from './managed-object.ts';
import type { ObjectStore } from './object-store.ts';

/** How many tasks stay readable. vCenter drops them some minutes after their end. */
const kept = 100;

/** Makes the Task objects that `..._Task` methods return. The change is done before the method returns. */
export class Tasks {
  readonly #store: ObjectStore;
  readonly #tasks: ManagedObject[] = [];
  #lastNumber = 0;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** Makes a change now. A change that throws ends its task in the state `error`, as in vCenter, where it is no fault. */
  run(entity: ManagedObject, change: () => void): ManagedObject {
    let state = 'success';
    try {
      change();
    } catch {
      state = 'error';
    }
    this.#lastNumber += 1;
    const properties = { 'info.entity': entity, 'info.state': state };
    const task = this.#store.create('Task', `task-${this.#lastNumber}`, properties);
    this.#tasks.push(task);
    const oldest = this.#tasks.length > kept ? this.#tasks.shift() : undefined;
    if (oldest) this.#store.destroy(oldest);
    return task;
  }
}
